"""Past the object mapper: where facts come by the thousand, to compile a query or make an object costs more than a row.

Table and column names come from the code, never from outside. PostgreSQL takes
new rows by binary COPY and changed ones in one statement over arrays; SQLite
takes both row by row, which costs it no round trip.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

Columns = Mapping[str, str]
"""Column → its type in PostgreSQL. Ids of facts (`uuid`) are 32 hexadecimal digits in SQLite."""
_SPELT_PLAIN = frozenset(("int8", "bigint", "integer", "boolean"))
_MOST_PLACES = 900


def rows(sql: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a query in plain SQL finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def execute(sql: str, arguments: Sequence[Any]) -> None:
    """Do one statement in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)


def insert(
    table: str, columns: Columns, rows: Sequence[Sequence[Any]], meanwhile: Iterable[None] = ()
) -> None:
    """Add rows; one that is in the way already is an error.

    PostgreSQL takes them in more slowly than they are sent. So `meanwhile`, work that asks nothing of the
    database, is done step by step between them, and to its end.
    """
    steps = iter(meanwhile)
    names = ", ".join(columns)
    if rows:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
                    copy.set_types(list(columns.values()))
                    for row in rows:
                        copy.write_row(row)
                        next(steps, None)
            else:
                cursor.executemany(
                    f"INSERT INTO {table} ({names}) VALUES ({_places(columns)})", _with_digits(columns, rows)
                )
    for _ in steps:
        pass


def insert_new(table: str, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    """Add the rows that are not in the way of one another or of what is there."""
    if not rows:
        return
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT * FROM {_unnested(columns)} ON CONFLICT DO NOTHING",
                _by_column(columns, rows),
            )
        else:
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({_places(columns)}) ON CONFLICT DO NOTHING",
                _with_digits(columns, rows),
            )


def update(table: str, keys: Columns, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    """Give rows new values: each row of the argument holds the keys first, then the values."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            names = ", ".join([*keys, *columns])
            given = ", ".join(f"{name} = given.{name}" for name in columns)
            found = " AND ".join(f"{table}.{name} = given.{name}" for name in keys)
            cursor.execute(
                f"UPDATE {table} SET {given} FROM {_unnested({**keys, **columns})} AS given({names}) WHERE {found}",
                _by_column({**keys, **columns}, rows),
            )
        else:
            given = ", ".join(f"{name} = %s" for name in columns)
            found = " AND ".join(f"{name} = %s" for name in keys)
            cursor.executemany(
                f"UPDATE {table} SET {given} WHERE {found}",
                [(*row[len(keys) :], *row[: len(keys)]) for row in rows],
            )


def present(table: str, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these ids of facts the table has already."""
    found: set[UUID] = set()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One array literal: to adapt each id by itself takes longer than to find it.
            wanted = "{" + ",".join([id.hex for id in ids]) + "}"
            cursor.execute(f"SELECT fact_id FROM {table} WHERE fact_id = ANY(%s::uuid[])", [wanted])
            return {row[0] for row in cursor.fetchall()}
        for first in range(0, len(ids), _MOST_PLACES):
            share = [id.hex for id in ids[first : first + _MOST_PLACES]]
            places = ", ".join(["%s"] * len(share))
            cursor.execute(f"SELECT fact_id FROM {table} WHERE fact_id IN ({places})", share)
            found |= {read_uuid(row[0]) for row in cursor.fetchall()}
    return found


def read_uuid(value: Any) -> UUID:
    """An id of a fact as plain SQL found it."""
    return value if isinstance(value, UUID) else UUID(value)


def among(column: str, texts: Iterable[str]) -> tuple[str, Any]:
    """The condition that a column holds one of many texts, and its one argument."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", list(texts)
    return f"{column} IN (SELECT value FROM json_each(%s))", json.dumps(list(texts))


def for_each(
    keys: Columns, rows: Sequence[Sequence[Any]], columns: str, source: str, where: str, *arguments: Any
) -> list[tuple[Any, ...]]:
    """What is found for each of many keys, which `where` calls `given.<name>`; the arguments are its own.

    PostgreSQL looks each key up by itself. As a join it read the whole table for each, as long as
    it had no statistics of a table that was filled a moment ago.
    """
    if not rows:
        return []
    names, found = ", ".join(keys), []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT found.* FROM {_unnested(keys)} AS given({names})"
                f" CROSS JOIN LATERAL (SELECT {columns} FROM {source} WHERE {where} OFFSET 0) AS found",
                [*_by_column(keys, rows), *arguments],
            )
            return cursor.fetchall()
        at_once = _MOST_PLACES // len(keys)
        for first in range(0, len(rows), at_once):
            share = rows[first : first + at_once]
            given = ", ".join([f"({_places(keys)})"] * len(share))
            cursor.execute(
                f"WITH given({names}) AS (VALUES {given}) SELECT {columns} FROM given CROSS JOIN {source} WHERE {where}",
                [*(part for row in share for part in row), *arguments],
            )
            found += cursor.fetchall()
    return found


def _places(columns: Columns) -> str:
    return ", ".join(["%s"] * len(columns))


def _unnested(columns: Columns) -> str:
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in columns.values())})"


def _by_column(columns: Columns, rows: Iterable[Sequence[Any]]) -> list[Any]:
    """One array for each column; numbers are written out here in a tenth of the time."""
    return [
        "{" + ",".join(map(str, column)) + "}" if kind in _SPELT_PLAIN else list(column)
        for kind, column in zip(columns.values(), zip(*rows, strict=True), strict=True)
    ]


def _with_digits(columns: Columns, rows: Sequence[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    if "uuid" not in columns.values():
        return rows
    place = list(columns.values()).index("uuid")
    return [(*row[:place], row[place].hex, *row[place + 1 :]) for row in rows]
