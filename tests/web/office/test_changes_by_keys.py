"""Acts that are more than one fact, or a fact with rows beside it, signed by two keys: nothing of them is lost."""

import pytest
from tests.web.exam_day import EXAM
from tests.web.office.test_draw_by_keys import both_sign, enrol
from tests.web.office.test_score_enquiry import correct
from tests.web.office.test_seat_changes import late, proposal, signed
from tests.web.scored import exam_day, scored  # noqa: F401

from kaowu.store.models import SeatRow
from kaowu.store.queries import exams, seat_plans
from kaowu.store.queries import scores as record
from kaowu.web.works.score_answers import stored_row


@pytest.fixture
def officers(as_post, sealed):
    """Two city officers with keys, and the browser of the first."""
    first, second = (as_post("city_officer", number=number) for number in ("city-one", "city-two"))
    return first, [enrol(first, "city-one", sealed), enrol(second, "city-two", sealed)]


@pytest.mark.feature("SITE-14")
def test_a_flooded_room_is_closed_fact_by_fact_each_under_two_keys(sealed, officers, work, city):
    officer, people = officers
    room = SeatRow.objects.order_by("room").first().room
    late(officer, sealed, "close", site=city.north_site.code, rooms=room)
    there = proposal(officer, sealed, work)
    assert "/office/slips/" in officer.post(there, signed())["Location"]
    assert both_sign(people) == ["place_closed"]
    assert SeatRow.objects.filter(room=room).exists(), "closed, and nobody has moved yet"
    assert both_sign(people) == ["seat_plan_replanned"]
    assert both_sign(people) == []
    assert exams.plan(sealed).is_closed(city.north_site.code, room)
    assert not SeatRow.objects.filter(room=room).exists()
    assert len(seat_plans.changes(sealed)) == 1


def test_a_score_corrected_by_two_keys_changes_fact_and_row_together(scored):  # noqa: F811
    scored.published()
    ticket = scored.tickets[1]
    people = [enrol(scored.browser(one), one, EXAM) for one in ("qian", "sun")]
    assert "/office/slips/" in correct(scored, ticket, cause="own_finding")["Location"]
    assert not record.scores(EXAM).corrections
    assert both_sign(people) == ["score_corrected"]
    [fact] = record.scores(EXAM).corrections[ticket]
    assert (fact.before, fact.after) == ("85", "86")
    assert stored_row(EXAM, ticket, record.scores(EXAM)).row.of("语文").points == 8600
