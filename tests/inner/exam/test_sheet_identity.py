"""Whose sheet: every source that is there has to agree, and one that contradicts sends the page to people."""

import pytest

from kaowu.exam.sheet_identity import Bag, SheetCode, Sources, identify

BAG = Bag("gk", "语文", "0402-001", {"101": "01", "102": "02"})
CODE = "KW1|gk|语文|0402-001|01|1|S1-101|abc|mac"


def code(**changed):
    parts = dict(
        zip(
            ("mark", "exam", "subject", "room", "seat", "page", "serial", "layout", "mac"),
            CODE.split("|"),
            strict=True,
        )
    )
    return SheetCode.read("|".join((parts | changed).values()))


@pytest.mark.parametrize(
    ("sources", "agreement", "seat"),
    [
        (Sources(code(), True), "agreed", "01"),
        (Sources(code(), True, ("101",), "101"), "agreed", "01"),
        (Sources(code(), True, ("102",)), "conflict", ""),  # the label is another candidate's
        (Sources(code(), True, (), "102"), "conflict", ""),  # never the best of two
        (Sources(code(), False), "alone", "01"),  # printed elsewhere: nothing vouches for it
        (Sources(code(), False, ("101",)), "agreed", "01"),
        (Sources(None, False, ("102",), "102"), "agreed", "02"),
        (Sources(None, False, (), "102"), "alone", "02"),
        (Sources(None, False, ("102",), None, 1), "agreed", "02"),  # a form with one code and no grid
        (Sources(None, False, ("101", "102")), "conflict", ""),
        (Sources(), "none", ""),
        (Sources(code(serial="", seat="", room=""), True, (), "102"), "alone", "02"),  # a blank spare sheet
        (Sources(code(serial="S1-999"), True), "not_here", ""),
        (Sources(code(seat="02"), True), "conflict", "01"),  # the plan gives 101 another seat
        (Sources(code(room="0402-002"), True), "other_room", "01"),
        (Sources(code(subject="数学"), True), "other_subject", "01"),
        (Sources(code(exam="zk"), True), "other_exam", "01"),
    ],
)  # fmt: skip
def test_sources_agree_or_people_decide(sources, agreement, seat):
    found = identify(sources, BAG)
    assert (found.agreement, found.seat) == (agreement, seat)


@pytest.mark.parametrize(
    "text", ["", "101", "KW1|gk", "KW2" + CODE[3:], CODE + "|more", CODE.replace("|1|", "|x|")]
)
def test_a_text_that_is_no_code_of_the_house_is_none(text):
    assert SheetCode.read(text) is None
