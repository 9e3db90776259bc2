"""Taking over what a marking system worked out: read, judge, and put on record whole, under two names."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kaowu.basics import canonical
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.engines.roster import Workbook, read_tables
from kaowu.engines.roster.error_workbook import write_reasons
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import PointsImported
from kaowu.facts.subjects import SCORES
from kaowu.loop.desk import Receipt
from kaowu.loop.settle.import_table import (
    MOST_ISSUES,
    ColumnMap,
    Header,
    PointsTable,
    find_header,
    guess,
    read_points,
)
from kaowu.loop.settle.score_plan import SubjectPlan
from kaowu.store import artefacts
from kaowu.store.queries import scores
from kaowu.web.counter import clock, record
from kaowu.web.works.score_entry import absent_in
from kaowu.web.works.score_plans import plan_of

FILE, TABLE = "score_file", "score_table"
MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Checked:
    """A file as it was read: its header, which column is what, and what was found."""

    plan: SubjectPlan
    header: Header
    mapping: ColumnMap
    table: PointsTable | None
    samples: tuple[tuple[str, ...], ...]
    """A few values of each column, for whoever corrects the mapping."""
    workbook: Workbook

    @property
    def ready(self) -> bool:
        """Every column is known and no cell is at fault."""
        return self.table is not None and not self.table.faults and bool(self.table.rows)


def check(
    exam: str,
    subject: str,
    content: bytes,
    name: str,
    chosen: Mapping[str, int],
    most: int = MOST_ISSUES,
) -> Checked:
    """Read a file; `chosen` corrects columns by item ("" is the admission number). Writes nothing. Raises Refused."""
    plan = plan_of(exam, subject)
    if plan is None or not plan.imported_items:
        raise Refused(
            "nothing_to_import",
            Sentence(
                f"“{subject}”的评分方案没有由评卷系统导入的部分。",
                f"The plan of {subject} has no part that is imported.",
            ),
        )
    workbook = read_tables(content, name)
    header = find_header(workbook)
    guessed = guess(header, plan.imported_items)
    mapping = ColumnMap(
        chosen.get("", guessed.ticket),
        {item: chosen.get(item, at) for item, at in guessed.items.items()},
    )
    table = None
    if not mapping.missing:
        takers = {one.ticket: None for one in scores.takers(exam, subject)}
        table = read_points(
            workbook, header, mapping, plan.imported_items, takers.keys(), absent_in(exam, subject), most
        )
    rows = workbook.sheet(header.sheet).rows[:4]
    samples = tuple(
        tuple(str(row[at])[:24] for row in rows if at < len(row) and row[at])
        for at in range(len(header.names))
    )
    return Checked(plan, header, mapping, table, samples, workbook)


def error_workbook(
    exam: str, subject: str, content: bytes, name: str, chosen: Mapping[str, int], out: Path
) -> None:
    """Their file again as .xlsx, with every fault beside its row; who is missing stands below the last one."""
    found = check(exam, subject, content, name, chosen, most=sys.maxsize)
    sheet = found.workbook.sheet(found.header.sheet)
    last = sheet.numbers[-1]
    rows: dict[int, list[str]] = {}
    for one in found.table.issues if found.table else ():
        last += not one.row
        where = f"{one.column}：" if one.row else ""
        rows.setdefault(one.row or last, []).append(f"{where}{one.cause.zh}。{one.remedy.zh}。")
    write_reasons(content, found.workbook, {sheet.name: {found.header.row}}, {sheet.name: rows}, out)


def take(
    exam: str,
    subject: str,
    system: str,
    content: bytes,
    name: str,
    chosen: Mapping[str, int],
    signed: tuple[Actor, Actor],
) -> Receipt:
    """Check the same bytes once more and take them over whole. Raises Refused; nothing was taken then."""
    found = check(exam, subject, content, name, chosen)
    if not found.ready or found.table is None:
        raise Refused(
            "import_not_ready",
            Sentence(
                "不能导入：还有列未对应，或还有须改的行。",
                "Cannot import: a column is not known, or rows must be corrected.",
            ),
        )
    items = list(found.mapping.items)
    rows = [[ticket, *values] for ticket, values in sorted(found.table.rows.items())]
    table = canonical.encode([["ticket", *items], *rows])
    now = clock.now()
    kept = (
        artefacts.keep(table, kind=TABLE, at=now, exam=exam, name=f"score-table-{subject}.cbor"),
        artefacts.keep(content, kind=FILE, at=now, exam=exam, name=name),
    )
    fact = PointsImported(
        subject=subject,
        system=system,
        file=digest(content),
        table=kept[0],
        items=tuple(items),
        people=len(rows),
        values=len(rows) * len(items),
    )
    return record(fact, *signed, exam=exam, subject=str(SCORES), attachments=kept)
