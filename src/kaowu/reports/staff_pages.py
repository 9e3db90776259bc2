"""What every paper of the staff says at its head, and how its people are named."""

from kaowu.reports.contents import SiteContents, SiteStaff, SittingHead, StaffMember, Vest
from kaowu.reports.lettering import fitted
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import day, short_day, span

NOBODY = StaffMember("", "")

VEST = r"""
#let vest-of(v) = if v == none { text(size: cell, "—") } else {
  box(baseline: 0.1em, width: 5mm, height: 3.2mm, fill: rgb(v.rgb), stroke: 0.25mm); h(1mm); text(size: cell, v.name) }
"""
"""A vest: its colour and, always, the colour's name."""


def staff_of(contents: SiteContents) -> SiteStaff:
    """The site's staff; a paper of the staff without one would be a defect."""
    assert contents.staff is not None, "a paper of the staff needs a sealed draw"
    return contents.staff


def staff_head(contents: SiteContents, form: str, *ids: str) -> dict[str, object]:
    """Exam and site; the code of the form holds identifiers only."""
    exam, site = contents.exam, contents.site
    return {
        "exam": fitted(exam.name, 50, 7.8, height_mm=6.6),
        "site_code": site.code,
        "site": fitted(site.name, 62, 10.5, height_mm=6),
        "code": Code(":".join(("KW", form, exam.exam_id, site.site_id, *ids))),
    }


MOST_TIMES = 10
"""So many sittings have a column of their own beside a list; more go on in a second table."""
_NARROW_FROM, _NARROW_MM = 8, 12.4


def time_column(sittings: int, usual_mm: float) -> float:
    """How wide a column of times is: as usual, or narrow where there are many sittings."""
    return usual_mm if sittings < _NARROW_FROM else _NARROW_MM


def draw_words(staff: SiteStaff) -> str:
    """Which draw, and which list of it."""
    return f"{staff.draw}　名单 {staff.version[:8]}" if staff.version else staff.draw


def sitting_words(sitting: SittingHead) -> dict[str, object]:
    """One sitting as heads and tables write it."""
    return {
        "subject": fitted(sitting.subject, 40, 10.5, height_mm=6),
        "time": f"{day(sitting.starts_at)} {span(sitting.starts_at, sitting.ends_at)}",
    }


def short_sitting(sitting: SittingHead) -> str:
    """6月7日　周一 9:00—11:30."""
    return f"{short_day(sitting.starts_at)} {span(sitting.starts_at, sitting.ends_at)}"


def days_of(staff: SiteStaff) -> str:
    """From the first to the last day of the exam."""
    days = sorted({sitting.starts_at.date() for sitting in staff.sittings})
    if not days:
        return ""
    first, last = days[0], days[-1]
    if first == last:
        return day(first)
    return f"{day(first)}—{last.day}日" if first.month == last.month else f"{day(first)}—{day(last)}"


def vest_words(vest: Vest | None) -> dict[str, str] | None:
    """The vest for a layout that holds `VEST`."""
    return None if vest is None else {"name": vest.name, "rgb": vest.rgb}
