"""What has to be allocated: people where they live or learn, sites with places, limits of travel.

Places on the map are whole metres on a plane, so that every distance is an
integer and every machine finds the same. People without coordinates are put at
the middle of those of their school, else of their pool, and are counted.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence

FORMAT = "kaowu.allocation-problem/1"
METRES_PER_DEGREE = 111_320

Ints = NDArray[np.int64]
Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Site:
    """One exam site: where it is, how many it holds, whose pool it serves."""

    id: str
    pool: str
    at: Point
    capacity: int


@dataclass(frozen=True, slots=True)
class Person:
    """One candidate; `at` is None where nobody knows."""

    id: str
    school: str
    pool: str
    at: Point | None


@dataclass(frozen=True)
class AllocationProblem:
    """People, sites, and the limits: stated maximum distance, fewest schools at a site."""

    people: tuple[Person, ...]
    sites: tuple[Site, ...]
    farthest: int | None = None  # metres
    fewest_schools: int = 1
    exam: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "people", tuple(sorted(self.people, key=lambda one: one.id)))
        put(self, "sites", tuple(sorted(self.sites, key=lambda one: one.id)))
        for ids in ([p.id for p in self.people], [s.id for s in self.sites]):
            if len(set(ids)) != len(ids):
                raise _fault("考生或考点重复", "Somebody or a site is given twice")
        if any(site.capacity < 0 for site in self.sites):
            raise _fault("考点容量为负", "A site holds fewer than none")

    @cached_property
    def points(self) -> Ints:
        """Where everybody is, one row each."""
        known: dict[tuple[str, str], list[Point]] = defaultdict(list)
        for person in self.people:
            if person.at is not None:
                known["school", person.school].append(person.at)
                known["pool", person.pool].append(person.at)
        for site in self.sites:
            known["site", site.pool].append(site.at)
        middle = {name: _middle(points) for name, points in known.items()}

        def at(person: Person) -> Point:
            names = (("school", person.school), ("pool", person.pool), ("site", person.pool))
            return person.at or next((middle[name] for name in names if name in middle), (0, 0))

        return np.array([at(person) for person in self.people], np.int64).reshape(-1, 2)

    @cached_property
    def site_points(self) -> Ints:
        """Where the sites are."""
        return np.array([site.at for site in self.sites], np.int64).reshape(-1, 2)

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
                "farthest": self.farthest,
                "fewest_schools": self.fewest_schools,
                "sites": [[s.id, s.pool, list(s.at), s.capacity] for s in self.sites],
                "people": [[p.id, p.school, p.pool, list(p.at) if p.at else None] for p in self.people],
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "AllocationProblem":
        """A problem from JSON; raises Refused saying what is wrong with it."""
        try:
            return _problem(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "allocation_problem_unreadable",
                Sentence(
                    f"考点分布问题文件无法读懂：{error}", f"The allocation problem cannot be read: {error}"
                ),
            ) from error


def canonical_json(value: Any) -> bytes:
    """One spelling for each value: sorted keys, no spaces, UTF-8, no floats."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def on_a_plane(longitude: float, latitude: float, middle_latitude: float) -> Point:
    """Degrees as metres on a plane that is true near one latitude; good for a city or a province."""
    east = longitude * cos(radians(middle_latitude)) * METRES_PER_DEGREE
    return round(east), round(latitude * METRES_PER_DEGREE)


def distances(people: Ints, sites: Ints) -> Ints:
    """Whole metres from everybody to every site, rounded down."""
    across = people[:, None, 0] - sites[None, :, 0]
    along = people[:, None, 1] - sites[None, :, 1]
    squares = across * across + along * along
    found: Ints = np.sqrt(squares).astype(np.int64)  # exact: IEEE square roots are rounded correctly
    return found


def _middle(points: Sequence[Point]) -> Point:
    return sum(x for x, _ in points) // len(points), sum(y for _, y in points) // len(points)


def _problem(plain: Mapping[str, Any]) -> AllocationProblem:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    return AllocationProblem(
        tuple(
            Person(str(name), str(school), str(pool), _point(at) if at is not None else None)
            for name, school, pool, at in plain["people"]
        ),
        tuple(Site(str(name), str(pool), _point(at), int(size)) for name, pool, at, size in plain["sites"]),
        plain.get("farthest"),
        int(plain.get("fewest_schools", 1)),
        str(plain.get("exam", "")),
    )


def _point(at: Sequence[Any]) -> Point:
    x, y = at
    if type(x) is not int or type(y) is not int:
        raise ValueError("coordinates are whole metres")
    return x, y


def _fault(zh: str, en: str) -> Refused:
    return Refused("allocation_problem_faulty", Sentence(zh, en))
