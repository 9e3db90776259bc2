"""座位标签 · seat labels: one adhesive label for each desk, a sheet for each room.

The sheet's measures are data in millimetres, with a shift that corrects what a
printer draws off its place.
"""

from kaowu.reports.contents import RoomContents, SeatLine, SiteContents
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.samples import sample_rooms
from kaowu.reports.wording import grouped

LAYOUT = r"""
#import "paper.typ": *

#let label-of(seat, d) = block(width: d.sheet.width_mm * 1mm, height: d.sheet.height_mm * 1mm, inset: (x: 2.5mm, y: 2mm),
  stroke: 0.1mm + luma(170), grid(columns: (19mm, 1fr), rows: 100%, align: horizon,
    align(center, text(size: 34pt, weight: "bold", seat.seat)),
    stack(spacing: 1.7mm,
      fitted(seat.name),
      text(size: 10.5pt, seat.number.join(h(0.22em))),
      text(size: 7.5pt, [#strong(d.room) 考场#h(0.7em)#say(d.subject)#h(0.7em)#d.site_code#if seat.paper != "" [#h(0.7em)#strong(seat.paper + " 卷")]]))))

#let page-of(d) = {
  for (index, seat) in d.seats.enumerate() {
    let column = calc.rem(index, d.sheet.columns)
    let row = calc.quo(index, d.sheet.columns)
    place(top + start,
      dx: (d.sheet.left_mm + d.sheet.shift_x_mm + column * (d.sheet.width_mm + d.sheet.gap_x_mm)) * 1mm,
      dy: (d.sheet.top_mm + d.sheet.shift_y_mm + row * (d.sheet.height_mm + d.sheet.gap_y_mm)) * 1mm,
      label-of(seat, d))
  }
  // The margin of a label sheet is narrow: one line at the very foot, and no rule.
  place(bottom + center, dy: -3mm, text(size: 7pt)[座位标签#h(1em)#d.site_code #d.room 考场#h(1em)版本 #d.imprint.digest#h(1em)#d.imprint.printed 印#h(1em)第 #d.page_number 页 共 #d.page_total 页])
}
"""


def pages(contents: SiteContents) -> list[Page]:
    """The sheets of all rooms; a new room begins a new sheet."""
    size = contents.labels.per_sheet
    return [
        _sheet(contents, room, room.seats[start : start + size])
        for room in contents.rooms
        for start in range(0, len(room.seats), size)
    ]


def _sheet(contents: SiteContents, room: RoomContents, seats: tuple[SeatLine, ...]) -> Page:
    labels = contents.labels
    name_mm = labels.width_mm - 24.5
    groups = contents.exam.admission_number_groups
    return {
        "site_code": contents.site.code,
        "room": room.room.number,
        "subject": written(room.sitting.subject),
        "sheet": {name: getattr(labels, name) for name in labels.__slots__},
        "seats": [
            {
                "seat": seat.seat_number,
                "paper": seat.paper,
                "name": fitted(seat.name, name_mm, 14, height_mm=8.5, lines=3),
                "number": grouped(seat.admission_number, groups),
            }
            for seat in seats
        ],
    }


document = Document(
    id="seat-labels",
    zh="座位标签",
    en="Seat labels",
    phase=Phase.PREPARE,
    scope=Scope.ROOM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_rooms,
    pack_order=200,
    once_per_room=True,
)
