"""What speaks against somebody, and what somebody has behind them (回避线索与以往岗位)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kaowu.loop.prepare.draw_inputs import OnRoster, PastDuty
from kaowu.registry.people import RegisteredPerson

_SHORTEST_PHONE = 7
"""Shorter numbers are extensions of an office and say nothing about who is related."""


class Relations:
    """Who of the staff is related to a candidate, as declared and as detected."""

    def __init__(self, roster: Sequence[OnRoster]) -> None:
        self.numbers = {one.number for one in roster}
        self.phones = {one.phone: one.number for one in roster if len(one.phone) >= _SHORTEST_PHONE}
        self.documents = {one.id_number: one.number for one in roster if one.id_number}

    def of(self, person: RegisteredPerson) -> list[tuple[str, str]]:
        """Codes with the candidate's number where it is known."""
        if person.id_number in self.documents:
            return [("same_document", self.documents[person.id_number])]
        found = []
        if person.relative_number in self.numbers:
            found.append(("relative_listed", person.relative_number))
        elif person.relative_in_exam:
            found.append(("relative_declared", ""))
        if person.phone in self.phones:
            found.append(("same_phone", self.phones[person.phone]))
        return found


def related(people: Iterable[RegisteredPerson], taking_part: set[str]) -> tuple[tuple[str, str], ...]:
    """Who may never share a room: spouses as registered, and colleagues with one telephone."""
    pairs = set()
    by_phone: dict[str, list[str]] = defaultdict(list)
    for person in people:
        if person.spouse_number:
            pairs.add((person.number, person.spouse_number))
        if len(person.phone) >= _SHORTEST_PHONE:
            by_phone[person.phone].append(person.number)
    for numbers in by_phone.values():
        pairs |= {(a, b) for a in numbers for b in numbers if a < b}
    ordered = {(min(pair), max(pair)) for pair in pairs}
    return tuple(sorted((a, b) for a, b in ordered if a != b and {a, b} <= taking_part))


def former_pairs(duties: Iterable[PastDuty], taking_part: set[str]) -> tuple[tuple[str, str], ...]:
    """Who stood in one room together before, in this exam or an earlier one."""
    teams: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for duty in duties:
        if duty.room and duty.person in taking_part:
            teams[duty.exam, duty.sitting, duty.site, duty.room].append(duty.person)
    return tuple(sorted({(a, b) for team in teams.values() for a in team for b in team if a < b}))


class Behind:
    """What people did before: posts and hours in this exam, rooms also in earlier ones."""

    def __init__(
        self, drawn: Sequence[PastDuty], former: Sequence[PastDuty], until: Mapping[tuple[str, str, str], int]
    ) -> None:
        """`until` tells in minutes when a sitting ends in a room (or outside: the empty room)."""
        self.posts: dict[str, list[str]] = defaultdict(list)
        self.rooms: dict[str, set[str]] = defaultdict(set)
        self.busy_until: dict[str, int] = {}
        for duty in drawn:
            self.posts[duty.person].append(duty.post)
            ends = until.get((duty.sitting, duty.site, duty.room), until.get((duty.sitting, "", ""), -1))
            self.busy_until[duty.person] = max(self.busy_until.get(duty.person, -1), ends)
        for duty in (*drawn, *former):
            if duty.room:
                self.rooms[duty.person].add(f"{duty.site}/{duty.room}")
