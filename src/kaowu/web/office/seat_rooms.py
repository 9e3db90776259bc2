"""The rooms of a seat plan: the list of a site, one room on its real grid, and the plan as a workbook."""

from string import ascii_uppercase
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.seat_grid import SeatGrid, seat_of_text
from kaowu.loop.prepare.paper_forms import has_two_forms, make_up, paper_of
from kaowu.loop.prepare.seat_table import serves
from kaowu.loop.prepare.seat_workbook import HEADER, WIDTHS
from kaowu.loop.profile_of_exam import profile_of
from kaowu.registry.sites import RegisteredRoom
from kaowu.store.queries import exams, places, registers, seat_plans
from kaowu.web.access import permitted
from kaowu.web.office.candidates import ReasonForm, take_out
from kaowu.web.office.exam_here import exam_here
from kaowu.web.office.workbooks import attachment, workbook
from kaowu.web.seat_grid_plan import SeatGridPlan, Tile
from kaowu.web.templatetags.components import listed, masked_name
from kaowu.web.works import seat_views
from kaowu.web.works.seat_views import PlanView, RoomView

_BY = ("school", "language", "number", "paper")


@permitted("seats.see", unscoped=("exam", "room"))
@never_cache
def room(request: HttpRequest, exam: str, site: str, room: str) -> HttpResponse:
    """One room as its desks stand, with the list of its neighbours at the left."""
    line = exam_here(request, exam)
    plan, latest = exams.plan(exam), seat_plans.shown(exam)
    if latest is None:
        raise Http404
    view = seat_views.view_with(latest, site, room, request.GET.get("seating", ""))
    shown, place = view.rooms.get((site, room)), places.site(site)
    if shown is None or place is None:
        raise Http404
    registered = _registered(place.path)
    grid = _grid(registered.get(room), shown)
    profile = profile_of(plan)
    reach = int(profile.choice("neighbour_mode")) if profile else 4
    by = request.GET.get("by", "school")
    touching = shown.touching(grid, reach)
    groups = _groups(shown, by)
    letters = _letters(groups) if by != "paper" else {form: form for form, _ in groups}
    rooms = view.of_site(site)
    numbers = [one.room for one in rooms]
    at = numbers.index(room)
    context: dict[str, Any] = {
        "line": line,
        "site": place,
        "room": shown,
        "rooms": [{"view": one, "kind": registered[one.room].kind if one.room in registered else ""} for one in rooms],
        "kept": [one for one in registered.values() if one.number not in numbers and one.kind != "standard"],
        "free": sum(one.number not in numbers and one.kind == "standard" for one in registered.values()),
        "grid": grid,
        "drawn": _drawn(shown, grid, by, letters, touching),
        "legend": [(letters[name], name, count) for name, count in groups],
        "by": by if by in _BY else "school",
        "touching": touching,
        "largest": shown.schools()[0],
        "needs": sum(bool(row.accommodation) for _, row in shown.lines),
        "before": numbers[at - 1] if at else "",
        "after": numbers[at + 1] if at + 1 < len(numbers) else "",
        "latest": latest,
        "sealed": plan.seat_plan is not None,
        "reach": reach,
        "view": view,
        "seatings": [(name, _subjects(exam, name)) for name in view.seatings] if len(view.seatings) > 1 else (),
        "locked": [seat for seat, _ in shown.lines if seat.candidate in plan.locked_seats],
        "closed": plan.is_closed(site, room),
        "two_papers": profile is not None and has_two_forms(profile),
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "kaowu/seats/room.html", context)


@permitted("roster.export", unscoped=("exam",))
@require_POST
def export(request: HttpRequest, exam: str) -> HttpResponse:
    """The latest plan as a workbook with a watermark: the sites inside the scope, all rooms."""
    line = exam_here(request, exam)
    form, latest = ReasonForm(request.POST), seat_plans.shown(exam)
    if latest is None:
        raise Http404
    if not form.is_valid():
        return render(request, "kaowu/roster/export_refused.html", {"line": line, "form": form}, status=422)
    views = [seat_views.view_of(latest, name) for name in seat_views.view_of(latest).seatings]
    sites = sorted({site for view in views for site in view.sites})
    paths = places.site_paths(sites)
    own = [site for site in sites if request.scope.covers(paths.get(site, ""))]  # type: ignore[attr-defined]
    # Somebody who sits alike in several seatings stands in the list once.
    rows = list(dict.fromkeys(row for view in views for row in _rows(view, own)))
    mark = take_out(request, line, "roster.export", "seats", len(rows), form.cleaned_data["reason"])
    content = workbook(f"{line.name} 座位编排", HEADER, rows, mark, WIDTHS)
    return attachment(content, f"{line.name}_座位编排_{mark.at:%Y%m%d}.xlsx")


def _rows(view: PlanView, sites: list[str]) -> list[tuple[str, ...]]:
    names = places.site_names(sites)
    return [
        (
            seat.sitting, seat.site, names.get(seat.site, ""), seat.room, seat.seat, seat.admission_number, row.number, row.name, row.sex,
            row.school, row.foreign_language, row.subjects.replace("|", "、"),
        )
        for site in sites
        for room in view.of_site(site)
        for seat, row in room.lines
    ]  # fmt: skip


def _subjects(exam: str, seating: str) -> str:
    """The papers of a seating in words."""
    held = [each for each in exams.sittings(exam) if serves(seating, each.id)]
    return listed(subject for each in held for subject in each.subjects)


def _registered(path: str) -> dict[str, RegisteredRoom]:
    return {room.number: room for site in registers.sites_below(path) for room in site.rooms}


def _grid(room: RegisteredRoom | None, shown: RoomView) -> SeatGrid:
    if room is not None and room.grid is not None:
        return room.grid
    return SeatGrid.for_capacity(max(seat_of_text(line.seat) for line, _ in shown.lines))


def _groups(shown: RoomView, by: str) -> list[tuple[str, int]]:
    """The schools, languages or forms of the paper in a room, with how many people each."""
    match by:
        case "language":
            return shown.languages()
        case "paper":
            return list(make_up(line.seat for line, _ in shown.lines).items())
    return shown.schools()


def _letters(groups: list[tuple[str, int]]) -> dict[str, str]:
    """A letter for each school or language, most people first: A, B, … Z, A1, …"""
    return {
        name: ascii_uppercase[number % 26] + (str(number // 26) if number >= 26 else "")
        for number, (name, _) in enumerate(groups)
    }


def _drawn(
    shown: RoomView, grid: SeatGrid, by: str, letters: dict[str, str], touching: list[tuple[int, int]]
) -> SeatGridPlan:
    hit = {seat for pair in touching for seat in pair}
    tiles = {}
    for line, row in shown.lines:
        seat = seat_of_text(line.seat)
        key = {"language": row.foreign_language, "paper": paper_of(line.seat)}.get(by, row.school)
        tag = "" if by == "number" else letters.get(key, "")
        name = line.admission_number[-5:] if by == "number" else masked_name(row.name)
        tiles[seat] = Tile(line.seat, name, tag, 2 if seat in hit else 0)
    label = _t("Room %(room)s: %(columns)s columns of %(layout)s desks") % {
        "room": shown.room,
        "columns": len(grid.columns),
        "layout": grid.layout,
    }
    return SeatGridPlan.of(grid, label, tiles)


urlpatterns = [
    path("office/seats/<str:exam>/site/<str:site>/<str:room>/", room, name="seats_room"),
    path("office/seats/<str:exam>/workbook/", export, name="seats_export"),
]
