"""Scores of a subject from sheets, entries and decisions: what is not there is a state, never a zero."""

from dataclasses import dataclass, field

import pytest

from kaowu.engines.scores import State
from kaowu.exam.score_bag import ScoreBag
from kaowu.facts.scores import QuestionRegraded
from kaowu.facts.subjects import ScoreKey
from kaowu.loop.settle.compare_bag import compare_bag
from kaowu.loop.settle.score_plan import SubjectPlan
from kaowu.loop.settle.score_plan_text import read_keys, read_parts
from kaowu.loop.settle.score_subject import Circumstances, Scripts, score_subject


@dataclass(frozen=True)
class Sheet:
    candidate: str = "1"
    state: str = "present"
    fields: dict = field(default_factory=lambda: {"q1": "A", "q2": "B", "paper_type": "A"})
    undecided: int = 0


ENGLISH = SubjectPlan(
    "英语",
    read_parts("听力 | 答题卡 | 1 | 免考\n笔试 | 答题卡 | 2\n作文 | 录入 | 作文=60"),
    {"": read_keys("1 单选 30 A\n2 单选 60 B")},
    100,
)
WRITTEN = {"1": {"作文": 4500}}


def score(sheet, plan=ENGLISH, entered=WRITTEN, absent=(), withheld=False, **known):
    return dict(score_subject(plan, [Scripts([sheet], absent, entered, withheld)], Circumstances(**known)))[
        "1"
    ]


def test_parts_are_added():
    assert score(Sheet()).points == 13_500


def test_exempt_from_listening_the_rest_is_scaled_to_the_full_mark():
    found = score(Sheet(fields={"q1": "", "q2": "B"}), exempt={"1"})
    assert (found.state, found.points) == (State.SCORED, 13_100)  # 105 x 150 / 120 = 131.25, to whole points
    assert found.parts[0].state is State.EXEMPT


@pytest.mark.parametrize(
    ("sheet", "known", "state"),
    [
        (Sheet(state="absent"), {}, State.ABSENT),
        (Sheet(state="not_scanned"), {}, State.NOT_SCANNED),
        (Sheet(state="missing"), {}, State.NOT_SCANNED),
        (Sheet(state="not_scanned"), {"absent": {"1"}}, State.ABSENT),
        (Sheet(), {"absent": {"1"}}, State.SCORED),  # the sheet is there: the room's record was wrong
        (Sheet(state="void"), {}, State.IN_REVIEW),  # a void sheet takes nobody's score away by itself
        (Sheet(undecided=1), {}, State.IN_REVIEW),
        (Sheet(fields={"q1": "A"}), {}, State.IN_REVIEW),
        (Sheet(), {"entered": {}}, State.NOT_ENTERED),
        (Sheet(), {"entered": {}, "withheld": True}, State.NOT_HERE),
        (Sheet(state="not_here"), {}, State.NOT_HERE),
        (Sheet(state="not_here"), {"absent": {"1"}}, State.ABSENT),
        (Sheet(state="missing"), {"withheld": True}, State.NOT_SCANNED),
        (Sheet(), {"cancelled": {"1"}}, State.VOID),
        (Sheet(state="absent"), {"cancelled": {"1"}}, State.VOID),
        (Sheet(fields={"q1": "", "q2": ""}), {"entered": {"1": {"作文": None}}}, State.SCORED),
    ],
)
def test_each_state_is_its_own(sheet, known, state):
    found = score(sheet, **known)
    assert found.state is state
    assert found.points == 0 or state is State.SCORED


def test_each_paper_type_has_its_key_and_an_unknown_type_waits_for_a_person():
    two = SubjectPlan("语文", read_parts("选择 | 答题卡 | 1-2"), {"A": read_keys("1-2 单选 10 AB"), "B": read_keys("1-2 单选 10 BA")})  # fmt: skip
    assert score(Sheet(), two).points == 2000
    assert score(Sheet(fields={"q1": "A", "q2": "B", "paper_type": "B"}), two).points == 0
    assert score(Sheet(fields={"q1": "A", "q2": "B", "paper_type": ""}), two).state is State.IN_REVIEW


@pytest.mark.parametrize(
    ("how", "answer", "points"), [("drop", "", 0), ("give_all", "", 3000), ("also_right", "D", 3000)]
)
def test_a_faulty_question_is_judged_as_decided(how, answer, points):
    decided = QuestionRegraded(subject="英语", question=1, how=how, answer=answer, reason="印错")
    found = score(Sheet(fields={"q1": "D", "q2": ""}), ENGLISH.regraded([decided]))
    assert found.parts[0].points == points


def bag(first, second, settled=None):
    return ScoreBag(ScoreKey("语文", "0402", "001"), {1: first, 2: second}, settled=settled or {})


def test_both_entries_alike_stand_and_nothing_is_open():
    typed = {"1": {"作文": "45"}, "2": {"作文": "-"}}
    found = compare_bag(bag(typed, typed), ["1", "2"], {"作文": 6000}, ())
    assert found.complete and found.points == {"1": {"作文": 4500}, "2": {"作文": None}}


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({"作文": "45"}, {"作文": "46"}, "differs"),
        ({"作文": "45"}, {}, "second_missing"),
        ({}, {"作文": "45"}, "first_missing"),
        ({}, {}, "both_missing"),
        ({"作文": "61"}, {"作文": "61"}, "too_many"),
        ({"作文": "0"}, {"作文": "-"}, "differs"),
    ],
)
def test_what_differs_is_open_until_it_is_settled(first, second, code):
    found = compare_bag(bag({"1": first}, {"1": second}), ["1"], {"作文": 6000}, ())
    assert [one.code for one in found.open] == [code] and "作文" not in found.points["1"]
    found = compare_bag(bag({"1": first}, {"1": second}, {"1": {"作文": "45"}}), ["1"], {"作文": 6000}, ())
    assert found.complete and found.points["1"] == {"作文": 4500}


def test_points_of_somebody_absent_are_a_difference_and_give_no_points():
    typed = {"1": {"作文": "45"}}
    found = compare_bag(bag(typed, {}), ["1"], {"作文": 6000}, {"1"})
    assert [one.code for one in found.open] == ["absent_with_points"] and "1" not in found.points
