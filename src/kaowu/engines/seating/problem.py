"""What has to be seated: candidates, rooms, sittings and the rules of this exam.

A problem is frozen and complete: with the seed it fixes the plan. Candidates
are held by columns, because a city has 283,647 of them; `Candidate` is the
row for people. Three columns have a meaning of their own: `pool` (the sites
one may be sent to: a county, or one site once sites are allocated), `needs`
and `sittings` (words joined by `|`). All others are keys which the rules name:
school, class, foreign language, electives, paper language, 科类.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seat_grid import Corner, Direction, SeatGrid

FORMAT = "kaowu.seating-problem/1"

quoted: Callable[[str], str] = json.encoder.encode_basestring
"""Text as JSON, quotes and all, as `canonical_json` writes it."""

ACCESSIBLE = "accessible"  # 轮椅: a room without steps, the seat at the door
SINGLE = "single"  # 单人考场
SEPARATE = "separate:"  # 单独编场, with others of the same label: separate:extra_time_30

LARGEST_ROOM = 250


class RoomKind(StrEnum):
    """What a room is kept for."""

    ORDINARY = "ordinary"  # 标准考场
    SPARE = "spare"  # 备用考场: staffed and empty
    ISOLATION = "isolation"  # 隔离考场: staffed and empty
    ACCESSIBLE = "accessible"  # 无障碍考场: kept for candidates with needs
    SINGLE = "single"  # 单人考场: one candidate


class Remainder(StrEnum):
    """What happens to the people left over when a stream does not fill its rooms (尾数考场)."""

    OWN_ROOM = "own_room"  # full rooms, and one room for the rest
    BALANCE = "balance"  # all rooms of the stream equally full: 27, 27, 26
    MERGE = "merge"  # rests of streams that may share a room do so, rooms equally full


@dataclass(frozen=True, slots=True)
class Apart:
    """No two with the same value of `key` on neighbouring seats (`reach` 4 or 8)."""

    key: str = "school"
    reach: int = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """How this exam seats its candidates; profile data, never code.

    `apart` is a ladder: the first rung is the rule, the next ones are used only
    in rooms where counting shows that the one before cannot hold, and say so.
    """

    capacity: int = 30
    never_mix: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    remainder: Remainder = Remainder.BALANCE
    apart: tuple[Apart, ...] = (Apart(),)
    spare_rooms_per_site: int = 0
    gaps: bool = True  # seats may stay empty between people where nothing else keeps them apart


@dataclass(frozen=True, slots=True)
class Sitting:
    """One seating: a paper, or all papers at once; may group in its own way."""

    id: str
    never_mix: tuple[str, ...] | None = None
    group_by: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """One room of a site; `id` is the room number as text, unique in its site."""

    id: str
    grid: SeatGrid
    capacity: int
    kind: RoomKind = RoomKind.ORDINARY
    step_free: bool = False

    @property
    def places(self) -> int:
        """How many may sit here: never more than there are desks."""
        return min(self.capacity, self.grid.seats)


@dataclass(frozen=True, slots=True)
class Site:
    """One exam site (考点) with its rooms in the order in which they are filled."""

    id: str
    pool: str
    rooms: tuple[Room, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate as a row; no sittings named means all of them."""

    id: str
    pool: str
    keys: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    sittings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One value per candidate: sorted labels, and the code of each candidate."""

    labels: tuple[str, ...]
    codes: NDArray[np.int32]

    @classmethod
    def of(cls, values: Sequence[str]) -> "Column":
        """A column of these values; labels are sorted by code point."""
        labels = tuple(sorted(set(values)))
        code = {label: number for number, label in enumerate(labels)}
        codes = np.fromiter((code[value] for value in values), np.int32, len(values))
        codes.setflags(write=False)
        return cls(labels, codes)

    def part(self, rows: NDArray[np.int64]) -> "Column":
        """The same column for some candidates, with the labels that occur among them."""
        used, inverse = np.unique(self.codes[rows], return_inverse=True)
        codes: NDArray[np.int32] = np.asarray(inverse, np.int32)
        codes.setflags(write=False)
        return Column(tuple(self.labels[code] for code in used.tolist()), codes)

    def label(self, row: int) -> str:
        """The value of one candidate."""
        found: str = self.labels[self.codes[row]]
        return found


@dataclass(frozen=True)
class Candidates:
    """All candidates by columns, sorted by id."""

    ids: tuple[str, ...]
    columns: Mapping[str, Column]

    @classmethod
    def of(cls, rows: Iterable[Candidate]) -> "Candidates":
        """Candidates from rows in any order."""
        found = list(rows)
        keys = sorted({key for row in found for key in row.keys})
        columns = {key: [row.keys.get(key, "") for row in found] for key in keys}
        columns["pool"] = [row.pool for row in found]
        columns["needs"] = ["|".join(sorted(row.needs)) for row in found]
        columns["sittings"] = ["|".join(row.sittings) for row in found]
        return cls.of_columns([row.id for row in found], columns)

    @classmethod
    def of_columns(cls, ids: Sequence[str], columns: Mapping[str, Sequence[str]]) -> "Candidates":
        """Candidates from one list per column; refuses an id given twice."""
        order = sorted(range(len(ids)), key=ids.__getitem__)
        sorted_ids = tuple(ids[row] for row in order)
        for one, two in pairwise(sorted_ids):
            if one == two:
                raise Refused(
                    "candidate_twice",
                    Sentence(f"考生{one}出现两次", f"Candidate {one} is given twice"),
                )
        filled = {"needs": [""] * len(ids), "sittings": [""] * len(ids), **columns}
        return cls(
            sorted_ids,
            {name: Column.of([values[row] for row in order]) for name, values in sorted(filled.items())},
        )

    def __len__(self) -> int:
        return len(self.ids)

    def words(self, column: str, row: int) -> tuple[str, ...]:
        """The words of a joined value (`needs`, `sittings`)."""
        return tuple(word for word in self.columns[column].label(row).split("|") if word)

    def rows(self) -> Iterator[Candidate]:
        """Every candidate as a row, sorted by id."""
        keys = [name for name in self.columns if name not in ("pool", "needs", "sittings")]
        for row, name in enumerate(self.ids):
            yield Candidate(
                name,
                self.columns["pool"].label(row),
                {key: self.columns[key].label(row) for key in keys},
                self.words("needs", row),
                self.words("sittings", row),
            )


@dataclass(frozen=True)
class SeatingProblem:
    """Everything that a seat plan depends on, except the seed."""

    candidates: Candidates
    sites: tuple[Site, ...]
    rules: Rules = Rules()
    sittings: tuple[Sitting, ...] = (Sitting("all"),)
    exam: str = ""

    def __post_init__(self) -> None:
        for fault in _faults(self):
            raise fault

    def never_mix(self, sitting: Sitting) -> tuple[str, ...]:
        """Keys that never share a room in this sitting."""
        return self.rules.never_mix if sitting.never_mix is None else sitting.never_mix

    def group_by(self, sitting: Sitting) -> tuple[str, ...]:
        """Keys that are kept together in this sitting."""
        return self.rules.group_by if sitting.group_by is None else sitting.group_by

    def with_rules(self, **changes: Any) -> "SeatingProblem":
        """The same problem under changed rules."""
        return replace(self, rules=replace(self.rules, **changes))

    @cached_property
    def rooms(self) -> tuple[tuple[Site, Room], ...]:
        """Every room with its site, in filling order; the place here is the room's index."""
        return tuple((site, room) for site in self.sites for room in site.rooms)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical bytes: JSON, UTF-8, keys sorted, no spaces, candidates sorted by id."""
        columns = canonical_json(["id", *self.candidates.columns])
        rows = ",".join(_candidate_texts(self.candidates)).encode()
        head = b'{"candidates":{"columns":' + columns + b',"rows":['
        return b"".join([head, rows, b"]},", canonical_json(_plain(self))[1:]])

    def known_as(self, digest: str) -> "SeatingProblem":
        """The same problem under the digest it was committed with, which is not worked out again."""
        found = replace(self)
        found.__dict__["digest"] = digest
        return found

    @classmethod
    def from_bytes(cls, content: bytes) -> "SeatingProblem":
        """A problem from JSON; raises Refused saying what is wrong with it."""
        try:
            return _problem(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise Refused(
                "seating_problem_unreadable",
                Sentence(f"编排问题文件无法读懂：{error}", f"The seating problem cannot be read: {error}"),
            ) from error


def canonical_json(value: Any) -> bytes:
    """One spelling for each value: sorted keys, no spaces, UTF-8, no floats."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _faults(problem: SeatingProblem) -> Iterator[Refused]:
    columns = problem.candidates.columns
    rules = problem.rules
    named = [*rules.never_mix, *rules.group_by, *(rung.key for rung in rules.apart), "pool"]
    for sitting in problem.sittings:
        named += [*problem.never_mix(sitting), *problem.group_by(sitting)]
    for key in named:
        if len(problem.candidates) and key not in columns:
            yield _fault(f"考生没有“{key}”一项", f"Candidates carry no {key!r}")
    if rules.capacity < 1:
        yield _fault("考场容量至少为1", "A room holds at least one")
    if not rules.apart or any(rung.reach not in (4, 8) for rung in rules.apart):
        yield _fault("相邻规则须为4邻或8邻", "A seat has 4 or 8 neighbours")
    if len({site.id for site in problem.sites}) != len(problem.sites):
        yield _fault("考点代码重复", "Two sites have one code")
    if len({sitting.id for sitting in problem.sittings}) != len(problem.sittings):
        yield _fault("场次重复", "Two sittings have one name")
    for site in problem.sites:
        if len({room.id for room in site.rooms}) != len(site.rooms):
            yield _fault(f"考点{site.id}考场号重复", f"Two rooms of site {site.id} have one number")
        for room in site.rooms:
            if room.grid.seats > LARGEST_ROOM:
                yield _fault(
                    f"考点{site.id}考场{room.id}多于{LARGEST_ROOM}个座位",
                    f"Room {room.id} of site {site.id} has more than {LARGEST_ROOM} desks",
                )
    yield from _unknown_words(problem)


