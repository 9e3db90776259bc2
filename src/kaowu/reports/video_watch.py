"""视频监考分工表 · video watch: which video invigilator has which rooms on the screen.

One page for each sitting, and below each watch room to write down what was
noticed: when, where, what, who handled it and when that was done.
"""

from collections.abc import Iterator

from kaowu.reports.contents import DutyLine, SiteContents, SiteStaff, SittingHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.staff_pages import NOBODY, sitting_words, staff_head, staff_of
from kaowu.reports.staff_samples import sample_staff

_PAGE_MM = 238.0
_FEWEST_LINES, _MOST_LINES = 6, 12
_HEAD_MM, _ROW_MM, _LOG_HEAD_MM, _LOG_MM = 6.4, 9.5, 16.0, 8.0

LAYOUT = r"""
#import "paper.typ": *

#let watch-head(r) = table(columns: (42mm, 1fr, 74mm, 22mm), rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("视频监考员", "单位", "负责考场", "签到").map(t => text(size: cell, t)))
#let watch(r) = table(columns: (42mm, 1fr, 74mm, 22mm), rows: r.mm * 1mm, align: (start + horizon, start + horizon, start + horizon, center), inset: (x: 1.2mm, y: 0mm),
  fitted(r.name), fitted(r.unit, weight: "regular"), fitted(r.rooms), [])
#let log-head(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, stack(spacing: 1.6mm, text(size: lead, weight: "bold", "发现与处置"),
  table(columns: (18mm, 16mm, 1fr, 30mm, 18mm, 26mm), rows: 6.4mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
    ..("发现时间", "考场", "情况", "通知与处置人", "处置时间", "签名").map(t => text(size: cell, t))))))
#let log(r) = table(columns: (18mm, 16mm, 1fr, 30mm, 18mm, 26mm), rows: r.mm * 1mm, ..([],) * 6)
#let kinds = (watch-head: watch-head, watch: watch, log-head: log-head, log: log)

#let page-of(d) = frame(d, left: [线索不等于违规：通知现场，由现场两人认定；逐条写明处置时间], {
  head("视频监考分工表", d.exam, (
    field("考点", [#d.site_code#h(0.6em)#box(fitted(d.site, weight: "regular"))]), field("科目", fitted-inline(d.subject, weight: "bold")),
    field("考场", text(size: cell, d.rooms)), field("时间", text(size: cell, d.time))), code: d.code, tracking: 0.1em)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("视频监考组长", "主考", ("时间", 34mm)) }
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """One table for each sitting with video invigilators."""
    if contents.staff is None:
        return []
    return [page for sitting in contents.staff.sittings for page in _table(contents, sitting)]


def _table(contents: SiteContents, sitting: SittingHead) -> Iterator[Page]:
    staff = staff_of(contents)
    watching = [duty for duty in staff.duties if duty.sitting == sitting.sitting_id and duty.watches]
    if not watching:
        return
    rooms = {room for duty in watching for room in duty.watches}
    head = {
        **staff_head(contents, "video", sitting.sitting_id),
        **sitting_words(sitting),
        "site": fitted(contents.site.name, 28, 10.5, height_mm=6),
        "rooms": f"{len(rooms):,} 个，{len(watching):,} 人负责",
    }
    parts = broken(list(_rows(staff, watching)), _PAGE_MM)
    for number, rows in enumerate(parts, start=1):
        yield {**head, "rows": rows, "last": number == len(parts)}


def _rows(staff: SiteStaff, watching: list[DutyLine]) -> Iterator[Row[Page]]:
    head: Row[Page] = Row({"kind": "watch-head", "mm": _HEAD_MM}, _HEAD_MM, with_next=True)
    yield head
    for duty in sorted(watching, key=lambda one: one.watches):
        person = staff.person.get(duty.person, NOBODY)
        shown = {
            "kind": "watch",
            "name": fitted(person.name or duty.person, 39, 10.5, height_mm=8),
            "unit": fitted(person.unit, 46, 9, height_mm=8),
            "rooms": fitted("、".join(duty.watches), 71, 10.5, height_mm=9, lines=3),
            "mm": _ROW_MM,
        }
        yield Row(shown, _ROW_MM, under=head)
    log: Row[Page] = Row({"kind": "log-head", "mm": _LOG_HEAD_MM}, _LOG_HEAD_MM, with_next=True)
    yield log
    for _ in range(_log_lines(len(watching))):
        yield Row({"kind": "log", "mm": _LOG_MM}, _LOG_MM, under=log)


def _log_lines(watching: int) -> int:
    """As many lines as the page has left; where that is too few, the log goes on to a second page."""
    left = int((_PAGE_MM - _HEAD_MM - watching * _ROW_MM - _LOG_HEAD_MM) // _LOG_MM)
    return min(left, _MOST_LINES) if left >= _FEWEST_LINES else _MOST_LINES


document = Document(
    id="video-watch",
    zh="视频监考分工表",
    en="Video watch",
    phase=Phase.CONDUCT,
    scope=Scope.SITE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
    pack_order=60,
)
