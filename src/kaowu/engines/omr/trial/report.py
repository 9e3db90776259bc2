"""The accuracy report: many seeded sheets under each condition and mishap, on all cores, in parts.

A part is the tally of some seeds under one condition, in a file of its own. A
run that was stopped goes on from its parts; parts made elsewhere are merged by
putting them into the same folder. Parts of another reader are passed over: the
head of each names layout, policy and the code that read.
"""

import hashlib
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from kaowu.engines.omr.decide import DEFAULT
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey
from kaowu.engines.omr.read import Reader
from kaowu.engines.omr.trial.mishaps import MISHAPS, mishap_trial
from kaowu.engines.omr.trial.run import Tally, sheet_trial
from kaowu.engines.omr.trial.scanner import CONDITIONS
from kaowu.engines.omr.workers import keep_freed_memory

CHUNK = 20
TOLD_EVERY = 10
_NO_MATTER = (
    "files.py",
    "batch.py",
    "workers.py",
    "describe.py",
    "guess_grid.py",
    "pictures.py",
    "estimate.py",
    "trial/report.py",
)
HELD_OUT = {one.name: one for one in MISHAPS}


@dataclass(frozen=True)
class Subject:
    """What is measured: a sheet, its blank, and the blank of another one that must be rejected."""

    layout: Layout
    blank: Grey
    other: Grey
    dpi: int

    @property
    def head(self) -> dict[str, Any]:
        """What a part must agree in to be counted with others."""
        return {
            "sheet": self.layout.id,
            "layout": self.layout.digest,
            "policy": DEFAULT.version,
            "dpi": self.dpi,
            "reader": _code(),
        }


@dataclass(frozen=True)
class Part:
    """The tally of the seeds from `first` to `last` under one condition or mishap."""

    trial: str
    first: int
    last: int
    tally: Tally


def measure(
    subject: Subject, wanted: Sequence[tuple[str, Sequence[int]]], parts: Path, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The figures of all parts in the folder, after those still wanted were made."""
    parts.mkdir(parents=True, exist_ok=True)
    there = {(part.trial, seed) for part in _parts(parts, subject) for seed in (part.first, part.last)}
    waiting = [
        (trial, part)
        for trial, seeds in wanted
        for part in (seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK))
        if not {(trial, part[0]), (trial, part[-1])} & there
    ]
    waiting.sort(key=lambda one: one[1][0])  # a run that is stopped has measured all conditions alike
    if waiting:
        _make(subject, waiting, parts, tell)
    return report(subject, parts)


def report(subject: Subject, parts: Path) -> dict[str, Any]:
    """What the parts of a folder add up to."""
    totals: dict[str, Tally] = {}
    seeds: dict[str, list[list[int]]] = {}
    for part in sorted(_parts(parts, subject), key=lambda one: (one.trial, one.first)):
        ranges = seeds.setdefault(part.trial, [])
        if ranges and part.first <= ranges[-1][1]:
            continue  # the same seeds from two runs count once
        totals.setdefault(part.trial, Tally()).add(part.tally)
        if ranges and part.first == ranges[-1][1] + 1:
            ranges[-1][1] = part.last
        else:
            ranges.append([part.first, part.last])
    return {
        **subject.head,
        "conditions": [_row(name, totals[name], seeds[name]) for name in CONDITIONS if name in totals],
        "held_out": [_row(name, totals[name], seeds[name]) for name in HELD_OUT if name in totals],
        "not_known": "Ink and scanners are imitated by computation. No real Chinese answer cards were at hand.",
    }


def faultless(found: dict[str, Any]) -> bool:
    """Whether nothing was misread in silence."""
    return not any(
        row["silent"] or row["misread_identities"] or row["wrongly_read"]
        for row in (*found["conditions"], *found["held_out"])
    )


def _make(
    subject: Subject, waiting: Sequence[tuple[str, Sequence[int]]], parts: Path, tell: Callable[[str], None]
) -> None:
    start = (subject.layout.to_bytes(), subject.blank, subject.other, subject.dpi)
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn"), _begin, start) as pool:
        running = [pool.submit(_chunk, trial, list(seeds)) for trial, seeds in waiting]
        try:
            keep(subject, running, parts, tell)
        except BaseException:  # whoever ends it must not wait for all that nobody will keep
            pool.shutdown(cancel_futures=True)
            raise


def keep(subject: Subject, running: Sequence[Future[Part]], parts: Path, tell: Callable[[str], None]) -> None:
    """Put each part into a file of its own as it is done."""
    for number, done in enumerate(as_completed(running), start=1):
        part = done.result()
        draft = parts / f".{part.trial}-{part.first}.draft"
        draft.write_text(json.dumps({"head": subject.head, **_plain(part)}), encoding="utf-8")
        draft.replace(parts / f"{part.trial}-{part.first}-{part.last}.json")
        if number % TOLD_EVERY == 0 or number == len(running):
            tell(f"{number:,} / {len(running):,} · {part.trial} {part.last}")


def _plain(part: Part) -> dict[str, Any]:
    """A part for its file. `asdict` does not know counters: of each code and its count it makes a key."""
    return {**vars(part), "tally": {**vars(part.tally), "rejected": dict(part.tally.rejected)}}


def _parts(folder: Path, subject: Subject) -> Iterator[Part]:
    """The whole parts of this reader; broken files and those of others are passed over."""
    for path in sorted(folder.glob("*.json")):
        try:
            plain = json.loads(path.read_text(encoding="utf-8"))
            if plain.pop("head") == subject.head:
                tally = Tally(**plain.pop("tally"))
                tally.rejected = Counter(tally.rejected)
                yield Part(**plain, tally=tally)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue


def _row(name: str, total: Tally, seeds: list[list[int]]) -> dict[str, Any]:
    return {
        "condition": name,
        "seeds": seeds,
        "sheets": total.sheets,
        "rejected": sum(total.rejected.values()),
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
        "wrongly_read": total.wrongly_read,
        "first_errors": total.first_errors,
    }


def _code() -> str:
    """Which code read and imitated: a digest of this package, but for what only fetches pages."""
    folder = Path(__file__).parents[1]
    told = hashlib.sha256()
    for path in sorted(set(folder.rglob("*.py")) - {folder / name for name in _NO_MATTER}):
        told.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:16]


_state: tuple[Reader, Grey, Grey, int] | None = None
"""Reader, blank, another blank and resolution of this worker process."""


def _begin(layout: bytes, blank: Grey, other: Grey, dpi: int) -> None:
    global _state
    keep_freed_memory()
    cv2.setNumThreads(1)
    _state = (Reader(Layout.from_bytes(layout), blank), blank, other, dpi)


def _chunk(trial: str, seeds: list[int]) -> Part:
    assert _state is not None
    reader, blank, other, dpi = _state
    total = Tally()
    for seed in seeds:
        if trial in HELD_OUT:
            total.add(mishap_trial(reader, blank, other, dpi, HELD_OUT[trial], seed))
        else:
            total.add(sheet_trial(reader, blank, dpi, CONDITIONS[trial], seed))
    return Part(trial, seeds[0], seeds[-1], total)
