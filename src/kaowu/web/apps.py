"""The faces as a Django app: pages, templates, static files, translations."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "kaowu.web"
    label = "web"
