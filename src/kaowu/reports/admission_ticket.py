"""准考证 · admission ticket: one page for each candidate.

What a candidate needs on the way and at the door, in the order it is needed:
who, where, when, which room and seat, then the rules and the pledge.
"""

from kaowu.reports.contents import ExamHead, SiteContents, SiteHead, Ticket, TicketSitting
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.photographs import picture
from kaowu.reports.samples import sample_tickets
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import clock, grouped, masked_number, short_day, span

LAYOUT = r"""
#import "paper.typ": *

// What is the same on every ticket is kept apart from what differs: the setter
// remembers the former, and a ticket costs half.
#let labels = block(width: 100%, height: 46.7mm, {
  for (y, label) in ((9.4, "姓名"), (18.2, "准考证号"), (25.4, "证件"), (32.6, "性别　科类"), (39.8, "毕业学校")) {
    place(top + start, dy: (y - 4.4) * 1mm, text(size: 9.5pt, fill: luma(30), label))
    place(top + start, dx: 20mm, dy: y * 1mm, line(length: 100% - 20mm, stroke: 0.2mm + luma(90)))
  }
})
#let on-line(y, value) = place(top + start, dx: 20mm, block(height: y * 1mm, inset: (bottom: 1mm), align(bottom, value)))

#let row = 8mm
#let rules(count, columns) = for y in range(count + 2) {
  place(top + start, dy: y * row, line(length: 100%, stroke: thin))
} + for x in columns { place(top + start, dx: x, line(angle: 90deg, length: (count + 1) * row, stroke: thin)) }
#let cells(columns, items) = grid(columns: columns, rows: row, align: center + horizon, ..items)
#let heads(..names) = names.pos().map(h => text(size: 9.5pt, h))
#let subjects(rows) = block(width: 126mm, {
  place(top + start, rect(width: 100%, height: row, fill: shade))
  cells((36mm, 34mm, 30mm, 26mm), (heads("日期", "时间", "科目", "最迟到考点") +
    rows.map(r => (r.day, r.span, text(weight: "bold", say(r.subject)), r.arrive)).flatten()))
  place(top + start, rules(rows.len(), (0mm, 36mm, 70mm, 100mm, 126mm)))
})
#let seat-heads = { place(top + start, rect(width: 48mm, height: row, fill: shade)); cells((26mm, 22mm), heads("考场", "座位")) }
#let seats(rows) = block(width: 48mm, {
  seat-heads
  place(top + start, dy: row, text(size: 14pt, weight: "bold", cells((26mm, 22mm), rows.map(r => (r.room, r.seat)).flatten())))
  place(top + start, rules(rows.len(), (26mm, 48mm)))
})
#let timetable(rows, places) = grid(columns: (126mm, 48mm), subjects(rows), seats(places))

#let notes(items) = for (i, note) in items.enumerate() {
  grid(columns: (7mm, 1fr), h(1.2mm) + str(i + 1) + ".", {
    par(leading: 0.6em, say(note.text))
    if note.clause != "" { v(1mm); text(size: 9pt, fill: luma(40), note.clause) }
  })
  v(0.6mm)
}

#let page-of(d) = frame(d, x: 18mm, top: 13mm, bottom: 15mm, left: say(d.issuer), {
  align(center, { text(size: 15pt, weight: "bold", say(d.exam)); v(0mm); text(size: 24pt, weight: "bold", tracking: 0.35em, "准考证") })
  v(4mm)
  grid(columns: (35mm, 1fr, 30mm), column-gutter: 6mm,
    photo(d.photo, 35mm, 46.7mm, note: "粘贴照片"),
    block(width: 100%, {
      place(top + start, labels)
      on-line(9.4, fitted(d.name))
      on-line(18.2, text(size: 15pt, weight: "bold", d.number.join(h(0.28em))))
      on-line(25.4, [#d.document_kind#h(1em)#d.document])
      on-line(32.6, [#d.sex#h(1em)#fitted-inline(d.stream)])
      on-line(39.8, fitted-inline(d.school))
    }),
    align(center, { qr(d.code, 30mm); v(0.6mm); text(size: 9pt, "入场扫码") }))
  v(4mm)
  grid(columns: (14mm, 1fr), row-gutter: 2.2mm,
    text(size: 9.5pt, "考点"), text(size: 11.5pt, weight: "bold", [#d.site_code#h(1em)#say(d.site)]),
    ..if d.address != () { (text(size: 9.5pt, "地址"), say(d.address)) },
    ..if d.accommodations != "" { (text(size: 9.5pt, "便利"), text(weight: "bold", d.accommodations)) })
  v(3mm)
  timetable(d.sittings, d.places)
  if d.rooms_differ { v(1.6mm); text(size: 9.5pt, "※ 各科目的考场或座位不全相同，请逐场看清。") }
  v(3mm)
  if d.notes.len() > 0 { block(width: 100%, stroke: (top: heavy), inset: (top: 2.6mm), {
    text(size: lead, weight: "bold", "考生须知"); v(1mm); notes(d.notes)
  }) }
  v(1fr)
  grid(columns: (1fr, auto, auto), column-gutter: 6mm, align: bottom, say(d.pledge),
    ..(("考生签名", 38mm), ("日期", 24mm)).map(((label, w)) => [#label#h(2mm)#box(width: w, height: 5mm, stroke: (bottom: thin))]))
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """One page for each ticket; each counts for itself, since it leaves alone."""
    head = _head(contents.exam, contents.site)
    return [{**head, **_ticket(contents.exam, ticket)} for ticket in contents.tickets]


def _head(exam: ExamHead, site: SiteHead) -> Page:
    address = "，".join(part for part in (site.address, site.entrance) if part)
    issuer = "　".join(part for part in (exam.authority, exam.enquiries) if part)
    return {
        "exam": written(exam.name),
        "notes": [{"text": written(note.text), "clause": note.clause} for note in exam.notes],
        "pledge": exam.pledge,
        "issuer": written(issuer),
        "site_code": site.code,
        "site": written(site.name),
        "address": written(address) if address else [],
        "page_number": 1,
        "page_total": 1,
    }


def _ticket(exam: ExamHead, ticket: Ticket) -> Page:
    code = ticket.code or f"KW:{exam.exam_id}:{ticket.admission_number}:{ticket.candidate_number}"
    places = {(each.room_number, each.seat_number) for each in ticket.sittings}
    document = ticket.document_number
    return {
        "name": fitted(ticket.name, 76, 16, height_mm=9.4),
        "number": grouped(ticket.admission_number, exam.admission_number_groups),
        "document_kind": ticket.document_kind,
        "document": document if exam.shows_full_document_number else masked_number(document),
        "sex": ticket.sex,
        "stream": fitted(ticket.stream, 66, 10.5, lines=1),
        "school": fitted(ticket.school, 70, 10.5),
        "photo": picture(ticket.photo),
        "code": Code(code),
        "accommodations": "、".join(ticket.accommodations),
        "sittings": [_sitting(each) for each in ticket.sittings],
        "places": [{"room": each.room_number, "seat": each.seat_number} for each in ticket.sittings],
        "rooms_differ": len(places) > 1,
    }


def _sitting(each: TicketSitting) -> Page:
    sitting = each.sitting
    return {
        "day": short_day(sitting.starts_at.date()),
        "span": span(sitting.starts_at, sitting.ends_at),
        "subject": written(sitting.subject),
        "arrive": clock(sitting.arrive_by),
    }


document = Document(
    id="admission-ticket",
    zh="准考证",
    en="Admission ticket",
    phase=Phase.PREPARE,
    scope=Scope.CANDIDATE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_tickets,
    pack_order=900,
)
