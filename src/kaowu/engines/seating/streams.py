"""Stage one: who must stay apart from whom (编组): candidates → streams.

A stream is the people of one pool who may share rooms freely: same values of
the keys that are never mixed, same values of the keys that are grouped, same
separate room. Everything below works stream by stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaowu.engines.seating.problem import (
    ACCESSIBLE,
    SEPARATE,
    SINGLE,
    Column,
    SeatingProblem,
    Sitting,
)
from kaowu.engines.seating.sorting import dense

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Stream:
    """People of one pool who may share rooms freely; rows ascend, so ids do."""

    pool: str
    special: str  # "" for ordinary rooms, `single`, or `separate:…`
    never_mix: tuple[str, ...]
    group: tuple[str, ...]
    rows: Rows
    accessible: Rows  # those of `rows` who need a room without steps and the door seat

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.rows)

    @property
    def words(self) -> tuple[str, ...]:
        """What makes this stream: pool, special room, and the value of each key in order."""
        return self.pool, self.special, *self.never_mix, *self.group

    @property
    def mixes_with(self) -> tuple[str, str, tuple[str, ...]]:
        """Streams with this in common may share a remainder room under a merging rule."""
        return self.pool, self.special, self.never_mix

    @property
    def name(self) -> str:
        """How the office would call it."""
        words = [word for word in (*self.never_mix, *self.group) if word]
        special = [self.special.removeprefix(SEPARATE)] if self.special else []
        return " · ".join([*words, *special]) or "全体"


def streams_of(problem: SeatingProblem, sitting: Sitting, rows: Rows, pools: Column) -> list[Stream]:
    """The streams of one sitting, in canonical order; `pools` names the pool of each row."""
    if not len(rows):
        return []
    columns = problem.candidates.columns
    never_mix, group_by = problem.never_mix(sitting), problem.group_by(sitting)
    needs = columns["needs"]
    specials = [special_room(label) for label in needs.labels]
    special_labels = sorted(set(specials))
    special_code = np.array([special_labels.index(word) for word in specials])
    wheeled = np.array([ACCESSIBLE in label.split("|") for label in needs.labels])
    parts = [
        (pools.labels, pools.codes),
        (tuple(special_labels), special_code[needs.codes[rows]]),
        *((columns[k].labels, columns[k].codes[rows]) for k in (*never_mix, *group_by)),
    ]
    order, starts = _grouped(parts, len(rows))
    accessible = wheeled[needs.codes[rows]]
    found = []
    for at, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        members = order[at:end]
        words = [labels[codes[members[0]]] for labels, codes in parts]
        found.append(
            Stream(
                words[0],
                words[1],
                tuple(words[2 : 2 + len(never_mix)]),
                tuple(words[2 + len(never_mix) :]),
                rows[members],
                rows[members[accessible[members]]],
            )
        )
    return found


def special_room(label: str) -> str:
    """The separate room that a joined list of needs asks for; alone goes before all."""
    words = label.split("|")
    if SINGLE in words:
        return SINGLE
    return next((word for word in sorted(words) if word.startswith(SEPARATE)), "")


def _grouped(
    parts: Sequence[tuple[Sequence[str], NDArray[np.int64] | NDArray[np.int32]]], count: int
) -> tuple[Rows, list[int]]:
    """Positions sorted by all parts (stable), and where each group begins."""
    code, groups = np.zeros(count, np.int64), 1
    for labels, codes in parts:
        met, code = dense(code * len(labels) + codes, groups * len(labels))
        groups = len(met)
    order = np.argsort(code.astype(np.uint16) if groups < 1 << 16 else code, kind="stable")
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    return order, starts.tolist()
