"""打印包封面 · pack cover: what is in a site's pack, how many of each, what to look at.

Whoever receives the pack counts against this page, so its figures are those of
the very pages behind it.
"""

from dataclasses import replace

from kaowu.basics.errors import Finding, Sentence
from kaowu.reports.contents import PackLine, SiteContents
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.samples import sample_site
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import thousands

MOST_FINDINGS = 12

LAYOUT = r"""
#import "paper.typ": *

#let figure-of((label, value, unit)) = stack(spacing: 1.6mm, text(size: cell, fill: luma(40), label), [#text(size: 20pt, weight: "bold", value)#h(1mm)#text(size: cell, unit)])

#let page-of(d) = frame(d, x: 18mm, top: 20mm, left: [收到后逐项清点；数目不符，当日报告], {
  grid(columns: (1fr, auto), align: top,
    stack(spacing: 4mm, text(size: 14pt, say(d.exam)), text(size: 28pt, weight: "bold", tracking: 0.1em, "考点打印包"),
      [#text(size: title, weight: "bold")[#d.site_code#h(0.8em)#fitted-inline(d.site)]], text(size: body, say(d.district))),
    qr(d.code, 24mm))
  v(6mm)
  block(width: 100%, stroke: (top: heavy, bottom: thin), inset: (y: 4mm), grid(columns: (1fr,) * d.figures.len(), ..d.figures.map(figure-of)))
  v(5mm)
  table(columns: (12mm, 1fr, 26mm, 26mm, 22mm, 34mm), rows: 8mm, align: (center + horizon, start + horizon, end + horizon, end + horizon, center + horizon, start + horizon), inset: (x: 2mm, y: 0mm),
    fill: (_, y) => if y == 0 { shade },
    ..("序", "内容", "数量", "页数", "清点", "备注").map(t => text(size: cell, t)),
    ..d.lines.enumerate().map(((i, l)) => (str(i + 1), say(l.name), [#strong(l.copies) #l.unit], l.pages, tick, text(size: cell, l.note))).flatten(),
    table.cell(colspan: 3, fill: shade, strong("合计（含本页）")), table.cell(fill: shade, strong(d.total)), table.cell(fill: shade, tick), table.cell(fill: shade, []))
  v(5mm)
  if d.findings.len() > 0 {
    text(size: lead, weight: "bold")[须先处理 #d.finding_count 项]
    v(2mm)
    for line in d.findings { block(above: 1.6mm, below: 1.6mm, text(size: 9.5pt)[▲ #say(line)]) }
    if d.remedy != "" { block(above: 2mm, text(size: 9.5pt, fill: luma(40))[处理：#d.remedy]) }
  } else { text(size: body)[✓ 全部姓名均可由所带字体印出，照片均可打开。] }
  v(1fr)
  signatures("交付人", "清点人（一）", "清点人（二）")
  v(4mm)
  signatures(("时间", 42mm), ("补录", 42mm))
  v(2mm)
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """One page; further findings than fit are counted and kept in the pack's report."""
    exam, site, findings = contents.exam, contents.site, contents.findings
    more = len(findings) - MOST_FINDINGS
    lines = [written(finding.sentence.zh) for finding in findings[:MOST_FINDINGS]]
    if more > 0:
        lines.append(f"另有 {more} 项，见随附清单。")
    return [
        {
            "exam": written(exam.name),
            "site_code": site.code,
            "site": fitted(site.name, 110, 16),
            "district": written("　".join(part for part in (site.district, site.address) if part)),
            "code": Code(f"KW:pack:{exam.exam_id}:{site.site_id}"),
            "figures": _figures(contents),
            "lines": [_line(line) for line in contents.pack],
            "total": thousands(1 + sum(line.pages for line in contents.pack)),
            "findings": lines,
            "finding_count": len(findings),
            "remedy": _remedy(findings),
            "page_number": 1,
            "page_total": 1,
        }
    ]


def _figures(contents: SiteContents) -> list[tuple[str, str, str]]:
    rooms = {room.room.room_id for room in contents.rooms}
    seats = sum(len(room.seats) for room in contents.rooms)
    return [
        ("考场", thousands(len(rooms)), "间"),
        ("考场场次", thousands(len(contents.rooms)), "场次"),
        ("座位（人次）", thousands(seats), "人次"),
        ("准考证", thousands(len(contents.tickets)), "张"),
        ("试卷袋", thousands(len(contents.packets)), "袋"),
    ]


def _line(line: PackLine) -> Page:
    return {
        "name": written(line.zh),
        "copies": thousands(line.copies),
        "unit": line.unit,
        "pages": thousands(line.pages),
        "note": line.note,
    }


def _remedy(findings: tuple[Finding, ...]) -> str:
    remedies = [finding.remedy.zh for finding in findings if finding.remedy]
    return "".join(dict.fromkeys(remedies))


def sample() -> SiteContents:
    """A cover with its counts and one thing to look at."""
    pack = (
        PackLine("handover-slip", "试卷交接单", "份", 1, 1),
        PackLine("door-list", "门贴（座次表）", "份", 2, 2),
        PackLine("check-list", "考场核对表", "份", 2, 2),
        PackLine("admission-ticket", "准考证", "份", 30, 30),
    )
    sentence = Sentence(
        zh="考生 27370301200030 姓名中的字符 U+30A05 没有可用字形，印件上留有手写框。",
        en="Candidate 27370301200030: no face can draw U+30A05 of the name.",
    )
    remedy = Sentence(zh="发放前按证件在框内手写该字，并由第二人核对。", en="Write it by hand.")
    finding = Finding("glyph_missing", sentence, remedy=remedy)
    return replace(sample_site(), pack=pack, findings=(finding,))


document = Document(
    id="pack-cover",
    zh="打印包封面",
    en="Pack cover",
    phase=Phase.PREPARE,
    scope=Scope.SITE,
    pages=pages,
    layout=LAYOUT,
    sample=sample,
)
