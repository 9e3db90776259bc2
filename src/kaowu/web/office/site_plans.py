"""Plans of sites: what is decided beforehand, measured ways, an attempt as a job, and what would help where there is none."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.opening import OpeningProblem, Standing
from kaowu.facts.envelope import Actor
from kaowu.loop.prepare.allocate_sites import LINES
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.models import Job
from kaowu.store.queries import exams, places
from kaowu.store.queries import site_plans as attempts_of
from kaowu.store.queries.exams import ExamLine
from kaowu.web import jobs, uploads
from kaowu.web.access import Scope, permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import acting, actor_of, exam_here, own_exam, to_current
from kaowu.web.office.job_pages import view_of as job_view
from kaowu.web.office.menu import MenuEntry
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import exam_setup, site_plan_views, site_plans
from kaowu.web.works.site_plan_views import Prospect

MENU = MenuEntry("prepare", _("Plan of sites"), view="site_plans", permission="site_plan.see", order=45)

_CHANGE = "site_plan.change"
_MOST_BYTES = 10_000_000
_ISSUES_SHOWN = 20
_STAGES = {
    "reach": (1, Sentence("数一数谁能去哪里", "count who can go where")),
    "farthest": (2, Sentence("找最远距离的最小值", "find the least maximum distance")),
    "sites": (3, Sentence("选择启用的考点", "choose the sites to open")),
    "assign": (4, Sentence("把考生分到考点", "assign candidates")),
    "explain": (4, Sentence("查明为什么布不成", "find out why there is no plan")),
    "verify": (5, Sentence("证明与核验", "prove and verify")),
}


class RunForm(forms.Form):
    """Why another attempt is made."""

    reason = forms.CharField(
        label=_("Why the last plan of sites does not stand"), max_length=500, required=False
    )


class StandingForm(forms.Form):
    """Why some sites must, may or must not be opened."""

    reason = forms.CharField(label=_("Reason"), max_length=200, min_length=4)


class RelaxForm(DualSignForm):
    """Why the rules are relaxed, signed by two."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, min_length=4, widget=forms.Textarea(attrs={"rows": 3})
    )


@permitted("site_plan.see")
def plans(request: HttpRequest) -> HttpResponse:
    return to_current(request, "site_plan")


