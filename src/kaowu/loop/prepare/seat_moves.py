"""Who is moved from where to where when a sealed plan changes, as a list that is kept with it (换座清单)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from kaowu.basics.errors import Sentence
from kaowu.loop.prepare.seat_table import SeatLine

FORMAT = "kaowu.seat-moves/1"


@dataclass(frozen=True, slots=True)
class SeatMove:
    """One candidate's seat before and after; an empty room before is somebody new, after somebody who left."""

    candidate: str
    sitting: str
    site: str
    room: str
    seat: str
    to_site: str
    to_room: str
    to_seat: str
    number: str
    to_number: str
    reason_zh: str = ""
    reason_en: str = ""

    @property
    def is_new(self) -> bool:
        """Had this candidate no seat before?"""
        return not self.room

    @property
    def is_gone(self) -> bool:
        """Has this candidate no seat any more?"""
        return not self.to_room

    @property
    def stays(self) -> bool:
        """Is only the paper another one, and the seat the same?"""
        return (self.site, self.room, self.seat) == (self.to_site, self.to_room, self.to_seat)

    @property
    def is_moved(self) -> bool:
        """Has somebody who had a seat another one now?"""
        return bool(self.room and self.to_room) and not self.stays

    @property
    def reason(self) -> Sentence:
        """Why this one is moved."""
        return Sentence(self.reason_zh, self.reason_en)


def moves_between(
    before: Iterable[SeatLine],
    after: Iterable[SeatLine],
    reasons: Mapping[str, Sentence] | None = None,
) -> list[SeatMove]:
    """What differs between two plans, by candidate and sitting; `reasons` by candidate."""
    left = {(line.candidate, line.sitting): line for line in before}
    found = []
    for line in after:
        old = left.pop((line.candidate, line.sitting), None)
        if old is None:
            found.append(_move(None, line))
        elif old != line:
            found.append(_move(old, line))
    found += [_move(line, None) for line in left.values()]
    said = reasons or {}
    named = [
        replace(move, reason_zh=said[move.candidate].zh, reason_en=said[move.candidate].en)
        if move.candidate in said
        else move
        for move in found
    ]
    return sorted(
        named,
        key=lambda move: (
            move.site or move.to_site,
            move.room,
            move.seat,
            move.to_room,
            move.to_seat,
            move.sitting,
        ),
    )


def write_moves(moves: Sequence[SeatMove]) -> bytes:
    """The list as an artefact."""
    plain = {"format": FORMAT, "moves": [asdict(move) for move in moves]}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_moves(content: bytes) -> list[SeatMove]:
    """The list of an artefact."""
    return [SeatMove(**move) for move in json.loads(content)["moves"]]


def apart_by_time(
    lines: Iterable[SeatLine], over: frozenset[str], codes: Sequence[str]
) -> tuple[list[SeatLine], list[SeatLine]]:
    """Seats of sittings that have begun, which nothing changes any more, and seats of those to come.

    A line for several sittings is parted in two. Nothing has begun: all lines are to come, as they are.
    """
    if not over:
        return [], list(lines)
    begun, coming = [], []
    for line in lines:
        held = line.sitting.split(",") if line.sitting else list(codes)
        past, future = ",".join(c for c in held if c in over), ",".join(c for c in held if c not in over)
        if past:
            begun.append(replace(line, sitting=past))
        if future:
            coming.append(replace(line, sitting=future))
    return begun, coming


def joined(lines: Iterable[SeatLine], codes: Sequence[str]) -> list[SeatLine]:
    """Seats that are the same before and after are one line again: only who moves has two."""
    held: dict[SeatLine, list[str]] = {}
    for line in lines:
        where = replace(line, sitting="")
        held.setdefault(where, []).extend(line.sitting.split(",") if line.sitting else codes)
    return [
        replace(where, sitting="" if set(here) == set(codes) else ",".join(c for c in codes if c in here))
        for where, here in held.items()
    ]


def _move(old: SeatLine | None, new: SeatLine | None) -> SeatMove:
    kept = old or new
    assert kept is not None
    return SeatMove(
        candidate=kept.candidate,
        sitting=kept.sitting,
        site=old.site if old else "",
        room=old.room if old else "",
        seat=old.seat if old else "",
        to_site=new.site if new else "",
        to_room=new.room if new else "",
        to_seat=new.seat if new else "",
        number=old.admission_number if old else "",
        to_number=new.admission_number if new else "",
    )
