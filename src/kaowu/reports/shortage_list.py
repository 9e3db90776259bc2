"""监考缺口表 · staffing shortage: where people are missing before lots are drawn, and what would help.

Needs and people by post stand first as an equation; then each shortage as one
counted sentence, the worst first; then what may be relaxed and what would
still be missing then.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kaowu.reports.contents import ExamHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, wrapped, written
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.samples import EXAM
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import thousands

_PAGE_MM = 232.0
_LINE_MM, _PT = 4.4, 9.0


@dataclass(frozen=True, slots=True)
class PostNeed:
    """One post: how many room-sittings and people it takes, and who may serve there."""

    post: str
    needed: int
    available: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """One place and sitting that lacks people, as a counted Chinese sentence.

    `missing` counts everybody who is missing there, which may be more than the posts named lack.
    """

    place: str
    sitting: str
    posts: str
    needed: int
    available: int
    missing: int
    sentence: str


@dataclass(frozen=True, slots=True)
class ShortageList:
    """All that stands between the registers and a draw. Without shortages it says so."""

    exam: ExamHead
    title: str
    needs: tuple[PostNeed, ...]
    shortages: tuple[Shortage, ...] = ()
    remedies: tuple[str, ...] = ()
    people: int = 0
    barred: tuple[tuple[str, int], ...] = ()


LAYOUT = r"""
#import "paper.typ": *

