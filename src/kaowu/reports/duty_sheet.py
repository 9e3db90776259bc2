"""岗位任务单 · duty sheet: what one person does, when and where, at every post held.

One or more pages for each person: the sittings with room, post and vest; then
each post's duty and its timed list, a column for each sitting; at the end when
and to whom the post is handed over, whom to call, and a receipt to sign.
"""

from collections.abc import Iterator, Sequence

from kaowu.reports.contents import DutyLine, SiteContents, SiteStaff, StaffMember, StaffPost, Timed
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, wrapped, written
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.staff_pages import (
    MOST_TIMES,
    VEST,
    draw_words,
    short_sitting,
    staff_head,
    time_column,
    vest_words,
)
from kaowu.reports.staff_samples import sample_staff

_FIRST_MM, _LATER_MM = 218.0, 236.0
_LINE_MM, _PT = 4.4, 9.0
_WIDTH_MM, _TIME_MM = 188.0, 15.0

LAYOUT = (
    r"""
#import "paper.typ": *
"""
    + VEST
    + r"""
#let sittings-head(r) = table(columns: (1fr, 36mm, 16mm, 36mm, 20mm, 34mm), rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("场次", "科目", "考场", "岗位", "马甲", "报到").map(t => text(size: cell, t)))
#let sitting(r) = table(columns: (1fr, 36mm, 16mm, 36mm, 20mm, 34mm), rows: r.mm * 1mm, align: (start + horizon, start + horizon, center + horizon, start + horizon, start + horizon, start + horizon), inset: (x: 1.2mm, y: 0mm),
  text(size: cell, r.time), fitted(r.subject), if r.room == "" { "—" } else { text(size: lead, weight: "bold", r.room) }, fitted(r.post, weight: "regular"), vest-of(r.vest), fitted(r.reports, weight: "regular"))
#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.6mm, text(size: lead, weight: "bold", say(r.text)))))
#let prose(r) = block(height: r.mm * 1mm, width: 100%, text(size: cell, r.lines.map(l => say(l)).join(linebreak())))
#let steps-head(r) = table(columns: (1fr,) + (r.column * 1mm,) * r.subjects.len(), rows: r.mm * 1mm, align: center + horizon, inset: (x: 0.8mm, y: 0mm), fill: shade,
  text(size: cell, "职责与时间"), ..r.subjects.map(s => fitted(s, weight: "regular")))
#let step(r) = table(columns: (1fr,) + (r.column * 1mm,) * r.times.len(), rows: r.mm * 1mm, align: (start + horizon,) + (center + horizon,) * r.times.len(), inset: (x: 0.8mm, y: 0mm),
  text(size: cell, r.lines.map(l => say(l)).join(linebreak())), ..r.times.map(t => if t == "" { [] } else { text(size: r.time-pt * 1pt)[#t#h(0.6mm)#tick] }))
#let space(r) = v(r.mm * 1mm)
#let contacts(r) = grid(columns: (1fr,) * 3, rows: r.mm * 1mm, ..r.contacts.map(c => text(size: cell)[#text(fill: luma(40), say(c.label))#h(0.6em)#strong(c.phone)]))
#let kinds = (sittings-head: sittings-head, sitting: sitting, heading: heading, prose: prose, steps-head: steps-head, step: step, space: space, contacts: contacts)

#let page-of(d) = frame(d, left: [抽签 #d.draw　有疑先问考务办公室], {
  head("岗位任务单", d.exam, (
    field("考点", [#d.site_code#h(0.6em)#box(fitted(d.site, weight: "regular"))]), field("编号", text(size: cell, d.number)),
    field("姓名", fitted-inline(d.name, weight: "bold")), field("单位", fitted-inline(d.unit))), code: d.code)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("本人已阅", ("时间", 34mm), "发放人") }
})
"""
)


def pages(contents: SiteContents) -> list[Page]:
    """The sheets of everybody who serves, in order of the staff numbers."""
    if contents.staff is None:
        return []
    staff = contents.staff
    return [
        page
        for person in sorted(staff.people, key=lambda one: one.number)
        for page in _sheet(contents, staff, person)
    ]


def _sheet(contents: SiteContents, staff: SiteStaff, person: StaffMember) -> Iterator[Page]:
    duties = staff.duties_of.get(person.number, ())
    if not duties:
        return
    head = {
        **staff_head(contents, "duty", person.number),
        "site": fitted(contents.site.name, 28, 10.5, height_mm=6),
        "draw": draw_words(staff),
        "number": person.number,
        "name": fitted(person.name, 56, 14, height_mm=7, lines=2),
        "unit": fitted(person.unit, 42, 10.5, height_mm=6),
    }
    parts = broken(list(_rows(staff, person, duties)), _FIRST_MM, _LATER_MM)
    for number, rows in enumerate(parts, start=1):
        own = {"page_number": number, "page_total": len(parts)}
        yield {**head, "rows": rows, "last": number == len(parts), **own}


