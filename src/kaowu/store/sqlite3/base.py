"""Django's SQLite backend with three things added: the process stops when the disk fails, waits for WAL, and tends it.

A new file becomes a write-ahead log once, with its first connection. SQLite does
not wait for others when it turns a file over, whatever the timeout: "database is
locked" at once. So the connection waits itself.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from kaowu.store.sqlite3 import write_ahead
from kaowu.store.sqlite3.failing_disk import end_if_the_disk_failed

ASK_AGAIN_S = 0.02


@contextmanager
def _ending_where_the_disk_fails() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        end_if_the_disk_failed(error.__cause__)
        raise


def _keep_as_write_ahead_log(connection: sqlite3.Connection, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                connection.close()
                raise
        time.sleep(ASK_AGAIN_S)


class DatabaseWrapper(SQLite):
    """The connection; what it commits is on disk, or the process is no more."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection to a file that is a write-ahead log, however busy others keep it."""
        made = super().get_new_connection({**conn_params, "factory": write_ahead.Connection})
        _keep_as_write_ahead_log(made, conn_params.get("timeout", 5.0))
        made.execute("PRAGMA wal_autocheckpoint=0")  # write_ahead.py says who does it instead
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that does not outlive its disk."""
        return self.connection.cursor(factory=_Cursor)

    def _commit(self) -> None:
        with _ending_where_the_disk_fails():
            super()._commit()  # type: ignore[misc]  # the stubs do not know it
        self.connection.count_commit()


class _Cursor(SQLiteCursorWrapper):
    """A large transaction writes before it commits: then a statement meets the failure."""

    def execute(self, query: Any, params: Any = None) -> Any:
        try:
            done = super().execute(query, params)
        except sqlite3.Error as error:
            end_if_the_disk_failed(error)
            raise
        if not self.connection.in_transaction:
            self.connection.count_commit()  # type: ignore[attr-defined]  # made by the wrapper above
        return done

    def executemany(self, query: Any, param_list: Any) -> Any:
        try:
            return super().executemany(query, param_list)
        except sqlite3.Error as error:
            end_if_the_disk_failed(error)
            raise
