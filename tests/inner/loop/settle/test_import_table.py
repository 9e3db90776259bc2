"""Tables of marking systems: every row is taken, absent, or at fault with its place; nothing gets lost."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.engines.roster import read_tables
from kaowu.loop.settle.import_table import ColumnMap, find_header, guess, read_points

ITEMS = {"16": 1200, "作文": 6000}
TAKERS = ("2704020100101", "2704020100102", "2704020100103")


def read(content, absent=(), mapping=None, name="成绩.csv"):
    workbook = read_tables(content, name)
    header = find_header(workbook)
    return read_points(workbook, header, mapping or guess(header, ITEMS), ITEMS, TAKERS, absent)


def csv(*lines, head="准考证号,第16题,作文", encoding="gb18030"):
    return "\n".join([head, *lines]).encode(encoding)


GOOD = tuple(f"{one},12,45.5" for one in TAKERS)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_a_table_is_read_in_any_encoding(encoding):
    found = read(csv(*GOOD, encoding=encoding))
    assert found.rows == {key: [1200, 4550] for key in TAKERS}
    assert not found.faults


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"{TAKERS[0]},12.5,45", "too_many"),
        (f"{TAKERS[0]},-3,45", "not_points"),
        (f"{TAKERS[0]},12,四十五", "not_points"),
        (f"{TAKERS[0]},,45", "missing_points"),
        (f"{TAKERS[0]},缺考,缺考", "absent_not_recorded"),
        (f"{TAKERS[1]},12,45", "twice"),
        ("9999999999999,12,45", "unknown_candidate"),
        (f"{TAKERS[0]},1e2,45", "not_points"),
        (f"{TAKERS[0]},=1+1,45", "not_points"),
    ],
)
def test_each_fault_is_named_with_its_row(line, code):
    found = read(csv(*GOOD[1:], line))
    assert code in [issue.code for issue in found.issues]
    assert any(issue.code == code and issue.row == 4 for issue in found.issues)
    assert TAKERS[0] not in found.rows


def test_who_is_missing_is_named():
    found = read(csv(*GOOD[:2]))
    assert [(issue.code, issue.raw) for issue in found.issues] == [("missing_candidate", TAKERS[2])]


def test_absentees_have_no_points_and_are_counted():
    found = read(csv(*GOOD[:2], f"{TAKERS[2]},缺考,-1"), absent=TAKERS[2:])
    assert found.absent == 1 and not found.faults
    assert [issue.code for issue in read(csv(*GOOD), absent=TAKERS[2:]).issues] == ["absent_with_points"]


def test_nothing_on_the_script_is_not_a_gap():
    found = read(csv(*GOOD[:2], f"{TAKERS[2]},-,30"))
    assert found.rows[TAKERS[2]] == [None, 3000] and not found.faults


def test_a_dbf_of_an_old_system_is_read():
    fields = [("ZKZH", 13), ("T16", 5), ("ZW", 5)]
    head = b"".join(
        name.encode().ljust(11, b"\0") + b"C" + bytes(4) + bytes([size, 0]) + bytes(14)
        for name, size in fields
    )
    rows = b"".join(b" " + one.encode().ljust(13) + b"12".ljust(5) + b"45.5".ljust(5) for one in TAKERS)
    size = 32 + len(head) + 1
    content = struct.pack("<BBBBIHH20x", 3, 26, 6, 25, 3, size, 24) + head + b"\r" + rows + b"\x1a"
    found = read(content, mapping=ColumnMap(0, {"16": 1, "作文": 2}), name="cj.dbf")
    assert found.rows == {key: [1200, 4550] for key in TAKERS}


def test_columns_are_found_under_the_names_that_systems_give_them():
    for name in ("16", "第16题", "T16", "16题得分", "016"):
        header = find_header(read_tables(csv(*GOOD, head=f"考号,{name},作文得分"), "x.csv"))
        assert guess(header, ITEMS) == ColumnMap(0, {"16": 1, "作文": 2}), name
    header = find_header(read_tables(csv(*GOOD, head="考号,116,216"), "x.csv"))
    assert guess(header, ITEMS).missing == ("16", "作文")


cells = st.text(
    st.characters(codec="gb18030", exclude_characters='\r\n",;\t', exclude_categories=("Cc", "Cs")),
    max_size=8,
)


@given(st.lists(st.tuples(st.one_of(st.sampled_from(TAKERS), cells), cells, cells), max_size=12))
def test_every_row_is_taken_or_at_fault(lines):
    found = read(csv(*GOOD[:1], *(",".join(line) for line in lines)))
    named = {issue.row for issue in found.issues if issue.row}
    assert found.read <= 1 + len(lines)
    assert found.read - len(found.rows) - found.absent <= len(named)
    assert all(len(values) == 2 for values in found.rows.values())
