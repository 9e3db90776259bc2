"""Seat plans: what will be seated, an attempt from a seed that two persons saw, the result, and its sealing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.errors import Refused
from kaowu.facts.subjects import SEATS
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import artefacts
from kaowu.store.models import Job
from kaowu.store.queries import exams, places, seat_plans
from kaowu.store.queries.exams import ExamLine
from kaowu.store.queries.seat_plans import Attempt
from kaowu.web.access import Scope, permitted
from kaowu.web.office.exam_here import actor_of, exam_here, own_exam, to_current
from kaowu.web.office.job_pages import view_of as job_view
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import exam_setup, lots_views, seat_views
from kaowu.web.works.seat_views import Forecast

MENU = MenuEntry("prepare", _("Seat plans"), view="seat_plans", permission="seats.see", order=50)

_LINES = (
    "room_capacity", "room_grouping", "remainder_rule", "neighbour_mode", "spare_rooms_minimum", "admission_number",
)  # fmt: skip


class RelaxForm(DualSignForm):
    """Why the rules are relaxed, signed by two."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, min_length=4, widget=forms.Textarea(attrs={"rows": 3})
    )


@permitted("seats.see")
def plans(request: HttpRequest) -> HttpResponse:
    return to_current(request, "seats")


@permitted("seats.see", unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    return _overview(request, exam_here(request, exam))


@permitted("exam.approve", unscoped=("exam", "number"))
def relax(request: HttpRequest, exam: str, number: int) -> HttpResponse:
    """Apply one of the offered relaxations as overrides of profile lines, approved by a second person."""
    line = own_exam(request, exam, "exam.approve")
    offered = _relaxations(exam, seat_views.forecast(exam))
    if not 0 <= number < len(offered) or not offered[number]["lines"]:
        raise Http404
    chosen = offered[number]
    form = RelaxForm(request.POST or None)
    refused = None
    if request.method == "POST":
        pair = authenticate_pair(
            request, form, permission="exam.approve", place=line.organisation_path, different_posts=False
        )
        if pair is not None:
            first, second = (actor_of(one, "exam.approve", line.organisation_path) for one in pair)
            try:
                for key, value in chosen["lines"]:
                    exam_setup.override_line(exam, key, value, form.cleaned_data["reason"], first, second)
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. The line holds for this exam from now on."))
                return redirect("seats", exam=exam)
    profile = profile_of(exams.plan(exam))
    assert profile is not None
    context = {
        "line": line,
        "chosen": chosen,
        "changes": [
            {
                "line": profile.line(key),
                "to": profile.line(key).spec.say(profile.line(key).spec.take_text(value)),
            }
            for key, value in chosen["lines"]
        ],
        "form": form,
        "refused": refused,
    }
    return render(request, "kaowu/seats/relax.html", context, status=200 if request.method == "GET" else 422)


@permitted("seats.see", unscoped=("exam", "attempt", "which"))
def file(request: HttpRequest, exam: str, attempt: int, which: str) -> HttpResponse:
    """Problem, solution or seed of an attempt, for anybody to work it out again."""
    own_exam(request, exam, "seats.see")
    found = next((one for one in seat_plans.attempts(exam) if one.attempt == attempt), None)
    if found is None or which not in ("problem.json", "solution.json", "seed.txt"):
        raise Http404
    name = f"{exam}-{attempt}-{which}"
    if which == "seed.txt":
        return attachment(f"{found.seed}\n".encode(), name, "text/plain")
    content = artefacts.read(found.problem if which == "problem.json" else found.solution)
    return attachment(content, name, "application/json")


def _overview(request: HttpRequest, line: ExamLine) -> HttpResponse:
    plan, attempts = exams.plan(line.code), seat_plans.attempts(line.code)
    latest = seat_plans.shown(line.code) if plan.arranged or plan.seat_plan else None
    profile = profile_of(plan)
    context: dict[str, Any] = {
        "line": line,
        "plan": plan,
        "attempts": attempts,
        "latest": latest,
        "drawn": lots_views.ceremony(line.code, SEATS),
        "steps": lots_views.STEPS,
        "rules": [profile.line(key) for key in _LINES] if profile else (),
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "working": _working(line.code),
        "changes": seat_plans.changes(line.code)[::-1],
        "closed": sorted(plan.closed_places),
    }
    if latest is not None:
        context |= _shown(request.scope, line, latest)  # type: ignore[attr-defined]
    if plan.seat_plan is None:
        forecast = seat_views.forecast(line.code)
        context |= {
            "forecast": forecast,
            "relaxations": _relaxations(line.code, forecast),
            "terms": _terms(forecast),
            "sites": _forecast_sites(forecast),
        }
    return render(request, "kaowu/seats/overview.html", context)


def _shown(scope: Scope, line: ExamLine, latest: Attempt) -> dict[str, Any]:
    """The result of an attempt: figures, reasons, and its sites inside the scope."""
    view, shares = seat_views.view_of(latest), seat_views.shares_of(latest)
    paths = places.site_paths(share.site for share in shares)
    own = [share for share in shares if scope.covers(paths.get(share.site, ""))]
    names, codes = places.site_names(share.site for share in own), {share.site for share in own}
    return {
        "figures": view.figures,
        "reasons": [reason for reason in view.reasons if reason.site in codes],
        "plan_sites": [{"share": share, "name": names.get(share.site, "")} for share in own],
        "result_terms": _result_terms(latest, sum(len(share.people) for share in shares)),
    }


def _result_terms(latest: Attempt, seated: int) -> list[dict[str, Any]]:
    return [
        {"label": _t("On the roster"), "value": latest.candidates},
        {"label": _t("Seated"), "value": seated, "sign": "="},
        {"label": _t("Without a seat"), "value": latest.candidates - seated, "sign": "+"},
    ]


def _terms(forecast: Forecast) -> list[dict[str, Any]]:
    ordinary = forecast.candidates - forecast.with_needs
    return [
        {"label": _t("On the roster"), "value": forecast.candidates},
        {"label": _t("Ordinary rooms"), "value": ordinary, "sign": "="},
        {"label": _t("With accommodations"), "value": forecast.with_needs, "sign": "+"},
    ]


def _forecast_sites(forecast: Forecast) -> list[dict[str, Any]]:
    names = places.site_names(site.site for site in forecast.sites)
    return [{"site": site, "name": names.get(site.site, "")} for site in forecast.sites]


def _relaxations(exam: str, forecast: Forecast) -> list[dict[str, Any]]:
    if forecast.explanation is None or not forecast.explanation.relaxations:
        return []
    never = seat_views.never_mixed(exam)
    return [
        {"number": number, "relaxation": one, "lines": seat_views.lines_for(one, never)}
        for number, one in enumerate(forecast.explanation.relaxations)
    ]


def _working(exam: str) -> dict[str, Any] | None:
    states = (Job.State.WAITING, Job.State.RUNNING)
    wanted = {"arguments__exam": exam, "arguments__draw": str(SEATS)}
    running = Job.objects.filter(state__in=states, **wanted).first()
    return job_view(running) if running else None


urlpatterns = [
    path("office/seats/", plans, name="seat_plans"),
    path("office/seats/<str:exam>/", overview, name="seats"),
    path("office/seats/<str:exam>/relax/<int:number>/", relax, name="seats_relax"),
    path("office/seats/<str:exam>/<int:attempt>/file/<str:which>", file, name="seats_file"),
]
