"""Django's SQLite backend with two things added: the process stops when the disk fails (故障即停), and waits for WAL.

After an fsync that failed nobody knows what is on the disk: the kernel may have
dropped the very pages and say next time that all is well. So nothing is tried
again and nothing more is vouched for; the process ends at once and `kaowu run`
ends the node. A full disk is no failure: SQLite rolls back, the fact is refused,
and the node goes on.

A new file becomes a write-ahead log once, with its first connection. SQLite does
not wait for others when it turns a file over, whatever the timeout: "database is
locked" at once. So the connection waits itself.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

DISK_FAILED_EXIT = 74
"""EX_IOERR of sysexits.h."""

ASK_AGAIN_S = 0.02

_FAILURES = frozenset(
    (
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_COMMIT_ATOMIC,
    )
)
_WORDS = (
    "磁盘写入失败，本机立即停止，不再记录。请勿在这块磁盘上重新启动：改用备机，或换机重建（kaowu node rebuild）；先在纸上登记。\n"
    "The disk failed, this node stops at once and records nothing more. Do not start it again on this disk: go on at the "
    "standby or rebuild on another machine (kaowu node rebuild); write on paper for now.\n"
)


def is_disk_failure(error: BaseException | None) -> bool:
    """Whether a write or an fsync of the database failed, so that what is on the disk is unknown."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) in _FAILURES


def _end_if_the_disk_failed(error: BaseException | None) -> None:
    if is_disk_failure(error):
        os.write(2, f"{_WORDS}{error}\n".encode())
        os._exit(DISK_FAILED_EXIT)


@contextmanager
def _ending_where_the_disk_fails() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        _end_if_the_disk_failed(error.__cause__)
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
        made = super().get_new_connection(conn_params)
        _keep_as_write_ahead_log(made, conn_params.get("timeout", 5.0))
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that does not outlive its disk."""
        return self.connection.cursor(factory=_Cursor)

    def _commit(self) -> None:
        with _ending_where_the_disk_fails():
            super()._commit()  # type: ignore[misc]  # the stubs do not know it


class _Cursor(SQLiteCursorWrapper):
    """A large transaction writes before it commits: then a statement meets the failure."""

    def execute(self, query: Any, params: Any = None) -> Any:
        try:
            return super().execute(query, params)
        except sqlite3.Error as error:
            _end_if_the_disk_failed(error)
            raise

    def executemany(self, query: Any, param_list: Any) -> Any:
        try:
            return super().executemany(query, param_list)
        except sqlite3.Error as error:
            _end_if_the_disk_failed(error)
            raise
