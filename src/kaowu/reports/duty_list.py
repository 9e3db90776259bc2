"""监考安排表 · duty list: who serves in which room, sitting by sitting, to be signed at reporting.

The copy of the site exam office: names, units and telephones. Rooms first,
then the posts of the site.
"""

from collections.abc import Iterator

from kaowu.reports.contents import DutyLine, SiteContents, SiteStaff, SittingHead, StaffPost
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.staff_pages import NOBODY, draw_words, sitting_words, staff_head, staff_of
from kaowu.reports.staff_samples import sample_staff

_PAGE_MM = 237.0
_HEAD_MM, _ROW_MM = 6.4, 9.2
_WIDTH_MM, _ROOM_MM, _SIGN_MM, _PHONE_MM = 188.0, 14.0, 17.0, 22.0

LAYOUT = r"""
#import "paper.typ": *

#let person(p, mm) = table.cell(inset: (x: 1mm, y: 0mm), align: start + horizon,
  if p == none { [] } else { stack(spacing: 0.9mm, fitted(p.name), fitted(p.unit, weight: "regular")) })
#let rooms-head(r) = table(columns: (14mm,) + (1fr, 17mm) * r.posts.len(), rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  text(size: cell, "考场"), ..r.posts.map(p => (fitted(p, weight: "regular"), text(size: cell, "签到"))).flatten())
#let room(r) = table(columns: (14mm,) + (1fr, 17mm) * r.people.len(), rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm),
  text(size: lead, weight: "bold", r.room), ..r.people.map(p => (person(p, r.mm), [])).flatten())
#let posts-head(r) = table(columns: (34mm, 1fr, 1fr, 24mm, 30mm), rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("岗位", "姓名", "单位", "电话", "签到").map(t => text(size: cell, t)))
#let post(r) = table(columns: (34mm, 1fr, 1fr, 24mm, 30mm), rows: r.mm * 1mm, align: (start + horizon, start + horizon, start + horizon, center + horizon, center), inset: (x: 1.2mm, y: 0mm),
  fitted(r.post, weight: "regular"), fitted(r.name), fitted(r.unit, weight: "regular"), text(size: cell, r.phone), [])
#let space(r) = v(r.mm * 1mm)
#let kinds = (rooms-head: rooms-head, room: room, posts-head: posts-head, post: post, space: space)

#let page-of(d) = frame(d, left: [抽签 #d.draw　换人须先经批准], {
  head("监考安排表", d.exam, (
    field("考点", [#d.site_code#h(0.6em)#box(fitted(d.site, weight: "regular"))]), field("科目", fitted-inline(d.subject, weight: "bold")),
    field("人数", text(size: cell, d.people)), field("时间", text(size: cell, d.time))), code: d.code)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("主考", "考务办公室", ("时间", 34mm)) }
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """The list of every sitting; a site without a sealed draw has none."""
    if contents.staff is None:
        return []
    return [page for sitting in contents.staff.sittings for page in _sitting(contents, sitting)]


def _sitting(contents: SiteContents, sitting: SittingHead) -> Iterator[Page]:
    staff = staff_of(contents)
    duties = [duty for duty in staff.duties if duty.sitting == sitting.sitting_id]
    if not duties:
        return
    head = {
        **staff_head(contents, "duties", sitting.sitting_id),
        **sitting_words(sitting),
        "site": fitted(contents.site.name, 28, 10.5, height_mm=6),
        "draw": draw_words(staff),
        "people": f"{len({duty.person for duty in duties}):,} 人",
    }
    parts = broken(list(_rows(staff, duties)), _PAGE_MM)
    for number, rows in enumerate(parts, start=1):
        yield {**head, "rows": rows, "last": number == len(parts)}


def _rows(staff: SiteStaff, duties: list[DutyLine]) -> Iterator[Row[Page]]:
    in_rooms = [duty for duty in duties if duty.room]
    if in_rooms:
        yield from _room_rows(staff, in_rooms)
        yield Row({"kind": "space", "mm": 4.0}, 4.0)
    others = [duty for duty in duties if not duty.room]
    head: Row[Page] = Row({"kind": "posts-head", "mm": _HEAD_MM}, _HEAD_MM, with_next=True)
    if others:
        yield head
    for post in staff.posts:
        for duty in others:
            if duty.post == post.code:
                yield Row(_post_row(staff, post, duty), 8.0, under=head)


def _room_rows(staff: SiteStaff, duties: list[DutyLine]) -> Iterator[Row[Page]]:
    columns = _columns(staff, duties)
    width = (_WIDTH_MM - _ROOM_MM) / len(columns) - _SIGN_MM
    posts = [fitted(post.name, width - 2, 9, height_mm=6) for post, _ in columns]
    head: Row[Page] = Row({"kind": "rooms-head", "posts": posts, "mm": _HEAD_MM}, _HEAD_MM, with_next=True)
    yield head
    by_room: dict[str, list[DutyLine]] = {}
    for duty in duties:
        by_room.setdefault(duty.room, []).append(duty)
    for room in sorted(by_room):
        people = [_at(by_room[room], post, place) for post, place in columns]
        shown = [None if person is None else _named(staff, person, width - 2.2) for person in people]
        row = {"kind": "room", "room": room, "people": shown, "mm": _ROW_MM}
        yield Row(row, _ROW_MM, under=head)


def _columns(staff: SiteStaff, duties: list[DutyLine]) -> list[tuple[StaffPost, int]]:
    """One column for each post, several if a room has several people at it."""
    most: dict[str, int] = {}
    for duty in duties:
        alike = sum(1 for one in duties if (one.room, one.post) == (duty.room, duty.post))
        most[duty.post] = max(most.get(duty.post, 0), alike)
    return [(post, place) for post in staff.posts for place in range(most.get(post.code, 0))]


def _at(duties: list[DutyLine], post: StaffPost, place: int) -> str | None:
    people = sorted(duty.person for duty in duties if duty.post == post.code)
    return people[place] if place < len(people) else None


def _named(staff: SiteStaff, number: str, width: float) -> dict[str, object]:
    person = staff.person.get(number, NOBODY)
    return {
        "name": fitted(person.name or number, width, 10.5, height_mm=4.4, lines=1),
        "unit": fitted(person.unit, width, 7.5, height_mm=3.2, lines=1),
    }


def _post_row(staff: SiteStaff, post: StaffPost, duty: DutyLine) -> Page:
    person = staff.person.get(duty.person, NOBODY)
    return {
        "kind": "post",
        "mm": 8.0,
        "post": fitted(post.name, 31, 9, height_mm=7),
        "name": fitted(person.name or duty.person, 47, 10.5, height_mm=7),
        "unit": fitted(person.unit, 47, 9, height_mm=7),
        "phone": person.phone,
    }


document = Document(
    id="duty-list",
    zh="监考安排表",
    en="Duty list",
    phase=Phase.PREPARE,
    scope=Scope.SITE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
    pack_order=20,
)
