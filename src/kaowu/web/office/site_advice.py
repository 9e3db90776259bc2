"""What past exams suggest for each site of this one: rooms, staff, and the reasons in full."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kaowu.basics.clock import Instant, exam_time, instant
from kaowu.engines.forecast import Needs, PastUse, Suggestion, rate, suggest
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.profile import Profile
from kaowu.store.queries import exams, places, room_use
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import Scope, permitted
from kaowu.web.office.exam_here import exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works import site_plan_views

MENU = MenuEntry(
    "improve", _("Rooms and staff by past exams"), view="site_advices", permission="site_plan.see", order=40
)


@permitted("site_plan.see")
def advices(request: HttpRequest) -> HttpResponse:
    return to_current(request, "site_advice")


@permitted("site_plan.see", unscoped=("exam",))
def advice(request: HttpRequest, exam: str) -> HttpResponse:
    """One line for each site of the scope that takes part or took part before."""
    line = exam_here(request, exam)
    found = _suggestions(line, request.scope)  # type: ignore[attr-defined]
    rooms = room_use.registered_rooms(site for site, _, _ in found)
    names = places.site_names(site for site, _, _ in found)
    rows = [
        {
            "site": site,
            "name": names.get(site, ""),
            "suggestion": one,
            "exams": len(past),
            "registered": rooms[site]["standard"],
            "is_short": rooms[site]["standard"] < one.rooms,
        }
        for site, one, past in found
    ]
    sums = {
        name: sum(getattr(one, name) for _, one, _ in found)
        for name in ("candidates", "rooms", "spare_rooms", "invigilators", "roving", "reserve", "gate")
    }
    context = {
        "line": line, "rows": rows, "sums": sums, "source": _source(line),
        "years": _profile(line).number("past_exams_years"),
        "exams": sorted({(one.exam, one.name) for _, _, past in found for one in past}),
    }  # fmt: skip
    return render(request, "kaowu/site_plans/advice.html", context)


@permitted("site_plan.see", unscoped=("exam",))
def site_advice(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Why so many at this site: every past exam, every formula."""
    line = exam_here(request, exam)
    own = next((one for one in _suggestions(line, request.scope) if one[0] == site), None)  # type: ignore[attr-defined]
    if own is None:
        raise Http404
    context = {
        "line": line, "site": site, "name": places.site_names([site]).get(site, ""), "suggestion": own[1],
        "past": own[2], "source": _source(line),
    }  # fmt: skip
    return render(request, "kaowu/site_plans/advice_site.html", context)


def _suggestions(line: ExamLine, scope: Scope) -> list[tuple[str, Suggestion, list[PastUse]]]:
    profile = _profile(line)
    due = _candidates(line.code)
    now = line.starts_at if line.starts_at is not None else exam_time_now(line.code).now
    began = exam_time(now)
    # The last day of February has no anniversary in most years.
    day = min(began.day, 28) if began.month == 2 else began.day
    since = instant(began.replace(year=began.year - profile.number("past_exams_years"), day=day, tzinfo=None))
    region = replace(scope, paths=(line.organisation_path,)).over()
    past = room_use.past_use(line.code, Instant(now), since, region)
    overall = [one for uses in past.values() for one in uses]
    everywhere = rate(sum(one.late for one in overall), sum(one.entered for one in overall))
    paths = places.site_paths({*due, *past})
    return [
        (site, suggest(due[site], past.get(site, []), _needs(profile), everywhere), past.get(site, []))
        for site in sorted({*due, *past})
        if scope.covers(paths.get(site, ""))
    ]


def _candidates(exam: str) -> Counter[str]:
    """How many are to sit at each site: by the plan in force, else as they would be dealt over their county."""
    plan, prospect = exams.plan(exam), site_plan_views.prospect(exam)
    due: Counter[str] = Counter()
    if plan.sites_opened is not None and plan.allocated is not None:
        due.update(site_plan_views.result_of(plan.allocated).plan.load())
    elif prospect.problem is not None:
        for _group, place, people in prospect.problem.before:
            due[place] += people
    return due


def _source(line: ExamLine) -> Any:
    plan = exams.plan(line.code)
    if plan.sites_opened is not None:
        return _("by the plan of sites in force")
    if plan.seats_now is not None or plan.arranged is not None:
        return _("by the seats arranged")
    return _("dealt over the sites of their county, since no plan of sites is in force")


def _needs(profile: Profile) -> Needs:
    return Needs(
        capacity=profile.number("room_capacity"),
        invigilators_per_room=profile.number("invigilators_per_room"),
        rooms_per_roving=profile.number_or_none("rooms_per_roving_invigilator") or 0,
        reserve_percent=profile.number("reserve_percent"),
        spare_rooms=profile.number("spare_rooms_minimum"),
        spare_rooms_percent=profile.number("spare_rooms_percent"),
    )


def _profile(line: ExamLine) -> Profile:
    profile = profile_of(exams.plan(line.code))
    if profile is None:
        raise Http404
    return profile


urlpatterns = [
    path("office/site-advice/", advices, name="site_advices"),
    path("office/site-advice/<str:exam>/", advice, name="site_advice"),
    path("office/site-advice/<str:exam>/<str:site>/", site_advice, name="site_advice_site"),
]