def _rows(staff: SiteStaff, person: StaffMember, duties: Sequence[DutyLine]) -> Iterator[Row[Page]]:
    yield Row({"kind": "sittings-head", "mm": 6.4}, 6.4, with_next=True)
    for duty in duties:
        yield Row(_sitting_row(staff, duty), 8.0)
    for post in staff.posts_of(person.number):
        yield from _post_rows(staff, post, [duty for duty in duties if duty.post == post.code])
    if staff.contacts:
        yield _heading("联系")
        for at in range(0, len(staff.contacts), 3):
            shown = [{"label": written(a), "phone": b} for a, b in staff.contacts[at : at + 3]]
            yield Row({"kind": "contacts", "contacts": shown, "mm": 6.0}, 6.0)


def _sitting_row(staff: SiteStaff, duty: DutyLine) -> Page:
    sitting, post = staff.sitting[duty.sitting], staff.post.get(duty.post, StaffPost(duty.post, duty.post))
    reports = " ".join(filter(None, (_time(post.reports, duty.sitting), post.reports.text)))
    watches = _watched(duty.watches)
    return {
        "kind": "sitting",
        "mm": 8.0,
        "time": short_sitting(sitting),
        "subject": fitted(sitting.subject, 33, 9.5, height_mm=7),
        "room": duty.room,
        "post": fitted(post.name + (f"（看 {watches}）" if watches else ""), 33, 9, height_mm=7),
        "vest": vest_words(post.vest),
        "reports": fitted(reports, 31, 9, height_mm=7),
    }


def _watched(rooms: Sequence[str]) -> str:
    """001—004 where the rooms are neighbours, else each by its number."""
    return "、".join(rooms) if len(rooms) < 3 else f"{rooms[0]}—{rooms[-1]}"


def _post_rows(staff: SiteStaff, post: StaffPost, duties: Sequence[DutyLine]) -> Iterator[Row[Page]]:
    yield _heading(post.name)
    if post.duty:
        yield _prose(post.duty)
    sittings = [duty.sitting for duty in duties]
    for at in range(0, len(sittings), MOST_TIMES):
        yield from _step_rows(staff, post, sittings[at : at + MOST_TIMES])
    handover = post.hands_over
    if handover is not None:
        times = "、".join(
            f"{staff.sitting[sitting].subject} {_time(handover, sitting)}" for sitting in sittings
        )
        yield Row({"kind": "space", "mm": 2.0}, 2.0, with_next=True)
        yield _prose(f"交接：{times}，向{handover.text}交接，双方签名。交接前不得离岗。", with_next=False)


def _step_rows(staff: SiteStaff, post: StaffPost, sittings: Sequence[str]) -> Iterator[Row[Page]]:
    if not post.steps:
        return
    column = time_column(len(sittings), _TIME_MM)
    subjects = [fitted(staff.sitting[one].subject, column - 2, 8.5, height_mm=6) for one in sittings]
    head: Row[Page] = Row(
        {"kind": "steps-head", "subjects": subjects, "column": column, "mm": 6.8}, 6.8, with_next=True
    )
    yield head
    width = _WIDTH_MM - column * len(sittings) - 3
    for number, step in enumerate(post.steps, start=1):
        lines = wrapped(_said(step), width, _PT)
        height = _LINE_MM * len(lines) + 2.2
        shown = {
            "kind": "step",
            "lines": [written(line) for line in lines],
            "times": [_time(step, sitting) for sitting in sittings],
            "column": column,
            "time-pt": 9 if column == _TIME_MM else 7.6,
            "mm": height,
        }
        last = number == len(post.steps) and post.hands_over is not None
        yield Row(shown, height, with_next=last, under=head)


def _said(step: Timed) -> str:
    marks = [f"每 {step.every_minutes} 分钟"] if step.every_minutes else []
    marks += [step.proof] if step.proof else []
    return step.text + (f"（{'，'.join(marks)}）" if marks else "")


def _time(timed: Timed, sitting: str) -> str:
    return dict(timed.times).get(sitting, "")


def _prose(text: str, with_next: bool = True) -> Row[Page]:
    lines = wrapped(text, _WIDTH_MM, _PT)
    height = _LINE_MM * len(lines) + 2.0
    shown = {"kind": "prose", "lines": [written(line) for line in lines], "mm": height}
    return Row(shown, height, with_next)


def _heading(text: str) -> Row[Page]:
    return Row({"kind": "heading", "text": written(text), "mm": 9.5}, 9.5, with_next=True)


document = Document(
    id="duty-sheet",
    zh="岗位任务单",
    en="Duty sheet",
    phase=Phase.PREPARE,
    scope=Scope.PERSON,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
)
