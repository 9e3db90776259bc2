"""Violation records: the same deed under the two regulations, and each thing a decision needs."""

from dataclasses import replace

import pytest
from tests.inner.rules.scene import ASSISTANT, BOTH, CHIEF, codes, findings, profile, room

from kaowu.basics.errors import Severity
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.violations import ViolationRecorded
from kaowu.rules.load import rulebook

INSIDE = room(CandidateAdmitted(admission_number="T01", identity="matched"))
PHONE_EVIDENCE = ("seized_item:3", "seizure_receipt:17", "video:CAM-07")
PHONE = ViolationRecorded(
    admission_number="T01",
    clause="JYB-33 6-4",
    found_by="in_room",
    evidence=PHONE_EVIDENCE,
    reminded=False,
    told=True,
    narrative="座位抽屉内有一部手机",
)
SCREENER = Actor("qian", "screener")


def found(changes, kind="gaokao", **more):
    return codes(replace(PHONE, **changes), "10:00", state=INSIDE, of=profile(kind), **more)


@pytest.mark.feature("VIO-02")
@pytest.mark.parametrize(
    ("kind", "clause", "reminded", "codes_found"),
    [
        # JYB-33: carrying a phone is cheating, used or not, no reminder needed
        ("gaokao", "JYB-33 6-4", False, []),
        # RSB-31: carrying it to the seat voids the subject, and only after a reminder
        ("vocational", "RSB-31 6(1)", False, ["violations.reminder_missing"]),
        ("vocational", "RSB-31 6(1)", True, []),
        # RSB-31: using it weighs more and needs no reminder
        ("vocational", "RSB-31 7(5)", False, []),
        # a clause of the other regulation is none of this exam's
        ("vocational", "JYB-33 6-4", True, ["violations.clause_unknown"]),
        ("gaokao", "RSB-31 6(1)", True, ["violations.clause_unknown"]),
    ],
)
def test_carrying_a_phone_is_judged_by_the_regulation_of_the_exam(kind, clause, reminded, codes_found):
    assert found({"clause": clause, "reminded": reminded}, kind) == codes_found


def test_the_two_regulations_give_the_phone_different_consequences():
    gaokao, vocational = profile("gaokao"), profile("vocational")
    carried = gaokao.clauses["JYB-33 6-4"]
    assert carried.kind.label.zh == "作弊" and "各科成绩无效" in carried.consequence.zh
    seat, used = vocational.clauses["RSB-31 6(1)"], vocational.clauses["RSB-31 7(5)"]
    assert "当次该科目" in seat.consequence.zh and "五年" in used.consequence.zh


def test_exactly_four_clauses_of_rsb_31_ask_for_a_reminder_first():
    asked = [c.code for c in rulebook().packs["rsb-31"].clauses.values() if c.reminder_first]
    assert asked == ["6(1)", "6(2)", "6(4)", "6(9)"]
    assert not any(c.reminder_first for c in rulebook().packs["jyb-33"].clauses.values())


@pytest.mark.parametrize(
    ("signed", "codes_found"),
    [
        (BOTH, []),
        ((CHIEF,), ["violations.signatures"]),
        ((CHIEF, replace(CHIEF, post="patrol")), ["violations.signatures"]),  # one person, two posts
        ((CHIEF, SCREENER), ["violations.signatures"]),  # a screener's signature is no proof
        ((CHIEF, Actor("xu", "patrol")), []),
    ],
)
def test_a_record_is_proof_when_two_officials_signed_it(signed, codes_found):
    assert found({}, by=signed) == codes_found


def test_a_missing_signature_is_urgent_and_cites_article_18():
    [finding] = findings(PHONE, "10:00", state=INSIDE, by=(ASSISTANT,))
    assert finding.severity is Severity.URGENT
    assert "JYB-33 18" in finding.clause


@pytest.mark.parametrize(
    "evidence",
    [
        ("seized_item", "seizure_receipt", "video"),
        ("seized_item:3", "seizure_receipt:17", "video:CAM-07"),
        ("暂扣物品或材料：手机一部", "暂扣物品收据：17 号", "考场录像"),
    ],
)
def test_evidence_may_be_named_by_code_or_by_its_chinese_name_and_numbered(evidence):
    assert found({"evidence": evidence}) == []


def test_missing_evidence_is_named_piece_by_piece():
    [finding] = findings(replace(PHONE, evidence=("video",)), "10:00", state=INSIDE)
    assert finding.code == "violations.evidence_missing"
    assert "暂扣物品收据" in finding.sentence.zh and "考场录像" not in finding.sentence.zh


@pytest.mark.parametrize(
    ("changes", "codes_found"),
    [
        ({"told": False}, ["violations.not_told"]),
        ({"told": False, "found_by": "video"}, []),  # told later, when it is found on video
        (
            {"clause": "JYB-33 7-2", "evidence": ("expert_opinion", "script")},
            ["violations.source_unfit"],  # identical answers are found in grading
        ),
        ({"clause": "JYB-33 7-2", "evidence": ("expert_opinion", "script"), "found_by": "grading"}, []),
        ({"clause": "JYB-33 13-1"}, ["violations.clause_unknown"]),  # a clause about staff
        ({"clause": "6-4"}, ["violations.clause_unknown"]),  # without its regulation
    ],
)
def test_source_and_clause_and_telling_fit_together(changes, codes_found):
    assert found(changes) == codes_found


@pytest.mark.parametrize("number", ["T02", "T05", "X99"])
def test_nobody_is_recorded_for_a_room_they_were_not_in(number):
    state = room(
        CandidateAdmitted(admission_number="T01", identity="matched"), CandidateAbsent(admission_number="T05")
    )
    assert codes(replace(PHONE, admission_number=number), "10:00", state=state) == [
        "violations.candidate_not_here"
    ]


def test_a_regulation_is_cited_only_while_it_is_in_force():
    repealed = profile("gaokao")
    packs = tuple(
        replace(pack, repealed_on=pack.effective_on.replace(year=2020)) if pack.id == "jyb-33" else pack
        for pack in repealed.packs
    )
    assert codes(PHONE, "10:00", state=INSIDE, of=replace(repealed, packs=packs)) == [
        "violations.pack_not_in_force"
    ]


@pytest.mark.parametrize(
    ("item", "zh", "en"),
    [
        ("seized_item:手机", "暂扣物品或材料：手机", "seized item or material: 手机"),
        ("room video: CAM-7", "考场录像：CAM-7", "room video: CAM-7"),
        ("seizure_receipt", "暂扣物品收据", "seizure receipt"),
        (
            "目击者：考务员",
            "目击者：考务员",
            "目击者：考务员",
        ),  # what nobody listed is said as it was written
    ],
)
def test_evidence_is_said_in_words_on_the_timeline_however_it_was_written(item, zh, en):
    said = ViolationRecorded.kind.say(replace(PHONE, evidence=(item,)))
    assert said.zh.endswith(f"证据 {zh}") and said.en.endswith(f"evidence {en}")


def test_every_kind_of_evidence_that_a_clause_asks_for_has_words_of_its_own():
    [spec] = [one for one in ViolationRecorded.kind.fields if one.name == "evidence"]
    asked = {
        code
        for pack in rulebook().packs.values()
        for clause in pack.clauses.values()
        for code, _said in clause.evidence
    }
    assert asked - {"violation_record"} <= {code for code, _said in spec.choices}
