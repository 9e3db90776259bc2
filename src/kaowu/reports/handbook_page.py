"""考务手册岗位页 · handbook page: one post on one page, for everybody who holds it.

The minutes of the exam by this exam's own script, with what the post itself
does in bold; then its duty, the rules it must know, and whom to call.
"""

from collections.abc import Iterator, Sequence

from kaowu.reports.contents import SiteContents, SiteStaff, StaffPost, Timed
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, wrapped, written
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.staff_pages import (
    MOST_TIMES,
    VEST,
    short_sitting,
    staff_head,
    time_column,
    vest_words,
)
from kaowu.reports.staff_samples import sample_staff

_PAGE_MM = 248.0
_LINE_MM, _PT = 4.4, 9.0
_WIDTH_MM, _TIME_MM = 188.0, 17.0

LAYOUT = (
    r"""
#import "paper.typ": *
"""
    + VEST
    + r"""
#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.6mm, text(size: lead, weight: "bold", say(r.text)))))
#let prose(r) = block(height: r.mm * 1mm, width: 100%, grid(columns: (5mm, 1fr), text(size: cell, r.mark), text(size: cell, r.lines.map(l => say(l)).join(linebreak()))))
#let times-head(r) = table(columns: (1fr,) + (r.column * 1mm,) * r.subjects.len(), rows: r.mm * 1mm, align: center + horizon, inset: (x: 0.8mm, y: 0mm), fill: shade,
  text(size: cell, "时间脚本"), ..r.subjects.map(s => stack(spacing: 0.8mm, fitted(s.subject, weight: "regular"), text(size: 7pt, s.day))))
#let time(r) = table(columns: (1fr,) + (r.column * 1mm,) * r.times.len(), rows: r.mm * 1mm, align: (start + horizon,) + (center + horizon,) * r.times.len(), inset: (x: 1.2mm, y: 0mm),
  ..(r.lines.map(l => say(l)).join(linebreak()), ..r.times).map(t => text(size: cell, weight: if r.own { "bold" } else { "regular" }, t)))
#let contacts(r) = grid(columns: (1fr,) * 3, rows: r.mm * 1mm, ..r.contacts.map(c => text(size: cell)[#text(fill: luma(40), say(c.label))#h(0.6em)#strong(c.phone)]))
#let kinds = (heading: heading, prose: prose, times-head: times-head, time: time, contacts: contacts)

#let page-of(d) = frame(d, left: [粗体为本岗位的动作；以考点统一指令为准], {
  head("考务手册", d.exam, (
    field("岗位", fitted-inline(d.post, weight: "bold")), field("马甲", vest-of(d.vest)),
    field("考点", [#d.site_code#h(0.6em)#box(fitted(d.site, weight: "regular"))]), field("报到", fitted-inline(d.reports))), code: d.code)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
})
"""
)


def pages(contents: SiteContents) -> list[Page]:
    """A page for each post of the site; a very long one goes on to a second."""
    staff = contents.staff
    if staff is None:
        return []
    return [page for post in staff.posts for page in _post_pages(contents, staff, post)]


def _post_pages(contents: SiteContents, staff: SiteStaff, post: StaffPost) -> Iterator[Page]:
    head = {
        **staff_head(contents, "handbook", post.code),
        "site": fitted(contents.site.name, 28, 10.5, height_mm=6),
        "post": fitted(post.name, 54, 14, height_mm=7, lines=1),
        "vest": vest_words(post.vest),
        "reports": fitted(post.reports.text or "—", 42, 9.5, height_mm=6),
    }
    for rows in broken(list(_rows(staff, post)), _PAGE_MM):
        yield {**head, "rows": rows}


def _rows(staff: SiteStaff, post: StaffPost) -> Iterator[Row[Page]]:
    if post.duty:
        yield _heading("职责")
        yield _prose("", post.duty)
    sittings = [sitting.sitting_id for sitting in staff.sittings]
    for at in range(0, len(sittings), MOST_TIMES):
        yield from _script(staff, post, sittings[at : at + MOST_TIMES])
    if staff.rules:
        yield _heading("须知")
    for number, note in enumerate(staff.rules, start=1):
        yield _prose(f"{number}.", note.text + (f"（{note.clause}）" if note.clause else ""))
    if staff.contacts:
        yield _heading("联系")
    for at in range(0, len(staff.contacts), 3):
        shown = [{"label": written(a), "phone": b} for a, b in staff.contacts[at : at + 3]]
        yield Row({"kind": "contacts", "contacts": shown, "mm": 6.0}, 6.0)


def _script(staff: SiteStaff, post: StaffPost, sittings: Sequence[str]) -> Iterator[Row[Page]]:
    if not post.script or not sittings:
        return
    column = time_column(len(sittings), _TIME_MM)
    subjects = [
        {
            "subject": fitted(staff.sitting[one].subject, column - 2, 8.5, height_mm=4.2, lines=1),
            "day": short_sitting(staff.sitting[one]).split("　")[0],
        }
        for one in sittings
    ]
    head: Row[Page] = Row(
        {"kind": "times-head", "subjects": subjects, "column": column, "mm": 9.0}, 9.0, with_next=True
    )
    yield head
    width = _WIDTH_MM - column * len(sittings) - 3
    for step in post.script:
        yield _script_row(step, sittings, column, width, head)


def _script_row(
    step: Timed, sittings: Sequence[str], column: float, width: float, head: Row[Page]
) -> Row[Page]:
    lines = wrapped(step.text, width, _PT)
    height = _LINE_MM * len(lines) + 1.8
    times = dict(step.times)
    shown = {
        "kind": "time",
        "own": step.own,
        "lines": [written(line) for line in lines],
        "times": [times.get(sitting, "") for sitting in sittings],
        "column": column,
        "mm": height,
    }
    return Row(shown, height, under=head)


def _prose(mark: str, text: str) -> Row[Page]:
    lines = wrapped(text, _WIDTH_MM - 5, _PT)
    height = _LINE_MM * len(lines) + 1.4
    shown = {"kind": "prose", "mark": mark, "lines": [written(line) for line in lines], "mm": height}
    return Row(shown, height)


def _heading(text: str) -> Row[Page]:
    return Row({"kind": "heading", "text": text, "mm": 9.5}, 9.5, with_next=True)


document = Document(
    id="handbook-page",
    zh="考务手册（岗位页）",
    en="Handbook page",
    phase=Phase.PREPARE,
    scope=Scope.POST,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
)
