"""Custody of papers: every case stands next to the one that differs only in the fault."""

from dataclasses import replace
from datetime import datetime

import pytest
from tests.inner.rules.scene import (
    ASSISTANT,
    BOTH,
    CHIEF,
    OFFICE,
    at,
    codes,
    findings,
    handed_out,
    profile,
    room,
    unsealed,
)

from kaowu.basics.clock import instant
from kaowu.basics.errors import Severity
from kaowu.basics.ids import new_fact_id
from kaowu.exam.plan import ExamPlan
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import SittingScheduled
from kaowu.facts.papers import PacketCollected, SheetsCounted
from kaowu.rules.load import rulebook

OUT = room(handed_out())
OPEN = room(handed_out(), unsealed())
_ID = new_fact_id(at("08:00"), bytes(10))
SECOND_CHIEF = Actor("sun", "chief_invigilator")
COLLECTED = PacketCollected(packet="P1", seal="B9", sheets=5, state="intact")


def test_a_packet_opened_by_two_on_time_under_its_seal_gives_no_finding():
    assert codes(unsealed(), "08:50", state=OUT) == []


@pytest.mark.feature("PAP-09")
@pytest.mark.parametrize(
    ("signed", "found"),
    [
        (BOTH, []),
        ((CHIEF,), ["custody.two_at_unsealing"]),
        # one account holding two posts is still one person
        ((CHIEF, replace(CHIEF, post="assistant_invigilator")), ["custody.two_at_unsealing"]),
        # two persons of one post do not watch each other
        ((CHIEF, SECOND_CHIEF), ["custody.two_at_unsealing"]),
    ],
)
def test_an_unsealing_needs_two_persons_of_different_posts(signed, found):
    assert codes(unsealed(), "08:50", state=OUT, by=signed) == found


@pytest.mark.parametrize(
    ("fact", "when", "state", "code"),
    [
        (handed_out(), "08:25", room(), "custody.two_at_hand_out"),
        (unsealed(), "08:50", OUT, "custody.two_at_unsealing"),
        (COLLECTED, "11:05", OPEN, "custody.two_at_collection"),
        (SheetsCounted(issued=5, used=0, absent=0, spare=5, void=0), "11:05", OPEN, "custody.two_at_count"),
    ],
)
def test_nobody_is_alone_with_papers_at_any_handling(fact, when, state, code):
    assert code in codes(fact, when, state=state, by=(ASSISTANT,))
    assert code not in codes(fact, when, state=state, by=BOTH)


@pytest.mark.feature("PAP-09")
def test_one_handler_is_told_the_figures_the_line_and_the_remedy():
    [finding] = findings(unsealed(), "08:50", state=OUT, by=(CHIEF,))
    assert finding.severity is Severity.URGENT
    assert "1 人" in finding.sentence.zh and "2 人" in finding.sentence.zh
    assert finding.clause.startswith("handlers = 2")
    assert finding.remedy and "第二人" in finding.remedy.zh


@pytest.mark.parametrize(
    ("subject", "when", "found"),
    [
        # Shandong's script: papers at T-40, Chinese T-45, foreign language T-50
        ("数学", "08:20", []),
        ("数学", "08:19:59", ["custody.hand_out_too_early"]),
        ("语文", "08:15", []),
        ("语文", "08:14", ["custody.hand_out_too_early"]),
        ("外语", "08:10", []),
        ("外语", "08:09", ["custody.hand_out_too_early"]),
    ],
)
def test_papers_leave_the_office_no_earlier_than_the_script_of_their_subject(subject, when, found):
    state = room(subjects=(subject,))
    assert codes(handed_out(subject=subject), when, state=state, by=(CHIEF, OFFICE)) == found


def test_a_first_sitting_follows_its_own_column_of_the_script():
    plan = ExamPlan.begin("G27")
    for sitting, starts in (("S0", "2027-06-06"), ("S1", "2027-06-07")):
        plan = plan.after(_scheduled(sitting, starts), _ID)
    alone = ExamPlan.begin("G27").after(_scheduled("S1", "2027-06-07"), _ID)
    shaanxi = profile(minute_script="gaokao-shaanxi-2014")
    # T-45 is allowed for the first sitting (papers at T-45) and too early for a later one (T-35)
    assert codes(handed_out(), "08:15", of=shaanxi, plan=alone) == []
    assert codes(handed_out(), "08:15", of=shaanxi, plan=plan) == ["custody.hand_out_too_early"]


