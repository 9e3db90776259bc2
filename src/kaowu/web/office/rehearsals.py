"""Rehearsals of the software: the problem list of each place, worst first, and what every rehearsal showed."""

import itertools
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.rehearsals import PASSED, SOLVED, Problem, Rehearsals, Said
from kaowu.loop.prepare.judge_rehearsal import meaning
from kaowu.store.queries import exams, places, rehearsals
from kaowu.store.queries.rehearsals import Place
from kaowu.web.access import permitted
from kaowu.web.beside import run_beside
from kaowu.web.jobs import Outcome, Progress, long_job, start
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works import rehearsals as works

MENU = MenuEntry("prepare", _("Rehearsals"), view="rehearsal_lists", permission="rehearsal.see", order=95)

_SEE, _HOLD = "rehearsal.see", "rehearsal.hold"
_ACTS = (
    ("entry", _("Entry")),
    ("custody", _("Handover")),
    ("scores", _("Score entry, a bag")),
    ("scan", _("Scanning, a page")),
)


HOLD_JOB = "rehearsal.hold"
_STEPS = 7


class SolvedForm(forms.Form):
    """What was done about a problem."""

    done = forms.CharField(label=_("What was done"), min_length=2, max_length=500)


class HoldForm(forms.Form):
    """Where, and with how many gates."""

    place = forms.ChoiceField(label=_("Site or unit"))
    terminals = forms.IntegerField(label=_("Terminals at the gates"), min_value=1, max_value=64, initial=8)

    def __init__(self, choices: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["place"]
        field.choices = choices


@permitted(_SEE)
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "rehearsals")


@permitted(_SEE, unscoped=("exam",))
@never_cache
def page(request: HttpRequest, exam: str) -> HttpResponse:
    return _page(request, exam)


@permitted(_HOLD, unscoped=("exam",))
@require_POST
def hold(request: HttpRequest, exam: str) -> HttpResponse:
    """Rehearse on this machine now, as large as the chosen place is seated."""
    exam_here(request, exam)
    form = HoldForm(_may_hold(request, exam), request.POST)
    if not form.is_valid():
        return _page(request, exam, hold_form=form)
    try:
        with works.the_only_one():
            pass  # said at once; the command asks again when its turn comes
    except Refused as refused:
        return _page(request, exam, hold_form=form, refused=refused)
    given = {"place": form.cleaned_data["place"], "terminals": form.cleaned_data["terminals"]}
    title = Sentence("软件联调演练", "Rehearsal of the software")
    start(request, HOLD_JOB, title, exam=exam, by=request.user.number, **given)  # type: ignore[union-attr]
    return redirect("jobs")


@long_job(HOLD_JOB)
def hold_job(progress: Progress, exam: str, by: str, place: str, terminals: int) -> Outcome:
    """The program's own `rehearse` command beside the worker; cancelling ends its nodes too."""
    steps = itertools.count(1)

    def tell(line: str) -> None:
        zh, _, en = line.strip().partition(" · ")
        progress.step(next(steps), _STEPS, Sentence(zh[:100], (en or zh)[:100]))

    asked = ("--exam", exam, "--by", by, "--place", place, "--terminals", str(terminals))
    found = run_beside(("rehearse", *asked), tell)
    acts, problems = found["acts"], len(found["problems"])
    said = Sentence(
        f"回执 {acts:,} 条，问题 {problems} 个。", f"{acts:,} acts acknowledged, {problems} problems."
    )
    return Outcome(said, reverse("rehearsals", args=[exam]))


@permitted(_HOLD, unscoped=("exam", "problem"))
@require_POST
def solve(request: HttpRequest, exam: str, organisation: str, problem: UUID) -> HttpResponse:
    """Say what was done; the problem waits for the next rehearsal then."""
    seen = _seen(request, exam).get(organisation)
    if seen is None:
        raise Http404
    where, held = seen
    form = SolvedForm(request.POST)
    if not form.is_valid():
        return _page(request, exam, form=form, at=str(problem))
    actor = acting(request, _HOLD, where.path)
    try:
        works.solve(exam, where, held.problem(str(problem)), form.cleaned_data["done"].strip(), actor)
    except Refused as refused:
        return _page(request, exam, refused=refused)
    messages.success(request, _t("Recorded. The next rehearsal shows whether it helped."))
    return redirect("rehearsals", exam=exam)


