"""What programs may ask at /api/v1: the catalogue, exams, rosters, figures, timelines, and the description itself."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.module_loading import import_string
from ninja import Router

from kaowu.exam.room_sitting import Figures
from kaowu.facts.catalogue import Kind, kinds
from kaowu.facts.subjects import RoomSittingKey, Subject
from kaowu.loop.duty import duty_that_records
from kaowu.store.queries import day, exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.room_state import room_state
from kaowu.web.access import Scope, permitted
from kaowu.web.day import api_forms as forms
from kaowu.web.day.api_keys import KEYS
from kaowu.web.day.seat_states import state_code
from kaowu.web.day.where import exam_in_scope, exams_in_scope, sites_in_scope

ROUTER = Router(auth=KEYS, tags=["v1"])


@ROUTER.get("/v1/kinds", response=list[forms.KindOut], summary="事实目录 The catalogue of facts")
@permitted("day.see")
def kinds_of_facts(request: HttpRequest) -> list[dict[str, Any]]:
    return [kind_as_dict(kind) for kind in kinds().values()]


@ROUTER.get("/v1/exams", response=list[forms.ExamOut], summary="考试与场次 Exams with their sittings")
@permitted("day.see")
def exams_of_mine(request: HttpRequest) -> list[dict[str, Any]]:
    return [_exam(line) for line in exams_in_scope(_scope(request))]


@ROUTER.get(
    "/v1/exams/{exam}/sittings/{sitting}/sites/{site}/rooms/{room}/roster",
    response=list[forms.SeatOut],
    summary="考场名单 Who is expected in a room",
)
@permitted("facts.hand_in", unscoped=("exam", "sitting", "room"))
def roster(request: HttpRequest, exam: str, sitting: str, site: str, room: str) -> list[dict[str, Any]]:
    state = room_state(exam, RoomSittingKey(sitting, site, room))
    if state is None:
        raise Http404
    seated = exams.seats(exam, site, room, state.sitting.subjects, sitting)
    people = {row.admission_number: row for row in seated}
    return [
        {
            "seat": seat.seat_number,
            "admission_number": ticket,
            "name": people[ticket].name,
            "sex": people[ticket].sex,
            "accommodation": people[ticket].accommodation,
            "state": state_code(state, ticket),
        }
        for ticket, seat in state.seats.items()
    ]


@ROUTER.get(
    "/v1/exams/{exam}/sittings/{sitting}/figures",
    response=list[forms.FiguresOut],
    summary="考点数目 Figures of the sites in my scope",
)
@permitted("day.see", unscoped=("exam", "sitting"))
def figures_of_sites(request: HttpRequest, exam: str, sitting: str) -> list[dict[str, Any]]:
    exam_in_scope(_scope(request), exam)
    return [
        {
            "site": line.site,
            "room": None,
            "rooms": line.rooms,
            "figures": _figures(line.figures),
            "open_findings": line.open_findings,
            "worst": line.worst,
            "changed_at": line.changed_at,
        }
        for line in sites_in_scope(_scope(request), exam, sitting)
    ]


@ROUTER.get(
    "/v1/exams/{exam}/sittings/{sitting}/sites/{site}/figures",
    response=list[forms.FiguresOut],
    summary="考场数目 Figures of the rooms of a site",
)
@permitted("day.see", unscoped=("exam", "sitting"))
def figures_of_rooms(request: HttpRequest, exam: str, sitting: str, site: str) -> list[dict[str, Any]]:
    return [
        {
            "site": site,
            "room": line.key.room,
            "rooms": 1,
            "figures": _figures(line.figures),
            "open_findings": line.open_findings,
            "worst": line.worst,
            "changed_at": line.changed_at,
        }
        for line in day.rooms(exam, sitting, site)
    ]


@ROUTER.get(
    "/v1/exams/{exam}/sites/{site}/timeline",
    response=list[forms.LineOut],
    summary="时间线 The facts of a site or of one room-sitting, latest first",
)
@permitted("day.see", unscoped=("exam", "subject", "before", "limit"))
def timeline(
    request: HttpRequest, exam: str, site: str, subject: str = "", before: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    lines = day.timeline(
        exam,
        subject or None,
        site=site,
        before=None if before is None else max(-(2**53), min(before, 2**53)),
        limit=max(1, min(limit, 500)),
    )
    return [
        {
            "index": line.index,
            "id": line.id,
            "kind": line.kind,
            "label": line.label.as_dict(),
            "line": line.line.as_dict(),
            "stamped_at": line.stamped_at,
            "recorded_at": line.recorded_at,
            "time_source": line.time_source,
            "actors": [{"account": actor.account, "post": actor.post} for actor in line.actors],
            "device": line.device,
            "subject": line.subject,
            "site": line.site,
            "findings": forms.worst_first(line.findings),
            "corrects": line.corrects,
            "withdrawn": line.withdrawn,
        }
        for line in lines
    ]


@ROUTER.get("/v1/openapi.json", include_in_schema=False)
@permitted("day.see")
def openapi(request: HttpRequest) -> JsonResponse:
    return JsonResponse(_description(), json_dumps_params={"ensure_ascii": False})


@permitted("day.see")
def docs(request: HttpRequest) -> HttpResponse:
    """The same description for people, without scripts from elsewhere."""
    operations = [
        {
            "method": method.upper(),
            "path": address,
            "summary": operation.get("summary", ""),
            "parameters": operation.get("parameters", []),
        }
        for address, methods in _description()["paths"].items()
        for method, operation in methods.items()
    ]
    context = {
        "base": "/api/v1",
        "openapi": "/api/v1/openapi.json",
        "hand_in": "POST /api/v1/facts",
        "operations": operations,
        "fields": forms.FactIn.model_json_schema()["properties"].items(),
        "kinds": [
            kind_as_dict(kind)
            for kind in kinds().values()
            if kind.about in (Subject.ROOM_SITTING, Subject.SITE)
        ],
    }
    return render(request, "kaowu/day/api_docs.html", context)


def _description() -> dict[str, Any]:
    description: dict[str, Any] = dict(_api().get_openapi_schema())
    description["paths"] = {
        address: methods
        for address, methods in description["paths"].items()
        if address.startswith("/api/v1/")
    }
    # The facts handed in are read one by one, so that one bad fact spoils no other; their form is told here.
    told = forms.FactIn.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = description["components"]["schemas"]
    schemas |= told.pop("$defs", {})
    schemas["FactIn"] = told
    return description


def _api() -> Any:
    # The API finds its operations by walking the page modules; it is itself found by name, when asked for.
    return import_string("kaowu.web.api.api")


def _scope(request: HttpRequest) -> Scope:
    return request.scope  # type: ignore[attr-defined, no-any-return]


def kind_as_dict(kind: Kind) -> dict[str, Any]:
    """A kind of fact as forms and terminals need it."""
    duty = duty_that_records(kind.name)
    return {
        "kind": kind.name,
        "label": kind.label.as_dict(),
        "about": str(kind.about),
        "taken_here": duty is not None and kind.about in (Subject.ROOM_SITTING, Subject.SITE),
        "persons": duty.persons if duty else 0,
        "posts": list(duty.posts) if duty else [],
        "may_be_refused": bool(duty and duty.may_be_refused),
        "fields": [
            {
                "name": spec.name,
                "shape": str(spec.shape),
                "label": spec.label.as_dict(),
                "required": spec.required,
                "personal": spec.personal,
                "choices": [{"code": code, "label": said.as_dict()} for code, said in spec.choices],
                "longest": spec.longest,
                "at_least": spec.at_least,
                "at_most": spec.at_most,
            }
            for spec in kind.fields
        ],
    }


def _exam(line: exams.ExamLine) -> dict[str, Any]:
    clock = exam_time_now(line.code)
    return {
        "exam": line.code,
        "name": line.name,
        "archived": line.archived,
        "exam_time": clock.now,
        "exam_time_speed": clock.speed,
        "is_exercise": clock.is_exercise,
        "sittings": [
            {
                "sitting": sitting.id,
                "subjects": list(sitting.subjects),
                "starts_at": sitting.starts_at,
                "ends_at": sitting.ends_at,
            }
            for sitting in exams.sittings(line.code)
        ],
    }


def _figures(counted: Figures) -> dict[str, Any]:
    return {name: getattr(counted, name) for name in counted.__slots__} | {"balances": counted.balances}


urlpatterns = [path("api/v1/docs", docs, name="api_docs")]