@permitted("site_plan.see", unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    return _overview(request, exam_here(request, exam))


@permitted(_CHANGE, unscoped=("exam",))
@require_POST
def standings(request: HttpRequest, exam: str) -> HttpResponse:
    """Record what changed of the decisions about sites, with one reason for all."""
    line = own_exam(request, exam, _CHANGE)
    prospect, form = site_plan_views.prospect(exam), StandingForm(request.POST)
    if prospect.problem is None:
        raise Http404
    asked = {place.id: request.POST.get(f"standing_{place.id}", "") for place in prospect.problem.places}
    now = exams.plan(exam).site_standings
    changed = {
        site: standing
        for site, standing in asked.items()
        if standing in list(Standing) and standing != now.get(site, "may")
    }
    if not form.is_valid():
        return _overview(request, line, standing_form=form, status=422)
    actor = acting(request, _CHANGE, line.organisation_path)
    try:
        for site, standing in changed.items():
            site_plans.decide_standing(exam, site, standing, form.cleaned_data["reason"], actor)
    except Refused as refused:
        return _overview(request, line, refused=refused, status=422)
    messages.success(request, _t("Recorded for %(n)d sites.") % {"n": len(changed)})
    return redirect("site_plan", exam=exam)


@permitted(_CHANGE, unscoped=("exam",))
@require_POST
def roads(request: HttpRequest, exam: str) -> HttpResponse:
    """Take a table of measured ways; every fault of it at once, and then nothing is written."""
    line = own_exam(request, exam, _CHANGE)
    try:
        kept = uploads.keep(request, request.FILES.get("file"), _MOST_BYTES)
        found = site_plans.check_roads(exam, kept.read(), kept.name)
        if not found.issues:
            actor = acting(request, _CHANGE, line.organisation_path)
            site_plans.take_roads(exam, found, kept.name, actor)
            messages.success(request, _t("%(n)d ways were recorded.") % {"n": len(found.rows)})
            return redirect("site_plan", exam=exam)
    except Refused as refused:
        return _overview(request, line, refused=refused, status=422)
    return _overview(request, line, issues=found.issues[:_ISSUES_SHOWN], status=422)


@permitted(_CHANGE, unscoped=("exam",))
@require_POST
def run(request: HttpRequest, exam: str) -> HttpResponse:
    """Start an attempt; asking twice while one runs leads to the same."""
    line = own_exam(request, exam, _CHANGE)
    plan, form = exams.plan(exam), RunForm(request.POST)
    job = _running(exam)
    if job is not None:
        return redirect("job", job=job.pk)
    form.is_valid()
    reason = form.cleaned_data.get("reason", "").strip()
    if plan.allocated is not None and len(reason) < 4:
        form.add_error("reason", _t("Another attempt needs a reason."))
        return _overview(request, line, run_form=form, status=422)
    actor, due = acting(request, _CHANGE, line.organisation_path), plan.allocation_attempts + 1
    title = Sentence(f"第 {due} 次考点布局", f"Plan of sites, attempt {due}")
    job = jobs.start(
        request, _CHANGE, title, exam=exam, account=actor.account, post=actor.post, reason=reason
    )
    return redirect("job", job=job.pk)


@long_job(_CHANGE)
def run_job(progress: Progress, exam: str, account: str, post: str, reason: str) -> Outcome:
    """Solve, prove, verify, record; where there is no plan, keep the reasons for the page."""
    current = ""

    def tell(stage: str) -> None:
        nonlocal current
        number, name = _STAGES[stage]
        if stage != current:
            current = stage
            progress.step(number, 6, name)
        progress.check()

    try:
        allocated = site_plans.allocate(exam, tell)
    except site_plans.NoSites as none:
        site_plan_views.keep_explanation(exam, site_plans.problem_of(exam), none.explanation)
        return Outcome(none.sentence, f"/office/sites-plan/{exam}/")
    progress.step(6, 6, Sentence("试编：各考点考场够不够", "try whether the rooms of the sites suffice"))
    missing = site_plans.missing_rooms(exam, allocated.plan)
    site_plans.keep_attempt(allocated, Actor(account, post), reason)
    site_plan_views.keep_trial(exam, allocated.plan, missing)
    sites, people = len(allocated.plan.opened), allocated.problem.people
    said = Sentence(
        f"第 {allocated.attempt} 次布局通过核验：{people:,} 人到 {sites} 个考点。",
        f"Attempt {allocated.attempt} passed the verifier: {people:,} candidates to {sites} sites.",
    )
    return Outcome(said, f"/office/sites-plan/{exam}/{allocated.attempt}/")


@permitted("exam.approve", unscoped=("exam", "number"))
def relax(request: HttpRequest, exam: str, number: int) -> HttpResponse:
    """Apply one of the offered relaxations: lines of the profile, or a site that may then be opened, signed by two."""
    line = own_exam(request, exam, "exam.approve")
    plan, prospect = exams.plan(exam), site_plan_views.prospect(exam)
    profile = profile_of(plan)
    told = site_plan_views.explanation_of(exam, prospect.problem) if prospect.problem else None
    if told is None or profile is None or not 0 <= number < len(told.relaxations):
        raise Http404
    chosen, form, refused = told.relaxations[number], RelaxForm(request.POST or None), None
    lines, sites = site_plan_views.lines_for(chosen), site_plan_views.sites_to_allow(chosen)
    if request.method == "POST":
        pair = authenticate_pair(
            request, form, permission="exam.approve", place=line.organisation_path, different_posts=False
        )
        if pair is not None:
            first, second = (actor_of(one, "exam.approve", line.organisation_path) for one in pair)
            reason = form.cleaned_data["reason"]
            try:
                for key, value in lines:
                    exam_setup.override_line(exam, key, value, reason, first, second)
                for site in sites:
                    site_plans.decide_standing(exam, site, "may", reason[:200], first, second)
            except Refused as why:
                refused = why
            else:
                messages.success(request, _t("Recorded. The line holds for this exam from now on."))
                return redirect("site_plan", exam=exam)
    changes = [
        {"line": found, "to": found.spec.say(found.spec.take_text(value))}
        for key, value in lines
        for found in (profile.line(key),)
    ]
    context = {
        "line": line, "chosen": chosen, "changes": changes, "sites": sites, "form": form, "refused": refused,
        "consequence": site_plan_views.consequence(chosen),
    }  # fmt: skip
    return render(
        request, "kaowu/site_plans/relax.html", context, status=200 if request.method == "GET" else 422
    )


def _overview(
    request: HttpRequest,
    line: ExamLine,
    *,
    run_form: RunForm | None = None,
    standing_form: StandingForm | None = None,
    refused: Refused | None = None,
    issues: Any = (),
    status: int = 200,
) -> HttpResponse:
    plan, prospect = exams.plan(line.code), site_plan_views.prospect(line.code)
    profile, problem = profile_of(plan), prospect.problem
    working = _running(line.code)
    context: dict[str, Any] = {
        "line": line,
        "plan": plan,
        "attempts": attempts_of.attempts(line.code),
        "prospect": prospect,
        "refused": refused or prospect.refused,
        "issues": issues,
        "run_form": run_form or RunForm(),
        "standing_form": standing_form or StandingForm(),
        "rules": [profile.line(key) for key in LINES] if profile else (),
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "working": job_view(working) if working else None,
        "due": plan.allocation_attempts + 1,
        "standings": [(one, _STANDINGS[one]) for one in Standing],
    }
    if problem is not None and profile is not None:
        told = site_plan_views.explanation_of(line.code, problem)
        scope: Scope = request.scope  # type: ignore[attr-defined]
        context |= {
            "terms": _terms(prospect),
            "gap": max(0, problem.people - prospect.seats),
            "sites": _sites(problem, scope, attempts_of.reasons(line.code)),
            "assumed": problem.unlocated,
            "told": told,
            "relaxations": [
                {
                    "number": number,
                    "sentence": one["sentence"],
                    "lines": site_plan_views.lines_for(one),
                    "consequence": site_plan_views.consequence(one),
                }
                for number, one in enumerate(told.relaxations if told else ())
            ],
        }
    return render(request, "kaowu/site_plans/overview.html", context, status=status)


_STANDINGS = {
    Standing.MAY: _("may be opened"),
    Standing.OPEN: _("must be opened"),
    Standing.CLOSED: _("must not be opened"),
}


def _terms(prospect: Prospect) -> list[dict[str, Any]]:
    """Seats = candidates + what would be free; where seats are short it does not close."""
    assert prospect.problem is not None
    people, seats = prospect.problem.people, prospect.seats
    return [
        {"label": _t("Seats of sites that may open"), "value": seats},
        {"label": _t("Candidates"), "value": people, "sign": "="},
        {"label": _t("Free seats"), "value": max(0, seats - people), "sign": "+"},
    ]


def _sites(problem: OpeningProblem, scope: Scope, reasons: dict[str, str]) -> list[dict[str, Any]]:
    codes = [place.id for place in problem.places]
    names, paths = places.site_names(codes), places.site_paths(codes)
    counties = places.county_names(place.county for place in problem.places)
    return [
        {
            "place": place, "name": names.get(place.id, ""), "seats": seats, "assumed": place.at is None,
            "county": counties.get(place.county, place.county),
            "reason": reasons.get(place.id, ""),
        }
        for place, seats in zip(problem.places, problem.capacity.tolist(), strict=True)
        if scope.covers(paths.get(place.id, ""))
    ]  # fmt: skip


def _running(exam: str) -> Job | None:
    states = (Job.State.WAITING, Job.State.RUNNING)
    return Job.objects.filter(work=_CHANGE, arguments__exam=exam, state__in=states).first()


urlpatterns = [
    path("office/sites-plan/", plans, name="site_plans"),
    path("office/sites-plan/<str:exam>/", overview, name="site_plan"),
    path("office/sites-plan/<str:exam>/standings/", standings, name="site_plan_standings"),
    path("office/sites-plan/<str:exam>/roads/", roads, name="site_plan_roads"),
    path("office/sites-plan/<str:exam>/run/", run, name="site_plan_run"),
    path("office/sites-plan/<str:exam>/relax/<int:number>/", relax, name="site_plan_relax"),
]
