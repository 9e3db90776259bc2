"""The building of a site: one row per floor, one tile per room."""

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from kaowu.web.cockpit.board import Board, RoomRow
from kaowu.web.cockpit.panels import panel

WIDEST = 9
NARROWEST = 5


@panel(zh="考场", en="Rooms", level="site", place="main", order=10)
def building(board: Board) -> str:
    """Top floor first, as the building stands; a wide floor takes more than one row."""
    floors: dict[tuple[str, int], list[RoomRow]] = {}
    for row in board.rooms:
        key = (row.place.building, row.place.floor) if row.place else ("", 0)
        floors.setdefault(key, []).append(row)
    first_room: dict[str, str] = {}
    for (name, _floor), rooms in floors.items():
        first_room[name] = min(
            [first_room.get(name, rooms[0].line.key.room), *(r.line.key.room for r in rooms)]
        )
    ordered = sorted(floors.items(), key=lambda item: (first_room[item[0][0]], -item[0][1]))
    rows = [
        {"name": _floor_name(key) if first == 0 else ("", ""), "rooms": rooms[first : first + WIDEST]}
        for key, rooms in ordered
        for first in range(0, len(rooms), WIDEST)
    ]
    context = {
        "rows": rows,
        "board": board,
        "across": max(NARROWEST, max((len(row["rooms"]) for row in rows), default=0)),
        "dense": "dense" if len(rows) > 5 else "",
    }
    return render_to_string("kaowu/cockpit/panels/building.html", context)


def _floor_name(key: tuple[str, int]) -> tuple[str, str]:
    building, floor = key
    return (building, _("floor %(n)d") % {"n": floor}) if building else (_("not in the register"), "")