def _page(
    request: HttpRequest,
    exam: str,
    *,
    form: SolvedForm | None = None,
    hold_form: HoldForm | None = None,
    at: str = "",
    refused: Refused | None = None,
) -> HttpResponse:
    line, seen = exam_here(request, exam), _seen(request, exam)
    problems = [(place, one) for place, held in seen.values() for one in held.problems]
    shown = [_problem(place, one, form if one.id == at else None) for place, one in problems]
    all_held = sorted(
        ((place, one) for place, held in seen.values() for one in held.held),
        key=lambda pair: pair[1].at,
        reverse=True,
    )
    sites = {site for site, *_rest in exams.sites(exam)} & _own_sites(request)
    done = len(sites & seen.keys())
    context = {
        "line": line,
        "open": sorted((one for one in shown if one["state"] != PASSED), key=_worst_first),
        "passed": [one for one in shown if one["state"] == PASSED],
        "held": [_held(place, one) for place, one in all_held],
        "refused": refused,
        "hold_form": hold_form or HoldForm(_may_hold(request, exam)),
        "terms": [
            {"label": _t("Sites"), "value": len(sites)},
            {"label": _t("rehearsed"), "value": done, "sign": "="},
            {"label": _t("not rehearsed yet"), "value": len(sites) - done, "sign": "+"},
        ],
    }
    status = 409 if refused else 422 if form or hold_form else 200
    return render(request, "kaowu/rehearsals/page.html", context, status=status)


def _seen(request: HttpRequest, exam: str) -> dict[str, tuple[Place, Rehearsals]]:
    """The places inside the scope that held a rehearsal."""
    exam_here(request, exam)
    found = {code: (rehearsals.place(code), held) for code, held in rehearsals.of_exam(exam).items()}
    scope = request.scope  # type: ignore[attr-defined]
    return {
        code: (place, held) for code, (place, held) in found.items() if place and scope.covers(place.path)
    }


def _may_hold(request: HttpRequest, exam: str) -> list[tuple[str, str]]:
    """The exam's sites inside the scope; for an office itself as well."""
    own = _own_sites(request)
    found = [(site, name) for site, name, *_rest in exams.sites(exam) if site in own]
    unit = request.user.organisation  # type: ignore[union-attr]
    return found if unit is None or unit.code in own else [(unit.code, unit.name), *found]


def _own_sites(request: HttpRequest) -> set[str]:
    return {site for site, _name in places.sites_within(request.scope.over())}  # type: ignore[attr-defined]


def _problem(place: Place, one: Problem, form: SolvedForm | None) -> dict[str, Any]:
    return {
        "place": place,
        "one": one,
        "state": one.state,
        "is_answered": one.state == SOLVED,
        "severity": int(meaning(one.check).severity),
        "meaning": meaning(one.check),
        "form": form,
    }


def _worst_first(shown: dict[str, Any]) -> tuple[bool, int, Any]:
    return shown["is_answered"], -shown["severity"], shown["one"].since.at


def _held(place: Place, held: Said) -> dict[str, Any]:
    figures = rehearsals.figures_of(held)
    paces = figures.get("paces", {})
    return {
        "place": place,
        "said": held,
        "figures": figures,
        "paces": [(label, paces[act]) for act, label in _ACTS if paces.get(act, {}).get("acts")],
    }


_AT = "office/rehearsals/<str:exam>/"
urlpatterns = [
    path("office/rehearsals/", lists, name="rehearsal_lists"),
    path(_AT, page, name="rehearsals"),
    path(_AT + "hold/", hold, name="rehearsal_hold"),
    path(_AT + "<str:organisation>/<uuid:problem>/solved/", solve, name="rehearsal_solved"),
]
