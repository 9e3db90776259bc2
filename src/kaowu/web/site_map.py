"""The plan of sites as a schematic map: points and lines from coordinates, drawn as SVG by a template.

No tiles and no outline of any country: only what the registers hold. The same
content stands in the tables beside it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import isqrt

from kaowu.engines.allocation.opening import OpeningPlan, OpeningProblem

_WIDTH, _MARGIN, _TALLEST = 900, 46, 620
_ROUND = (1, 2, 5)
_LETTER, _LINE = 14, 17
_BESIDE = ((13, 5, "start"), (-13, 5, "end"), (0, -12, "middle"), (0, 24, "middle"))


@dataclass(frozen=True, slots=True)
class Spot:
    """A school or a site on the map."""

    x: int
    y: int
    size: int
    kind: str  # school, opened, unused, closed
    label: str
    title: str
    beside: tuple[int, int, str] = (13, 5, "start")
    """Where the label stands: right and down of the spot, and which end of it."""

    @property
    def corner(self) -> tuple[int, int]:
        """Upper left corner of a square of this size."""
        return self.x - self.size // 2, self.y - self.size // 2


@dataclass(frozen=True, slots=True)
class Stroke:
    """People of one school on their way to one site."""

    x1: int
    y1: int
    x2: int
    y2: int
    width: str


@dataclass(frozen=True)
class SiteMap:
    """Everything that is drawn."""

    width: int
    height: int
    schools: tuple[Spot, ...]
    sites: tuple[Spot, ...]
    strokes: tuple[Stroke, ...]
    scale_km: int
    scale_width: int


def site_map(
    problem: OpeningProblem,
    plan: OpeningPlan,
    names: Mapping[str, str],
    groups: Collection[str],
    places: Collection[str],
) -> SiteMap | None:
    """These groups and places; None where nothing has coordinates."""
    at_group, at_place = problem.located
    points = [at for name, at in at_group.items() if name in groups and at]
    points += [at for name, at in at_place.items() if name in places and at]
    if not points:
        return None
    paper = _Paper(points)
    load, capacity = (
        plan.load(),
        dict(zip((p.id for p in problem.places), problem.capacity.tolist(), strict=True)),
    )
    sites = []
    for place in problem.places:
        at = at_place[place.id]
        if place.id in places and at:
            kind = "opened" if place.id in load else "closed" if place.standing == "closed" else "unused"
            x, y = paper.at(at)
            title = f"{place.id} {names.get(place.id, '')} {load.get(place.id, 0)}/{capacity[place.id]}"
            label = names.get(place.id, place.id) if kind == "opened" else ""
            sites.append(Spot(x, y, 14 if kind == "opened" else 10, kind, label, title))
    schools = []
    for group in problem.groups:
        at = at_group[group.id]
        if group.id in groups and at:
            x, y = paper.at(at)
            schools.append(
                Spot(x, y, 2 + isqrt(group.people) // 4, "school", "", f"{group.id} {group.people}")
            )
    most = max((people for _, _, people in plan.flows), default=1)
    strokes = []
    for name, to, people in plan.flows:
        here, there = at_group[name], at_place[to]
        if name in groups and to in places and here and there:
            tenths = 8 + 42 * people // most
            strokes.append(Stroke(*paper.at(here), *paper.at(there), f"{tenths // 10}.{tenths % 10}"))
    return SiteMap(
        _WIDTH,
        paper.height,
        tuple(schools),
        tuple(_labelled(sites)),
        tuple(strokes),
        paper.scale_km,
        paper.scale_width,
    )


def _labelled(sites: list[Spot]) -> list[Spot]:
    """Labels beside, above or below their sites, wherever they cover no other label."""
    taken: list[tuple[int, int, int, int]] = []
    placed = []
    for spot in sites:
        if spot.label:
            boxes = {beside: _box(spot, beside) for beside in _BESIDE}
            free = [
                beside
                for beside, box in boxes.items()
                if box[0] > 0 and box[2] < _WIDTH and not any(_cover(box, other) for other in taken)
            ]
            best = free[0] if free else _BESIDE[0]
            taken.append(boxes[best])
            spot = replace(spot, beside=best)
        placed.append(spot)
    return placed


def _box(spot: Spot, beside: tuple[int, int, str]) -> tuple[int, int, int, int]:
    width = _LETTER * len(spot.label)
    left = spot.x + beside[0] - {"start": 0, "end": width, "middle": width // 2}[beside[2]]
    low = spot.y + beside[1] + 4
    return left, low - _LINE, left + width, low


def _cover(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


class _Paper:
    """Metres to places on the drawing; north is up."""

    def __init__(self, points: list[tuple[int, int]]) -> None:
        self._west, self._north = min(x for x, _ in points), max(y for _, y in points)
        across = max(1, max(x for x, _ in points) - self._west)
        along = max(1, self._north - min(y for _, y in points))
        inner_width, inner_height = _WIDTH - 2 * _MARGIN, _TALLEST - 2 * _MARGIN
        # Metres for one unit of the drawing, so that both directions fit.
        self._unit = max(1, -(-across // inner_width), -(-along // inner_height))
        self._left = (_WIDTH - across // self._unit) // 2
        self.height = max(200, along // self._unit + 2 * _MARGIN)
        self._top = (self.height - along // self._unit) // 2
        self.scale_km = _round_below(self._unit * inner_width // 5_000)
        self.scale_width = self.scale_km * 1_000 // self._unit

    def at(self, point: tuple[int, int]) -> tuple[int, int]:
        """Where a point lies on the drawing."""
        return (
            self._left + (point[0] - self._west) // self._unit,
            self._top + (self._north - point[1]) // self._unit,
        )


def _round_below(number: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, … that is not larger, at least 1."""
    best, power = 1, 1
    while power <= number:
        best = max([best, *(step * power for step in _ROUND if step * power <= number)])
        power *= 10
    return best
