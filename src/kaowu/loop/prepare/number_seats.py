"""编号: admission numbers for a seat plan, and what becomes of them when seats change.

A number is given once. Who is moved later keeps it, unless the profile lets
numbers follow seats; who is added later takes the number of the new seat, or,
where somebody has that number already, the next one that no desk of the room
could have had. No number is ever given to a second person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.number_templates import NumberTemplate, site_code_for_room
from kaowu.basics.seat_grid import seat_text
from kaowu.engines.seating import SeatPlan
from kaowu.engines.seating.plan import Placement
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.loop.prepare.seat_table import SeatLine
from kaowu.registry.sites import RegisteredSite

ALL_SITTINGS = "all"
"""The name of the one sitting of a problem that seats once for all."""


@dataclass(frozen=True)
class Numbering:
    """What the number templates of an exam need beside site, room and seat."""

    year: int
    template: NumberTemplate
    sites: Mapping[str, RegisteredSite]
    streams: Mapping[str, int] = field(default_factory=dict)
    """The number of each candidate's stream (`group`)."""

    def number(self, placed: Placement, serial: int, seat: int | None = None) -> str:
        """The admission number of a seat; raises Refused if the template does not hold it."""
        site = self.sites[placed.site]
        code, room = self._site_and_room(site, placed.room)
        return self.template.number(
            {
                "year": f"{self.year:04d}",
                "province": site.county[:2],
                "county": site.county,
                "site": code,
                "group": self.streams.get(placed.candidate, 1),
                "room": room,
                "seat": seat_text(placed.seat if seat is None else seat),
                "serial": serial,
            }
        )

    def _site_and_room(self, site: RegisteredSite, room: str) -> tuple[str, str]:
        """With two digits for the room, room 100 of a site is room 01 of its second code (第二考点代码)."""
        width = next((each.width for each in self.template.fields if each.name == "room"), 0)
        if not width or not room.isdigit() or not any(each.name == "site" for each in self.template.fields):
            return site.code, room
        codes = [code for code in (site.code, site.second_code) if code]
        code, number = site_code_for_room(codes, int(room), 10**width - 1)
        return code, f"{number:0{width}d}"


def numbered_seats(plan: SeatPlan, numbering: Numbering) -> list[SeatLine]:
    """The plan's seats with admission numbers; Refused if a number would be given twice."""
    numbers: dict[str, str] = {}
    lines = []
    for placed in plan.rows():
        if placed.candidate not in numbers:
            numbers[placed.candidate] = numbering.number(placed, len(numbers) + 1)
        lines.append(_line(placed, numbers[placed.candidate]))
    _require_unique(lines, numbering.template)
    return lines


def renumbered_seats(
    plan: SeatPlan, before: Sequence[SeatLine], numbering: Numbering, *, follow_seat: bool
) -> list[SeatLine]:
    """The seats of a changed plan: old numbers stay with their people, or follow the seat, new ones are new."""
    known = {line.candidate: line.admission_number for line in before}
    kept = dict(known)
    if follow_seat and any(each.name == "seat" for each in numbering.template.fields):
        where = {(line.candidate, line.sitting): (line.site, line.room, line.seat) for line in before}
        moved = {
            placed.candidate
            for placed in plan.rows()
            if where.get((placed.candidate, _sitting(placed)), _place(placed)) != _place(placed)
        }
        kept = {name: number for name, number in known.items() if name not in moved}
    # A number once printed for somebody who left is not printed for somebody else.
    present = {placed.candidate for placed in plan.rows()}
    used = set(kept.values()) | {number for name, number in known.items() if name not in present}
    numbers, serial = dict(kept), len(known)
    lines = []
    for placed in plan.rows():
        if placed.candidate not in numbers:
            serial += placed.candidate not in known
            numbers[placed.candidate] = _free_number(placed, numbering, serial, used)
            used.add(numbers[placed.candidate])
        lines.append(_line(placed, numbers[placed.candidate]))
    _require_unique(lines, numbering.template)
    return lines


def streams_of(rows: Iterable[RosterRow], required: Sequence[str]) -> dict[str, int]:
    """The number of each candidate's stream: the streams of an exam in order, from 1."""
    streams = {row.number: elective_words(row, required) for row in rows}
    number = {stream: place for place, stream in enumerate(sorted(set(streams.values())), start=1)}
    return {candidate: number[stream] for candidate, stream in streams.items()}


def elective_words(row: RosterRow, required: Sequence[str]) -> str:
    """What a candidate takes beside what all take."""
    return "|".join(subject for subject in row.subjects.split("|") if subject not in required)


def _free_number(placed: Placement, numbering: Numbering, serial: int, used: set[str]) -> str:
    own = numbering.number(placed, serial)
    if own not in used:
        return own
    for seat in range(99, 0, -1):
        found = numbering.number(placed, serial, seat)
        if found not in used:
            return found
    raise Refused(
        "no_number_left",
        Sentence(
            f"不能编号：{placed.site} 考点 {placed.room} 考场的号码已用尽。",
            f"Cannot number: the numbers of room {placed.room} of site {placed.site} are used up.",
        ),
    )


def _line(placed: Placement, number: str) -> SeatLine:
    return SeatLine(
        placed.candidate, placed.site, placed.room, seat_text(placed.seat), number, _sitting(placed)
    )


def _sitting(placed: Placement) -> str:
    return "" if placed.sitting == ALL_SITTINGS else placed.sitting


def _place(placed: Placement) -> tuple[str, str, str]:
    return placed.site, placed.room, seat_text(placed.seat)


def _require_unique(lines: Sequence[SeatLine], template: NumberTemplate) -> None:
    seen: dict[str, SeatLine] = {}
    for line in lines:
        other = seen.setdefault(line.admission_number, line)
        if other.candidate != line.candidate:
            raise Refused(
                "admission_number_twice",
                Sentence(
                    zh=f"不能编号：模板“{template.pattern}”给 {other.site} 考点 {other.room} 考场和 {line.site} 考点 {line.room} 考场的考生同一个号 {line.admission_number}。",
                    en=f"Cannot number: the template {template.pattern} gives {line.admission_number} twice, in room {other.room} of site {other.site} and in room {line.room} of site {line.site}.",
                ),
                remedy=Sentence(
                    zh="请在号码模板中加入考点代码 {site}。",
                    en="Put the site code {site} into the number template.",
                ),
            )
