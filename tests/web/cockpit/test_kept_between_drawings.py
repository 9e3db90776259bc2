"""What a wall keeps between two drawings comes to the same as drawing it anew, whatever happened in between."""

import random

import pytest
from tests.web.cockpit.test_wall import admit, forget
from tests.web.exam_day import EXAM

from kaowu.store.models import FindingRow, Organisation, RoomSitting, Site
from kaowu.store.queries import exams
from kaowu.store.queries.day_lines import SittingLines
from kaowu.web.access import Scope
from kaowu.web.cockpit.board import board


@pytest.fixture
def rooms(exam_day, city):
    """Two rooms at each of four more sites."""
    for number in range(4):
        code = f"0499{number:02d}"
        place = Organisation.objects.create(code=code, name=f"考点{number}", level="site", parent=city.north)
        Site.objects.create(code=code, name=place.name, organisation=place)
        for room in ("001", "002"):
            RoomSitting.objects.create(exam_id=EXAM, sitting="S1", site=code, room=room, expected=30)
    return RoomSitting.objects.filter(exam_id=EXAM, sitting="S1")


def drawn(exam_day, city):
    seen = board(exams.exam(EXAM), "S1", Scope((city.city.path,)))
    sites = [
        (one.line, one.name, one.condition.mark, one.words, one.unbalanced, one.last_at, one.found)
        for one in seen.sites
    ]
    return sites, seen.figures, seen.flow, seen.findings


@pytest.mark.parametrize("seed", range(3))
def test_a_kept_wall_is_drawn_as_a_fresh_one_whatever_happens_in_between(exam_day, city, rooms, seed):
    chance, minutes, fresh_tickets = random.Random(seed), -30, iter(exam_day.tickets())
    admit(exam_day, 4, minutes=20)  # late: a finding that can be answered

    def recorded():
        place = chance.choice(list(rooms))
        counts = {
            name: chance.randrange(3) for name in ("entered", "absent", "in_doubt", "unsealed", "issued")
        }
        rooms.filter(pk=place.pk).update(
            **counts, counted=chance.random() < 0.5, changed_at=chance.randrange(9)
        )

    def entered():
        if next(fresh_tickets, None):
            admit(exam_day, chance.randrange(4), minutes=minutes)

    def answered():
        FindingRow.objects.update(is_open=chance.random() < 0.5)

    def replanned():
        gone = rooms.filter(site__startswith="0499").order_by("pk")[chance.randrange(8)]
        rooms.filter(pk=gone.pk).delete()
        RoomSitting.objects.create(exam_id=EXAM, sitting="S1", site=gone.site, room=f"9{minutes}", expected=9)

    forget()
    for _ in range(12):
        chance.choice((recorded, recorded, entered, answered, replanned))()
        minutes += 5
        exam_day.at(minutes)  # hours come by which rooms are judged
        kept = drawn(exam_day, city)
        forget()
        assert kept == drawn(exam_day, city)


def test_only_the_site_that_reads_otherwise_is_made_anew(exam_day, rooms):
    lines = SittingLines(EXAM, "S1")
    before = lines.read().sites
    rooms.filter(site="049901", room="001").update(entered=1)
    after = lines.read().sites
    assert [site for site in before if after[site] is not before[site]] == ["049901"]
    assert after["049901"].line.figures.entered == 1
