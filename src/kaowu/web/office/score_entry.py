"""Entering points bag by bag: the list, one blind entry by keyboard, and the third person's page of differences."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from kaowu.basics.errors import Refused
from kaowu.engines.scores import Difference, written
from kaowu.facts.subjects import ScoreKey
from kaowu.loop.settle.compare_bag import Compared
from kaowu.store.models import AccessLog
from kaowu.store.queries import places, scores
from kaowu.web.access import log, permitted
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works import score_entry as works
from kaowu.web.works.score_entry import Opened
from kaowu.web.works.score_originals import originals
from kaowu.web.works.score_plans import plan_of
from kaowu.web.works.score_totals import subjects_of

MENU = MenuEntry("settle", _("Score entry"), view="current_score_entry", permission="scores.enter", order=31)

_ENTER = "scores.enter"
_POINTS = "p-"
"""Begins the name of a cell: whose and what it is, never its place, for another may sit there meanwhile."""
CAUSES = (
    ("typing", _("typed wrongly")),
    ("missed", _("left out on the script")),
    ("altered", _("altered on the script")),
    ("out_of_range", _("more than the item is worth")),
    ("absence", _("absence mark and script do not agree")),
)


class SettleForm(forms.Form):
    """Why the two entries differ, and that the originals were seen."""

    cause = forms.ChoiceField(label=_("Cause"), choices=CAUSES)
    reason = forms.CharField(
        label=_("What the originals show"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen = forms.BooleanField(label=_("I have compared with the original scripts"))


@permitted(_ENTER)
def current(request: HttpRequest) -> HttpResponse:
    return to_current(request, "score_entry")


@permitted(_ENTER, unscoped=("exam",))
@never_cache
def bags(request: HttpRequest, exam: str) -> HttpResponse:
    """The sites of a subject inside the scope, and the bags of one of them: what is still to be done first."""
    line = exam_here(request, exam)
    entered = [one for one in subjects_of(exam) if (plan := plan_of(exam, one)) and plan.items]
    subject = request.GET.get("subject", "") or (entered[0] if entered else "")
    plan = plan_of(exam, subject) if subject in entered else None
    lines = works.site_lines(exam, subject) if plan else []
    paths = places.site_paths({one.site for one in lines})
    mine = [one for one in lines if request.scope.covers(paths.get(one.site, ""))]  # type: ignore[attr-defined]
    wanted = mine[0].site if len(mine) == 1 else request.GET.get("site", "")
    chosen = next((one for one in mine if one.site == wanted), None)
    found = works.bag_lines(exam, subject, chosen.site, plan) if chosen and plan else []
    context = {
        "line": line,
        "subjects": entered,
        "subject": subject,
        "sites": sorted(mine, key=lambda one: (one.twice == one.bags, one.site)),
        "all": sum(one.bags for one in mine),
        "twice": sum(one.twice for one in mine),
        "chosen": chosen,
        "bags": sorted(found, key=lambda one: (one.done, one.room)),
        "names": places.site_names({one.site for one in mine}),
        "done": sum(one.done for one in found),
        "not_here": sum(one.not_here for one in mine),
        "me": request.user.number,  # type: ignore[union-attr]
    }
    return render(request, "kaowu/scores/bags.html", context)


@permitted(_ENTER, unscoped=("exam", "subject", "room"))
@never_cache
def entry(request: HttpRequest, exam: str, subject: str, site: str, room: str) -> HttpResponse:
    """One person's entry. Nothing of another entry is on this page, nor in its source."""
    line, at = exam_here(request, exam), _opened(exam, subject, site, room)
    turn = at.bag.due
    if not turn or request.user.number in at.bag.who.values():  # type: ignore[union-attr]
        return redirect("score_settle", exam=exam, subject=subject, site=site, room=room)
    refused, status = None, 200
    if request.method == "POST":
        try:
            works.enter(exam, at, _turn(request), _typed(request, at), acting(request, _ENTER, _path(site)))
        except Refused as reason:
            refused, status = reason, 422
        else:
            messages.success(request, _t("Recorded. %(room)s is entered.") % {"room": room})
            return redirect(_next(request, exam, subject, site, room))
    items = list(at.plan.items.items())
    context = {
        "line": line,
        "at": at,
        "turn": turn,
        "site_name": places.site_names([site]).get(site, site),
        "items": [(name, written(worth)) for name, worth in items],
        "rows": [
            {
                "taker": taker,
                "absent": taker.ticket in at.absent,
                "cells": [
                    {
                        "name": (name := _points(taker.ticket, item)),
                        "value": request.POST.get(name, ""),
                        "item": item,
                        "most": written(worth),
                    }
                    for item, worth in items
                ],
            }
            for taker in at.takers
        ],
        "refused": refused,
    }
    return render(request, "kaowu/scores/entry.html", context, status=status)


