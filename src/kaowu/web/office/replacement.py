"""The roll of a sitting: who has come, and in three steps a legal replacement for who has not.

Click who is missing, look at the proposal, record it. The proposal is worked
out anew at every look and carries the digest of the list it starts from, so
that nobody records a proposal that another has overtaken.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.engines.draw import Repair
from kaowu.exam.plan import Sitting
from kaowu.loop.posts import IN_OFFICE
from kaowu.loop.prepare.relaxed_rules import LINE_OF
from kaowu.store.queries import duties, exams, places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import permitted
from kaowu.web.day.where import sitting_of
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works import replacements
from kaowu.web.works.replacements import CALLED, EMPTY, WAYS, Proposal

MENU = MenuEntry("conduct", _("Staff on duty"), view="on_duty", permission="duties.replace", order=20)

_PERMISSION = "duties.replace"


class ReplaceForm(forms.Form):
    """Which way was chosen, from which list, and why the person did not come."""

    way = forms.ChoiceField(choices=[(way, way) for way in WAYS])
    before = forms.CharField(max_length=64, min_length=64)
    reason = forms.CharField(max_length=500, required=False)


@permitted(_PERMISSION)
def choose(request: HttpRequest) -> HttpResponse:
    return to_current(request, "on_duty_exam")


@permitted(_PERMISSION, unscoped=("exam",))
def nearest(request: HttpRequest, exam: str) -> HttpResponse:
    """The sitting nearest to now."""
    exam_here(request, exam)
    now = exam_time_now(exam).now
    held = exams.sittings(exam)
    if not held:
        return render(request, "kaowu/duties/nobody.html", {"line": exam_here(request, exam)})
    closest = min(
        held, key=lambda one: 0 if one.starts_at <= now <= one.ends_at else abs(one.starts_at - now)
    )
    return redirect("on_duty_sitting", exam=exam, sitting=closest.id)


@permitted(_PERMISSION, unscoped=("exam", "sitting"))
def sitting(request: HttpRequest, exam: str, sitting: str) -> HttpResponse:
    """The sites of a sitting; whoever answers for one goes straight to its roll."""
    line, held = exam_here(request, exam), sitting_of(exam, sitting)
    found = duties.sites(exam, sitting)
    paths = places.site_paths(one.site for one in found)
    own = [one for one in found if request.scope.covers(paths.get(one.site, ""))]  # type: ignore[attr-defined]
    if len(own) == 1:
        return redirect("roll", exam=exam, sitting=sitting, site=own[0].site)
    context = {
        "line": line,
        "sitting": held,
        "sittings": exams.sittings(exam),
        "sites": own,
        "names": places.site_names(one.site for one in own),
        "due": sum(one.duties for one in own),
        "taken": sum(one.taken for one in own),
    }
    return render(request, "kaowu/duties/sites_on_duty.html", context)


@permitted(_PERMISSION, unscoped=("exam", "sitting"))
@never_cache
def roll(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    """Every duty of the sitting, with who has come; the changes of the morning stand above."""
    return _roll(request, exam, sitting, site)


@permitted(_PERMISSION, unscoped=("exam", "sitting"))
@require_POST
def report(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    """Somebody is there: a number typed or scanned, or a tick on the list."""
    exam_here(request, exam)
    number = request.POST.get("number", "").strip()
    way = "list" if "list" in request.POST else "number"
    place = places.site(site)
    assert place is not None
    actor = acting(request, _PERMISSION, place.path)
    try:
        came = replacements.report(exam, site, sitting, number, way, actor)
    except Refused as refused:
        return _roll(request, exam, sitting, site, refused=refused)
    name = duties.names([number]).get(number, number)
    said = _t("%(name)s has reported.") if came.taken_at is None else _t("%(name)s had reported before.")
    messages.success(request, said % {"name": f"{name}（{number}）"})
    return redirect("roll", exam=exam, sitting=sitting, site=site)


@permitted(_PERMISSION, unscoped=("exam", "sitting", "number"))
@never_cache
def absent(request: HttpRequest, exam: str, sitting: str, site: str, number: str) -> HttpResponse:
    """The proposal for one absence, and its record."""
    line, held, place = exam_here(request, exam), sitting_of(exam, sitting), places.site(site)
    assert place is not None
    refused = None
    try:
        proposal = replacements.propose(exam, site, sitting, number)
        if request.method == "POST":
            form = ReplaceForm(request.POST)
            if not form.is_valid():
                raise Http404
            given = form.cleaned_data
            actor = acting(request, _PERMISSION, place.path)
            replacements.replace_absent(proposal, given["way"], given["before"], [actor], given["reason"])
            messages.success(request, _t("Recorded. This is the list that holds now."))
            address = redirect("roll", exam=exam, sitting=sitting, site=site)
            address["Location"] += f"?changed={number}"
            return address
    except Refused as reason:
        if reason.code == "draw_not_on_duty":
            return _roll(request, exam, sitting, site, refused=reason)
        refused = reason
        proposal = replacements.propose(exam, site, sitting, number)
    actor = acting(request, _PERMISSION, place.path)
    context = {"line": line, "sitting": held, "site": place, "number": number, "refused": refused}
    context |= _proposed(proposal, actor.post in IN_OFFICE)
    return render(request, "kaowu/duties/absent.html", context, status=422 if refused else 200)


def _proposed(proposal: Proposal, office: bool) -> dict[str, Any]:
    """What the page shows of a proposal: the ways, place by place, with names."""
    ways: list[dict[str, Any]] = []
    for way in WAYS:
        chosen = proposal.chosen(way)
        if chosen is not None and (way != EMPTY or not proposal.waits):
            allowed = way != CALLED or office
            moves = _moves(chosen[0], proposal)
            ways.append({"way": way, "repair": chosen[0], "moves": moves, "allowed": allowed})
    offered = proposal.offer
    numbers = {duty.person for duty in proposal.listed.in_sitting(proposal.duty.sitting)}
    numbers |= {one.person for one in offered.nobody}
    for found in [*(way["repair"] for way in ways), *(way.repair for way in offered.ways)]:
        numbers |= {duty.person for duty in (*found.gone, *found.taken)}
    return {
        "proposal": proposal,
        "duty": proposal.duty,
        "ways": ways,
        "relaxations": [
            {"way": way, "line": LINE_OF.get(way.code, ""), "moves": _moves(way.repair, proposal)}
            for way in offered.ways
            if way.code != "repeats"
        ],
        "people": duties.people(numbers),
        "taken": {person for _, person in proposal.listed.draw.since_sealed.taken},
    }


def _moves(repair: Repair, proposal: Proposal) -> list[dict[str, Any]]:
    """Before → after, the empty place first."""
    left = {(duty.room, duty.post): duty.person for duty in repair.gone}
    gone = {duty.person: duty for duty in repair.gone}
    rows: list[dict[str, Any]] = [
        {
            "duty": duty,
            "before": left.get((duty.room, duty.post), ""),
            "after": duty.person,
            "from": gone.get(duty.person),
        }
        for duty in repair.taken
    ]
    taken = {(duty.room, duty.post) for duty in repair.taken}
    rows += [
        {
            "duty": duty,
            "before": duty.person,
            "after": "",
            "from": None,
            "waits": proposal.problem.posts[duty.post].waits,
        }
        for duty in repair.gone
        if (duty.room, duty.post) not in taken
    ]
    return rows


def _roll(
    request: HttpRequest, exam: str, sitting: str, site: str, refused: Refused | None = None
) -> HttpResponse:
    line, held, place = exam_here(request, exam), sitting_of(exam, sitting), places.site(site)
    if place is None:
        raise Http404
    context: dict[str, Any] = {
        "line": line,
        "sitting": held,
        "sittings": exams.sittings(exam),
        "site": place,
        "clock": exam_time_now(exam),
        "refused": refused,
        "only": request.GET.get("only", ""),
        "changed": request.GET.get("changed", ""),
    }
    try:
        shown = replacements.roll(exam, site, sitting)
    except Refused as reason:
        context |= {"refused": refused or reason, "roll": None}
        return render(request, "kaowu/duties/roll.html", context, status=200 if refused is None else 422)
    context |= _shown(shown, held, context["only"])
    return render(request, "kaowu/duties/roll.html", context, status=200 if refused is None else 422)


def _shown(shown: replacements.Roll, held: Sitting, only: str) -> dict[str, Any]:
    numbers = {due.line.person for due in shown.lines} | {one.absent for one in shown.absences}
    lines = [due for due in shown.lines if not only or due.state == only]
    taken = shown.counts["taken"]
    order = {post: at for at, post in enumerate(shown.listed.problem.posts)}
    return {
        "roll": shown,
        "lines": sorted(lines, key=lambda due: (due.line.room == "", due.line.room, order[due.line.post])),
        "people": duties.people(numbers),
        "terms": [
            {"label": _t("Due"), "value": len(shown.lines)},
            {"label": _t("Reported"), "value": taken, "sign": "="},
            {"label": _t("Not yet"), "value": len(shown.lines) - taken, "sign": "+"},
        ],
        "waiting": sum(due.waits for due in shown.lines),
    }


urlpatterns = [
    path("office/on-duty/", choose, name="on_duty"),
    path("office/on-duty/<str:exam>/", nearest, name="on_duty_exam"),
    path("office/on-duty/<str:exam>/<str:sitting>/", sitting, name="on_duty_sitting"),
    path("office/on-duty/<str:exam>/<str:sitting>/<str:site>/", roll, name="roll"),
    path("office/on-duty/<str:exam>/<str:sitting>/<str:site>/report/", report, name="roll_report"),
    path(
        "office/on-duty/<str:exam>/<str:sitting>/<str:site>/absent/<str:number>/", absent, name="roll_absent"
    ),
]
