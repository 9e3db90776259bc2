"""Messy files of a second author, in every file format, against the truth written with them."""

from collections.abc import Iterator

import pytest
from tests.inner.engines.roster import messy as m
from tests.inner.engines.roster import messy_layout as layout

from kaowu.engines.roster import RosterExam, check, read_tables

EXAM = RosterExam.from_json(m.EXAM)
SEEDS = range(8)


def renumbered(truth: m.Truth, numbers: dict[int, int]) -> m.Truth:
    return m.Truth(
        {("", numbers[row]): values for (_, row), values in truth.accepted.items()},
        {("", numbers[row], code) for _, row, code in truth.rejects},
    )


def files(seed: int) -> Iterator[tuple[str, bytes, m.Truth]]:
    people = m.make_people(seed, 60)
    grid = layout.lay_out(seed, people)
    truth = layout.truth_of([grid])
    yield "xlsx", layout.as_xlsx([grid], style="xlsxwriter" if seed % 2 else "openpyxl"), truth
    yield "xls", layout.as_xls([grid]), truth
    yield "xml", layout.as_xml2003([grid]), truth
    yield "ods", layout.as_ods([grid]), truth
    bare = layout.truth_of([grid], with_sheet=False)
    yield "html", layout.as_html(grid, ("utf-8", "gb18030")[seed % 2]), bare
    plain = layout.lay_out(seed + 1000, people, plain=True)
    lines = renumbered(layout.truth_of([plain], with_sheet=False), layout.physical_lines(plain))
    encoding = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le")[seed % 5]
    yield (
        f"text in {encoding}",
        layout.as_text(plain, ",\t;|"[seed % 4], encoding, quote=seed % 3 == 0),
        lines,
    )
    for encoding in ("gb18030", "utf-8"):
        data, numbers = layout.as_dbf(
            plain, encoding, mark=(0, 0x7A, 0x03)[seed % 3], version=(3, 0x30, 0x83)[seed % 3]
        )
        yield f"dbf in {encoding}", data, renumbered(layout.truth_of([plain], with_sheet=False), numbers)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_row_is_wrongly_taken_lost_or_misread(seed: int) -> None:
    for kind, data, truth in files(seed):
        found = check(read_tables(data, kind), EXAM)
        accepted = {(one.sheet, one.row): tuple(one[2:14]) for one in found.accepted}
        assert accepted == truth.accepted, kind
        rejects = {(i.sheet, i.row, i.code) for i in found.issues if i.scope == "row" and i.rejects}
        assert rejects == truth.rejects, kind
        assert not [i for i in found.issues if i.scope == "sheet"], kind


def test_duplicates_are_found_across_sheets() -> None:
    people = m.make_people(99, 10, mess=0, faults=0)[:10]
    sheets = [layout.lay_out(1, people[:6], "东湖区"), layout.lay_out(2, people[5:], "西湖")]
    found = check(read_tables(layout.as_xlsx(sheets), "two.xlsx"), EXAM)
    repeated = [issue for issue in found.issues if issue.code == "duplicate_person"]
    assert [(issue.sheet, issue.other[0] if issue.other else "") for issue in repeated] == [
        ("西湖", "东湖区")
    ]
    assert len(found.accepted) == 10
