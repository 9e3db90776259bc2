"""The store as a Django app: tables, migrations, queries."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "kaowu.store"
    label = "store"
