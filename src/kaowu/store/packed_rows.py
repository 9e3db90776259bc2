"""Rows of tables on their way to another node: keys of this database are replaced by codes that both know.

A row travels as its plain fields; a reference travels as the code of what it
refers to. Sealed columns come out in clear, since the whole goes into a sealed
file, and are sealed again under the other node's own key.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from kaowu.store.models import Account, Candidate, Exam, Organisation, Person, Room, School, Site
from kaowu.store.sealed import BlindIndex

NAMES: Mapping[type[models.Model], str] = {
    Organisation: "code",
    School: "code",
    Site: "code",
    Account: "number",
    Person: "number",
    Candidate: "number",
    Room: "number",
    Exam: "code",
}
"""By which field a row of each table is known to other nodes."""

_BATCH = 1_000


def fields_of(table: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The fields that travel: all but the database's own keys and what follows from other fields."""
    return [
        field
        for field in table._meta.concrete_fields
        if not isinstance(field, models.AutoField | BlindIndex) and field.name != "path"
    ]


def pack(table: type[models.Model], rows: models.QuerySet[Any]) -> dict[str, Any]:
    """Names of the fields, and the rows in a fixed order."""
    fields = fields_of(table)
    columns = [
        f"{field.name}__{NAMES[field.related_model]}" if field.is_relation else field.name  # type: ignore[index]
        for field in fields
    ]
    kept = rows.order_by("pk").values_list(*columns).iterator(_BATCH)
    return {
        "fields": [field.name for field in fields],
        "rows": [[_plain(value) for value in row] for row in kept],
    }


def unpack(table: type[models.Model], packed: Mapping[str, Any], **fixed: Any) -> Iterable[dict[str, Any]]:
    """The values of each row for this database; references are looked up, unknown ones are a KeyError."""
    known = {field.name: field for field in fields_of(table)}
    fields = [known[name] for name in packed["fields"]]
    places: dict[str, dict[str, int]] = {}
    for field in fields:
        if field.is_relation:
            other = field.related_model
            assert isinstance(other, type)
            rows = (
                other._default_manager.filter(**fixed) if other is Candidate else other._default_manager.all()
            )
            places[field.name] = dict(rows.values_list(NAMES[other], "pk"))
    for row in packed["rows"]:
        values: dict[str, Any] = {}
        for field, value in zip(fields, row, strict=True):
            if field.is_relation:
                values[field.attname] = None if value is None else places[field.name][value]
            else:
                values[field.name] = field.to_python(value)
        yield values


def write(table: type[models.Model], packed: Mapping[str, Any], *key: str) -> int:
    """Bring rows up to date that are known by these fields, add the others; nothing is taken away."""
    count = 0
    for values in unpack(table, packed):
        known = {name: values.pop(name) for name in key}
        table._default_manager.update_or_create(**known, defaults=values)
        count += 1
    return count


def add(table: type[models.Model], packed: Mapping[str, Any], **fixed: Any) -> int:
    """Add all rows; whoever calls has taken the old ones away."""
    rows = [table(**values) for values in unpack(table, packed, **fixed)]
    table._default_manager.bulk_create(rows, batch_size=_BATCH)
    return len(rows)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | bytes | list | dict):
        return value
    return bytes(value) if isinstance(value, memoryview) else str(value)
