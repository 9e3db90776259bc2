"""答题卡识别抽查报告 · audit of read answer sheets: what was drawn, by which public seed, what remains possible.

Two pages at most of plain figures, every sampled field that was misread by
name, and how anybody draws the same sample again. Readers and the leader sign.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from kaowu.basics.clock import EXAM_ZONE
from kaowu.reports.contents import ExamHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, wrapped, written
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.samples import EXAM
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import day, thousands

_PAGE_MM = 232.0
_LINE_MM, _TEXT_MM, _TEXT_PT = 4.8, 150.0, 9.5
_MOST_ERRORS, _MOST_SITES = 60, 12


@dataclass(frozen=True, slots=True)
class Misread:
    """One field that was misread: its number in the sample, where it is, what was read, what people see."""

    number: int
    bag: str
    sheet: str
    field: str
    read: str
    people: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The audit of one subject's sheets; digests are hexadecimal, bounds in a million."""

    exam: ExamHead
    subject: str
    audited_on: datetime.datetime
    sheets: int
    fields: int
    sample: int
    read: int
    aim_ppm: int
    confidence: int
    bound_ppm: int
    frame: str
    seed: str
    errors: tuple[Misread, ...] = ()
    concluded: bool = True
    number: int = 1
    """Which audit of this subject it is."""
    bags: int | None = None
    outside: int | None = None
    """Bags in the list, and bags that it leaves out."""
    elsewhere: tuple[tuple[str, int], ...] = ()
    """Sites that judged some of the sample, since the images are there, and how much of it."""


LAYOUT = r"""
#import "paper.typ": *

#let fact(r) = grid(columns: (32mm, 1fr), rows: r.mm * 1mm, align: top,
  text(size: cell, fill: luma(40), r.label), text(size: 9.5pt, r.lines.map(l => say(l)).join(linebreak())))
#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.8mm, text(size: lead, weight: "bold", say(r.text)))))
#let figures(r) = grid(columns: (1fr,) * 4, rows: 13mm, align: top,
  ..r.figures.map(f => stack(spacing: 1.6mm, text(size: caption, fill: luma(40), say(f.label)), text(size: title, weight: "bold", say(f.value)))))
#let verdict(r) = block(width: 100%, height: r.mm * 1mm, stroke: (y: heavy), inset: (y: 3mm), text(size: lead, weight: "bold", r.lines.map(l => say(l)).join(linebreak())))
#let columns = (14mm, 1fr, 40mm, 22mm, 26mm, 26mm)
#let errors-head = table(columns: columns, rows: 6.6mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("序", "答题卡袋", "图像摘要", "题号", "机器识别", "人工判读").map(t => text(size: cell, t)))
#let error(r) = table(columns: columns, rows: 6.6mm, align: center + horizon, inset: (x: 1mm, y: 0mm),
  ..r.cells.map(t => text(size: cell, say(t))))
#let kinds = (heading: heading, fact: fact, figures: figures, verdict: verdict, errors: r => errors-head, error: error)

#let page-of(d) = frame(d, left: [抽查只界定未被标为可疑的识别；可疑填涂逐处由两人判读], {
  head("答题卡识别抽查报告", d.exam, (
    field("科目", fitted-inline(d.subject, weight: "bold")), field("日期", text(size: cell, d.day)),
    field("组织", fitted-inline(d.authority)), field("状态", text(size: cell, d.state))), code: d.code, tracking: 0.1em)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("判读人", "组长", ("时间", 34mm)) }
})
"""


def pages(report: AuditReport) -> list[Page]:
    """The figures, the verdict, what was misread, and how to draw again; signatures on the last page."""
    head = {
        "exam": fitted(report.exam.name, 50, 7.8, height_mm=6.6),
        "subject": fitted(report.subject, 40, 10.5, height_mm=6),
        "authority": fitted(report.exam.authority, 54, 10.5, height_mm=6),
        "day": day(report.audited_on.astimezone(EXAM_ZONE)),
        "state": f"第 {report.number} 次抽查，{'已作结论' if report.concluded else '进行中'}",
        "code": Code(f"KW:sheet-audit:{report.exam.exam_id}:{report.frame[:16]}"),
    }
    parts = broken(list(_rows(report)), _PAGE_MM)
    return [
        {**head, "rows": rows, "last": number == len(parts)} for number, rows in enumerate(parts, start=1)
    ]


def bound_in_words(ppm: int) -> str:
    """百万分之 998（0.0998%）"""
    return f"百万分之 {thousands(ppm)}（{ppm / 10_000:.4f}%）"


