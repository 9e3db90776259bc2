"""Answer sheets: damage, loss, marks against records, copies, and the bound of the audit."""

from dataclasses import replace

import pytest
from tests.inner.rules.scene import codes, findings, profile

from kaowu.facts.sheet_audit import AuditConcluded
from kaowu.facts.sheet_bags import SheetBagChecked, SheetBagSealed, SheetCodeChecked

SEALED = SheetBagSealed(
    subject="数学",
    expected=5,
    present=4,
    absent=1,
    void=0,
    missing=0,
    spare=0,
    pages=5,
    files=5,
    backed_up=5,
    counted=5,
    found=5,
    absent_with_answers=0,
    absence_differs=0,
    violation_differs=0,
    readings=bytes(32),
)
CONCLUDED = AuditConcluded(
    subject="数学", frame=bytes(32), fields=500_000, sampled=2_990, errors=0, bound_ppm=999, confidence=95
)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"missing": 1, "present": 3}, ["sheets.missing"]),
        ({"counted": 6}, ["sheets.count_differs"]),
        ({"absent_with_answers": 1}, ["sheets.absence"]),
        ({"absent_with_answers": 1, "absence_differs": 2}, ["sheets.absence", "sheets.absence"]),
        ({"violation_differs": 1}, ["sheets.violation_marks"]),
        ({"backed_up": 4}, ["sheets.not_backed_up"]),
    ],
)
def test_a_sealed_bag_names_what_did_not_fit(changes, found):
    assert codes(replace(SEALED, **changes), "11:30") == found


def test_the_tolerance_of_the_profile_counts():
    short = replace(SEALED, counted=6)
    assert codes(short, "11:30", of=profile(count_tolerance="1")) == []


@pytest.mark.parametrize(
    ("state", "found"),
    [("intact", []), ("soiled", ["sheets.bag_not_intact"]), ("incomplete", ["sheets.bag_not_intact"])],
)
def test_damage_to_a_bag_is_a_finding_in_the_words_of_its_remark(state, found):
    fact = SheetBagChecked(
        subject="数学",
        room_number="007",
        first_seat="01",
        last_seat="05",
        sheets=5,
        state=state,
        remark="03 号水渍",
    )
    answers = findings(fact, "11:20")
    assert [one.code for one in answers] == found
    assert all("03 号水渍" in one.sentence.zh for one in answers)


@pytest.mark.parametrize(
    "outcome", ["other_seat", "other_room", "other_subject", "other_exam", "altered", "unknown"]
)
def test_a_wrong_sheet_at_a_seat_is_urgent(outcome):
    [found] = findings(SheetCodeChecked(seat="03", outcome=outcome), "08:50")
    assert (found.code, found.severity) == ("sheets.code_at_seat", 3)
    assert codes(SheetCodeChecked(seat="03", outcome="agrees"), "08:50") == []


@pytest.mark.parametrize(
    ("changes", "count"),
    [({}, 0), ({"bound_ppm": 1_000}, 0), ({"bound_ppm": 1_001}, 1), ({"errors": 1, "bound_ppm": 1_586}, 2)],
)
def test_an_audit_says_what_was_misread_and_whether_its_aim_was_met(changes, count):
    assert codes(replace(CONCLUDED, **changes), "16:00") == ["sheets.misread"] * count