def test_a_packet_opened_a_minute_early_is_found_with_the_minutes():
    assert codes(unsealed(), "08:50", state=OUT) == []
    [finding] = findings(unsealed(), "08:49", state=OUT)
    assert finding.code == "custody.unsealed_too_early"
    assert (
        "08:49" in finding.sentence.zh
        and "08:50" in finding.sentence.zh
        and "早了 1 分钟" in finding.sentence.zh
    )


def test_an_approved_line_moves_the_time_lock_of_the_unsealing():
    assert codes(unsealed(), "08:46", state=OUT, of=profile(unseal_before_start="15")) == []


@pytest.mark.feature("PAP-20")
def test_a_seal_number_that_is_not_the_one_handed_out_is_found_with_both_numbers():
    assert codes(unsealed(seal="A1"), "08:50", state=OUT) == []
    [finding] = findings(unsealed(seal="A2"), "08:50", state=OUT)
    assert finding.code == "custody.seal_differs"
    assert "A1" in finding.sentence.en and "A2" in finding.sentence.en
    assert finding.clause.startswith("BM-2004 22 《国家教育考试考务安全保密工作规定》")


@pytest.mark.feature("PAP-13")
@pytest.mark.parametrize(
    ("seats", "found"),
    [
        (("01", "02"), []),
        (("01",), ["custody.seal_witnesses"]),
        (("01", "01"), ["custody.seal_witnesses"]),  # one candidate named twice
        (("01", "31"), ["custody.seal_witnesses"]),  # no such seat in this room
    ],
)
def test_two_candidates_of_the_room_check_the_seal(seats, found):
    assert codes(unsealed(witnessed_by=seats), "08:50", state=OUT) == found


def test_a_packet_of_another_subject_is_found_before_it_is_handed_out_and_when_it_is_opened():
    assert codes(handed_out(subject="物理"), "08:25", by=(CHIEF, OFFICE)) == ["custody.wrong_subject"]
    assert codes(unsealed(subject="物理"), "08:50", state=OUT) == ["custody.wrong_subject"]


def test_in_a_mixed_room_the_packet_is_opened_for_the_subject_it_was_handed_out_for():
    state = room(handed_out(subject="物理"), subjects=("物理", "历史"))
    assert codes(unsealed(subject="物理"), "08:50", state=state) == []
    assert codes(unsealed(subject="历史"), "08:50", state=state) == ["custody.wrong_subject"]


@pytest.mark.parametrize(
    ("packet", "found"),
    [
        ("040201-007-S1-1", []),
        ("040201-008-S1-1", ["custody.wrong_room"]),
        ("040202-007-S1-1", ["custody.wrong_room"]),
        ("040201-007-S2-1", ["custody.wrong_room"]),
        ("P1", []),  # a number of another form says nothing about a room
    ],
)
def test_a_packet_numbered_for_another_site_room_or_sitting_is_found(packet, found):
    assert codes(handed_out(packet=packet), "08:25", by=(CHIEF, OFFICE)) == found
    state = room(handed_out(packet=packet))
    assert codes(unsealed(packet=packet), "08:50", state=state) == found


def test_where_packet_numbers_say_nothing_no_room_is_compared():
    of = profile(packet_number="none")
    assert codes(handed_out(packet="040201-008-S1-1"), "08:25", by=(CHIEF, OFFICE), of=of) == []


def test_a_packet_without_a_hand_out_is_found():
    assert codes(unsealed(), "08:50", state=room()) == ["custody.not_handed_out"]


def test_a_seal_breaks_once():
    assert codes(unsealed(), "08:51", state=OPEN) == ["custody.unsealed_twice"]


@pytest.mark.parametrize(
    ("changes", "when", "found"),
    [
        ({}, "11:05", []),
        ({}, "10:59", ["custody.collected_before_end"]),
        ({"seal": "A1"}, "11:05", ["custody.seal_not_renewed"]),
        ({"sheets": 4}, "11:05", ["custody.sheets_missing"]),
        ({"state": "damaged"}, "11:05", ["custody.damaged"]),
    ],
)
def test_what_comes_back_is_held_against_what_went_out(changes, when, found):
    assert codes(replace(COLLECTED, **changes), when, state=OPEN) == found


def test_every_script_knows_the_steps_that_custody_speaks_of():
    for script in rulebook().scripts.values():
        assert {"collect_papers", "unseal", "collect"} <= set(script.by_key)


def _scheduled(sitting: str, day: str) -> SittingScheduled:
    start = instant(datetime.fromisoformat(f"{day} 09:00"))
    return SittingScheduled(sitting=sitting, subjects=("数学",), starts_at=start, ends_at=start + 7_200_000)
