"""Admission numbers: second site codes, numbers that stay with people, late candidates, sittings seated apart."""

import pytest

from kaowu.basics.errors import Refused
from kaowu.basics.number_templates import NumberTemplate
from kaowu.engines.seating import RoomSeating, SeatPlan
from kaowu.loop.prepare.number_seats import Numbering, numbered_seats, renumbered_seats
from kaowu.loop.prepare.seat_table import SeatLine
from kaowu.registry.sites import RegisteredSite


def plan(*rooms):
    return SeatPlan("p", "s", "seating/1", tuple(RoomSeating(*room) for room in rooms))


def numbering(template, second=""):
    site = RegisteredSite("37040201", second, "一中", "370402", ())
    return Numbering(2027, NumberTemplate(template), {"37040201": site})


def one_room(room, *people, sitting="all"):
    return (sitting, "37040201", room, tuple(range(1, len(people) + 1)), people)


@pytest.mark.parametrize(
    ("room", "number"),
    [("001", "010101"), ("099", "019901"), ("100", "970101"), ("120", "972101")],
)
def test_room_100_of_a_site_is_room_01_of_its_second_code(room, number):
    [line] = numbered_seats(
        plan(one_room(room, "R1")), numbering("{site:-2}{room:2}{seat:2}", second="37040297")
    )
    assert line.admission_number == number and line.room == room


def test_without_a_second_code_room_100_is_refused_by_name():
    with pytest.raises(Refused, match="site_code_missing"):
        numbered_seats(plan(one_room("100", "R1")), numbering("{site:-2}{room:2}{seat:2}"))


def test_a_site_of_120_rooms_numbers_everybody_once_with_two_digits_for_the_room():
    rooms = [one_room(f"{n:03d}", f"R{n:03d}a", f"R{n:03d}b") for n in range(1, 121)]
    lines = numbered_seats(plan(*rooms), numbering("{site:-2}{room:2}{seat:2}", second="37040297"))
    assert len({line.admission_number for line in lines}) == 240


BEFORE = plan(one_room("001", "R1", "R2"), one_room("002", "R3"))
TEMPLATE = "{site:-2}{room:3}{seat:2}"


def test_a_number_stays_with_its_person_when_seats_are_swapped():
    given = numbering(TEMPLATE)
    lines = numbered_seats(BEFORE, given)
    after = renumbered_seats(
        plan(one_room("001", "R3", "R2"), one_room("002", "R1")), lines, given, follow_seat=False
    )
    number = {line.candidate: line.admission_number for line in lines}
    assert {line.candidate: line.admission_number for line in after} == number


def test_numbers_may_follow_seats_where_the_profile_says_so():
    given = numbering(TEMPLATE)
    lines = numbered_seats(BEFORE, given)
    after = renumbered_seats(
        plan(one_room("001", "R3", "R2"), one_room("002", "R1")), lines, given, follow_seat=True
    )
    assert {line.candidate: line.admission_number for line in after} == {
        "R3": "0100101", "R2": "0100102", "R1": "0100201",
    }  # fmt: skip


def test_a_late_candidate_never_gets_a_number_that_somebody_has_or_had():
    given = numbering(TEMPLATE)
    lines = numbered_seats(BEFORE, given)
    # R1 has withdrawn, R9 sits on his seat: R1's number was printed once and is not printed again.
    after = renumbered_seats(
        plan(one_room("001", "R9", "R2"), one_room("002", "R3")), lines, given, follow_seat=False
    )
    number = {line.candidate: line.admission_number for line in after}
    assert number["R2"] == "0100102" and number["R9"] == "0100199"


def test_one_candidate_has_one_number_over_all_sittings():
    rooms = (one_room("001", "R1", "R2", sitting="01,02"), one_room("007", "R2", "R1", sitting="03"))
    lines = numbered_seats(plan(*rooms), numbering(TEMPLATE))
    assert {(line.candidate, line.sitting, line.room) for line in lines} == {
        ("R1", "01,02", "001"), ("R2", "01,02", "001"), ("R1", "03", "007"), ("R2", "03", "007"),
    }  # fmt: skip
    assert {line.admission_number for line in lines if line.candidate == "R1"} == {"0100101"}


def test_a_template_without_the_site_is_refused_when_numbers_come_twice():
    with pytest.raises(Refused, match="admission_number_twice"):
        numbered_seats(plan(one_room("001", "R1"), one_room("001", "R2")), numbering("{room:3}{seat:2}"))


def test_a_seat_line_without_sitting_is_for_all():
    assert SeatLine("R1", "s", "001", "01", "1").sitting == ""