@permitted(_ENTER, unscoped=("exam", "subject", "room"))
@never_cache
def settle(request: HttpRequest, exam: str, subject: str, site: str, room: str) -> HttpResponse:
    """What differs, for a third person with the originals at hand; those who entered see only that it waits."""
    line, at = exam_here(request, exam), _opened(exam, subject, site, room)
    own = request.user.number in at.bag.who.values()  # type: ignore[union-attr]
    compared = at.compared if at.bag.comparable else None
    form, refused, status = SettleForm(request.POST or None), None, 200
    if request.method == "POST":
        settled: dict[str, dict[str, str]] = {}
        # One that was settled meanwhile is refused, not dropped.
        for one in (*compared.open, *compared.settled) if compared else ():
            value = request.POST.get(_cell(one), "").strip()
            if value:
                settled.setdefault(one.bearer, {})[one.item] = value[:12]
        status = 422
        if form.is_valid() and settled:
            try:
                works.settle(exam, at, settled, form.cleaned_data["cause"], form.cleaned_data["reason"], acting(request, _ENTER, _path(site)))  # fmt: skip
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. What was settled stands."))
                return redirect("score_settle", exam=exam, subject=subject, site=site, room=room)
    seats = at.seats
    context = {
        "line": line,
        "at": at,
        "own": own,
        "waiting": bool(at.bag.due),
        "withheld": at.bag.not_here,
        "site_name": places.site_names([site]).get(site, site),
        "open": _open(request, exam, at, compared) if compared and compared.open and not own else [],
        "count": len(compared.open) if compared else 0,
        "settled": [
            {
                "one": one,
                "seat": seats.get(one.bearer, ""),
                "first": _said(one.first),
                "second": _said(one.second),
                "value": at.bag.settled[one.bearer][one.item],
                "cause": dict(CAUSES).get(at.bag.causes.get((one.bearer, one.item), ""), ""),
            }
            for one in (compared.settled if compared else ())
        ],
        "form": form,
        "refused": refused,
    }
    return render(request, "kaowu/scores/settle.html", context, status=status)


@permitted(_ENTER, unscoped=("exam", "subject", "room", "seat", "number"))
@never_cache
def original(
    request: HttpRequest, exam: str, subject: str, site: str, room: str, seat: str, number: int
) -> HttpResponse:
    """A picture of a script on which two entries differ, for whoever may settle it; looking is written down."""
    exam_here(request, exam)
    at = _opened(exam, subject, site, room)
    if not at.bag.comparable or request.user.number in at.bag.who.values():  # type: ignore[union-attr]
        raise Http404
    held = originals(exam, at.key)
    items = [one.item for one in at.compared.open if at.seats.get(one.bearer) == seat]
    shown = {which: one for item in items for which, one in held.pieces(seat, item).items()} if held else {}
    content = held.picture(shown[number]) if held and number in shown else None
    if content is None:
        raise Http404
    log(
        request,
        AccessLog.Outcome.REVEALED,
        _ENTER,
        f"{exam}/{at.key}/{seat}/{number}",
        reason=_t("Original of a score"),
    )
    return HttpResponse(content, content_type="image/png")


