"""How each site of a sitting stands, judged anew only where its rooms read otherwise or an hour has come."""

from collections.abc import Mapping
from dataclasses import dataclass

from kaowu.store.queries.day_lines import SiteRooms, SittingLines
from kaowu.web.day.conditions import Condition, Hours, room_condition, site_condition


@dataclass(frozen=True, slots=True)
class Stand:
    """One site: its rooms, how it stands as far as it was heard of, how many rooms' sheets do not close."""

    rooms: SiteRooms
    passed: tuple[bool, ...]
    condition: Condition
    unbalanced: int


class Standing:
    """The sites of one sitting as this process keeps them between two drawings."""

    def __init__(self, exam: str, sitting: str) -> None:
        self._lines = SittingLines(exam, sitting)
        self._kept: Mapping[str, Stand] = {}

    def read(self, hours: Hours) -> tuple[Mapping[str, Stand], bool]:
        """Every site at these hours, and whether any finding stands open in the sitting."""
        now, before, passed = self._lines.read(), self._kept, hours.passed
        self._kept = {
            site: stand
            if (stand := before.get(site)) and stand.rooms is rooms and stand.passed == passed
            else _judged(rooms, hours)
            for site, rooms in now.sites.items()
        }
        return self._kept, now.has_findings


def _judged(rooms: SiteRooms, hours: Hours) -> Stand:
    condition = site_condition(rooms.line, [room_condition(room, hours) for room in rooms.rooms])
    unbalanced = sum(room.figures.counted and not room.figures.balances for room in rooms.rooms)
    return Stand(rooms, hours.passed, condition, unbalanced)
