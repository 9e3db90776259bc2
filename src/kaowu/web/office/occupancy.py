"""Use of rooms and seats by the sealed plan: of the whole, by sitting, by site; and its workbook."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import exams, places, room_use
from kaowu.store.queries.exams import ExamLine
from kaowu.store.queries.room_use import Cell, Use
from kaowu.web.access import Scope, permitted
from kaowu.web.office.candidates import ReasonForm, take_out
from kaowu.web.office.exam_here import exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment, workbook

MENU = MenuEntry("prepare", _("Use of rooms"), view="occupancies", permission="site_plan.see", order=52)

_HEADER = ("场次", "科目", "考点代码", "考点名称", "考场", "座位", "人次", "空座", "每考场人次")
_WIDTHS = (8, 24, 10, 34, 8, 8, 8, 8, 12)


@permitted("site_plan.see")
def occupancies(request: HttpRequest) -> HttpResponse:
    return to_current(request, "occupancy")


@permitted("site_plan.see", unscoped=("exam",))
def occupancy(request: HttpRequest, exam: str) -> HttpResponse:
    line = exam_here(request, exam)
    used = _used(line, request.scope)  # type: ignore[attr-defined]
    sites = sorted({site for _, site in used})
    names, registered = places.site_names(sites), room_use.registered_rooms(sites)
    context = {
        "line": line,
        "total": _line(used),
        "sittings": [
            {"sitting": one, **_line({cell: use for cell, use in used.items() if cell[0] == one.id})}
            for one in exams.sittings(exam)
        ],
        "sites": [
            {
                "site": site,
                "name": names.get(site, ""),
                "registered": registered[site],
                "fullest": max(use.rooms for cell, use in used.items() if cell[1] == site),
                **_line({cell: use for cell, use in used.items() if cell[1] == site}),
            }
            for site in sites
        ],
    }
    return render(request, "kaowu/site_plans/occupancy.html", context)


@permitted("roster.export", unscoped=("exam",))
@require_POST
def export(request: HttpRequest, exam: str) -> HttpResponse:
    """One row for each site and sitting of the scope."""
    line, form = exam_here(request, exam), ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "kaowu/roster/export_refused.html", {"line": line, "form": form}, status=422)
    used = _used(line, request.scope)  # type: ignore[attr-defined]
    names = places.site_names({site for _, site in used})
    subjects = {one.id: "、".join(one.subjects) for one in exams.sittings(exam)}
    rows = [
        (
            sitting, subjects.get(sitting, ""), site, names.get(site, ""), str(use.rooms), str(use.seats),
            str(use.people), str(use.free), _mean(use.people, use.rooms),
        )
        for (sitting, site), use in sorted(used.items())
    ]  # fmt: skip
    mark = take_out(request, line, "roster.export", "room_use", len(rows), form.cleaned_data["reason"])
    content = workbook(f"{line.name} 考场使用", _HEADER, rows, mark, _WIDTHS)
    return attachment(content, f"{line.name}_考场使用_{mark.at:%Y%m%d}.xlsx")


def _used(line: ExamLine, scope: Scope) -> dict[Cell, Use]:
    profile = profile_of(exams.plan(line.code))
    if profile is None:
        return {}
    sites = room_use.sites_used(line.code)
    paths = places.site_paths(sites)
    own = [site for site in sites if scope.covers(paths.get(site, ""))]
    return room_use.seats_used(line.code, own, profile.number("room_capacity"))


def _line(used: dict[Cell, Use]) -> dict[str, Any]:
    """Sums over some sites and sittings. Rooms are room-sittings here, people are entries."""
    rooms, people = sum(use.rooms for use in used.values()), sum(use.people for use in used.values())
    seats = sum(use.seats for use in used.values())
    tenths = 1_000 * people // seats if seats else 0
    return {
        "room_sittings": rooms, "seats": seats, "people": people, "free": seats - people,
        "mean": _mean(people, rooms), "share": f"{tenths // 10}.{tenths % 10}%" if seats else "—",
    }  # fmt: skip


def _mean(people: int, rooms: int) -> str:
    """27.99: entries for each room-sitting, rounded to the nearest hundredth."""
    if not rooms:
        return "—"
    hundredths = (200 * people + rooms) // (2 * rooms)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


urlpatterns = [
    path("office/room-use/", occupancies, name="occupancies"),
    path("office/room-use/<str:exam>/", occupancy, name="occupancy"),
    path("office/room-use/<str:exam>/workbook/", export, name="occupancy_export"),
]
