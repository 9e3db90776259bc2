"""Reading one rule pack: the regulation's own lists first, then its clauses.

A pack names its classes of clauses, its consequences, deciding bodies, pieces
of evidence and clocks once; clauses refer to them by code. What a class says
holds for each clause of it that does not say otherwise.
"""

from collections.abc import Mapping
from typing import TypeVar

from kaowu.basics.errors import Sentence
from kaowu.rules.line import LineSpec
from kaowu.rules.model import Clause, ClauseClass, LegalClock, Pack
from kaowu.rules.toml_table import Table

T = TypeVar("T")

FOUND_BY = ("in_room", "video", "grading")


def read_pack(name: str, table: Table, lines: Mapping[str, LineSpec]) -> Pack:
    """The pack of one file; faults go to the table's list."""
    lists = _Lists(table, lines)
    clauses: dict[str, Clause] = {}
    for row in table.rows("clauses"):
        clause = _clause(name, row, lists)
        if clause.code in clauses:
            row.fault("code", f"条款代码“{clause.code}”重复", f"the clause code “{clause.code}” stands twice")
        clauses[clause.code] = clause
        row.end()
    return Pack(
        id=name,
        title=table.text("title"),
        title_en=table.text("title_en"),
        number=table.text("number"),
        effective_on=table.day("effective_on"),
        repealed_on=table.day("repealed_on"),
        clauses=clauses,
        terms={code: row.sentence() for code, row in table.tables("terms")},
    )


class _Lists:
    """What the clauses of a pack may refer to."""

    def __init__(self, table: Table, lines: Mapping[str, LineSpec]) -> None:
        self.consequences = {code: row.sentence() for code, row in table.tables("consequences")}
        self.deciders = {code: row.sentence() for code, row in table.tables("deciders")}
        self.evidence = {code: row.sentence() for code, row in table.tables("evidence")}
        self.clocks = {code: _clock(code, row, lines) for code, row in table.tables("clocks")}
        self.class_rows: dict[str, Table] = {}
        self.classes: dict[str, ClauseClass] = {}
        for code, row in table.tables("classes"):
            self.class_rows[code] = row
            self.classes[code] = ClauseClass(
                code, row.sentence(), row.yes_no("violation"), row.yes_no("by_staff")
            )
            # read once here, so that a fault of a class is told once
            _ruling(row, self)
            row.end()


def _clock(code: str, row: Table, lines: Mapping[str, LineSpec]) -> LegalClock:
    line = row.text("line")
    if line and line not in lines:
        row.fault("line", f"没有“{line}”这一配置行", f"there is no profile line “{line}”")
    clock = LegalClock(code, row.sentence(), row.sentence("from_zh", "from_en"), line, row.text("article"))
    row.end()
    return clock


def _clause(pack: str, row: Table, lists: _Lists) -> Clause:
    kind_code = row.text("class")
    if kind_code and kind_code not in lists.classes:
        row.fault("class", f"没有“{kind_code}”这一类", f"there is no class “{kind_code}”")
    kind = lists.classes.get(kind_code, ClauseClass(kind_code, Sentence("", "")))
    class_row = lists.class_rows.get(kind_code)
    inherited = {k: v for k, v in class_row.values.items() if k in _RULING} if class_row else {}
    own = {k: v for k, v in row.values.items() if k in _RULING}
    row.asked |= set(_RULING)
    # a fault in what is inherited was told at the class
    faults = row.faults if own else []
    ruling = _ruling(Table(row.file, inherited | own, faults, row.key), lists)
    consequence, decided_by, evidence, clocks, found_by = ruling
    return Clause(
        pack=pack,
        code=row.text("code"),
        article=row.text("article"),
        kind=kind,
        behaviour=row.sentence(),
        consequence=consequence,
        decided_by=decided_by,
        evidence=tuple((code, lists.evidence[code]) for code in evidence),
        clocks=clocks,
        found_by=found_by,
        tags=frozenset(row.texts("tags")),
        reminder_first=row.yes_no("reminder_first"),
        to_confirm=row.yes_no("to_confirm"),
    )


_RULING = ("consequence", "decided_by", "evidence", "clocks", "found_by")


def _ruling(
    row: Table, lists: _Lists
) -> tuple[Sentence | None, Sentence | None, tuple[str, ...], tuple[LegalClock, ...], tuple[str, ...]]:
    consequence = _named(row, "consequence", (row.text("consequence", default=""),), lists.consequences)
    decider = _named(row, "decided_by", (row.text("decided_by", default=""),), lists.deciders)
    evidence = row.texts("evidence")
    _named(row, "evidence", evidence, lists.evidence)
    clocks = _named(row, "clocks", row.texts("clocks"), lists.clocks)
    found_by = row.texts("found_by")
    for source in found_by:
        if source not in FOUND_BY:
            row.fault("found_by", f"应为 {'、'.join(FOUND_BY)}", f"should be among {', '.join(FOUND_BY)}")
    return (
        consequence[0] if consequence else None,
        decider[0] if decider else None,
        tuple(code for code in evidence if code in lists.evidence),
        tuple(clocks),
        found_by,
    )


def _named(row: Table, key: str, codes: tuple[str, ...], known: Mapping[str, T]) -> list[T]:
    for code in codes:
        if code and code not in known:
            row.fault(key, f"“{code}”没有在本法规包中声明", f"“{code}” is not declared in this pack")
    return [known[code] for code in codes if code in known]
