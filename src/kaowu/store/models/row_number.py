"""A number that is a row's key and its place."""

from typing import Any

from django.db import models


class RowNumber(models.BigIntegerField):
    """A key of 64 bits. SQLite keeps the rows of a table in the order of an `integer` key; for a `bigint` it keeps a second tree."""

    def db_type(self, connection: Any) -> str | None:
        """The column's type; nothing but its name differs."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)
