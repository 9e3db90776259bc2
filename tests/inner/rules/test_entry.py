"""Entry: the same fact under different profiles, and what a door should see at once."""

import pytest
from tests.inner.rules.scene import ASSISTANT, BOTH, at, codes, findings, profile, room

from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted, DoubtSettled

HERE = CandidateAdmitted(admission_number="T01", identity="matched")
DOOR = (ASSISTANT,)


@pytest.mark.feature("GOV-23")
@pytest.mark.parametrize(
    ("kind", "when", "found"),
    [
        ("gaokao", "08:40", []),
        ("gaokao", "09:15", []),  # the minute of the limit is still in time
        ("gaokao", "09:15:01", ["entry.late"]),
        ("vocational", "08:50", []),
        ("vocational", "09:05", []),
        ("vocational", "09:05:01", ["entry.late"]),
        # the same entry at T+10: in time for one kind of exam, late for the other
        ("gaokao", "09:10", []),
        ("vocational", "09:10", ["entry.late"]),
    ],
)
def test_the_late_limit_is_the_profiles(kind, when, found):
    assert codes(HERE, when, by=DOOR, of=profile(kind)) == found


def test_a_late_entry_names_ticket_minutes_limit_and_source():
    [finding] = findings(HERE, "09:10", by=DOOR, of=profile("vocational"))
    assert (
        "T01" in finding.sentence.zh
        and "开考后 10 分钟" in finding.sentence.zh
        and "09:05" in finding.sentence.zh
    )
    assert finding.clause.startswith("late_limit_minutes = 5")
    assert "人社部发〔2016〕64号" in finding.clause


def test_a_province_may_close_foreign_language_before_the_start():
    state = room(subjects=("外语",))
    shandong = profile(late_limit_foreign_language_minutes="-15")
    assert codes(HERE, "08:45", by=DOOR, state=state, of=shandong) == []
    [finding] = findings(HERE, "08:46", by=DOOR, state=state, of=shandong)
    assert finding.code == "entry.late" and "开考前 14 分钟" in finding.sentence.zh
    assert finding.clause.startswith("late_limit_foreign_language_minutes = -15")
    assert codes(HERE, "08:46", by=DOOR, state=room(), of=shandong) == []


def test_an_entry_written_on_paper_counts_at_the_time_on_paper():
    written = CandidateAdmitted(admission_number="T01", identity="matched", written_at=at("08:40"))
    assert "entry.late" not in codes(written, "09:30", by=DOOR)
    assert "entry.late" in codes(HERE, "09:30", by=DOOR)


def test_the_door_sees_all_that_is_wrong_at_once():
    stranger = CandidateAdmitted(admission_number="X99", identity="in_doubt")
    assert codes(stranger, "09:20", by=DOOR) == ["entry.late", "entry.not_expected_here"]


def test_a_candidate_at_the_wrong_room_is_told_which_room_this_is():
    [finding] = findings(CandidateAdmitted(admission_number="X99", identity="matched"), "08:40", by=DOOR)
    assert "040201" in finding.sentence.zh and "007" in finding.sentence.zh and "X99" in finding.sentence.zh


def test_a_room_that_is_not_open_yet_is_found():
    assert codes(HERE, "08:30", by=DOOR) == []
    assert codes(HERE, "08:29", by=DOOR) == ["entry.too_early"]


def test_a_second_entry_under_one_ticket_is_found():
    assert codes(HERE, "08:45", by=DOOR, state=room(HERE)) == ["entry.entered_before"]


def test_an_absentee_who_comes_after_all_is_found():
    state = room(CandidateAbsent(admission_number="T01"))
    assert codes(HERE, "09:14", by=DOOR, state=state) == ["entry.absent_then_entered"]


def test_absence_is_marked_after_entry_closed_and_not_for_those_inside():
    absent = CandidateAbsent(admission_number="T01")
    assert codes(absent, "09:15", by=DOOR) == []
    assert codes(absent, "09:14", by=DOOR) == ["entry.absent_too_early"]
    assert codes(absent, "09:15", by=DOOR, state=room(HERE)) == ["entry.absence_contradicted"]


@pytest.mark.parametrize(
    ("signed", "when", "is_candidate", "found"),
    [
        (BOTH, "10:00", True, []),
        (DOOR, "10:00", True, ["entry.doubt_settled_by_two"]),
        (BOTH, "11:01", True, ["entry.doubt_settled_late"]),
        (BOTH, "10:00", False, ["entry.not_the_candidate"]),
    ],
)
def test_a_doubt_is_settled_by_two_within_the_sitting(signed, when, is_candidate, found):
    state = room(CandidateAdmitted(admission_number="T01", identity="in_doubt"))
    settled = DoubtSettled(admission_number="T01", is_candidate=is_candidate, grounds="比对三张照片")
    assert codes(settled, when, by=signed, state=state) == found


@pytest.mark.parametrize(("kind", "clause"), [("gaokao", "JYB-33 6-5"), ("vocational", "RSB-31 8(2)")])
def test_an_impostor_leads_to_the_clause_of_this_kind_of_exam(kind, clause):
    settled = DoubtSettled(admission_number="T01", is_candidate=False, grounds="面貌不符")
    [finding] = findings(settled, "10:00", of=profile(kind))
    assert clause in finding.sentence.zh and finding.clause.startswith(clause)
