"""Which sites to open (考点启用): groups of candidates, places that may become sites, and the limits.

A group is everybody of one school in one county; they set out from the school.
Everything is whole numbers: metres on a plane, people, percent. Whoever has no
coordinates is put at the middle of the county and counted; a table of roads
(school × site) overrides the straight line where a river lies between.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.problem import Ints, Point, canonical_json, distances

FORMAT = "kaowu.opening-problem/1"
FAR = 1 << 40
"""No way there: longer than any sum of real ways."""


class Standing(StrEnum):
    """What is decided about a place beforehand (启用设定)."""

    MAY = "may"
    OPEN = "open"
    CLOSED = "closed"


class OwnSchool(StrEnum):
    """Candidates whose own school is a site (本校考生)."""

    ANY = "any"
    OWN = "own"  # they sit there, as far as it holds them
    OTHER = "other"  # they never sit there


@dataclass(frozen=True, slots=True)
class Place:
    """A place that may become a site: where it is, how many it seats, whose school it is."""

    id: str
    county: str
    at: Point | None
    seats: int
    school: str = ""
    standing: Standing = Standing.MAY
    cost: int = 0
    """What opening it counts as, in metres that one person travels."""


@dataclass(frozen=True, slots=True)
class Group:
    """The candidates of one school and county; `at` is None where nobody knows."""

    id: str
    school: str
    county: str
    at: Point | None
    people: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the office asks; None and the least values ask nothing."""

    farthest: int | None = None  # metres; None: the least maximum that is possible
    most_sites: int | None = None
    fewest_sites: bool = False
    fewest_schools: int = 1  # at an opened site
    least_party: int = 1  # people of one school at a site, if any of it sit there
    most_sites_per_school: int | None = None
    own_school: OwnSchool = OwnSchool.ANY
    within_county: bool = True
    spare_percent: int = 0  # seats left free at each site


Flow = tuple[str, str, int]
"""Group, place, people."""


