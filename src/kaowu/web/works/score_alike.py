"""Answers alike inside the rooms of one site (雷同筛查): leads with their seats, never a word about anybody's honesty.

Over all sites it takes minutes, so a long job screens them and keeps how many
candidates of each room were named: figures for the rates, nobody by number.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.engines.scores.alike import Alike, pairs_alike
from kaowu.loop.settle.score_subject import PAPER_TYPE
from kaowu.store import artefacts
from kaowu.store.models import Artefact
from kaowu.store.queries import answers, scores
from kaowu.web.counter import clock
from kaowu.web.works.score_plans import plan_of

FIGURES = "alike_figures"
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


@dataclass(frozen=True, slots=True)
class Screened:
    """One site in one subject: its leads, and how many sheets of each room were compared."""

    lines: list[AlikeLine]
    sheets: Counter[str]

    @property
    def named(self) -> dict[str, int]:
        """How many candidates of each room are in a pair."""
        people = {(line.room, one) for line in self.lines for one in (line.pair.first, line.pair.second)}
        return Counter(room for room, _one in people)


@dataclass(frozen=True, slots=True)
class AllSites:
    """What the last screening of all sites found: site and room → candidates in a pair, sheets compared."""

    at: Instant
    rooms: dict[tuple[str, str], tuple[int, int]]


def screened(exam: str, subject: str, site: str) -> Screened:
    """The leads of a site in one subject."""
    plan = plan_of(exam, subject)
    if plan is None or not plan.keys:
        return Screened([], Counter())
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
    sheets = Counter[str]()
    for by_room in groups.values():
        sheets.update({room: len(people) for room, people in by_room.items()})
    return Screened(sorted(lines, key=lambda line: line.pair.chance), sheets)


def screen_all(exam: str, subject: str, tell: Callable[[int, int], None]) -> AllSites:
    """Screen every site and keep the figures in place of those before."""
    sites = sorted({site for site, _room in scores.rooms(exam, subject)})
    found = AllSites(clock.now(), {})
    for number, site in enumerate(sites, start=1):
        one = screened(exam, subject, site)
        found.rooms.update(
            {(site, room): (one.named.get(room, 0), count) for room, count in one.sheets.items()}
        )
        tell(number, len(sites))
    rows = [[*place, *counts] for place, counts in sorted(found.rooms.items())]
    content = json.dumps([found.at, rows], ensure_ascii=False).encode()
    kept = artefacts.keep(content, kind=FIGURES, at=found.at, exam=exam, name=subject)
    Artefact.objects.filter(kind=FIGURES, exam=exam, name=subject).exclude(digest=kept).delete()
    return found


def all_sites(exam: str, subject: str) -> AllSites | None:
    """The figures of the last screening; None before the first."""
    kept = (
        Artefact.objects.filter(kind=FIGURES, exam=exam, name=subject)
        .values_list("digest", flat=True)
        .first()
    )
    if kept is None:
        return None
    at, rows = json.loads(artefacts.read(bytes(kept)))
    return AllSites(Instant(at), {(site, room): (named, sheets) for site, room, named, sheets in rows})
