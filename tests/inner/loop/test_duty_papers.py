"""What follows from duties: the brief of a post, pay in whole cents, rotation, and a list that came back."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from tests.small_exam import ENDS, STARTS

from kaowu.basics.clock import minutes_after
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw import Break, Duty
from kaowu.exam.plan import Sitting
from kaowu.loop.improve.rotate_posts import PostHistory, suggestion
from kaowu.loop.prepare.duty_findings import findings
from kaowu.loop.prepare.duty_workbook import HEADER, Known, read_duties
from kaowu.loop.prepare.post_brief import brief
from kaowu.loop.settle.pay import Served, pay_rows, totals
from kaowu.reports.wording import yuan
from kaowu.rules.load import rulebook

PROFILE = rulebook().profile("gaokao").resolve()
SITTING = Sitting("S1", ("语文",), STARTS, ENDS)
POSTS = {"chief_invigilator": Sentence("主监考", "Chief"), "reserve": Sentence("候补", "Reserve")}
KNOWN = Known(frozenset({"S1"}), frozenset({"001"}), POSTS, {"P1": "欧阳修", "P2": "秦观"})


def test_a_brief_says_what_when_and_how_one_hands_over():
    found = brief("chief_invigilator", PROFILE, SITTING, is_first=True)
    assert found.duty is not None and "试卷" in found.duty.zh
    assert found.reports is not None and found.hands_over is not None
    assert found.reports.at < STARTS < ENDS < found.hands_over.at
    assert "交卷" in found.hands_over.text.zh
    assert minutes_after(STARTS, -120) < found.reports.at


def test_a_post_without_a_checklist_keeps_its_code_and_has_no_times():
    found = brief("interpreter", PROFILE, SITTING)
    assert (found.title.zh, found.reports, found.hands_over) == ("interpreter", None, None)


def test_only_duties_that_were_taken_up_are_paid_and_the_others_are_counted_apart():
    served = [
        Served("P1", "chief_invigilator", "S1", True),
        Served("P1", "chief_invigilator", "S2", False),
        Served("P1", "reserve", "S3", True),
        Served("P2", "interpreter", "S1", True),
    ]
    rows = pay_rows(served, PROFILE)
    assert [(r.person, r.post, r.sittings, r.cents, r.unreported) for r in rows] == [
        ("P1", "chief_invigilator", 1, 15_000, 1),
        ("P1", "reserve", 1, 8_000, 0),
        ("P2", "interpreter", 1, 8_000, 0),
    ]
    assert totals(rows) == {"people": 2, "sittings": 3, "cents": 31_000, "unreported": 1}


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(sorted(POSTS)), st.booleans()), max_size=40)
)
def test_no_cent_is_lost_between_rows_and_their_sum(served):
    rows = pay_rows([Served(p, post, str(n), taken) for n, (p, post, taken) in enumerate(served)], PROFILE)
    assert totals(rows)["cents"] == sum(row.sum_cents for row in rows)
    assert sum(row.sittings + row.unreported for row in rows) == len(served)


@pytest.mark.parametrize(("cents", "said"), [(0, "0.00"), (5, "0.05"), (123_456_789, "1,234,567.89")])
def test_cents_are_written_as_yuan(cents, said):
    assert yuan(cents) == said


@pytest.mark.parametrize(
    ("years", "exams", "said"),
    [
        (0, (), None),
        (3, (("E1", ("assistant",)),), "还没有任过"),
        (1, (("E1", ("assistant",)),), None),
        (9, (("E3", ("chief",)), ("E2", ("chief",)), ("E1", ("chief",))), "连续3次"),
        (9, (("E3", ("chief",)), ("E2", ("video",)), ("E1", ("chief",))), None),
    ],
)
def test_a_suggestion_brings_younger_people_to_the_core_post_and_moves_the_settled(years, exams, said):
    found = suggestion(PostHistory("P1", years, exams), "chief", 2, {})
    assert (found is None) if said is None else (found is not None and said in found.zh)


def workbook(*rows):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for at, row in enumerate([HEADER, *rows]):
        for column, value in enumerate(row):
            sheet.write_string(at, column, value)
    book.close()
    return out.getvalue()


def row(person="P1", name="欧阳修", post="chief_invigilator", **more):
    given = {"场次": "S1", "考点": "0402", "考场": "001", "岗位代码": post, "工号": person, "姓名": name}
    given |= more
    return [given.get(header, "") for header in HEADER]


def test_a_list_comes_back_as_it_went_out_and_every_row_keeps_its_number():
    found = read_duties(workbook(row(), row("P2", "秦观", "reserve", 考场="")), "表.xlsx", "0402", KNOWN)
    assert found.issues == ()
    assert found.duties == (
        Duty("S1", "0402", "", "reserve", "P2"),
        Duty("S1", "0402", "001", "chief_invigilator", "P1"),
    )
    assert found.rows[found.duties[1]] == 2


@pytest.mark.parametrize(
    ("bad", "column", "code"),
    [
        (row(场次="S9"), "场次", "unknown_key"),
        (row(考点="0403"), "考点", "unknown_key"),
        (row(考场="099"), "考场", "unknown_key"),
        (row(post="king"), "岗位代码", "unknown_key"),
        (row("P7", ""), "工号", "unknown_key"),
        (row("", ""), "工号", "missing_mandatory"),
        (row("P2", "欧阳修"), "姓名", "name_of_another"),
        (row("=HYPERLINK(1)", ""), "工号", "unknown_key"),
    ],
)
def test_a_row_that_means_nothing_here_is_named_with_row_and_column(bad, column, code):
    found = read_duties(workbook(row(), bad), "表.xlsx", "0402", KNOWN)
    assert [(i.row, i.column, i.code) for i in found.issues] == [(3, column, code)]
    assert len(found.duties) == 1


def test_the_same_row_twice_is_a_fault_and_a_post_may_be_written_by_its_name():
    twice = read_duties(workbook(row(), row()), "表.xlsx", "0402", KNOWN)
    assert [i.code for i in twice.issues] == ["duplicate"]
    named = read_duties(workbook(row(post="", 岗位="主监考")), "表.xlsx", "0402", KNOWN)
    assert [d.post for d in named.duties] == ["chief_invigilator"]


def test_a_file_that_is_no_such_list_is_refused():
    with pytest.raises(Refused) as refused:
        read_duties(workbook()[:0] or b"a,b\n1,2\n", "x.csv", "0402", KNOWN)
    assert refused.value.code == "register.no_header"


def test_a_break_is_told_with_its_rule_of_this_profile_and_a_remedy():
    broken = Break("one_sex", Sentence("不是一男一女", "one sex"), "S1", "0402", "001", "P1")
    unknown = Break("of_an_extension", Sentence("别的", "other"))
    one, other = findings([broken, unknown], PROFILE)
    assert "one_man_one_woman" in one.clause.zh and one.remedy.zh == "换其中一人。"
    assert other.clause.zh == "of_an_extension"