@dataclass(frozen=True)
class OpeningProblem:
    """Groups, places and limits, with the roads that override straight lines."""

    groups: tuple[Group, ...]
    places: tuple[Place, ...]
    limits: Limits = field(default_factory=Limits)
    roads: tuple[tuple[str, str, int], ...] = ()  # school, place, metres
    before: tuple[Flow, ...] = ()
    """Where people go as things stand, for the comparison; no part of the task."""
    exam: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "groups", tuple(sorted(self.groups, key=lambda one: one.id)))
        put(self, "places", tuple(sorted(self.places, key=lambda one: one.id)))
        put(self, "roads", tuple(sorted(self.roads)))
        put(self, "before", tuple(sorted(self.before)))
        for ids in ([one.id for one in self.groups], [one.id for one in self.places]):
            if len(set(ids)) != len(ids):
                raise _fault("生源或考点重复", "A group or a place is given twice")
        if any(one.people < 1 for one in self.groups) or any(one.seats < 0 for one in self.places):
            raise _fault("人数或座位数不对", "A group without people, or a place with fewer seats than none")

    @property
    def people(self) -> int:
        """How many candidates there are."""
        return sum(group.people for group in self.groups)

    @cached_property
    def capacity(self) -> Ints:
        """What each place holds once the spare seats are set aside."""
        kept = 100 - self.limits.spare_percent
        return np.array([place.seats * kept // 100 for place in self.places], np.int64)

    @cached_property
    def located(self) -> tuple[Mapping[str, Point | None], Mapping[str, Point | None]]:
        """Where groups and places are taken to be, by id; None only where a whole county is unknown."""
        known: dict[str, list[Point]] = defaultdict(list)
        given = [(one.county, one.at) for one in self.groups] + [(one.county, one.at) for one in self.places]
        for county, at in given:
            if at is not None:
                known[county].append(at)
        middle = {
            county: (sum(x for x, _ in points) // len(points), sum(y for _, y in points) // len(points))
            for county, points in known.items()
        }
        return (
            {one.id: one.at or middle.get(one.county) for one in self.groups},
            {one.id: one.at or middle.get(one.county) for one in self.places},
        )

    @cached_property
    def metres(self) -> Ints:
        """From every group to every place, whatever the limits say; FAR where nobody can tell.

        In a county without any coordinates its own places are equally near, so that their order decides.
        """
        groups, places = self.located
        here = [groups[one.id] for one in self.groups]
        there = [places[one.id] for one in self.places]
        found = distances(_points(here), _points(there))
        lost = np.array([at is None for at in here], np.bool_)[:, None]
        lost = lost | np.array([at is None for at in there], np.bool_)[None, :]
        found = np.where(lost, np.where(self._same_county, 0, FAR), found)
        column = {place.id: number for number, place in enumerate(self.places)}
        of_school: dict[str, list[int]] = defaultdict(list)
        for number, group in enumerate(self.groups):
            of_school[group.school].append(number)
        for school, place, metres in self.roads:
            if place in column:
                found[of_school.get(school, []), column[place]] = metres
        return found

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Which group may be sent to which place, apart from distance."""
        own = np.array(
            [[bool(p.school) and p.school == g.school for p in self.places] for g in self.groups], np.bool_
        ).reshape(len(self.groups), len(self.places))
        may = np.array([place.standing is not Standing.CLOSED for place in self.places], np.bool_)[None, :]
        allowed = np.broadcast_to(may, own.shape)
        if self.limits.within_county:
            allowed = allowed & self._same_county
        if self.limits.own_school is OwnSchool.OTHER:
            allowed = allowed & ~own
        return allowed & (self.metres < FAR)

    @cached_property
    def _same_county(self) -> NDArray[np.bool_]:
        here = np.array([group.county for group in self.groups], object)
        there = np.array([place.county for place in self.places], object)
        same: NDArray[np.bool_] = here[:, None] == there[None, :]
        return same.astype(np.bool_)

    @property
    def unlocated(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Groups and places whose position was assumed."""
        return (
            tuple(one.id for one in self.groups if one.at is None),
            tuple(one.id for one in self.places if one.at is None),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical bytes: JSON, UTF-8, keys sorted, no spaces, lists sorted by id."""
        return canonical_json(
            {
                "format": FORMAT,
                "exam": self.exam,
                "limits": asdict(self.limits),
                "groups": [[g.id, g.school, g.county, _plain(g.at), g.people] for g in self.groups],
                "places": [
                    [p.id, p.county, _plain(p.at), p.seats, p.school, p.standing, p.cost] for p in self.places
                ],
                "roads": [list(road) for road in self.roads],
                "before": [list(flow) for flow in self.before],
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "OpeningProblem":
        """A problem from JSON; raises Refused saying what is wrong with it."""
        try:
            return _problem(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "opening_problem_unreadable",
                Sentence(
                    f"考点布局问题文件无法读懂：{error}",
                    f"The problem of sites to open cannot be read: {error}",
                ),
            ) from error


def _points(points: Sequence[Point | None]) -> Ints:
    return np.array([point or (0, 0) for point in points], np.int64).reshape(-1, 2)


def _plain(at: Point | None) -> list[int] | None:
    return list(at) if at is not None else None


def _problem(plain: Mapping[str, Any]) -> OpeningProblem:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    limits = dict(plain["limits"])
    limits["own_school"] = OwnSchool(limits["own_school"])
    return OpeningProblem(
        tuple(Group(str(i), str(s), str(c), _point(at), int(n)) for i, s, c, at, n in plain["groups"]),
        tuple(
            Place(str(i), str(c), _point(at), int(n), str(s), Standing(standing), int(cost))
            for i, c, at, n, s, standing, cost in plain["places"]
        ),
        Limits(**limits),
        tuple((str(school), str(place), int(metres)) for school, place, metres in plain["roads"]),
        tuple((str(group), str(place), int(people)) for group, place, people in plain["before"]),
        str(plain.get("exam", "")),
    )


def _point(at: Sequence[Any] | None) -> Point | None:
    if at is None:
        return None
    x, y = at
    if type(x) is not int or type(y) is not int:
        raise ValueError("coordinates are whole metres")
    return x, y


def _fault(zh: str, en: str) -> Refused:
    return Refused("opening_problem_faulty", Sentence(zh, en))
