"""Judging an archive in full, as `kaowu verify` does: also each entry is read.

Canonical encoding, unique ids, device chains, times and commitments are checked
on top of what `journal-verify` measures.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks._journal_input import ARCHIVE, KEY
from benchmarks.journal_verify import make_input, set_up

__all__ = ["NAME", "SIZES", "make_input", "run", "set_up"]

NAME = "journal-verify-entries"
SIZES = (10_000, 100_000, 1_000_000)


def run(verify_archive: Any, size: int, folder: Path) -> dict[str, Any]:
    """One pass over the file."""
    path = folder / ARCHIVE
    with path.open("rb") as source:
        verdict = verify_archive(source, [KEY.verifying])
    assert verdict.ok and verdict.size == size
    return {"file_mb": round(path.stat().st_size / 1e6, 1)}
