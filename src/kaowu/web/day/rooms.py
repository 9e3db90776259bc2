"""The rooms of a site in one sitting, and the page of one room-sitting."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from kaowu.basics.errors import Finding
from kaowu.basics.ids import new_fact_id
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import day, exams, places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.signatures import signed_how
from kaowu.web.access import permitted, scope_of
from kaowu.web.day.acts import acts_of_room
from kaowu.web.day.conditions import Hours, room_condition
from kaowu.web.day.hand_in import PERMISSION, duty_of
from kaowu.web.day.room_view import RoomView, room_view
from kaowu.web.day.timelines import posts_in_words
from kaowu.web.day.where import exam_in_scope, sitting_of

RECENT = 12


@permitted("day.see", unscoped=("exam", "sitting"))
def site(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    """The rooms of a site, worst first, with the site's equations."""
    line, held = exam_in_scope(request.scope, exam), sitting_of(exam, sitting)  # type: ignore[attr-defined]
    place = places.site(site)
    rooms = day.rooms(exam, sitting, site)
    if place is None or not rooms:
        raise Http404
    clock = exam_time_now(exam)
    hours = Hours.of(held, profile_of(exams.plan(exam)), clock.now)
    rows = [{"room": room, "condition": room_condition(room, hours)} for room in rooms]
    rows.sort(key=lambda row: (row["condition"].rank, row["room"].key.room))  # type: ignore[attr-defined]
    sums = day.total(room.figures for room in rooms)
    context = {
        "exam": line,
        "sitting": held,
        "sittings": exams.sittings(exam),
        "site": place,
        "clock": clock,
        "rows": rows,
        "total": sums,
        "rooms": len(rooms),
        "rooms_unsealed": sum(room.figures.unsealed > 0 for room in rooms),
        "rooms_counted": sum(room.figures.counted for room in rooms),
        "not_yet": max(0, sums.expected - sums.entered - sums.absent),
        "difference": _difference(sums),
        "may_record": scope_of(request.user, PERMISSION).covers(place.path),
    }
    return render(request, "kaowu/day/site.html", context)


@permitted("day.see", unscoped=("exam", "sitting", "room"))
@never_cache
def room(request: HttpRequest, exam: str, sitting: str, site: str, room: str) -> HttpResponse:
    """One room-sitting: desks, equations, what is due, what may be done, what was recorded."""
    view = room_view(request, exam, sitting, site, room)
    lines = day.timeline(exam, str(view.key), limit=RECENT + 1)
    chosen = view.seat(request.GET.get("seat", ""))
    done = day.fact_line(exam, request.GET.get("done", "")) if "done" in request.GET else None
    if done is not None and done.subject != str(view.key):
        done = None
    context = {
        "view": view,
        "chosen": chosen,
        "chosen_photo": view.photo(chosen.ticket) if chosen and view.may_record else "",
        "done": done,
        "done_findings": _worst_first(done.findings) if done else (),
        "done_by": signed_how(done.index) if done else (),
        # What was just recorded shows its findings above; beside it stand those from before.
        "findings": [
            found
            for found in day.open_findings(exam, site=site, within=str(view.key))
            if found.subject == str(view.key) and (done is None or found.index != done.index)
        ],
        "lines": posts_in_words(lines[:RECENT]),
        "more_lines": len(lines) > RECENT,
        "acts": _acts(view),
        "seat_acts": _seat_acts(view, chosen),
        "scan_address": view.act("candidate_admitted"),
        "scan_id": new_fact_id(view.clock.now),
        "doubt_id": new_fact_id(view.clock.now),
        "sittings": exams.sittings(exam),
    }
    return render(request, "kaowu/day/room.html", context)


def _worst_first(findings: tuple[Finding, ...]) -> list[Finding]:
    return sorted(findings, key=lambda finding: -finding.severity)


def _difference(sums: Any) -> int | None:
    """None until every room has counted."""
    return sums.issued - sums.used - sums.absent_sheets - sums.spare - sums.void if sums.counted else None


def _acts(view: RoomView) -> list[dict[str, Any]]:
    if not view.may_record:
        return []
    current = view.steps[view.current_step - 1][1] if view.current_step <= len(view.steps) else ""
    return [
        {
            "label": duty_of(kind).label,
            "address": view.act(kind.name),
            "late": view.act(kind.name, late="1"),
            "is_next": kind.name == current,
            "is_grave": kind.name == "violation_recorded",
        }
        for kind in acts_of_room()
        if kind.name not in ("fact_withdrawn", "finding_answered", "sheet_code_checked")
    ]


def _seat_acts(view: RoomView, chosen: Any) -> list[dict[str, Any]]:
    """What else makes sense for a chosen seat, the likely act first."""
    if chosen is None or not view.may_record:
        return []
    names = {
        "expected": ["candidate_absent", "violation_recorded"],
        "in_doubt": ["doubt_settled", "violation_recorded"],
        "absent": ["candidate_admitted"],
    }.get(chosen.code, ["violation_recorded"])
    return [
        {
            "label": duty_of(kind).label,
            "address": view.act(kind.name, admission_number=chosen.ticket),
            "is_grave": kind.name == "violation_recorded",
        }
        for name in names
        for kind in acts_of_room()
        if kind.name == name
    ]


urlpatterns = [
    path("day/<str:exam>/<str:sitting>/<str:site>/", site, name="day_site"),
    path("day/<str:exam>/<str:sitting>/<str:site>/<str:room>/", room, name="room"),
]
