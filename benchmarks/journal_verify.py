"""Judging an archive by its bytes: digests, leaf hashes, tree, every checkpoint, the seal.

This is `kaowu verify --roots-only`: all that shows whether a byte was changed.
Reading each entry as well is measured by `journal-verify-entries`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks._journal_input import ARCHIVE, KEY, write_archive

NAME = "journal-verify"
SIZES = (10_000, 100_000, 1_000_000)


def make_input(size: int, folder: Path) -> None:
    """An archive with a checkpoint behind every 256 facts."""
    write_archive(folder / ARCHIVE, size)


def set_up(folder: Path) -> Any:
    """The judge, imported."""
    from kaowu.engines.ledger.verify import verify_archive

    return verify_archive


def run(verify_archive: Any, size: int, folder: Path) -> dict[str, Any]:
    """One pass over the file."""
    path = folder / ARCHIVE
    with path.open("rb") as source:
        verdict = verify_archive(source, [KEY.verifying], roots_only=True)
    assert verdict.ok and verdict.size == size
    return {"file_mb": round(path.stat().st_size / 1e6, 1)}
