"""考场核对表 · photo check list: the room as it sits, one page for each room-sitting.

Invigilators compare person, ticket, document and sheet at the seat, so the
page has the geometry of the room: lectern above, column by column, row by row.
A room with more than eight rows or six columns goes on to a second page.
"""

from kaowu.reports.contents import ExamHead, RoomContents, SeatLine, SiteContents
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.photographs import picture
from kaowu.reports.room_pages import by_seat, common_prefix, room_head, seat_rows, tail_length
from kaowu.reports.samples import sample_rooms

MOST_ROWS, MOST_COLUMNS = 8, 6
MARK_MM = 11.5
_WIDTH_MM, _HEIGHT_MM = 188.0, 222.0
_GAP_X_MM, _GAP_Y_MM = 2.0, 1.6

LAYOUT = r"""
#import "paper.typ": *

#let known(label, value, compact) = if compact {
  text(size: 7pt, [#text(fill: luma(40), label) #text(size: 8pt, value)])
} else {
  stack(spacing: 0.5mm, text(size: 7.2pt, fill: luma(40), label), text(size: 9pt, value))
}

#let ticks = grid(columns: (1fr,) * 4, ..("证", "人", "卡", "缺").map(t => text(size: 9pt)[#tick#h(0.6mm)#t]))

#let form-of(c) = if c.paper != "" { text(size: 9pt, weight: "bold", c.paper + "卷") }

#let seated(c, s) = {
  place(top + start, photo(c.photo, s.photo * 0.75mm, s.photo * 1mm, note: "无照片"))
  place(top + start, dx: s.photo * 0.75mm + 1.5mm, if s.compact {
    stack(spacing: 0.9mm,
      [#text(size: 15pt, weight: "bold", c.seat)#form-of(c)#h(1mm)#text(size: 7.5pt, [#c.sex #say(c.subjects)])],
      known(s.number_label, c.number, true),
      if c.document != "" { known(s.document_label, c.document, true) })
  } else {
    stack(spacing: 0.7mm,
      [#text(size: 16pt, weight: "bold", c.seat)#form-of(c)],
      text(size: 8pt, [#c.sex#h(0.8em)#say(c.subjects)]),
      known(s.number_label, c.number, false),
      if c.document != "" { known(s.document_label, c.document, false) })
  })
  place(bottom + end, dy: -5mm, align(end, stack(spacing: 0.2mm,
    ..c.marks.map(m => box(stroke: 0.25mm, inset: (x: 0.5mm, y: 0.1mm), fitted(m))))))
  place(bottom + start, dy: -5.2mm, stack(spacing: 0.7mm, fitted(c.name),
    ..if c.full_document != "" { (text(size: 8pt, c.full_document),) }))
  place(bottom + start, block(width: 100%, height: 4.3mm, stroke: (top: 0.2mm + luma(110)), inset: (top: 0.7mm), ticks))
}

#let cell-of(c, s) = if c == none { none } else {
  block(width: 100%, height: 100%, stroke: thin, inset: (x: 1.2mm, top: 1mm, bottom: 0.6mm),
    if c.empty {
      place(top + end, text(size: 16pt, weight: "bold", c.seat))
      place(center + horizon, text(size: 9pt, "空座"))
    } else { seated(c, s) })
}

#let sums(expected) = table(columns: (auto, 11mm, auto, 11mm, auto, 11mm, auto, 1fr), rows: 6.2mm, align: center + horizon, inset: (x: 1.5mm, y: 0mm),
  fill: (x, _) => if calc.even(x) { shade },
  ..("应到", text(size: 11pt, weight: "bold", str(expected)), "实到", [], "缺考", [], "缺考座位号", [],
     "迟到", [], "存疑", [], "违规", [], "备注（补录须写时间）", []).map(t => text(size: cell, t)))

#let legend(d) = ("证 证件齐全且为本人", "人 人与照片相符", "卡 答题卡条形码与座位相符",
  if d.entry_closes == "" { "缺 缺考" } else { "缺 " + d.entry_closes + " 后仍未到" }).map(t => [#tick#h(0.5mm)#t]).join(h(1em))

#let page-of(d) = frame(d, left: legend(d), {
  head("考场核对表", d.exam, (
    field("考点", [#d.site_code#h(0.8em)#box(fitted(d.site, weight: "regular"))]), field("科目", text(weight: "bold", say(d.subject))),
    field("考场", [#text(size: 16pt, weight: "bold", d.room)#h(0.8em)#fitted-inline(d.location)]), field("时间", text(size: cell, d.time))), code: d.code)
  v(1.5mm)
  block(width: 100%, height: 5mm, {
    place(start + horizon, box(stroke: 0.2mm + luma(80), inset: (x: 3mm, y: 1mm), text(size: 8pt, "前门")))
    place(center + horizon, box(width: 46mm, stroke: thin, inset: 1mm, align(center, text(size: 8pt, "讲　台"))))
    place(end + horizon, text(size: 8pt, if d.prefix == "" { [] } else { [准考证号 #d.prefix + 尾号] }))
  })
  v(1.5mm)
  grid(columns: (1fr,) * d.columns, rows: d.size.height * 1mm, column-gutter: 2mm, row-gutter: 1.6mm,
    ..d.cells.map(c => cell-of(c, d.size)))
  v(2mm)
  sums(d.expected)
  v(1fr)
  signatures("监考员甲", "监考员乙", "验收员", ("时间", 22mm))
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """The pages of all rooms, in their order."""
    return [page for room in contents.rooms for page in _room(contents, room)]


def _room(contents: SiteContents, room: RoomContents) -> list[Page]:
    exam, seats, rows = contents.exam, by_seat(room), seat_rows(room)
    tail = tail_length(exam)
    head = {
        **room_head(contents, room, "checklist"),
        "prefix": common_prefix(room, tail),
    }
    return [
        {
            **head,
            "columns": len(part[0]),
            "size": (size := _cell_size(len(part), len(part[0]), exam)),
            "cells": [
                _cell(exam, number, seats.get(number or ""), size, tail) for row in part for number in row
            ],
        }
        for part in _parts(rows)
    ]


def _parts(rows: list[list[str | None]]) -> list[list[list[str | None]]]:
    """The room in page-sized parts, front to back, then along."""
    columns = len(rows[0])
    return [
        [row[left : left + MOST_COLUMNS] for row in rows[top : top + MOST_ROWS]]
        for left in range(0, columns, MOST_COLUMNS)
        for top in range(0, len(rows), MOST_ROWS)
    ]


def _cell_size(rows: int, columns: int, exam: ExamHead) -> dict[str, object]:
    """Measures of one seat's cell in millimetres, from how many share the page."""
    height = min((_HEIGHT_MM - _GAP_Y_MM * (rows - 1)) / rows, 46.0)
    width = (_WIDTH_MM - _GAP_X_MM * (columns - 1)) / columns
    full = exam.shows_full_document_number
    room = height - 1.6 - 5.2 - 6.4 - (3.6 if full else 0)
    narrow = width < 33
    return {
        "height": round(height, 2),
        "inner": round(width - 2.4, 2),
        "photo": round(min(room, (width - 2.4 - (15.5 if narrow else 17)) / 0.75), 2),
        "compact": room < (16 if full else 21),
        "number_label": "尾号" if narrow else "准考证尾号",
        "document_label": "证件" if narrow else "身份证后六位",
    }


