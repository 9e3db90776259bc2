"""Exam time and places in words, for the pages of exam day."""

from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaowu.basics.clock import Instant, exam_time
from kaowu.exam.plan import Sitting
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store.queries.copies import ticks as copies_of
from kaowu.web.office.copies_bar import LEVELS
from kaowu.web.templatetags.components import listed

register = template.Library()


@register.filter
def clock(at: Any) -> str:
    """09:14:22 on the exam's clock."""
    return f"{exam_time(Instant(at)):%H:%M:%S}" if at is not None else "—"


@register.filter
def minute(at: Any) -> str:
    """09:14 on the exam's clock."""
    return f"{exam_time(Instant(at)):%H:%M}" if at is not None else "—"


@register.filter
def date_of(at: Any) -> str:
    """6月7日, or 7 June."""
    if at is None:
        return "—"
    when = exam_time(Instant(at))
    if (get_language() or "zh").startswith("zh"):
        return f"{when.month}月{when.day}日"
    return f"{when.day} {when:%B}"


@register.inclusion_tag("kaowu/parts/ticks.html", takes_context=True)
def ticks(context: Any, index: int) -> dict[str, Any]:
    """本机 · 备机 · 县 · 市 · 省: which of them hold this record, from cosignatures alone."""
    known = context.get("copies") or ()
    shown = copies_of(index, known) if known or index < 0 else ()
    return {"ticks": [(LEVELS.get(tick.level, tick.level), tick.held) for tick in shown]}


@register.filter
def hours(sitting: Sitting) -> str:
    """6月7日 09:00—11:30, 7 June 09:00–11:30"""
    dash = "—" if (get_language() or "zh").startswith("zh") else "–"
    return f"{date_of(sitting.starts_at)} {minute(sitting.starts_at)}{dash}{minute(sitting.ends_at)}"


@register.filter
def subjects(sitting: Sitting) -> str:
    """The subjects of a sitting in one word."""
    return listed(sitting.subjects)


@register.filter
def place_words(subject: str) -> str:
    """`S1/0402/012` as a person says it; other subjects as they are."""
    try:
        key = RoomSittingKey.read(subject)
    except ValueError:
        return subject
    return _("Room %(room)s, sitting %(sitting)s") % {"room": key.room, "sitting": key.sitting}
