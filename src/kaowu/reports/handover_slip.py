"""试卷交接单 · hand-over slip: packets change hands, always two sides and a count.

One slip for each sitting at the site. Rows are packets; the sums stand on the
last page, and three parties sign, two persons each.
"""

from collections.abc import Sequence
from itertools import groupby

from kaowu.reports.contents import PacketLine, SiteContents, SittingHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, written
from kaowu.reports.samples import sample_site
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import day, span, thousands

PER_PAGE = 22

LAYOUT = r"""
#import "paper.typ": *

#let rows-of(d) = table(columns: (10mm, 1fr, 18mm, 18mm, 1fr, 17mm, 17mm, 30mm), rows: (6.4mm,) + (6.6mm,) * d.rows.len() + if d.last { (7mm,) },
  align: center + horizon, inset: (x: 1mm, y: 0mm), fill: (_, y) => if y == 0 { shade },
  ..("序号", "试卷袋号", "考场", "份数", "封条号", "封装完好", "份数相符", "异常").map(t => text(size: cell, t)),
  ..d.rows.map(r => (str(r.number), text(weight: "bold", r.packet), if r.spare { text(weight: "bold", r.room) } else { r.room }, if r.make_up == "" { str(r.papers) } else { stack(spacing: 0.5mm, str(r.papers), text(size: 6.5pt, r.make_up)) }, r.seal, tick, tick, []).map(t => text(size: 9.5pt, t))).flatten(),
  ..if d.last { (table.cell(colspan: 2, fill: shade, text(size: cell)[合计#h(0.6em)#strong(d.packets) 袋（其中备用 #strong(d.spares) 袋）]),
    table.cell(colspan: 2, text(size: cell)[#strong(d.papers) 份]), table.cell(colspan: 4, text(size: cell)[实交 #box(width: 16mm, stroke: (bottom: 0.25mm)) 袋#h(1em)实收 #box(width: 16mm, stroke: (bottom: 0.25mm)) 袋#h(1em)#tick 相符])) })

#let party(name) = table.cell(fill: shade, text(size: cell, name))
#let signing = table(columns: (auto, 1fr, 1fr, 34mm), rows: 9.5mm, align: center + horizon, inset: (x: 2mm, y: 0mm),
  ..("", "签名（一）", "签名（二）", "时间").map(t => table.cell(fill: shade, text(size: cell, t))),
  ..("交方", "接方", "监交").map(p => (party(p), [], [], [])).flatten())

#let page-of(d) = frame(d, left: [每方至少两人在场并签名；逐袋清点，先查封装再签字], {
  head("试卷交接单", d.exam, (
    field("考点", [#d.site_code#h(0.8em)#box(fitted(d.site, weight: "regular"))]), field("科目", text(weight: "bold", say(d.subject))),
    field("环节", text(size: cell)[#tick 出库#h(0.6em)#tick 押运#h(0.6em)#tick 领卷#h(0.6em)#tick 交卷]), field("时间", text(size: cell, d.time))), code: d.code)
  v(2mm)
  grid(columns: (auto, 1fr) * 3, column-gutter: 2mm, align: bottom,
    ..("自", "至", "车辆与押运").map(t => (text(size: cell, t), box(width: 100%, height: 5mm, stroke: (bottom: 0.25mm + luma(60))))).flatten())
  v(3mm)
  rows-of(d)
  v(1fr)
  if d.last {
    text(size: cell, "异常与处理（封条破损、数目不符须当场写明并即时报告）")
    v(1mm)
    block(width: 100%, height: 14mm, stroke: thin)
    v(3mm)
    signing
    v(2mm)
    entered-later
    v(1mm)
  } else { align(end, text(size: cell, "接下页")) }
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """The slips of all sittings that have packets."""
    return [
        page
        for sitting, packets in groupby(contents.packets, key=lambda packet: packet.sitting)
        for page in _slip(contents, sitting, list(packets))
    ]


def _slip(contents: SiteContents, sitting: SittingHead, packets: list[PacketLine]) -> list[Page]:
    exam, site = contents.exam, contents.site
    head = {
        "exam": fitted(exam.name, 50, 7.8, height_mm=6.6),
        "site_code": site.code,
        "site": fitted(site.name, 28, 10.5, height_mm=6),
        "subject": written(sitting.subject),
        "time": f"{day(sitting.starts_at)} {span(sitting.starts_at, sitting.ends_at)}",
        "code": Code(f"KW:handover:{exam.exam_id}:{site.site_id}:{sitting.sitting_id}"),
        "packets": thousands(len(packets)),
        "spares": thousands(sum(packet.spare for packet in packets)),
        "papers": thousands(sum(packet.papers for packet in packets)),
    }
    starts = range(0, len(packets), PER_PAGE)
    return [
        {
            **head,
            "rows": _rows(packets[start : start + PER_PAGE], start),
            "last": start + PER_PAGE >= len(packets),
        }
        for start in starts
    ]


def _rows(packets: Sequence[PacketLine], start: int) -> list[Page]:
    return [
        {
            "number": start + offset,
            "packet": packet.packet_number,
            "room": packet.room_number,
            "papers": packet.papers,
            "make_up": packet.make_up,
            "seal": packet.seal_number,
            "spare": packet.spare,
        }
        for offset, packet in enumerate(packets, start=1)
    ]


document = Document(
    id="handover-slip",
    zh="试卷交接单",
    en="Hand-over slip",
    phase=Phase.CONDUCT,
    scope=Scope.SITE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_site,
    pack_order=50,
)
