"""Answers alike inside the rooms of one site (雷同筛查): leads with their seats, never a word about anybody's honesty."""

from dataclasses import dataclass

from kaowu.engines.scores.alike import Alike, pairs_alike
from kaowu.loop.settle.score_subject import PAPER_TYPE
from kaowu.store.queries import answers, scores
from kaowu.web.works.score_plans import plan_of

FALSE_ALARMS = 0.01
"""How many pairs of a site may be named by mere chance, over all its pairs together."""


@dataclass(frozen=True, slots=True)
class AlikeLine:
    """A pair, with the room and the seats they sat at."""

    pair: Alike
    room: str
    seats: tuple[str, str]

    @property
    def neighbours(self) -> bool:
        """Do the seats follow each other?"""
        first, second = self.seats
        return first.isdigit() and second.isdigit() and abs(int(first) - int(second)) == 1


def screened(exam: str, subject: str, site: str) -> tuple[list[AlikeLine], int]:
    """The leads of a site in one subject, and how many sheets were compared."""
    plan = plan_of(exam, subject)
    if plan is None or not plan.keys:
        return [], 0
    places = {one.ticket: one for one in scores.takers(exam, subject, site)}
    groups: dict[str, dict[str, list[tuple[str, dict[str, str]]]]] = {kind: {} for kind in plan.keys}
    for sheet in answers.final_answers(exam, subject, site):
        kind = sheet.fields.get(PAPER_TYPE, "") if "" not in groups else ""
        if sheet.candidate in places and sheet.state == answers.PRESENT and kind in groups:
            room = places[sheet.candidate].room
            groups[kind].setdefault(room, []).append((sheet.candidate, dict(sheet.fields)))
    rooms = [people for found in groups.values() for people in found.values()]
    pairs = sum(len(people) * (len(people) - 1) // 2 for people in rooms) or 1
    found = [
        pair
        for kind, by_room in groups.items()
        for pair in pairs_alike(
            by_room, {key.field: key.answers_as_typed for key in plan.keys[kind]}, FALSE_ALARMS / pairs
        )
    ]
    lines = [
        AlikeLine(pair, pair.group, (places[pair.first].seat, places[pair.second].seat)) for pair in found
    ]
    return sorted(lines, key=lambda line: line.pair.chance), sum(map(len, rooms))
