"""What a site's rehearsal showed is seen at the node above, and what is said about it there keeps its place in time."""

import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM
from tests.web.other_nodes import OtherNode

from kaowu.facts.rehearsal import RehearsalProblemFound, SoftwareRehearsed
from kaowu.rules.registry import judge
from kaowu.store import arrivals, neighbours
from kaowu.store.models import JournalEntry
from kaowu.store.queries import rehearsals
from kaowu.web.counter import clock
from kaowu.web.mirror_api import mirror

CHIEF = ("chief-9", "site_chief")


@pytest.fixture
def site(exam_day):
    """The site's own node, enrolled here, and how it says something at a time."""
    node, sent = OtherNode("site-a", exam_day.site), [0]
    neighbours.keep_card(node.card, clock)

    def say(fact, at):
        id = node.say(fact, CHIEF, exam=EXAM, subject=exam_day.site, site=exam_day.site, at=at)
        assert int(node.send(mirror(), sent[0]).status) == 200
        sent[0] = len(node.leaves)
        while arrivals.read_on(clock, judge):
            continue
        return str(id)

    return say


def held(*passed):
    return SoftwareRehearsed(
        begun_at=0, program="0.1.0", rooms=2, candidates=60, terminals=4, acts=70, lost=1, problems=1,
        passed=passed, figures="{}",
    )  # fmt: skip


def lost(rehearsal):
    return RehearsalProblemFound(rehearsal=rehearsal, check="lost", figure="1/70", limit="0")


@pytest.mark.feature("DEV-02")
def test_an_office_sees_its_sites_problems_and_what_it_says_is_undone_by_a_later_find(
    exam_day, site, as_post
):
    county, address = as_post("county_officer", number="north"), reverse("rehearsals", args=[EXAM])
    problem = site(lost(site(held(), clock.now() - 60_000)), clock.now() - 59_000)
    page = county.get(address).content.decode()
    assert "回执后丢失" in page and "未解决" in page and "chief-9" in page
    solved = reverse("rehearsal_solved", args=[EXAM, exam_day.site, problem])
    assert county.post(solved, {"done": "已换备机"}).status_code == 302
    assert "已解决，待复测" in county.get(address).content.decode()
    said_at = JournalEntry.objects.get(kind="rehearsal_problem_solved").recorded_at
    site(lost(site(held(), said_at + 1_000)), said_at + 1_001)
    [now] = rehearsals.of_exam(EXAM)[exam_day.site].problems
    assert (now.state, now.id) == ("open", problem), "found again after it was said to be solved"
    site(held("lost"), said_at + 2_000)
    assert "1 个已复测通过" in county.get(address).content.decode()
