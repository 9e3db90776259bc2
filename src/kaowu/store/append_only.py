"""Tables that the database itself keeps from being changed: whoever bypasses the program is refused as well.

Installed after the migrations, again at every start, so that a trigger somebody has dropped comes back.
"""

from django.db import connection

from kaowu.store.models import AccessLog, LogConflict, MirroredEntry

_TABLES = tuple(model._meta.db_table for model in (AccessLog, LogConflict, MirroredEntry))


def install() -> None:
    """Make the triggers; harmless when they are there."""
    with connection.cursor() as cursor:
        for statement in _statements():
            cursor.execute(statement)


def _statements() -> list[str]:
    if connection.vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            for table in _TABLES
            for act in ("UPDATE", "DELETE")
        ]
    function = (
        "CREATE OR REPLACE FUNCTION kaowu_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$"
    )
    return [
        function,
        *(
            f"CREATE OR REPLACE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION kaowu_only_grows()"
            for table in _TABLES
        ),
    ]