def _unknown_words(problem: SeatingProblem) -> Iterator[Refused]:
    columns = problem.candidates.columns
    known = {sitting.id for sitting in problem.sittings}
    for label in columns["sittings"].labels if "sittings" in columns else ():
        for word in set(filter(None, label.split("|"))) - known:
            yield _fault(f"没有场次“{word}”", f"There is no sitting {word!r}")
    for label in columns["needs"].labels if "needs" in columns else ():
        for word in filter(None, label.split("|")):
            if word not in (ACCESSIBLE, SINGLE) and not word.startswith(SEPARATE):
                yield _fault(f"不认识的便利“{word}”", f"Unknown need {word!r}")
    pools = {site.pool for site in problem.sites}
    for pool in columns["pool"].labels if "pool" in columns else ():
        if pool not in pools:
            yield _fault(f"“{pool}”没有考点", f"No site serves {pool!r}")


def _fault(zh: str, en: str) -> Refused:
    return Refused("seating_problem_faulty", Sentence(zh, en))


def _candidate_texts(candidates: Candidates) -> list[str]:
    """Every candidate as canonical JSON; written by hand, because a city has 283,647 of them."""
    columns = [
        list(map(list(map(quoted, column.labels)).__getitem__, column.codes.tolist()))
        for column in candidates.columns.values()
    ]
    rows = zip(map(quoted, candidates.ids), *columns, strict=True)
    return ["[" + ",".join(row) + "]" for row in rows]


