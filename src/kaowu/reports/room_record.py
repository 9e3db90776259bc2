"""考场情况记录单 · room record: what happened in one room-sitting, in handwriting.

Everything that is counted on the screen has its box here, so that a sitting
without power can be recorded on paper and entered later.
"""

from kaowu.reports.contents import RoomContents, SiteContents
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.room_pages import number_range, room_head
from kaowu.reports.samples import sample_rooms

LAYOUT = r"""
#import "paper.typ": *

#let section(name) = block(above: 2.2mm, below: 1mm, text(size: body, weight: "bold", name))
#let boxes(columns, heads, rows, height: 6.6mm) = table(columns: columns, rows: (5.6mm,) + (height,) * rows, align: center + horizon, inset: (x: 1mm, y: 0mm),
  fill: (_, y) => if y == 0 { shade }, ..heads.map(h => text(size: cell, h)), ..range(rows * heads.len()).map(_ => []))
#let pair(label) = (table.cell(fill: shade, text(size: cell, label)), [])
#let kinds(..names) = names.pos().map(n => text(size: cell)[#tick#h(0.5mm)#n]).join(h(1em))

#let page-of(d) = frame(d, left: [一式两份：第 1 份随答题卡上交，第 2 份考点留存], {
  head("考场情况记录单", d.exam, (
    field("考点", [#d.site_code#h(0.8em)#box(fitted(d.site, weight: "regular"))]), field("科目", text(weight: "bold", say(d.subject))),
    field("考场", [#text(size: title, weight: "bold", d.room)#h(0.8em)#fitted-inline(d.location)]), field("时间", text(size: cell, d.time))), code: d.code, tracking: 0.1em)
  v(2mm)
  table(columns: (auto, 1fr) * 6, rows: 8mm, align: center + horizon, inset: (x: 1.5mm, y: 0mm),
    table.cell(fill: shade, text(size: cell, "应考")), text(size: lead, weight: "bold", str(d.expected)),
    ..("实考", "缺考", "迟到", "违规", "存疑").map(pair).flatten())
  v(1mm)
  text(size: caption)[准考证号 #d.range#h(1em)应考 ＝ 实考 ＋ 缺考：#tick 平衡#h(1em)#tick 不平衡，原因：#box(width: 52mm, stroke: (bottom: 0.2mm))]
  section("一、试卷与答题卡")
  table(columns: (24mm, 1fr, 24mm, 1fr, 24mm, 1fr), rows: 6.6mm, align: center + horizon, inset: (x: 1mm, y: 0mm),
    ..("试卷袋号", "袋封条号", "启封时间", "验封座位号", "考生签字 1", "考生签字 2").map(pair).flatten())
  v(-0.35mm)
  table(columns: (24mm,) + (1fr,) * 6, rows: (5.6mm, 6.6mm, 6.6mm, 6.6mm), align: center + horizon, inset: (x: 1mm, y: 0mm), fill: (x, y) => if y == 0 or x == 0 { shade },
    ..("份数", "领取", "使用", "缺考空白", "备用（余）", "作废", "平衡 ✓").map(t => text(size: cell, t)),
    ..("试卷", "答题卡", "草稿纸").map(t => (text(size: cell, t), ..range(6).map(_ => []))).flatten())
  section("二、缺考（座位号由小到大）")
  boxes((11mm, 1fr, 29mm) * 2, ("座位", "准考证号", "条形码") * 2, 4, height: 9.5mm)
  section("三、迟到、离场与身体不适")
  boxes((11mm, 16mm, 16mm, 26mm, 1fr), ("座位", "离开/到达", "返回", "陪同（同性）", "情由"), 4)
  section("四、违规（行为代码见《监考员手册》；另填违规记录表，两人签字）")
  boxes((11mm, 1fr, 16mm, 16mm, 58mm, 16mm), ("座位", "准考证号", "时间", "代码", "事实", "物品"), 3, height: 8mm)
  section("五、更换试卷或答题卡、设备与听力故障、其他")
  boxes((11mm, 30mm, 16mm, 1fr, 30mm), ("座位", "更换何物 / 设备", "时间", "原因与处理", "批准人"), 4)
  v(2mm)
  grid(columns: (auto, 1fr), align: horizon, text(size: cell, "答卷密封袋号"), [#h(2mm)#box(width: 40mm, height: 4mm, stroke: (bottom: thin))#h(6mm)#text(size: cell, "封条号")#h(2mm)#box(width: 34mm, height: 4mm, stroke: (bottom: thin))#h(6mm)#entered-later])
  v(1fr)
  signatures("监考员甲", "监考员乙", "验收员", ("时间", 22mm))
  v(0.5mm)
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """One page for each room-sitting."""
    return [_page(contents, room) for room in contents.rooms]


def _page(contents: SiteContents, room: RoomContents) -> Page:
    return {**room_head(contents, room, "room-record"), "range": number_range(room)}


document = Document(
    id="room-record",
    zh="考场情况记录单",
    en="Room record",
    phase=Phase.CONDUCT,
    scope=Scope.ROOM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_rooms,
    pack_order=400,
)
