"""Registers as frozen values: the sites of a part of the tree, with their rooms."""

from kaowu.basics.seat_grid import Corner, Direction, SeatGrid
from kaowu.registry.sites import Degrees, RegisteredRoom, RegisteredSchool, RegisteredSite
from kaowu.store import models


def sites_below(path: str) -> list[RegisteredSite]:
    """Every site under an organisation path, rooms by number."""
    rows = (
        models.Site.objects.filter(organisation__path__startswith=path)
        .select_related("organisation__parent", "school")
        .prefetch_related("rooms", "entrances")
        .order_by("code")
    )
    return [
        RegisteredSite(
            code=site.code,
            second_code=site.second_code,
            name=site.name,
            county=site.organisation.parent.code if site.organisation.parent else "",
            rooms=tuple(_room(room) for room in sorted(site.rooms.all(), key=lambda room: room.number)),
            school=site.school.name if site.school else "",
            at=_degrees(site) or (_degrees(site.school) if site.school else None),
            entrances=len(site.entrances.all()),
            lanes=sum(entrance.lanes for entrance in site.entrances.all()),
        )
        for site in rows
    ]


def schools() -> list[RegisteredSchool]:
    """Every school of the register: candidates may come from beyond the exam's own counties."""
    rows = models.School.objects.select_related("organisation").order_by("code")
    return [RegisteredSchool(row.code, row.name, row.organisation.code, _degrees(row)) for row in rows]


def _degrees(row: models.School | models.Site) -> Degrees | None:
    if row.longitude is None or row.latitude is None:
        return None
    return float(row.longitude), float(row.latitude)


def _room(room: models.Room) -> RegisteredRoom:
    grid = None
    if room.columns:
        grid = SeatGrid(
            tuple(int(length) for length in room.columns.split("-")),
            Corner(room.start_corner),
            Direction(room.direction),
        )
    return RegisteredRoom(
        number=room.number,
        kind=room.kind,
        building=room.building,
        floor=room.floor,
        door_number=room.door_number,
        capacity=room.capacity,
        grid=grid,
        step_free=room.step_free,
    )
