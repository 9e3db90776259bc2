"""成绩分布表 · distribution of scores: bands of each subject, and rooms that differ from all others as leads."""

from collections.abc import Iterator
from dataclasses import dataclass

from kaowu.engines.scores import written
from kaowu.reports.contents import ExamHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.samples import EXAM
from kaowu.reports.typesetting import Code

_PAGE_MM = 226.0
_WIDE_MM = 96.0


@dataclass(frozen=True, slots=True)
class DistributionLine:
    """One subject: how many candidates in each band; everything in hundredths."""

    subject: str
    full: int
    scored: int
    mean: int
    bands: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A room whose mean stands out in a subject."""

    subject: str
    site: str
    room: str
    candidates: int
    mean: int
    deviations: float


@dataclass(frozen=True, slots=True)
class ScoreDistribution:
    """The distributions of an exam."""

    exam: ExamHead
    subjects: tuple[DistributionLine, ...]
    leads: tuple[LeadLine, ...]


LAYOUT = r"""
#import "paper.typ": *

#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.4mm, grid(columns: (1fr, auto), text(size: lead, weight: "bold", r.text), text(size: cell, r.figures)))))
#let band(r) = block(height: r.mm * 1mm, width: 100%, grid(columns: (30mm, 18mm, 1fr), align: (end + horizon, end + horizon, start + horizon), inset: (x: 1.5mm),
  text(size: cell, r.range), text(size: cell, r.count), rect(width: r.bar * 1mm, height: 2.6mm, fill: luma(60%), stroke: 0.35mm + black)))
#let leads-head(r) = table(columns: (30mm, 1fr, 22mm, 18mm, 22mm, 26mm), rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("科目", "考点", "考场", "人数", "平均分", "偏离（标准误）").map(t => text(size: cell, t)))
#let lead-row(r) = table(columns: (30mm, 1fr, 22mm, 18mm, 22mm, 26mm), rows: r.mm * 1mm, align: (start + horizon, start + horizon, center + horizon, end + horizon, end + horizon, end + horizon), inset: (x: 1.2mm, y: 0mm),
  fitted(r.subject), fitted(r.site, weight: "regular"), text(size: cell, r.room), text(size: cell, r.people), text(size: cell, r.mean), text(size: cell, r.far))
#let note(r) = block(height: r.mm * 1mm, width: 100%, text(size: cell, r.text))
#let kinds = (heading: heading, band: band, leads-head: leads-head, lead-row: lead-row, note: note)

#let page-of(d) = frame(d, left: [偏离只是线索，不是结论：由人核查原卷、录像和记录后认定], {
  head("成绩分布表", d.exam, (field("组织", fitted-inline(d.authority)), field("科目", text(size: cell, d.subjects))), code: d.code, tracking: 0.1em)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("制表人", "复核人", ("时间", 34mm)) }
})
"""


def pages(told: ScoreDistribution) -> list[Page]:
    """Bands subject by subject, then the leads."""
    head = {
        "exam": fitted(told.exam.name, 50, 7.8, height_mm=6.6),
        "authority": fitted(told.exam.authority, 54, 10.5, height_mm=6),
        "subjects": f"{len(told.subjects)} 科",
        "code": Code(f"KW:scores:{told.exam.exam_id}"),
    }
    parts = broken(list(_rows(told)), _PAGE_MM)
    return [{**head, "rows": rows, "last": at == len(parts)} for at, rows in enumerate(parts, start=1)]


def _rows(told: ScoreDistribution) -> Iterator[Row[Page]]:
    for subject in told.subjects:
        figures = f"有分 {subject.scored:,} 人　平均 {written(subject.mean)}　满分 {written(subject.full)}"
        head: Row[Page] = Row(
            {"kind": "heading", "text": subject.subject, "figures": figures, "mm": 10.0}, 10.0, with_next=True
        )
        yield head
        most = max((count for _low, _high, count in subject.bands), default=1) or 1
        for low, high, count in subject.bands:
            shown = {
                "kind": "band",
                "range": f"{written(low)}—{written(high)}",
                "count": f"{count:,}",
                "bar": round(_WIDE_MM * count / most, 1) or 0.1,
                "mm": 5.2,
            }
            yield Row(shown, 5.2, under=head)
    yield Row({"kind": "heading", "text": "平均分偏离其他考场的考场", "figures": f"{len(told.leads)} 条线索", "mm": 12.0}, 12.0, with_next=True)  # fmt: skip
    if not told.leads:
        yield Row({"kind": "note", "text": "没有偏离四个标准误以上的考场。", "mm": 7.0}, 7.0)
        return
    table: Row[Page] = Row({"kind": "leads-head", "mm": 6.4}, 6.4, with_next=True)
    yield table
    for lead in told.leads:
        yield Row(
            {
                "kind": "lead-row",
                "subject": fitted(lead.subject, 27, 10, height_mm=6),
                "site": fitted(lead.site, 60, 10, height_mm=6),
                "room": lead.room,
                "people": f"{lead.candidates:,}",
                "mean": written(lead.mean),
                "far": f"{lead.deviations:+.1f}",
                "mm": 7.6,
            },
            7.6,
            under=table,
        )


def sample_distribution() -> ScoreDistribution:
    """Two subjects and one lead."""
    bands = tuple(
        (low * 1500, (low + 1) * 1500, count)
        for low, count in enumerate((3, 12, 40, 118, 260, 431, 380, 190, 61, 9))
    )
    return ScoreDistribution(
        EXAM,
        (DistributionLine("数学", 15000, 1504, 8437, bands), DistributionLine("英语", 15000, 1498, 9012, bands)),
        (LeadLine("数学", "望川县第一中学考点", "007", 30, 12250, 6.4),),
    )  # fmt: skip


document = Document(
    id="score-distribution",
    zh="成绩分布表",
    en="Distribution of scores",
    phase=Phase.SETTLE,
    scope=Scope.EXAM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_distribution,
)
