"""The process stops when the disk fails (故障即停).

After an fsync that failed nobody knows what is on the disk: the kernel may have
dropped the very pages and say next time that all is well. So nothing is tried
again and nothing more is vouched for; the process ends at once and `kaowu run`
ends the node. A full disk is no failure: SQLite rolls back, the fact is refused,
and the node goes on.
"""

import os
import sqlite3

DISK_FAILED_EXIT = 74
"""EX_IOERR of sysexits.h."""

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


def end_if_the_disk_failed(error: BaseException | None) -> None:
    """End the process for such an error; return for any other."""
    if is_disk_failure(error):
        os.write(2, f"{_WORDS}{error}\n".encode())
        os._exit(DISK_FAILED_EXIT)
