"""The accuracy report: many seeded sheets under each condition, on all cores."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import cv2

from kaowu.engines.omr.decide import DEFAULT
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey
from kaowu.engines.omr.read import Reader
from kaowu.engines.omr.trial.run import Tally, sheet_trial
from kaowu.engines.omr.trial.scanner import CONDITIONS

CHUNK = 20


def measure(
    layout: Layout, blank: Grey, dpi: int, seeds: Sequence[int], tell: Callable[[str], None]
) -> dict[str, Any]:
    """The figures of every condition; with the seeds anybody gets the same."""
    cores = len(os.sched_getaffinity(0))
    rows = []
    with ProcessPoolExecutor(
        cores, multiprocessing.get_context("spawn"), _begin, (layout.to_bytes(), blank, dpi)
    ) as pool:
        for name in CONDITIONS:
            total = Tally()
            parts = [list(seeds[at : at + CHUNK]) for at in range(0, len(seeds), CHUNK)]
            for part in pool.map(_chunk, [name] * len(parts), parts):
                total.add(part)
            rows.append(_row(name, total))
            tell(f"{name}: {total.sheets:,} · {total.clear:,} · {total.silent}")
    return {
        "sheet": layout.id,
        "layout": layout.digest,
        "policy": DEFAULT.version,
        "dpi": dpi,
        "seeds": [seeds[0], seeds[-1]],
        "conditions": rows,
        "not_known": "Ink and scanners are imitated by computation. No real Chinese answer cards were at hand.",
    }


def _row(name: str, total: Tally) -> dict[str, Any]:
    rejected = sum(total.rejected.values())
    return {
        "condition": name,
        "sheets": total.sheets,
        "rejected": rejected,
        "rejected_codes": dict(sorted(total.rejected.items())),
        "clear_fields": total.clear,
        "silent": total.silent,
        # Zero errors among n bounds the rate by about 3 / n at 95 %.
        "silent_bound_ppm": round(3e6 / total.clear, 2) if total.clear and not total.silent else None,
        "needless_flags": total.needless,
        "needless_percent": round(100 * total.needless / total.clear, 4) if total.clear else None,
        "look_marks": total.looks,
        "look_marks_met": total.looks_met,
        "identities": total.identities,
        "misread_identities": total.misread_identities,
        "first_errors": total.first_errors,
    }


_state: tuple[Reader, Grey, int] | None = None
"""Reader, blank and resolution of this worker process."""


def _begin(layout: bytes, blank: Grey, dpi: int) -> None:
    global _state
    cv2.setNumThreads(1)
    _state = (Reader(Layout.from_bytes(layout), blank), blank, dpi)


def _chunk(name: str, seeds: list[int]) -> Tally:
    assert _state is not None
    reader, blank, dpi = _state
    total = Tally()
    for seed in seeds:
        total.add(sheet_trial(reader, blank, dpi, CONDITIONS[name], seed))
    return total
