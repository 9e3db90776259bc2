"""门贴、座次表 · door list: what hangs on the door of a room.

Candidates read it from a step away: the room number first, then their seat.
Names are shown as 欧○○ unless the exam says otherwise, for a door is public.
"""

from kaowu.reports.contents import RoomContents, SeatLine, SiteContents
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.room_pages import by_seat, make_up, number_range, room_head, seat_rows
from kaowu.reports.samples import sample_rooms
from kaowu.reports.wording import masked_name

PER_PAGE = 60
_COLUMNS = 3

LAYOUT = r"""
#import "paper.typ": *

#let seat-table(columns, row) = grid(columns: (1fr,) * columns.len(), column-gutter: 3mm,
  ..columns.map(rows => table(columns: (11mm, 1fr, auto), rows: row * 1mm, align: (center + horizon, start + horizon, start + horizon), inset: (x: 1.2mm, y: 0mm),
    fill: (_, y) => if y == 0 { shade },
    ..("座位", "姓名", "准考证号").map(t => text(size: cell, t)),
    ..rows.map(r => ([#text(size: lead, weight: "bold", r.seat)#if r.paper != "" { text(size: 8pt, r.paper) }], fitted(r.name, weight: "regular"), text(size: cell, r.number))).flatten())))

#let plan(rows, taken) = block(width: 100%, align(center, {
  block(width: 48mm, stroke: 0.25mm, inset: 0.8mm, text(size: 8pt, "讲　台"))
  v(1.5mm)
  grid(columns: (15mm,) * rows.first().len(), rows: 6mm, column-gutter: 3mm, row-gutter: 1.4mm,
    ..rows.flatten().map(n => if n == none { none } else {
      block(width: 100%, height: 100%, stroke: if n in taken { 0.25mm } else { (thickness: 0.2mm, dash: "dashed") },
        align(center + horizon, text(size: cell, weight: if n in taken { "bold" } else { "regular" }, n))) }))
}))

#let page-of(d) = frame(d, x: 15mm, top: 13mm, left: [座位图按考生面向讲台的方向；虚线为空座], {
  align(center, {
    text(size: title, weight: "bold", say(d.exam_name))
    v(2.5mm)
    text(size: 14pt, [#d.site_code#h(0.8em)#fitted-inline(d.site_name)])
  })
  v(4mm)
  block(width: 100%, stroke: (top: heavy, bottom: heavy), inset: (y: 4mm), grid(columns: (1fr, auto), align: horizon,
    text(weight: "bold", size: 26pt)[第#h(5mm)#text(size: 88pt, d.room)#h(5mm)考场],
    stack(spacing: 3.2mm,
      if d.room_kind != "" { text(size: 14pt, weight: "bold", d.room_kind) },
      text(size: 22pt, weight: "bold", say(d.subject)), text(size: 12pt, d.time), text(size: 12pt, say(d.place)))))
  v(3mm)
  text(size: 11pt)[准考证号 #strong(d.range)#h(1.5em)共 #strong(str(d.expected)) 人#if d.make_up != "" [#h(1.5em)试卷 #strong(d.make_up)]]
  v(3mm)
  seat-table(d.columns, d.row_mm)
  v(1fr)
  if d.plan.len() > 0 { plan(d.plan, d.taken) }
  v(2mm)
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """One page for each room-sitting; very large halls take more."""
    return [page for room in contents.rooms for page in _room(contents, room)]


def _room(contents: SiteContents, room: RoomContents) -> list[Page]:
    full = contents.exam.door_shows_full_names
    lines = [_line(seat, full) for seat in sorted(room.seats, key=lambda seat: seat.seat_number)]
    rows = seat_rows(room)
    fits = len(rows) <= 8 and len(rows[0]) <= 10 and len(lines) <= 36
    head = {
        **room_head(contents, room, "door"),
        "exam_name": written(contents.exam.name),
        "site_name": fitted(contents.site.name, 150, 14),
        "place": written(room.room.location),
        "range": number_range(room),
        "make_up": make_up(room),
        "plan": rows if fits else [],
        "taken": sorted(by_seat(room)),
    }
    parts = [lines[i : i + PER_PAGE] for i in range(0, len(lines), PER_PAGE)] or [[]]
    return [{**head, "row_mm": _row_mm(len(part)), "columns": _columns(part)} for part in parts]


def _row_mm(lines: int) -> float:
    """The height of a line: roomy in an ordinary room, close in a hall."""
    return 8.0 if lines <= 30 else 7.0 if lines <= 36 else 6.2


def _columns(lines: list[Page]) -> list[list[Page]]:
    """Lines dealt into columns, read downwards."""
    height = max(-(-len(lines) // _COLUMNS), 1)
    return [lines[i : i + height] for i in range(0, height * _COLUMNS, height)]


def _line(seat: SeatLine, full: bool) -> Page:
    shown = seat.name if full else masked_name(seat.name)
    return {
        "seat": seat.seat_number,
        "paper": seat.paper,
        "name": fitted(shown, 14, 10.5, height_mm=5.6, lines=3),
        "number": seat.admission_number,
    }


document = Document(
    id="door-list",
    zh="门贴（座次表）",
    en="Door list",
    phase=Phase.PREPARE,
    scope=Scope.ROOM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_rooms,
    pack_order=100,
)
