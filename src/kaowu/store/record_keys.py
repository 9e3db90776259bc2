"""One key for each record's personal fields (逐条密钥), in a file that is overwritten in place when a key is destroyed.

The keys lie beside the database, never in it: free pages, write-ahead logs and
backups of the database hold only what nobody can open once the key is gone.
A key is a slot of 32 random bytes; what encrypts is derived from it and from a
key of the node, so the file alone opens nothing. Slots are made in blocks and
made durable before any of them is used, so a record costs no wait of its own; no
slot is ever used twice, whatever is restored from a backup.
"""

import fcntl
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from kaowu.basics.suites import Suite

SLOT_BYTES = 32
_BLOCK = 256
_MAGIC = b"KAOWU record keys 1\n".ljust(SLOT_BYTES, b"\0")
_DESTROYED = bytes(SLOT_BYTES)


class KeyDestroyed(Exception):
    """The record's key was destroyed: its personal fields are gone."""


class RecordKeys:
    """The keys of one node; processes and threads share the file."""

    def __init__(self, path: Path, node_key: bytes) -> None:
        self._path = path
        self._node_key = node_key
        self._lock = threading.Lock()
        self._process = 0
        self._file = -1
        self._fresh: list[tuple[int, bytes]] = []

    def new(self, suite: Suite) -> tuple[int, bytes]:
        """A slot that was never used, and the key that it stands for."""
        with self._lock:
            self._open()
            if not self._fresh:
                self._fresh = self._more()
            slot, secret = self._fresh.pop()
        return slot, self._key(secret, suite)

    def of(self, slot: int, suite: Suite) -> bytes:
        """The key of a slot; raises KeyDestroyed, also for a slot that was never made."""
        with self._lock:
            self._open()
        secret = os.pread(self._file, SLOT_BYTES, slot * SLOT_BYTES)
        if slot < 1 or len(secret) != SLOT_BYTES or secret == _DESTROYED:
            raise KeyDestroyed(slot)
        return self._key(secret, suite)

    def destroy(self, slots: Iterable[int]) -> None:
        """Overwrite keys and wait until that is on disk. Doing it again changes nothing."""
        with self._lock:
            self._open()
            for slot in slots:
                if 0 < slot < os.fstat(self._file).st_size // SLOT_BYTES:
                    os.pwrite(self._file, os.urandom(SLOT_BYTES), slot * SLOT_BYTES)
                    os.pwrite(self._file, _DESTROYED, slot * SLOT_BYTES)
            os.fsync(self._file)

    def _key(self, secret: bytes, suite: Suite) -> bytes:
        return suite.mac(self._node_key, secret)[: suite.cipher_key_bytes]

    def _open(self) -> None:
        if self._process == os.getpid():
            return
        # A process that was forked must not hand out the slots that its parent reserved.
        self._fresh, self._process = [], os.getpid()
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)

    def _more(self) -> list[tuple[int, bytes]]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            size = os.fstat(self._file).st_size
            if size == 0:
                os.pwrite(self._file, _MAGIC, 0)
            first = max(1, -(-size // SLOT_BYTES))
            secrets = os.urandom(_BLOCK * SLOT_BYTES)
            os.pwrite(self._file, secrets, first * SLOT_BYTES)
            os.fsync(self._file)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        parts = [secrets[at : at + SLOT_BYTES] for at in range(0, len(secrets), SLOT_BYTES)]
        return [(first + number, secret) for number, secret in enumerate(parts)][::-1]
