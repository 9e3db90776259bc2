"""One attempt at a plan of sites: before and after, map, sites, schools and why; adopting it by lot; the workbook."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.engines.allocation.opening import Travel, why
from kaowu.store import artefacts
from kaowu.store.queries import exams, places
from kaowu.store.queries import site_plans as attempts_of
from kaowu.store.queries.exams import ExamLine
from kaowu.store.queries.site_plans import SiteAttempt
from kaowu.web.access import Scope, permitted
from kaowu.web.office.candidates import ReasonForm, take_out
from kaowu.web.office.exam_here import actor_of, exam_here, own_exam
from kaowu.web.office.seed_form import SeedForm
from kaowu.web.office.workbooks import attachment, workbook
from kaowu.web.site_map import site_map
from kaowu.web.two_persons import authenticate_pair
from kaowu.web.works import seat_views, seats, site_plan_views, site_plans
from kaowu.web.works.site_plan_views import Result, SchoolRow

_CHANGE = "site_plan.change"
_HEADER = (
    "县区",
    "学校",
    "考生",
    "考点代码",
    "考点名称",
    "到该考点人数",
    "里程_公里",
    "原人均_公里",
    "现人均_公里",
    "说明",
)
_WIDTHS = (10, 32, 8, 10, 32, 12, 10, 12, 12, 30)
_FILES = {"problem.json": "problem", "solution.json": "plan"}


@permitted("site_plan.see", unscoped=("exam", "attempt"))
def result(request: HttpRequest, exam: str, attempt: int) -> HttpResponse:
    return _page(request, exam_here(request, exam), attempt)


@permitted("site_plan.see", unscoped=("exam", "attempt", "number"))
def school(request: HttpRequest, exam: str, attempt: int, number: int) -> HttpResponse:
    """Why the candidates of one school go where they go."""
    line, shown = exam_here(request, exam), _attempt(exam, attempt)
    found = site_plan_views.result_of(shown.fact)
    own = {row.number: row for row in _schools(found, request.scope)}  # type: ignore[attr-defined]
    if number not in own:
        raise Http404
    choices = why(found.problem, found.plan, own[number].group.id)
    names = places.site_names(choice.place for choice in choices)
    context = {
        "line": line, "attempt": shown, "row": own[number],
        "choices": [{"choice": one, "name": names.get(one.place, ""), "km": _km(one.metres)} for one in choices],
        "before": _figures(own[number].before), "after": _figures(own[number].after),
        "within": _km(found.plan.within),
    }  # fmt: skip
    return render(request, "kaowu/site_plans/school.html", context)


@permitted(_CHANGE, unscoped=("exam", "attempt"))
@require_POST
def adopt(request: HttpRequest, exam: str, attempt: int) -> HttpResponse:
    """Two who saw the seed drawn open the sites; the lot divides schools among their sites."""
    line, form = own_exam(request, exam, _CHANGE), SeedForm(request.POST)
    pair = authenticate_pair(
        request, form, permission=_CHANGE, place=line.organisation_path, different_posts=False
    )
    if pair is None:
        return _page(request, line, attempt, form=form, status=422)
    try:
        seed = seats.seed_of(form.cleaned_data["seed"])
    except Refused as refused:
        form.add_error("seed", refused.sentence.in_language(request.LANGUAGE_CODE))
        return _page(request, line, attempt, form=form, status=422)
    first, second = (actor_of(one, _CHANGE, line.organisation_path) for one in pair)
    try:
        site_plans.adopt(exam, attempt, seed, (first, second))
    except Refused as refused:
        return _page(request, line, attempt, form=form, refused=refused, status=422)
    return redirect("site_plan_result", exam=exam, attempt=attempt)


@permitted("site_plan.see", unscoped=("exam", "attempt", "which"))
def file(request: HttpRequest, exam: str, attempt: int, which: str) -> HttpResponse:
    """Problem or solution, for anybody to work it out again."""
    own_exam(request, exam, "site_plan.see")
    if which not in _FILES:
        raise Http404
    content = artefacts.read(getattr(_attempt(exam, attempt).fact, _FILES[which]))
    return attachment(content, f"{exam}-sites-{attempt}-{which}", "application/json")


@permitted("roster.export", unscoped=("exam", "attempt"))
@require_POST
def export(request: HttpRequest, exam: str, attempt: int) -> HttpResponse:
    """Where each school of the scope goes, as a workbook with a watermark; no names of candidates."""
    line, form = exam_here(request, exam), ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "kaowu/roster/export_refused.html", {"line": line, "form": form}, status=422)
    found = site_plan_views.result_of(_attempt(exam, attempt).fact)
    shown = _schools(found, request.scope)  # type: ignore[attr-defined]
    rows = _rows(shown)
    mark = take_out(request, line, "roster.export", "site_plan", len(rows), form.cleaned_data["reason"])
    content = workbook(f"{line.name} 考点布局", _HEADER, rows, mark, _WIDTHS)
    return attachment(content, f"{line.name}_考点布局_{mark.at:%Y%m%d}.xlsx")


def _page(
    request: HttpRequest,
    line: ExamLine,
    attempt: int,
    *,
    form: SeedForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    shown, plan = _attempt(line.code, attempt), exams.plan(line.code)
    found, scope = site_plan_views.result_of(shown.fact), request.scope  # type: ignore[attr-defined]
    rows = _schools(found, scope)
    site_rows = _sites(found, scope)
    names = places.site_names(place.id for place in found.problem.places)
    seen = {site for row in rows for site, _, _ in row.to} | {row["site"].place.id for row in site_rows}
    own = _own_places(found, scope) | seen
    in_force = plan.sites_opened is not None and plan.sites_opened.plan == shown.fact.plan
    context: dict[str, Any] = {
        "line": line,
        "plan": plan,
        "attempt": shown,
        "result": found,
        "compared": _compared(found),
        "map": site_map(
            found.problem, found.plan, places.short_names(own), {row.group.id for row in rows}, own
        ),
        "sites": site_rows,
        "schools": [
            {
                "row": row,
                "to": [(site, names.get(site, ""), people, _km(metres)) for site, people, metres in row.to],
                "before": _km(row.before.mean) if row.before.people else "—",
                "after": _km(row.after.mean),
            }
            for row in sorted(rows, key=lambda row: (-row.after.mean, row.group.id))
        ],
        "form": form or SeedForm(),
        "refused": refused,
        "whole": scope.covers(line.organisation_path),
        "in_force": in_force,
        "is_latest": plan.allocated is not None and plan.allocated.attempt == attempt,
        "above": f"{found.above_bound // 100}.{found.above_bound % 100:02d}",
        "within": _km(found.plan.within),
        "trial": site_plan_views.trial_of(line.code, found.plan),
        "assumed": sum(row.is_assumed for row in rows),
    }
    if in_force and plan.seat_plan is None:
        context["forecast"] = seat_views.forecast(line.code)
    return render(request, "kaowu/site_plans/result.html", context, status=status)


def _attempt(exam: str, attempt: int) -> SiteAttempt:
    found = next((one for one in attempts_of.attempts(exam) if one.fact.attempt == attempt), None)
    if found is None:
        raise Http404
    return found


def _own_places(found: Result, scope: Scope) -> set[str]:
    paths = places.site_paths(place.id for place in found.problem.places)
    return {site for site, where in paths.items() if scope.covers(where)}


def _sites(found: Result, scope: Scope) -> list[dict[str, Any]]:
    own = _own_places(found, scope)
    names = places.site_names(own)
    return [
        {
            "site": row,
            "name": names.get(row.place.id, ""),
            "mean": _km(row.mean),
            "farthest": _km(row.farthest),
        }
        for row in found.sites
        if row.place.id in own
    ]


def _schools(found: Result, scope: Scope) -> list[SchoolRow]:
    """Schools of the counties inside the scope, and those that come to its sites."""
    counties = places.counties_inside(scope.over("path"))
    own = _own_places(found, scope)
    return [
        row
        for row in found.schools
        if row.group.county in counties or any(site in own for site, _, _ in row.to)
    ]


def _compared(found: Result) -> list[dict[str, Any]]:
    """Before and after, figure by figure."""
    before, after = _figures(found.before), _figures(found.after)
    labels = {
        "mean": _t("Mean"),
        "median": _t("Half travel at most"),
        "p95": _t("95 percent travel at most"),
        "farthest": _t("Farthest"),
    }
    rows = [
        {"label": label, "unit": _t("km"), "before": before[name], "after": after[name]}
        for name, label in labels.items()
    ]
    for km in found.steps:
        rows.append(
            {
                "label": _t("Farther than %(km)d km") % {"km": km},
                "unit": _t("persons"),
                "before": f"{found.before.beyond(km * 1_000):,}",
                "after": f"{found.after.beyond(km * 1_000):,}",
                "share": f"{_share(found.before, km)} → {_share(found.after, km)}",
            }
        )
    return rows


def _figures(ways: Travel) -> dict[str, str]:
    if not ways.people:
        return dict.fromkeys(("mean", "median", "p95", "farthest"), "—")
    return {
        "mean": _km(ways.mean),
        "median": _km(ways.quantile(50)),
        "p95": _km(ways.quantile(95)),
        "farthest": _km(ways.farthest),
    }


def _share(ways: Travel, km: int) -> str:
    tenths = 1_000 * ways.beyond(km * 1_000) // max(1, ways.people)
    return f"{tenths // 10}.{tenths % 10}%"


def _km(metres: int | None) -> str:
    if metres is None:
        return "—"
    tenths = (metres + 50) // 100
    return f"{tenths // 10}.{tenths % 10}"


def _rows(shown: list[SchoolRow]) -> list[tuple[str, ...]]:
    names = places.site_names({site for row in shown for site, _, _ in row.to})
    counties = places.county_names(row.group.county for row in shown)
    return [
        (
            counties.get(row.group.county, row.group.county), row.group.id, str(row.group.people), site, names.get(site, ""),
            str(people), _km(metres), _km(row.before.mean) if row.before.people else "", _km(row.after.mean),
            "学校无坐标，按县区中心估计" if row.is_assumed else "",
        )
        for row in shown
        for site, people, metres in row.to
    ]  # fmt: skip


urlpatterns = [
    path("office/sites-plan/<str:exam>/<int:attempt>/", result, name="site_plan_result"),
    path("office/sites-plan/<str:exam>/<int:attempt>/school/<int:number>/", school, name="site_plan_school"),
    path("office/sites-plan/<str:exam>/<int:attempt>/adopt/", adopt, name="site_plan_adopt"),
    path("office/sites-plan/<str:exam>/<int:attempt>/workbook/", export, name="site_plan_export"),
    path("office/sites-plan/<str:exam>/<int:attempt>/file/<str:which>", file, name="site_plan_file"),
]
