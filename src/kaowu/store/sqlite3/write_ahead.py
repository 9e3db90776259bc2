"""The write-ahead log is carried back into the database file (日志回写) between and beside the commits, not inside one.

Left alone, SQLite carries the log back within the commit that makes it long:
whoever waits for that commit, and whoever waits for the next, waits for a
thousand pages and two fsyncs more. It also keeps to itself what the disk then
says. So it is told not to, and here is counted what this process has committed:
the counter (`web/counter.py`) carries back by a sender whose own receipt is on
disk, when nobody else waits, or else seldom, beside the commits of others. Where
that does not keep up, or a program commits past the counter, the commit that finds
far too much waiting does it after all: the log cannot grow without end.

Until the log is carried back every committed page is in it, and forced to disk;
ending in between loses nothing, and the next start reads the log again.
"""

import sqlite3
from typing import Any

from django.db import connection

from kaowu.store.sqlite3.failing_disk import end_if_the_disk_failed

PAGES_DUE = 4_000
"""So many pages wait: the counter carries them back once nobody is at it. Most of them wait several times over and are carried once."""
PAGES_URGENT = 12_000
"""So many wait: it carries them back beside the commits of others, whose own way to the disk is slower meanwhile."""
PAGES_MOST = 16_000
"""So many wait: whoever commits next carries them back."""
PAGES_LONG = 16_000
"""So long a log (64 MB) should begin anew, which it does once nothing in it waits any more."""

_PAGES_OF_A_COMMIT = 10
_ROWS_OF_A_PAGE = 2


class _Waiting:
    """How many pages this process has put into the log since it carried back, by estimate."""

    pages = 0


class Connection(sqlite3.Connection):
    """A connection that counts what it commits."""

    _counted = 0

    def count_commit(self) -> None:
        """Outside of a transaction: count what was changed since last time, and carry back if far too much waits."""
        rows = self.total_changes - self._counted
        if rows:
            self._counted += rows
            _Waiting.pages += _PAGES_OF_A_COMMIT + rows // _ROWS_OF_A_PAGE
            if _Waiting.pages >= PAGES_MOST:
                self.carry_back()

    def carry_back(self) -> bool:
        """Carry back what nobody reads any more in the log; returns whether the log is long all the same.

        Neither waits for a writer nor holds one up. A disk that is full leaves all in the log, until next time.
        """
        _Waiting.pages = 0
        try:
            _, pages, _ = self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            end_if_the_disk_failed(error)
            return False
        return bool(pages >= PAGES_LONG)


def is_due(others_wait: bool) -> bool:
    """Whether enough waits that somebody should carry it back whose own receipt is on disk; never on PostgreSQL."""
    return connection.vendor == "sqlite" and _Waiting.pages >= (PAGES_URGENT if others_wait else PAGES_DUE)


def carry_back() -> bool:
    """Carry back by this thread's connection, outside of any transaction; returns whether the log is long all the same."""
    connection.ensure_connection()
    own: Any = connection.connection
    return bool(own.carry_back())