def _cell(
    exam: ExamHead, number: str | None, seat: SeatLine | None, size: dict[str, object], tail: int
) -> Page | None:
    if number is None:
        return None
    if seat is None:
        return {"seat": number, "empty": True}
    full = exam.shows_full_document_number
    marks = _marks(seat.accommodations)
    name_mm = float(str(size["inner"])) - (MARK_MM + 2 if marks else 0)
    return {
        "seat": number,
        "empty": False,
        "photo": picture(seat.photo),
        "sex": seat.sex,
        "paper": seat.paper,
        "subjects": written(seat.subjects),
        "number": seat.admission_number[-tail:],
        "document": "" if full else seat.document_number[-6:],
        "full_document": seat.document_number if full else "",
        "name": fitted(seat.name, name_mm, 12, height_mm=5.9, lines=3),
        "marks": [fitted(mark, MARK_MM, 7, lines=1) for mark in marks],
    }


def _marks(accommodations: tuple[str, ...]) -> list[str]:
    """Accommodations (合理便利) on at most two lines beside the name."""
    first, rest = accommodations[:1], accommodations[1:]
    return [*first, "·".join(rest)] if rest else list(first)


document = Document(
    id="check-list",
    zh="考场核对表",
    en="Photo check list",
    phase=Phase.CONDUCT,
    scope=Scope.ROOM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_rooms,
    pack_order=300,
)
