"""A witness's notebook (见证本): the last checkpoint of each log that was cosigned, in one folder.

It needs no database and sees no fact. A checkpoint is cosigned only if it is
signed by the log's own key and a proof shows that it continues the last one
that was cosigned; the new one is on disk before the signature leaves. A signed
checkpoint that contradicts the last one is kept as evidence, word for word.
"""

import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaowu.basics.suites import SUITES, SigningKey, Suite, VerifyingKey
from kaowu.engines.ledger.notes import Note
from kaowu.engines.sync.judge import Held, Status, Verdict, judge_checkpoint
from kaowu.engines.sync.wire import NewCheckpoint, WireRefused

LARGEST_REQUEST = 100_000
MOST_EVIDENCE = 1_000
_FILE, _KEY_FILE, _EVIDENCE = "notebook.json", "witness.key", "evidence"


@dataclass(frozen=True, slots=True)
class LogSeen:
    """A log in the notebook: its key, and the last checkpoint that was cosigned."""

    origin: str
    key: VerifyingKey
    size: int
    root: bytes
    cosigned_at: int


class Notebook:
    """One witness with its key and its memory."""

    def __init__(self, folder: Path, clock_s: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._read = json.loads((folder / _FILE).read_text("utf-8"))
        self.suite: Suite = SUITES[self._read["suite"]]
        self._key = SigningKey.from_text((folder / _KEY_FILE).read_text("utf-8"))

    @classmethod
    def make(cls, folder: Path, name: str, suite: Suite) -> "Notebook":
        """A new notebook with a fresh key; raises FileExistsError where there is one."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = suite.new_key(name, suite.cosignature_kind, secrets.token_bytes(32))
        VerifyingKey.from_text(key.verifying.to_text())
        with os.fdopen(os.open(folder / _KEY_FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(key.to_text() + "\n")
        _write_durably(folder / _FILE, {"suite": suite.name, "logs": {}})
        return cls(folder)

    @property
    def key(self) -> VerifyingKey:
        """What goes into the policy."""
        return self._key.verifying

    @property
    def logs(self) -> list[LogSeen]:
        """Every log that this witness cosigns."""
        return [self._seen(origin) for origin in sorted(self._read["logs"])]

    def admit(self, origin: str, key: VerifyingKey) -> None:
        """Cosign this log from now on; raises ValueError if it is known under another key."""
        if key.is_cosigner or key.kind not in self.suite.kinds:
            raise ValueError("not the key of a log under this suite")
        if not 0 < len(origin) <= 200 or any(c < " " for c in origin):
            raise ValueError("an origin is one line of at most 200 characters")
        with self._lock:
            known = self._read["logs"].get(origin)
            if known is not None and known["key"] != key.to_text():
                raise ValueError(f"{origin} is known under another key")
            if known is None:
                empty = self.suite.hash(b"").hex()
                self._keep(origin, {"key": key.to_text(), "size": 0, "root": empty, "cosigned_at": 0})

    def cosign(self, content: bytes) -> Verdict:
        """Judge an `add-checkpoint` request; the body of a 200 is the cosignature."""
        try:
            if len(content) > LARGEST_REQUEST:
                return Verdict(Status.TOO_LARGE, "request_too_large")
            sent = NewCheckpoint.from_bytes(content)
        except WireRefused:
            return Verdict(Status.UNREADABLE, "request_unreadable")
        with self._lock:
            origin = sent.note.text.partition("\n")[0]
            seen = self._seen(origin) if origin in self._read["logs"] else None
            held = Held(seen.origin, seen.key, seen.size, seen.root, seen.size) if seen else None
            judged = judge_checkpoint(held, sent, lambda size: None, self.suite)
            if judged.forked:
                self._keep_evidence(sent.note)
            if judged.checkpoint is None or judged.verdict.status != Status.OK or seen is None:
                return judged.verdict
            at = int(self._clock_s())
            self._keep(
                origin,
                {
                    "key": seen.key.to_text(),
                    "size": judged.checkpoint.size,
                    "root": judged.checkpoint.root.hex(),
                    "cosigned_at": at,
                },
            )
            signed = Note(sent.note.text).signed_by(self._key, self.suite, at=at)
            return Verdict(Status.OK, "cosigned", signed.to_bytes().rpartition(b"\n\n")[2])

    def evidence(self) -> list[Path]:
        """Checkpoints that contradict what was cosigned."""
        return sorted((self._folder / _EVIDENCE).glob("*.txt"))

    def _seen(self, origin: str) -> LogSeen:
        row = self._read["logs"][origin]
        key = VerifyingKey.from_text(row["key"])
        return LogSeen(origin, key, row["size"], bytes.fromhex(row["root"]), row["cosigned_at"])

    def _keep(self, origin: str, row: dict[str, Any]) -> None:
        logs = self._read["logs"] | {origin: row}
        _write_durably(self._folder / _FILE, self._read | {"logs": logs})
        self._read["logs"] = logs

    def _keep_evidence(self, note: Note) -> None:
        folder = self._folder / _EVIDENCE
        folder.mkdir(exist_ok=True)
        name = self.suite.hash(note.to_bytes()).hex()[:32] + ".txt"
        if not (folder / name).exists() and len(self.evidence()) < MOST_EVIDENCE:
            (folder / name).write_bytes(note.to_bytes())


def _write_durably(path: Path, content: dict[str, Any]) -> None:
    """The whole file or the old one, whatever happens; on disk when this returns."""
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
