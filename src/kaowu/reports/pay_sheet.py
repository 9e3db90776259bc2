"""酬金表（草稿） · pay sheet draft: who served how often at which post, and what that comes to.

Amounts are whole cents in, yuan on paper. Page sums and the sum of the whole
stand below, and the sum by posts beside it: both ways must come to the same.
A draft, because the office that pays checks it and signs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kaowu.reports.contents import PayLine, SiteContents, SiteStaff
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted
from kaowu.reports.page_breaks import dealt
from kaowu.reports.staff_pages import NOBODY, days_of, staff_head
from kaowu.reports.staff_samples import sample_staff
from kaowu.reports.wording import yuan

_PER_PAGE, _LAST_PAGE = 26, 19

LAYOUT = r"""
#import "paper.typ": *

#let columns = (10mm, 32mm, 1fr, 30mm, 13mm, 19mm, 22mm, 24mm)
#let names = table(columns: columns, rows: 6.4mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("序", "姓名", "单位", "岗位", "场次", "每场（元）", "金额（元）", "签名").map(t => text(size: cell, t)))
#let line(r) = table(columns: columns, rows: 8mm, inset: (x: 1.2mm, y: 0mm),
  align: (center + horizon, start + horizon, start + horizon, start + horizon, end + horizon, end + horizon, end + horizon, center),
  text(size: cell, r.number), fitted(r.name), fitted(r.unit, weight: "regular"), fitted(r.post, weight: "regular"), ..(r.sittings, r.rate, r.amount).map(t => text(size: cell, t)), [])
#let sums(d) = {
  v(3mm)
  table(columns: (1fr, 22mm, 30mm), rows: 7mm, align: (start + horizon, end + horizon, end + horizon), inset: (x: 2mm, y: 0mm), fill: (_, y) => if y == 0 { shade },
    ..("按岗位", "场次", "金额（元）").map(t => text(size: cell, t)),
    ..d.posts.map(p => (fitted(p.post, weight: "regular"), text(size: cell, p.sittings), text(size: cell, p.amount))).flatten(),
    strong("合计"), strong(d.sittings), strong(d.total))
  v(2mm)
  text(size: cell)[逐人合计 #strong(d.total) 元 #h(0.3em)＝#h(0.3em) 按岗位合计 #strong(d.total_by_post) 元#h(0.6em)#if d.agree [✓ 相符] else [◆ 不符，不得发放]]
}

#let page-of(d) = frame(d, left: [草稿：以到岗登记为准，核对无误后报财务], {
  head("酬金表（草稿）", d.exam, (
    field("考点", [#d.site_code#h(0.6em)#box(fitted(d.site, weight: "regular"))]), field("人数", text(size: cell, d.people)),
    field("日期", text(size: cell, d.days)), field("合计", text(size: cell)[#strong(d.total) 元])), code: d.code, tracking: 0em)
  v(2mm)
  stack(spacing: 0mm, names, ..d.rows.map(line))
  v(1.5mm)
  align(end, text(size: cell)[本页小计 #strong(d.page_sum) 元])
  if d.last { sums(d) }
  v(1fr)
  if d.last { signatures("制表人", "复核人", "主考", ("时间", 28mm), width: 30mm) }
})
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """The sheet added up by people and by posts, each from the lines."""

    by_person: dict[str, int]
    by_post: dict[str, tuple[int, int]]

    @property
    def agree(self) -> bool:
        """Whether both ways come to the same."""
        return sum(self.by_person.values()) == sum(cents for _, cents in self.by_post.values())


def sums(lines: Sequence[PayLine]) -> Sums:
    """Amounts in cents by person, and sittings and cents by post."""
    people: dict[str, int] = {}
    posts: dict[str, tuple[int, int]] = {}
    for line in lines:
        people[line.person] = people.get(line.person, 0) + line.sittings * line.cents
        sittings, cents = posts.get(line.post, (0, 0))
        posts[line.post] = (sittings + line.sittings, cents + line.sittings * line.cents)
    return Sums(people, posts)


def pages(contents: SiteContents) -> list[Page]:
    """One line for each person and post; nothing where no pay is known."""
    staff = contents.staff
    if staff is None or not staff.pay:
        return []
    return list(_pages(contents, staff))


def _pages(contents: SiteContents, staff: SiteStaff) -> Iterator[Page]:
    counted = sums(staff.pay)
    total, by_post = (
        sum(counted.by_person.values()),
        sum(cents for _, cents in counted.by_post.values()),
    )
    head = {
        **staff_head(contents, "pay"),
        "site": fitted(contents.site.name, 28, 10.5, height_mm=6),
        "people": f"{len(counted.by_person):,} 人",
        "days": days_of(staff),
        "total": yuan(total),
        "total_by_post": yuan(by_post),
        "agree": counted.agree,
        "sittings": f"{sum(number for number, _ in counted.by_post.values()):,}",
        "posts": [_post_sum(staff, code, *pair) for code, pair in counted.by_post.items()],
    }
    room = max(6, _LAST_PAGE - len(counted.by_post))
    parts = [list(part) for part in dealt(staff.pay, _PER_PAGE)]
    if len(parts[-1]) > room:
        parts[-1:] = [parts[-1][:room], parts[-1][room:]]
    number = 0
    for at, part in enumerate(parts, start=1):
        rows = [_line(staff, number + offset, line) for offset, line in enumerate(part, start=1)]
        number += len(part)
        page_sum = yuan(sum(line.sittings * line.cents for line in part))
        yield {**head, "rows": rows, "page_sum": page_sum, "last": at == len(parts)}


def _post_sum(staff: SiteStaff, code: str, sittings: int, cents: int) -> Page:
    return {"post": _post(staff, code, 120), "sittings": f"{sittings:,}", "amount": yuan(cents)}


def _post(staff: SiteStaff, code: str, width: float) -> dict[str, object]:
    post = staff.post.get(code)
    return fitted(post.name if post else code, width, 9, height_mm=7)


def _line(staff: SiteStaff, number: int, line: PayLine) -> Page:
    person = staff.person.get(line.person, NOBODY)
    return {
        "number": str(number),
        "name": fitted(person.name or line.person, 29, 10.5, height_mm=7),
        "unit": fitted(person.unit, 35, 8.5, height_mm=7),
        "post": _post(staff, line.post, 27),
        "sittings": str(line.sittings),
        "rate": yuan(line.cents),
        "amount": yuan(line.sittings * line.cents),
    }


document = Document(
    id="pay-sheet",
    zh="酬金表（草稿）",
    en="Pay sheet (draft)",
    phase=Phase.SETTLE,
    scope=Scope.SITE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
)
