"""The score plan as people type it: what is read is what is written back, and every faulty line is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.errors import Refused
from kaowu.engines.scores import Key, Partial
from kaowu.loop.settle.score_plan import SubjectPlan, require_sound
from kaowu.loop.settle.score_plan_text import keys_as_text, parts_as_text, read_keys, read_parts

KEYS = "1-20 单选 1.5 ABCDA BCDAB CDABC DABCD\n21-22 多选 4 AB ACD 少选 2\n23 多选 6 ABC 均分\n24 多选 5 ABD 递增 1/3"
PARTS = "听力 | 答题卡 | 1-5 8 | 免考\n笔试 | 答题卡 | 6-7,9-24\n作文 | 录入 | 25=20 作文=40 | 权重 50"


def test_a_plan_is_written_back_as_it_was_read():
    plan = SubjectPlan("英语", read_parts(PARTS), {"A": read_keys(KEYS)}, 50)
    require_sound(plan)
    assert read_keys(keys_as_text(plan.keys["A"])) == plan.keys["A"]
    assert read_parts(parts_as_text(plan)) == plan.parts
    assert SubjectPlan.from_bytes(plan.to_bytes()) == plan
    assert plan.full_of(plan.parts[0]) == 6 * 150
    assert plan.items == {"25": 2000, "作文": 4000}


@given(st.lists(st.sampled_from(["A", "B", "C", "D", "A/B"]), min_size=1, max_size=60))
def test_single_choices_are_read_letter_by_letter(answers):
    keys = read_keys(f"1-{len(answers)} 单选 2 {''.join(answers)}")
    assert [len(key.answers) for key in keys] == [len(answer.split("/")) for answer in answers]
    assert read_keys(keys_as_text(keys)) == keys


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1-20 单选 1.5", "应为"),
        ("20-1 单选 1 A", "不是题号"),
        ("0-3 单选 1 ABCD", "不是题号"),
        ("1-501 单选 1 A", "不是题号"),
        ("1-2 单选 1 ABC", "写了 3 个答案"),
        ("1 单选 很多 A", "不是分数"),
        ("1 填空 1 A", "应为"),
        ("1 单选 1 甲", "应为字母"),
        ("1 多选 3 AB 少选 5", "不合理"),
        ("1 多选 3 ABC 均分 1", "对不上"),
    ],
)
def test_a_faulty_line_of_the_key_is_named(line, said):
    if line.endswith("均分 1"):
        line = "1 多选 10 ABC 均分"  # ten points do not part into three
        said = "不合理"
    with pytest.raises(Refused) as refused:
        read_keys("30 单选 1 A\n" + line)
    assert "第 2 行" in refused.value.sentence.zh and said in refused.value.sentence.zh


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ("选择 | 答题卡 | 1-3", "没有答案"),
        ("选择 | 答题卡 | 1", "不属于任何部分"),
        ("选择 | 答题卡 | 1-2\n选择 | 录入 | 5=3", "写了两次"),
        ("选择 | 答题卡 | 1-2\n作文 | 录入 | 5=0", "满分为 0"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(parts, said):
    plan = SubjectPlan("语文", read_parts(parts), {"": (Key("q1", (frozenset("A"),), 100), Key("q2", (frozenset("B"),), 100))})  # fmt: skip
    with pytest.raises(Refused) as refused:
        require_sound(plan)
    assert said in refused.value.sentence.zh


def test_paper_types_must_be_worth_the_same():
    keys = {"A": read_keys("1 单选 2 A"), "B": read_keys("1 单选 3 B")}
    with pytest.raises(Refused):
        require_sound(SubjectPlan("语文", read_parts("选择 | 答题卡 | 1"), keys))


def test_partial_rules_are_those_that_were_typed():
    rules = [key.partial for key in read_keys(KEYS)[-4:]]
    assert rules == [Partial.FIXED, Partial.FIXED, Partial.EACH, Partial.BY_COUNT]
