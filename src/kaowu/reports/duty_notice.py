"""监考安排公示 · duty notice: who serves where, for the notice board of a site.

A board is public, so it shows names and units and nothing else of a person.
"""

from collections.abc import Iterator

from kaowu.reports.contents import DutyLine, SiteContents, SiteStaff, SittingHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.staff_pages import NOBODY, short_sitting, staff_head, staff_of
from kaowu.reports.staff_samples import sample_staff

_PAGE_MM = 205.0
_MOST_NAMES_PER_ROW = 3
_WIDTH_MM, _LABEL_MM = 180.0, 34.0
_ROW_MM, _HEAD_MM = 12.0, 10.0

LAYOUT = r"""
#import "paper.typ": *

#let named(p) = if p == none { [] } else { stack(spacing: 1mm, fitted(p.name), fitted(p.unit, weight: "regular")) }
#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.8mm, text(size: lead, weight: "bold", say(r.text)))))
#let line(r) = table(columns: (34mm,) + (1fr,) * r.people.len(), rows: r.mm * 1mm, align: start + horizon, inset: (x: 1.6mm, y: 0mm),
  if r.room { align(center, text(size: 14pt, weight: "bold", r.label)) } else { fitted(r.label, weight: "regular") }, ..r.people.map(named))

#let page-of(d) = frame(d, x: 15mm, top: 14mm, left: [如须回避，请在开考前一日向考点主考提出], {
  align(center, {
    text(size: 14pt, say(d.exam_name))
    v(3mm)
    text(size: 24pt, weight: "bold", tracking: 0.2em, "监考安排")
    v(3mm)
    text(size: 14pt, weight: "bold")[#d.site_code#h(0.6em)#fitted-inline(d.site)]
    v(2mm)
    text(size: 12pt)[#fitted-inline(d.subject, weight: "bold")#h(1em)#d.time]
  })
  v(3mm)
  block(width: 100%, stroke: (top: heavy), inset: (top: 1mm), stack(spacing: 0mm, ..d.rows.map(r => if r.kind == "heading" { heading(r) } else { line(r) })))
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """One notice for each sitting."""
    if contents.staff is None:
        return []
    return [page for sitting in contents.staff.sittings for page in _notice(contents, sitting)]


def _notice(contents: SiteContents, sitting: SittingHead) -> Iterator[Page]:
    staff = staff_of(contents)
    duties = [duty for duty in staff.duties if duty.sitting == sitting.sitting_id]
    if not duties:
        return
    head = {
        **staff_head(contents, "notice", sitting.sitting_id),
        "exam_name": written(contents.exam.name),
        "site": fitted(contents.site.name, 130, 14),
        "subject": fitted(sitting.subject, 60, 12, lines=1),
        "time": short_sitting(sitting),
    }
    for rows in broken(list(_rows(staff, duties)), _PAGE_MM):
        yield {**head, "rows": rows}


def _rows(staff: SiteStaff, duties: list[DutyLine]) -> Iterator[Row[Page]]:
    order = {post.code: at for at, post in enumerate(staff.posts)}
    rooms = sorted({duty.room for duty in duties if duty.room})
    if rooms:
        yield _heading("考场")
    most = max((sum(duty.room == room for duty in duties) for room in rooms), default=1)
    columns = max(2, min(most, _MOST_NAMES_PER_ROW))
    for room in rooms:
        there = sorted((d for d in duties if d.room == room), key=lambda d: (order.get(d.post, 99), d.person))
        yield from _lines(staff, room, there, columns, is_room=True)
    others = [duty for duty in duties if not duty.room]
    if others:
        yield _heading("考点岗位")
    for post in staff.posts:
        there = [duty for duty in others if duty.post == post.code]
        yield from _lines(staff, post.name, there, _MOST_NAMES_PER_ROW, is_room=False)


def _lines(
    staff: SiteStaff, label: str, duties: list[DutyLine], columns: int, is_room: bool
) -> Iterator[Row[Page]]:
    width = (_WIDTH_MM - _LABEL_MM) / columns - 3.4
    for at in range(0, len(duties), columns):
        part = duties[at : at + columns]
        people: list[object] = [_named(staff, duty, width, is_room) for duty in part]
        shown = label if at == 0 else ""
        yield Row(
            {
                "kind": "line",
                "room": is_room,
                "label": shown if is_room else fitted(shown, 30, 10.5, height_mm=9),
                "people": [*people, *[None] * (columns - len(people))],
                "mm": _ROW_MM,
            },
            _ROW_MM,
        )


def _named(staff: SiteStaff, duty: DutyLine, width: float, with_post: bool) -> dict[str, object]:
    person = staff.person.get(duty.person, NOBODY)
    post = staff.post.get(duty.post)
    below = f"{post.name}　{person.unit}" if with_post and post is not None else person.unit
    return {
        "name": fitted(person.name or duty.person, width, 12, height_mm=5.2, lines=1),
        "unit": fitted(below, width, 8, height_mm=5.8, lines=2),
    }


def _heading(text: str) -> Row[Page]:
    return Row({"kind": "heading", "text": text, "mm": _HEAD_MM}, _HEAD_MM, with_next=True)


document = Document(
    id="duty-notice",
    zh="监考安排公示",
    en="Duty notice",
    phase=Phase.PREPARE,
    scope=Scope.SITE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
    pack_order=30,
)
