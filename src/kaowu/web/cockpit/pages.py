"""The cockpit's pages: a whole area, one site, and the same snapshot for those who must poll."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from kaowu.store.queries import exams, places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import permitted
from kaowu.web.cockpit.board import AREA, SITE, board
from kaowu.web.cockpit.panels import PLACES, panels
from kaowu.web.cockpit.snapshot import View, clock_of, snapshot
from kaowu.web.day.where import exam_in_scope, exams_in_scope, sitting_of
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("conduct", _("Cockpit"), view="cockpits", permission="cockpit.see", order=20)


@permitted("cockpit.see")
def cockpits(request: HttpRequest) -> HttpResponse:
    """The wall of the exam that is nearest in time."""
    found = exams_in_scope(request.scope)  # type: ignore[attr-defined]
    if not found:
        return render(request, "kaowu/cockpit/none.html")
    nearest = min(found, key=lambda line: abs((line.starts_at or 0) - exam_time_now(line.code).now))
    return redirect("cockpit", exam=nearest.code)


@permitted("cockpit.see", unscoped=("exam",))
def cockpit(request: HttpRequest, exam: str) -> HttpResponse:
    """The sitting that runs, or the next one."""
    line = exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    held, now = exams.sittings(line.code), exam_time_now(line.code).now
    if not held:
        return render(request, "kaowu/cockpit/none.html", {"exam": line})
    current = next((sitting for sitting in held if sitting.ends_at + 3_600_000 > now), held[-1])
    return redirect("cockpit_area", exam=exam, sitting=current.id)


@permitted("cockpit.see", unscoped=("exam", "sitting"))
@never_cache
def area(request: HttpRequest, exam: str, sitting: str) -> HttpResponse:
    return _wall(request, exam, sitting, None)


@permitted("cockpit.see", unscoped=("exam", "sitting"))
@never_cache
def site(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    return _wall(request, exam, sitting, site)


@permitted("cockpit.see", unscoped=("exam", "sitting"))
def area_poll(request: HttpRequest, exam: str, sitting: str) -> HttpResponse:
    return _poll(request, exam, sitting, None)


@permitted("cockpit.see", unscoped=("exam", "sitting"))
def site_poll(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    return _poll(request, exam, sitting, site)


def _wall(request: HttpRequest, exam: str, sitting: str, site: str | None) -> HttpResponse:
    line = exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    shown = board(line, sitting, request.scope, site)  # type: ignore[attr-defined]
    if site is not None and not shown.sites:
        raise Http404
    level = AREA if site is None else SITE
    drawn: dict[str, list[dict[str, Any]]] = {place: [] for place in PLACES}
    for one in panels(level):
        drawn[one.place].append({"name": one.name, "title": one.title, "html": one.draw(shown)})
    query = {"exam": exam, "sitting": sitting} | ({"site": site} if site else {})
    context = {
        "board": shown,
        "level": level,
        "places": drawn,
        "clock": clock_of(shown),
        "stream": f"/live/cockpit?{urlencode(query)}",
        "site": places.site(site) if site else None,
    }
    return render(request, "kaowu/cockpit/wall.html", context)


def _poll(request: HttpRequest, exam: str, sitting: str, site: str | None) -> HttpResponse:
    line = exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    sitting_of(line.code, sitting)
    drawn = snapshot(View(line.code, sitting, site, request.scope, get_language() or "zh-hans"))  # type: ignore[attr-defined]
    tag = f'"{drawn.version}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
    return HttpResponse(
        drawn.to_json(),
        content_type="application/json; charset=utf-8",
        headers={"ETag": tag, "Cache-Control": "private, no-cache"},
    )


urlpatterns = [
    path("cockpit/", cockpits, name="cockpits"),
    path("cockpit/<str:exam>/", cockpit, name="cockpit"),
    path("cockpit/<str:exam>/<str:sitting>/", area, name="cockpit_area"),
    path("cockpit/<str:exam>/<str:sitting>/poll", area_poll, name="cockpit_area_poll"),
    path("cockpit/<str:exam>/<str:sitting>/<str:site>/", site, name="cockpit_site"),
    path("cockpit/<str:exam>/<str:sitting>/<str:site>/poll", site_poll, name="cockpit_site_poll"),
]
