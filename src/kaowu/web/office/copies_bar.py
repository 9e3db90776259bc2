"""The copies of this journal in the top bar: who holds it, how much waits, and of whom nothing is known."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.clock import exam_time
from kaowu.store.queries.copies import Copy, copies
from kaowu.web.counter import clock

LEVELS: dict[str, Promise] = {
    "here": _("This machine"),
    "source": _("Its own node"),
    "standby": _("Standby"),
    "site": _("Site (copy)"),
    "county": _("County (copy)"),
    "city": _("City (copy)"),
    "province": _("Province (copy)"),
    "above": _("Node above"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One copy in words."""

    label: Promise | str
    mark: str
    words: str


def copies_bar() -> dict[str, Any]:
    """Context of the bar; nothing on a node that was never set up as one of several."""
    known = copies()
    return {
        "copies": known,
        "copies_shown": [_shown(copy) for copy in known],
        "is_node": bool(settings.IDENTITY.role),
    }


def _shown(copy: Copy) -> Shown:
    state = copy.state(clock.now())
    if state == "unknown" and copy.heard_at is None:
        return Shown(LEVELS[copy.level], "unknown", _t("never acknowledged"))
    if state == "unknown" and copy.heard_at is not None:
        since = f"{exam_time(copy.heard_at):%H:%M}"
        return Shown(LEVELS[copy.level], "unknown", _t("unknown since %(time)s") % {"time": since})
    if state == "waiting":
        return Shown(LEVELS[copy.level], "1", _t("%(n)d waiting") % {"n": copy.waiting})
    return Shown(LEVELS[copy.level], "ok", _t("holds all"))
