"""胸牌 · badges: name, post, site and vest of everybody who serves; eight on a sheet, to be cut.

The colour of the vest stands as a band and in words. A photograph is set where
the office has one, else its place is left free.
"""

from collections.abc import Sequence

from kaowu.reports.contents import SiteContents, SiteStaff, StaffMember
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted
from kaowu.reports.page_breaks import dealt
from kaowu.reports.photographs import picture
from kaowu.reports.staff_pages import days_of, vest_words
from kaowu.reports.staff_samples import sample_staff
from kaowu.reports.typesetting import Code

PER_SHEET = 8

LAYOUT = r"""
#import "paper.typ": *

#let band(v, words) = if words == "" { none } else {
  place(bottom + start, block(width: 100%, height: 9mm, stroke: (top: 0.25mm), {
    if v != none {
      place(start + horizon, box(width: 14mm, height: 100%, fill: rgb(v.rgb)))
      place(end + horizon, box(width: 14mm, height: 100%, fill: rgb(v.rgb)))
    }
    place(center + horizon, text(size: 11pt, weight: "bold", words)) })) }

#let badge(b) = block(width: 100%, height: 100%, stroke: (thickness: 0.2mm, paint: luma(120), dash: "dashed"), {
  place(top + center, dy: 3.2mm, box(width: 82mm, align(center, fitted(b.exam, weight: "regular"))))
  place(top + start, dx: 5mm, dy: 10mm, photo(b.photo, 24mm, 32mm, note: "照片"))
  place(top + start, dx: 33mm, dy: 10mm, block(width: 53mm, stack(spacing: 2.2mm,
    box(height: 10mm, align(horizon, fitted(b.name))), box(height: 9mm, align(horizon, fitted(b.post))), fitted(b.unit, weight: "regular"), fitted(b.site, weight: "regular"), text(size: 8pt, b.number))))
  place(bottom + end, dx: -5mm, dy: -11mm, qr(b.code, 11mm))
  place(bottom + start, dx: 5mm, dy: -12mm, text(size: 7.5pt, fill: luma(40), b.days))
  band(b.vest, b.vest_words)
})

#let page-of(d) = frame(d, left: [沿虚线裁开；马甲颜色以文字为准], {
  grid(columns: (1fr, 1fr), rows: 66mm, column-gutter: 2mm, row-gutter: 1.6mm, ..d.badges.map(badge))
})
"""


def pages(contents: SiteContents) -> list[Page]:
    """Sheets of badges in order of posts, then of staff numbers."""
    staff = contents.staff
    if staff is None:
        return []
    return [
        {"badges": [_badge(contents, staff, person) for person in part]}
        for part in dealt(_in_order(staff), PER_SHEET)
    ]


def _in_order(staff: SiteStaff) -> Sequence[StaffMember]:
    order = {post.code: at for at, post in enumerate(staff.posts)}
    serving = [person for person in staff.people if staff.posts_of(person.number)]
    return sorted(serving, key=lambda one: (order[staff.posts_of(one.number)[0].code], one.number))


def _badge(contents: SiteContents, staff: SiteStaff, person: StaffMember) -> Page:
    exam, site, posts = contents.exam, contents.site, staff.posts_of(person.number)
    vests = {post.vest for post in posts}
    vest = vest_words(posts[0].vest) if len(vests) == 1 else None
    return {
        "exam": fitted(exam.name, 81, 9, height_mm=5, lines=1),
        "name": fitted(person.name, 52, 20, height_mm=9.5, lines=2),
        "post": fitted("、".join(post.name for post in posts), 52, 13, height_mm=8.5, lines=3),
        "unit": fitted(person.unit, 52, 9, height_mm=6.4, lines=2),
        "site": fitted(site.name, 40, 9, height_mm=4, lines=1),
        "number": person.number,
        "days": days_of(staff),
        "photo": picture(person.photo),
        "vest": vest,
        "vest_words": f"{vest['name']}马甲" if vest else "马甲颜色见任务单" if len(vests) > 1 else "",
        "code": Code(f"KW:badge:{exam.exam_id}:{site.site_id}:{person.number}"),
    }


document = Document(
    id="badges",
    zh="胸牌",
    en="Badges",
    phase=Phase.PREPARE,
    scope=Scope.PERSON,
    pages=pages,
    layout=LAYOUT,
    sample=sample_staff,
)