#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.6mm, text(size: lead, weight: "bold", say(r.text)))))
#let needs-head(r) = table(columns: (1fr, 32mm, 32mm, 32mm), rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("岗位", "每场最多需要（人）", "可上岗（人）", "差（人）").map(t => text(size: cell, t)))
#let need(r) = table(columns: (1fr, 32mm, 32mm, 32mm), rows: r.mm * 1mm, align: (start + horizon, end + horizon, end + horizon, end + horizon), inset: (x: 1.6mm, y: 0mm),
  fitted(r.post, weight: "regular"), text(size: cell, r.needed), text(size: cell, r.available), if r.short { text(size: cell, weight: "bold")[◆ #r.gap] } else { text(size: cell, "✓") })
#let columns = (42mm, 24mm, 15mm, 15mm, 15mm, 1fr)
#let gaps-head(r) = table(columns: columns, rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("考点", "场次", "需要", "现有", "缺", "说明").map(t => text(size: cell, t)))
#let gap(r) = table(columns: columns, rows: r.mm * 1mm, align: (start + horizon, start + horizon, end + horizon, end + horizon, end + horizon, start + horizon), inset: (x: 1.2mm, y: 0mm),
  fitted(r.place, weight: "regular"), fitted(r.sitting, weight: "regular"), text(size: cell, r.needed), text(size: cell, r.available), text(size: cell, weight: "bold", r.missing),
  text(size: cell, r.lines.map(l => say(l)).join(linebreak())))
#let prose(r) = block(height: r.mm * 1mm, width: 100%, text(size: cell, r.lines.map(l => say(l)).join(linebreak())))
#let kinds = (heading: heading, needs-head: needs-head, need: need, gaps-head: gaps-head, gap: gap, prose: prose)

#let page-of(d) = frame(d, left: [先补人或按规定放宽，再抽签；放宽须经批准并登记], {
  head("监考缺口表", d.exam, (
    field("抽签", fitted-inline(d.title)), field("人员", text(size: cell)[#d.people 人]),
    field("组织", fitted-inline(d.authority)), field("缺口", text(size: cell, weight: "bold", d.short))), code: d.code)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("制表人", "考务负责人", ("时间", 34mm)) }
})
"""


def pages(told: ShortageList) -> list[Page]:
    """As many pages as there are shortages to name."""
    missing = sum(one.missing for one in told.shortages)
    head = {
        "exam": fitted(told.exam.name, 50, 7.8, height_mm=6.6),
        "title": fitted(told.title, 54, 10.5, height_mm=6),
        "authority": fitted(told.exam.authority, 54, 10.5, height_mm=6),
        "people": thousands(told.people),
        "short": f"{len(told.shortages):,} 处，共缺 {missing:,} 人" if told.shortages else "无",
        "code": Code(f"KW:shortage:{told.exam.exam_id}"),
    }
    parts = broken(list(_rows(told)), _PAGE_MM)
    return [{**head, "rows": rows, "last": at == len(parts)} for at, rows in enumerate(parts, start=1)]


def _rows(told: ShortageList) -> Iterator[Row[Page]]:
    if told.needs:
        yield _heading("各岗位")
        yield Row({"kind": "needs-head", "mm": 6.4}, 6.4, with_next=True)
    for need in told.needs:
        yield Row(_need(need), 7.0)
    if told.barred:
        yield _heading("不能上岗")
        yield _prose("，".join(f"{why} {count:,} 人" for why, count in told.barred) + "。")
    yield _heading("缺口")
    if not told.shortages:
        yield _prose("✓ 各考点各场次人手够用，可以抽签。")
    else:
        yield _GAPS
    for short in sorted(told.shortages, key=lambda one: -one.missing):
        yield _gap(short)
    if told.remedies:
        yield _heading("可以怎样补救")
    for number, remedy in enumerate(told.remedies, start=1):
        yield _prose(f"{number}. {remedy}")


_GAPS: Row[Page] = Row({"kind": "gaps-head", "mm": 6.4}, 6.4, with_next=True)


def _need(need: PostNeed) -> Page:
    gap = need.needed - need.available
    return {
        "kind": "need",
        "post": fitted(need.post, 86, 9, height_mm=6),
        "needed": thousands(need.needed),
        "available": thousands(need.available),
        "short": gap > 0,
        "gap": thousands(gap),
        "mm": 7.0,
    }


def _gap(short: Shortage) -> Row[Page]:
    lines = wrapped(short.sentence, 188 - 111 - 3, _PT)
    height = max(8.0, _LINE_MM * len(lines) + 2.2)
    shown = {
        "kind": "gap",
        "place": fitted(short.place, 39, 9, height_mm=height - 1),
        "sitting": fitted(short.sitting or "全部", 21, 9, height_mm=height - 1),
        "needed": thousands(short.needed),
        "available": thousands(short.available),
        "missing": thousands(short.needed - short.available),
        "lines": [written(line) for line in lines],
        "mm": height,
    }
    return Row(shown, height, under=_GAPS)


def _prose(text: str) -> Row[Page]:
    lines = wrapped(text, 188, _PT)
    height = _LINE_MM * len(lines) + 1.6
    return Row({"kind": "prose", "lines": [written(line) for line in lines], "mm": height}, height)


def _heading(text: str) -> Row[Page]:
    return Row({"kind": "heading", "text": text, "mm": 10.0}, 10.0, with_next=True)


def sample_shortage() -> ShortageList:
    """A city that lacks women at one site and experienced chiefs at another."""
    return ShortageList(
        exam=EXAM,
        title="监考抽签　考点派遣",
        people=1_044,
        needs=(PostNeed("主监考", 312, 305), PostNeed("副监考", 312, 340), PostNeed("视频监控员", 78, 96)),
        barred=(("培训考核未通过", 12), ("亲属参加本次考试", 25), ("未签保密责任书", 3)),
        shortages=(
            Shortage("0301 望川县第一中学考点", "语文", "主监考、副监考", 60, 56, 4, "语文场需要 60 名女监考员，回避后只有 56 名，缺 4 名。"),
            Shortage("0302 澜州市实验中学（东校区）高考考点", "", "主监考", 28, 25, 3, "主监考须有 2 年以上监考经历，各场各需 28 名，可派 25 名，缺 3 名。"),
        ),
        remedies=(
            "监考员一男一女改为尽量一男一女；仍缺 3 人",
            "主监考的经历由 2 年改为 1 年；仍缺 4 人",
        ),
    )  # fmt: skip


document = Document(
    id="shortage-list",
    zh="监考缺口表",
    en="Staffing shortage list",
    phase=Phase.PREPARE,
    scope=Scope.EXAM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_shortage,
)
