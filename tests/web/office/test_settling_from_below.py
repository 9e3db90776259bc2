"""Points that were typed at a node below: what differs is settled above once it has come up, and not before."""

import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM
from tests.web.other_nodes import OtherNode
from tests.web.scored import exam_day, scored  # noqa: F401

from kaowu.basics.errors import Refused
from kaowu.engines.scores import State
from kaowu.exam.score_bag import spoken
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import PointsEntered
from kaowu.facts.subjects import ScoreKey
from kaowu.rules.registry import judge
from kaowu.store import arrivals, neighbours
from kaowu.store.models import SeatRow
from kaowu.store.personal_up import Boxes, seal_one, take_boxes
from kaowu.web.counter import clock
from kaowu.web.mirror_api import mirror
from kaowu.web.node_key import opening_key
from kaowu.web.works import score_entry
from kaowu.web.works.score_totals import work_out

SAID = {"cause": "typing", "reason": "原卷为 30 分", "seen": "on"}


@pytest.fixture
def read(scored):  # noqa: F811
    """The plans are approved and every sheet is read."""
    scored.plan()
    for ticket in scored.tickets:
        scored.read(ticket)
    return scored


def entered_below(read, differing):
    """Both entries of the first room, made at the site; they differ at one candidate."""
    below, site = OtherNode("entry-a", read.day.site), read.day.site
    neighbours.keep_card(below.card, clock)
    alike = {ticket: {"22": "15", "23": "30"} for ticket in read.day.tickets()}
    for turn, person, points in ((1, "wang", "30"), (2, "zhao", "31")):
        typed = spoken({**alike, differing: {"22": "15", "23": points}})
        fact = PointsEntered(turn=turn, by=person, people=5, values=10, typed=typed)
        subject, at = str(ScoreKey("语文", site, "001")), read.day.at(400 + turn)
        below.say(fact, (person, "score_clerk"), exam=EXAM, subject=subject, site=site, at=at)
    assert int(below.send(mirror()).status) == 200
    while arrivals.read_on(clock, judge):
        continue
    return below


def come_up(below):
    """What was typed arrives beside the records."""
    own = opening_key()
    sealed = [(seq, seal_one(own.box_key, below.origin, seq, *kept)) for seq, kept in below.personal.items()]
    assert take_boxes(Boxes(below.origin, 2, sealed).to_bytes(), own, clock.now()) == 2


def state_of(ticket):
    [found] = [row.of("语文") for row in work_out(EXAM).rows if row.candidate == ticket]
    return found.state, found.points


@pytest.mark.feature("POST-01")
def test_what_differs_in_points_typed_below_is_settled_above_once_they_have_come_up(read):
    differing = read.day.tickets()[1]
    below, key = entered_below(read, differing), ScoreKey("语文", read.day.site, "001")
    place, cell = reverse("score_settle", args=[EXAM, "语文", key.site, "001"]), f"d-{differing}-23"
    assert read.browser("zhou").post(place, {cell: "30", **SAID}).status_code == 422
    at, third = score_entry.opened(EXAM, key), Actor("zhou", "score_clerk")
    with pytest.raises(Refused, match="points_not_here"):
        score_entry.settle(EXAM, at, {differing: {"23": "30"}}, "typing", "原卷为 30 分", third)
    come_up(below)
    assert state_of(differing)[0] is State.NOT_ENTERED
    assert read.browser("wang").post(place, {cell: "30", **SAID}).status_code == 422, "entered it below"
    assert read.browser("zhou").post(place, {cell: "30", **SAID}).status_code == 302
    assert state_of(differing) == (State.SCORED, 8500)
    again = read.enter("001", "li", 1, {})
    assert again.status_code == 302, "entered twice below: nothing is due above"


def test_the_cells_of_an_admission_number_with_a_dash_are_its_own(read):
    first, *others = read.day.tickets()
    SeatRow.objects.filter(exam_id=EXAM, admission_number=first).update(admission_number="2027-A-01")
    place = reverse("score_bag", args=[EXAM, "语文", read.day.site, "001"])
    cells = {"p-2027-A-01-22": "15", f"p-{others[0]}-23": "30", "turn": "1"}
    gone = read.browser("wang").post(place, {**cells, "p-2027-B-01-22": "15"})
    assert gone.status_code == 422 and "已不在本袋" in gone.content.decode()
    assert read.browser("wang").post(place, cells).status_code == 302
    bag = score_entry.opened(EXAM, ScoreKey("语文", read.day.site, "001")).bag
    assert bag.entries[1] == {"2027-A-01": {"22": "15"}, others[0]: {"23": "30"}}