def _rows(report: AuditReport) -> Iterator[Row[Page]]:
    yield _figures(
        ("抽查总体", f"{thousands(report.fields)} 处"),
        ("答题卡页", f"{thousands(report.sheets)} 页"),
        ("样本", f"{thousands(report.sample)} 处"),
        ("已判读", f"{thousands(report.read)} 处"),
    )
    yield _heading("结论")
    lines = wrapped(_verdict(report), 178, 12)
    height = 6.2 * len(lines) + 7
    yield Row({"kind": "verdict", "mm": height, "lines": [written(line) for line in lines]}, height)
    yield _heading("目标与方法")
    yield _fact("目标上界", f"{bound_in_words(report.aim_ppm)}，置信度 {report.confidence}%")
    yield _fact(
        "总体",
        "已封存答题卡袋（不论在哪里扫描）中机器识别为清楚、未送人工判读的全部客观题填涂。清单在种子公布之前封存。",
    )
    if report.bags is not None:
        yield _fact("覆盖", _covered(report.bags, report.outside or 0))
    yield _fact("判读地点", _where(report))
    yield _fact(
        "判读", "样本混入待判读的填涂，由两人互不知情地判读；不一致的由第三人裁定。判读人不知道哪一处是抽查。"
    )
    yield _fact("上界", "按超几何分布精确计算：若总体误读多于上界，样本中误读这样少的概率不超过 1 减置信度。")
    yield _heading("任何人可以重抽")
    yield _fact("总体清单摘要", _groups(report.frame))
    yield _fact("公开种子", report.seed or "尚未公布")
    yield _fact(
        "取样",
        "密钥＝SHA-256(帧(SHA-256(种子))、帧(“kaowu/sheet audit”)、帧(清单摘要))，逐个取不超过总体的整数，重复的跳过；算法见 docs/explanation/reading-sheets.md。",
    )
    yield _heading(f"误读明细（{thousands(len(report.errors))} 处）")
    if not report.errors:
        yield _fact("—", "没有发现误读。" if report.read else "尚未判读。")
        return
    yield Row({"kind": "errors"}, 6.6, with_next=True)
    for one in report.errors[:_MOST_ERRORS]:
        cells = [
            str(one.number),
            one.bag,
            one.sheet[:16],
            one.field.removeprefix("q"),
            one.read or "空",
            one.people or "空",
        ]
        yield Row({"kind": "error", "cells": [written(text) for text in cells]}, 6.6)
    if len(report.errors) > _MOST_ERRORS:
        yield _fact("另有", f"{thousands(len(report.errors) - _MOST_ERRORS)} 处，见系统。")


def _verdict(report: AuditReport) -> str:
    if not report.read:
        return "样本尚未判读，不能作结论。"
    found = f"判读 {thousands(report.read)} 处，误读 {thousands(len(report.errors))} 处。"
    bound = f"以 {report.confidence}% 的置信度，总体误读率不超过{bound_in_words(report.bound_ppm)}。"
    if report.read < report.sample:
        return f"{found}样本还有 {thousands(report.sample - report.read)} 处未判读；到目前为止，{bound}"
    met = "达到目标。" if report.bound_ppm <= report.aim_ppm else "没有达到目标，涉及的袋须整袋重读。"
    only = f"结论只适用于列入的 {thousands(report.bags or 0)} 袋。" if report.outside else ""
    return found + bound + met + only


def _covered(bags: int, outside: int) -> str:
    if not outside:
        return f"本科目有答题卡的全部 {thousands(bags)} 袋。"
    return f"{thousands(bags)} 袋；另有 {thousands(outside)} 袋没有列入（未封存，或识别结果不在本机），结论不适用于它们。"


def _where(report: AuditReport) -> str:
    """Where the images of the sample lie: there it is judged."""
    away = sum(count for _site, count in report.elsewhere)
    here = f"本机 {thousands(report.sample - away)} 处"
    if not away:
        return f"{here}。"
    sites = "、".join(f"{site} {thousands(count)} 处" for site, count in report.elsewhere[:_MOST_SITES])
    rest = f"等 {len(report.elsewhere)} 个考点" if len(report.elsewhere) > _MOST_SITES else ""
    return f"{here}；在扫描的考点 {thousands(away)} 处（{sites}{rest}），图像在那里。"


def _figures(*pairs: tuple[str, str]) -> Row[Page]:
    shown = [{"label": written(label), "value": written(value)} for label, value in pairs]
    return Row({"kind": "figures", "figures": shown}, 13)


def _heading(text: str) -> Row[Page]:
    return Row({"kind": "heading", "text": written(text), "mm": 11.0}, 11.0, with_next=True)


def _fact(label: str, text: str) -> Row[Page]:
    lines = wrapped(text, _TEXT_MM, _TEXT_PT)
    height = _LINE_MM * len(lines) + 1.6
    shown = {"kind": "fact", "label": label, "lines": [written(line) for line in lines], "mm": height}
    return Row(shown, height)


def _groups(digest: str) -> str:
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def sample_report() -> AuditReport:
    """An audit that found one misreading."""
    return AuditReport(
        exam=EXAM,
        subject="数学",
        audited_on=datetime.datetime(2027, 6, 12, 16, 0, tzinfo=EXAM_ZONE),
        sheets=41_870,
        fields=502_440,
        sample=2_986,
        read=2_986,
        aim_ppm=1_000,
        confidence=95,
        bound_ppm=1_586,
        frame="8c1f3a77" * 8,
        seed="36241156423316254431",
        bags=1_402,
        outside=3,
        elsewhere=(("枣庄市第八中学考点", 412), ("滕州市第一中学考点", 387)),
        errors=(Misread(1_204, "03/040201/017", "5d90ab31c4e28f70", "q11", "BD", "BCD"),),
    )


document = Document(
    id="sheet-audit",
    zh="答题卡识别抽查报告",
    en="Audit of read answer sheets",
    phase=Phase.SETTLE,
    scope=Scope.EXAM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_report,
)