def _open(request: HttpRequest, exam: str, at: Opened, compared: Compared) -> list[dict[str, Any]]:
    """Every difference with its original below it; what stands below the line before is not shown again."""
    held, above = originals(exam, at.key), None
    rows = []
    for one in compared.open:
        seat = at.seats.get(one.bearer, "")
        below = (seat, tuple(held.pieces(seat, one.item))) if held is not None and seat else None
        rows.append(
            {
                "cell": _cell(one),
                "one": one,
                "seat": seat,
                "first": _said(one.first),
                "second": _said(one.second),
                "most": written(at.plan.items[one.item]) if one.item in at.plan.items else "",
                "value": request.POST.get(_cell(one), ""),
                "original": below is not None and below != above,
                "pictures": below[1] if below else (),
                "where": held.where(seat) if held is not None else "",
            }
        )
        above = below
    return rows


def _cell(one: Difference) -> str:
    """The field of a difference, by whose and what it is: by its place it would be another once one above is settled."""
    return f"d-{one.bearer}-{one.item}"


def _opened(exam: str, subject: str, site: str, room: str) -> Opened:
    at = works.opened(exam, ScoreKey(subject, site, room))
    if at is None:
        raise Http404
    return at


def _points(ticket: str, item: str) -> str:
    """The cell of a candidate's item."""
    return f"{_POINTS}{ticket}-{item}"


def _typed(request: HttpRequest, at: Opened) -> dict[str, dict[str, str]]:
    """What stands in the cells, by whose and what it is; an empty cell was not entered.

    The list of the page may be an older one: what it names that is no longer here is judged, not dropped.
    """
    # Either may hold a dash: only what is not of this bag is parted at the first one.
    cells = {_points(one.ticket, item): (one.ticket, item) for one in at.takers for item in at.plan.items}
    found: dict[str, dict[str, str]] = {}
    for name, given in request.POST.items():
        ticket, item = cells.get(name) or name.removeprefix(_POINTS).partition("-")[::2]
        value = str(given).strip().replace("。", ".").replace("．", ".")
        if name.startswith(_POINTS) and value:
            found.setdefault(ticket, {})[item] = value[:12]
    return found


def _turn(request: HttpRequest) -> int:
    given = request.POST.get("turn", "")
    return int(given) if given in ("1", "2") else 0


def _next(request: HttpRequest, exam: str, subject: str, site: str, room: str) -> str:
    """The next bag of the site that this person may enter; else the list."""
    rooms = sorted({one.room for one in scores.takers(exam, subject, site)})
    for later in rooms[rooms.index(room) + 1 :] if room in rooms else ():
        bag = scores.bag(exam, ScoreKey(subject, site, later))
        if bag.due and request.user.number not in bag.who.values():  # type: ignore[union-attr]
            return reverse("score_bag", args=(exam, subject, site, later))
    return f"{reverse('score_entry', args=(exam,))}?{urlencode({'subject': subject, 'site': site})}"


def _path(site: str) -> str:
    return places.site_paths([site]).get(site, "")


def _said(points: int | None) -> Any:
    return "—" if points is None else written(points)


urlpatterns = [
    path("office/score-entry/", current, name="current_score_entry"),
    path("office/score-entry/<str:exam>/", bags, name="score_entry"),
    path("office/score-entry/<str:exam>/<str:subject>/<str:site>/<str:room>/", entry, name="score_bag"),
    path("office/score-entry/<str:exam>/<str:subject>/<str:site>/<str:room>/settle/", settle, name="score_settle"),
    path("office/score-entry/<str:exam>/<str:subject>/<str:site>/<str:room>/original/<str:seat>/<int:number>.png", original, name="score_original"),
]  # fmt: skip
