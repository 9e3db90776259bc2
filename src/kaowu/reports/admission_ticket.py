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

#let line(label, value) = (
  align(bottom, pad(bottom: 0.9mm, text(size: 9.5pt, fill: luma(30), label))),
  block(width: 100%, stroke: (bottom: 0.2mm + luma(90)), inset: (bottom: 1mm), value),
)

#let timetable(rows) = table(
  columns: (1.5fr, 1.45fr, 1.25fr, 1.15fr, 0.95fr, 0.8fr), rows: 8mm, align: center + horizon, inset: 0.6mm,
  fill: (_, y) => if y == 0 { shade },
  ..("日期", "时间", "科目", "最迟到考点", "考场", "座位").map(h => text(size: 9.5pt, h)),
  ..rows.map(r => (r.day, r.span, text(weight: "bold", say(r.subject)), r.arrive,
    text(size: 14pt, weight: "bold", r.room), text(size: 14pt, weight: "bold", r.seat))).flatten())

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
    grid(columns: (20mm, 1fr), row-gutter: 2mm,
      ..line("姓名", block(height: 9.4mm, align(bottom, fitted(d.name)))),
      ..line("准考证号", text(size: 15pt, weight: "bold", d.number.join(h(0.28em)))),
      ..line("证件", [#d.document_kind#h(1em)#d.document]),
      ..line(if d.stream.lines == ("",) { "性别" } else { "性别　科类" }, grid(columns: (auto, 1fr), column-gutter: 1em, align: bottom, d.sex, fitted(d.stream, weight: "regular"))),
      ..line("毕业学校", say(d.school))),
    align(center, { qr(d.code, 30mm); v(0.6mm); text(size: 9pt, "入场扫码") }))
  v(4mm)
  grid(columns: (14mm, 1fr), row-gutter: 2.2mm,
    text(size: 9.5pt, "考点"), text(size: 11.5pt, weight: "bold", [#d.site_code#h(1em)#say(d.site)]),
    ..if d.address != () { (text(size: 9.5pt, "地址"), say(d.address)) },
    ..if d.accommodations != "" { (text(size: 9.5pt, "便利"), text(weight: "bold", d.accommodations)) })
  v(3mm)
  timetable(d.sittings)
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
        "school": written(ticket.school),
        "photo": picture(ticket.photo),
        "code": Code(code),
        "accommodations": "、".join(ticket.accommodations),
        "sittings": [_sitting(each) for each in ticket.sittings],
        "rooms_differ": len(places) > 1,
    }


def _sitting(each: TicketSitting) -> Page:
    sitting = each.sitting
    return {
        "day": short_day(sitting.starts_at.date()),
        "span": span(sitting.starts_at, sitting.ends_at),
        "subject": written(sitting.subject),
        "arrive": clock(sitting.arrive_by),
        "room": each.room_number,
        "seat": each.seat_number,
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
