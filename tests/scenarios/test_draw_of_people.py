"""The staff of the example county: sent by the city, then drawn to rooms before every paper, for anybody to check."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from kaowu.app import example
from kaowu.engines.draw import DrawPlan, DrawProblem, verify
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import SENT
from kaowu.store import artefacts
from kaowu.store.journal import open_book
from kaowu.store.models import Person
from kaowu.store.queries import draws as draw_states
from kaowu.store.queries import duties
from kaowu.web.node_key import origin
from kaowu.web.works import draws, lots

pytestmark = pytest.mark.django_db(transaction=True)

TOOL = Path(__file__).parents[2] / "tools" / "verify_draw.py"
CITY = (Actor("city", "city_officer"), Actor("city2", "city_officer"))
AT_SITE = (Actor("chief", "site_chief"), Actor("deputy", "deputy_site_chief"))
SITE = "040503"
IN_ROOMS = ("chief_invigilator", "assistant_invigilator")


def held(key, actors, number):
    """A whole ceremony with dice of its own."""
    throws = "".join(str(1 + (number * 7 + at * at + at // 3) % 6) for at in range(60))
    draws.draw_and_seal(example.EXAM, key, actors, throws)
    return draw_states.draw(example.EXAM, key).sealed


@pytest.mark.feature("STF-05", "STF-07", "STF-08", "STF-16")
def test_the_city_sends_and_a_site_draws_before_each_of_nine_papers(tmp_path):
    open_book(origin())
    example.load()
    attempt = held(SENT, CITY, 0)
    sent = DrawPlan.from_bytes(artefacts.read(attempt.drawn.plan))
    invited = duties.sent_to(example.EXAM, SITE)
    assert sorted(person for person, site in sent.sent if site == SITE) == invited
    patrols = set(Person.objects.filter(intended_post="巡考员").values_list("number", flat=True))
    assert len(patrols & {person for person, _ in sent.sent}) == 6, "the city sends patrols like invigilators"

    keys = draws.keys_of_site(example.EXAM, SITE)
    assert len(keys) == 9, "一科一抽签"
    excused = set()
    for number, key in enumerate(keys, start=1):
        attempt = held(key, AT_SITE, number)
        problem = DrawProblem.from_bytes(artefacts.read(attempt.committed.problem))
        plan = DrawPlan.from_bytes(artefacts.read(attempt.drawn.plan))
        assert verify(problem, plan, lots.seed_of(example.EXAM, key)) == []
        assert {duty.sitting for duty in plan.duties} == {key.sitting}
        excused |= {(reason.code, reason.sitting) for reason in plan.reasons}
        published(key, attempt, tmp_path)

    rows = duties.of_site(example.EXAM, SITE)
    assert {row.person for row in rows} <= set(invited), "a site appoints nobody itself"
    places = Counter((row.sitting, row.person) for row in rows)
    assert max(places.values()) == 1, "nobody watches two rooms at one time"

    years = dict(Person.objects.values_list("number", "years_invigilating"))
    schools = dict(Person.objects.values_list("number", "school__name"))
    teams = {}
    for row in rows:
        if row.room:
            teams.setdefault((row.sitting, row.room), []).append(row)
    for team in teams.values():
        assert max(years[row.person] for row in team) >= 2, "an experienced person beside every new one"
        assert len({schools[row.person] for row in team}) == len(team), "no two of one school"
    repeated_pairs = len(teams) - len({frozenset(row.person for row in team) for team in teams.values()})
    assert not repeated_pairs or "pair_again" in {code for code, _ in excused}
    rooms = Counter((row.person, row.room) for row in rows if row.room)
    assert max(rooms.values()) == 1 or excused, "a room comes again only where the draw says so"

    invigilators = {row.person for row in rows if row.post in IN_ROOMS}
    loads = Counter(row.person for row in rows if row.post != "reserve" and row.person in invigilators)
    usual = median(loads.values())
    assert max(loads.values()) <= usual + 1, "nobody carries more than the others"
    # Whoever is barred from some papers or rooms has fewer, and the lots are new in every run.
    assert sum(load >= usual - 1 for load in loads.values()) >= 0.85 * len(loads)


def published(key, attempt, folder):
    """Whoever has problem, ceremony and plan arrives at the same list, with a program of its own."""
    ceremony = lots.ceremony_of(example.EXAM, key, attempt)
    (folder / "problem.json").write_bytes(artefacts.read(attempt.committed.problem))
    (folder / "ceremony.json").write_bytes(ceremony.to_bytes())
    (folder / "plan.json").write_bytes(artefacts.read(attempt.drawn.plan))
    files = [folder / name for name in ("problem.json", "ceremony.json", "plan.json")]
    told = subprocess.run([sys.executable, "-I", TOOL, *files], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert json.loads(files[1].read_text())["draw"] == str(key)