def _plain(problem: SeatingProblem) -> dict[str, Any]:
    """All but the candidates."""
    rules = problem.rules
    return {
        "format": FORMAT,
        "exam": problem.exam,
        "rules": {
            "capacity": rules.capacity,
            "never_mix": list(rules.never_mix),
            "group_by": list(rules.group_by),
            "remainder": str(rules.remainder),
            "apart": [{"key": rung.key, "reach": rung.reach} for rung in rules.apart],
            "spare_rooms_per_site": rules.spare_rooms_per_site,
            "gaps": rules.gaps,
        },
        "sittings": [_plain_sitting(sitting) for sitting in problem.sittings],
        "sites": [
            {"id": site.id, "pool": site.pool, "rooms": [_plain_room(room) for room in site.rooms]}
            for site in problem.sites
        ],
    }


def _plain_sitting(sitting: Sitting) -> dict[str, Any]:
    found: dict[str, Any] = {"id": sitting.id}
    if sitting.never_mix is not None:
        found["never_mix"] = list(sitting.never_mix)
    if sitting.group_by is not None:
        found["group_by"] = list(sitting.group_by)
    return found


def _plain_room(room: Room) -> dict[str, Any]:
    return {
        "id": room.id,
        "layout": room.grid.layout if len(room.grid.columns) > 1 else f"1x{room.grid.seats}",
        "start": str(room.grid.start),
        "direction": str(room.grid.direction),
        "capacity": room.capacity,
        "kind": str(room.kind),
        "step_free": room.step_free,
    }


def _problem(plain: Mapping[str, Any]) -> SeatingProblem:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    names, *_ = plain["candidates"]["columns"], None
    rows = plain["candidates"]["rows"]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {}
    if any(not isinstance(value, str) for values in columns.values() for value in values):
        raise ValueError("every value of a candidate is text")
    ids = columns.pop("id", [])
    return SeatingProblem(
        Candidates.of_columns(ids, columns),
        tuple(
            Site(site["id"], site["pool"], tuple(_room(room) for room in site["rooms"]))
            for site in plain["sites"]
        ),
        _rules(plain.get("rules", {})),
        tuple(_sitting(sitting) for sitting in plain.get("sittings", [{"id": "all"}])),
        plain.get("exam", ""),
    )


def _rules(plain: Mapping[str, Any]) -> Rules:
    usual = Rules()
    return Rules(
        capacity=int(plain.get("capacity", usual.capacity)),
        never_mix=tuple(plain.get("never_mix", ())),
        group_by=tuple(plain.get("group_by", ())),
        remainder=Remainder(plain.get("remainder", usual.remainder)),
        apart=tuple(Apart(rung["key"], int(rung["reach"])) for rung in plain["apart"])
        if "apart" in plain
        else usual.apart,
        spare_rooms_per_site=int(plain.get("spare_rooms_per_site", 0)),
        gaps=bool(plain.get("gaps", True)),
    )


def _sitting(plain: Mapping[str, Any]) -> Sitting:
    return Sitting(
        plain["id"],
        tuple(plain["never_mix"]) if "never_mix" in plain else None,
        tuple(plain["group_by"]) if "group_by" in plain else None,
    )


def _room(plain: Mapping[str, Any]) -> Room:
    grid = SeatGrid.from_layout(
        plain["layout"],
        Corner(plain.get("start", "front_left")),
        Direction(plain.get("direction", "serpentine")),
    )
    return Room(
        plain["id"],
        grid,
        int(plain.get("capacity", grid.seats)),
        RoomKind(plain.get("kind", "ordinary")),
        bool(plain.get("step_free", False)),
    )
