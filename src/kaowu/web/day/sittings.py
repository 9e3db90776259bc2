"""Choosing a sitting, and the sites of one sitting, worst first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import day, exams, places
from kaowu.store.queries.copies import silent_since
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import permitted
from kaowu.web.counter import clock
from kaowu.web.day.conditions import Hours, as_heard, room_condition, site_condition
from kaowu.web.day.where import exam_in_scope, exams_in_scope, rooms_in_scope, sitting_of
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("conduct", _("Exam day"), view="day", permission="day.see", order=10)


@permitted("day.see")
def choose(request: HttpRequest) -> HttpResponse:
    """The sittings of every exam in the account's scope, the one nearest to now marked."""
    shown = [(line, _sittings(line)) for line in exams_in_scope(request.scope)]  # type: ignore[attr-defined]
    return render(request, "kaowu/day/choose.html", {"exams": shown})


@permitted("day.see", unscoped=("exam", "sitting"))
def sitting(request: HttpRequest, exam: str, sitting: str) -> HttpResponse:
    """The sites of one sitting."""
    scope = request.scope  # type: ignore[attr-defined]
    line, held = exam_in_scope(scope, exam), sitting_of(exam, sitting)
    hours = Hours.of(held, profile_of(exams.plan(exam)), exam_time_now(exam).now)
    here = rooms_in_scope(scope, exam, sitting)
    sites = [day.site_line(rooms) for rooms in here.values()]
    names = places.site_names(site.site for site in sites)
    rows: list[dict[str, Any]] = []
    silent = silent_since([site.site for site in sites], clock.now())
    for site in sites:
        recorded = site_condition(site, [room_condition(room, hours) for room in here[site.site]])
        condition = as_heard(recorded, site.site, silent)
        rows.append({"site": site, "name": names[site.site], "condition": condition})
    rows.sort(key=lambda row: (row["condition"].rank, row["site"].site))
    context = {
        "exam": line,
        "sitting": held,
        "sittings": exams.sittings(exam),
        "clock": exam_time_now(exam),
        "rows": rows,
        "total": day.total(site.figures for site in sites),
        "rooms": sum(site.rooms for site in sites),
        "unsealed": sum(site.rooms_unsealed for site in sites),
        "counted": sum(site.rooms_counted for site in sites),
        "open_findings": sum(site.open_findings for site in sites),
    }
    return render(request, "kaowu/day/sitting.html", context)


def _sittings(line: exams.ExamLine) -> list[dict[str, Any]]:
    now = exam_time_now(line.code).now
    held = exams.sittings(line.code)
    nearest = min(held, key=lambda sitting: abs(sitting.starts_at - now), default=None)
    return [
        {"sitting": sitting, "nearest": sitting is nearest, "past": sitting.ends_at < now} for sitting in held
    ]


urlpatterns = [
    path("day/", choose, name="day"),
    path("day/<str:exam>/<str:sitting>/", sitting, name="day_sitting"),
]
