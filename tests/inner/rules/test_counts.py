"""Counts: people and sheets have to close, and the finding says by how much they do not."""

from dataclasses import replace

import pytest
from tests.inner.rules.scene import BOTH, CHIEF, OFFICE, codes, findings, handed_out, profile, room

from kaowu.exam.plan import ExamPlan
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.papers import SheetsCounted
from kaowu.facts.settling import SittingReconciled

ENTERED = [CandidateAdmitted(admission_number=f"T0{n}", identity="matched") for n in (1, 2, 3, 4)]
FULL = room(handed_out(sheets=6), *ENTERED, CandidateAbsent(admission_number="T05"))
GOOD = SheetsCounted(issued=6, used=4, absent=1, spare=1, void=0)
SIGNED = SittingReconciled(
    sitting="S1",
    rooms=1,
    expected=5,
    entered=4,
    absent=1,
    issued=6,
    used=4,
    absent_sheets=1,
    spare=1,
    void=0,
    open_findings=0,
)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"spare": 0, "void": 1}, []),
        ({"spare": 0}, ["counts.sheets_equation"]),
        ({"issued": 7, "spare": 2}, ["counts.issued_differs"]),
        ({"used": 3, "spare": 2}, ["counts.used_differs"]),
        ({"absent": 0, "spare": 2}, ["counts.absent_differs"]),
    ],
)
def test_the_count_of_a_room_closes_and_agrees_with_what_happened(changes, found):
    assert codes(replace(GOOD, **changes), "11:05", state=FULL) == found


def test_an_open_count_names_every_figure_and_the_difference():
    [finding] = findings(replace(GOOD, spare=0), "11:05", state=FULL)
    assert "领取 6" in finding.sentence.zh and "少 1 份" in finding.sentence.zh
    assert "1 fewer" in finding.sentence.en


def test_an_authority_may_allow_a_difference_of_one():
    tolerant = profile(count_tolerance="1")
    assert codes(replace(GOOD, spare=0), "11:05", state=FULL, of=tolerant) == []


def test_candidates_without_entry_or_absence_are_named():
    state = room(handed_out(sheets=6), *ENTERED)
    [finding] = findings(replace(GOOD, absent=0, spare=2), "11:05", state=state)
    assert finding.code == "counts.everyone_accounted" and "T05" in finding.sentence.zh


def test_a_count_while_candidates_write_is_found():
    assert codes(GOOD, "10:59", state=FULL) == ["counts.before_end"]


@pytest.mark.parametrize(("sheets", "found"), [(5, []), (4, ["counts.too_few_sheets"])])
def test_a_shortage_is_found_in_the_office(sheets, found):
    assert codes(handed_out(sheets=sheets), "08:25", by=(CHIEF, OFFICE)) == found


def test_a_second_packet_may_bring_what_the_first_lacks():
    state = room(handed_out(sheets=3))
    assert codes(handed_out(packet="P2", sheets=2), "08:25", state=state, by=(CHIEF, OFFICE)) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"entered": 3}, ["counts.sitting_open"]),
        ({"spare": 0}, ["counts.sitting_open"]),
        ({"entered": 3, "spare": 0}, ["counts.sitting_open", "counts.sitting_open"]),
        ({"open_findings": 2}, ["counts.findings_open"]),
    ],
)
def test_a_sitting_is_signed_with_what_stays_open(changes, found):
    state = ExamPlan.begin("G27")
    assert codes(replace(SIGNED, **changes), "11:30", state=state, by=BOTH) == found
