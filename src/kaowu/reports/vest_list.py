"""胸牌马甲领取表 · badge and vest list: who was given what, and who brought it back.

People stand under the post they hold most, so that vests of one colour are
handed out together; the sums by colour stand on the last page.
"""

from collections import Counter
from collections.abc import Iterator

from kaowu.reports.contents import SiteContents, SiteStaff, StaffMember, StaffPost
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.staff_pages import VEST, days_of, draw_words, staff_head, vest_words
from kaowu.reports.staff_samples import sample_staff

_PAGE_MM = 216.0

LAYOUT = (
    r"""
#import "paper.typ": *
"""
    + VEST
    + r"""
#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.6mm)[#fitted-inline(r.post, weight: "bold")#h(1em)#vest-of(r.vest)#h(1em)#text(size: cell)[#r.count 人]]))
#let columns = (10mm, 42mm, 1fr, 15mm, 15mm, 30mm, 30mm)
#let names-head(r) = table(columns: columns, rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("序", "姓名", "单位", "胸牌", "马甲", "领取签名", "交回签名").map(t => text(size: cell, t)))
#let line(r) = table(columns: columns, rows: r.mm * 1mm, align: (center + horizon, start + horizon, start + horizon, center + horizon, center + horizon, center, center), inset: (x: 1.2mm, y: 0mm),
  text(size: cell, r.number), fitted(r.name), fitted(r.unit, weight: "regular"), tick, if r.vest { tick } else { text(size: cell, "—") }, [], [])
#let sums(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, text(size: cell)[合计 胸牌 #strong(r.badges) 枚#h(1.5em)#r.vests.map(v => [#v.name 马甲 #strong(v.count) 件]).join(h(1.2em))]))
#let kinds = (heading: heading, names-head: names-head, line: line, sums: sums)

#let page-of(d) = frame(d, left: [每场考试前发放，考后当日收回；缺失即报考务办公室], {
  head("胸牌马甲领取表", d.exam, (
    field("考点", [#d.site_code#h(0.6em)#box(fitted(d.site, weight: "regular"))]), field("人数", text(size: cell, d.people)),
    field("抽签", fitted-inline(d.draw)), field("日期", text(size: cell, d.days))), code: d.code)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("发放人", "复核人", ("收回清点", 34mm)) }
})
"""
)


def pages(contents: SiteContents) -> list[Page]:
    """The list of the whole site, post by post."""
    staff = contents.staff
    if staff is None:
        return []
    groups = _groups(staff)
    head = {
        **staff_head(contents, "vests"),
        "site": fitted(contents.site.name, 28, 10.5, height_mm=6),
        "draw": fitted(draw_words(staff), 44, 9, height_mm=6),
        "days": days_of(staff),
        "people": f"{sum(len(people) for _, people in groups):,} 人",
    }
    parts = broken(list(_rows(groups)), _PAGE_MM)
    return [{**head, "rows": rows, "last": at == len(parts)} for at, rows in enumerate(parts, start=1)]


_Groups = list[tuple[StaffPost, list[StaffMember]]]


def _groups(staff: SiteStaff) -> _Groups:
    """Each person once, under the post held most often; of equals the first of the site's order."""
    found: dict[str, list[StaffMember]] = {}
    for person in sorted(staff.people, key=lambda one: one.number):
        held = Counter(duty.post for duty in staff.duties_of.get(person.number, ()))
        posts = staff.posts_of(person.number)
        if posts:
            most = max(posts, key=lambda post: held[post.code])
            found.setdefault(most.code, []).append(person)
    return [(post, found[post.code]) for post in staff.posts if post.code in found]


def _rows(groups: _Groups) -> Iterator[Row[Page]]:
    number, vests = 0, Counter[str]()
    for post, people in groups:
        vest = vest_words(post.vest)
        yield Row(
            {
                "kind": "heading",
                "post": fitted(post.name, 90, 12, lines=1),
                "vest": vest,
                "count": f"{len(people):,}",
                "mm": 11.0,
            },
            11.0,
            with_next=True,
        )
        head: Row[Page] = Row({"kind": "names-head", "mm": 6.4}, 6.4, with_next=True)
        yield head
        for person in people:
            number += 1
            yield Row(_line(number, person, vest is not None), 8.0, under=head)
        if vest is not None:
            vests[vest["name"]] += len(people)
    counted = [{"name": name, "count": f"{count:,}"} for name, count in sorted(vests.items())]
    yield Row({"kind": "sums", "badges": f"{number:,}", "vests": counted, "mm": 9.0}, 9.0)


def _line(number: int, person: StaffMember, has_vest: bool) -> Page:
    return {
        "kind": "line",
        "number": str(number),
        "name": fitted(person.name, 39, 10.5, height_mm=7),
        "unit": fitted(person.unit, 43, 9, height_mm=7),
        "vest": has_vest,
        "mm": 8.0,
    }


document = Document(
    id="vest-list",
    zh="胸牌马甲领取表",
    en="Badge and vest list",
    phase=Phase.PREPARE,
    scope=Scope.SITE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
    pack_order=40,
)
