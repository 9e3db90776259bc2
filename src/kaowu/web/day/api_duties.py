"""The roll for a terminal at the site: who is due, taking somebody in, and a replacement for who is missing."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from kaowu.basics.errors import Refused
from kaowu.engines.draw import Duty
from kaowu.store.queries import duties, places
from kaowu.web.access import permitted
from kaowu.web.day.api_forms import worst_first
from kaowu.web.day.api_keys import KEYS
from kaowu.web.day.where import exam_in_scope
from kaowu.web.office.exam_here import acting
from kaowu.web.works import replacements
from kaowu.web.works.replacements import WAYS, Proposal

ROUTER = Router(auth=KEYS, tags=["v1"])

_PERMISSION = "duties.replace"
_PLACE = "/v1/exams/{exam}/sittings/{sitting}/sites/{site}/duties"


class DueOut(Schema):
    """One line of the roll."""

    room: str
    post: str
    person: str
    name: str
    waits: bool
    taken_at: int | None


class TakenIn(Schema):
    """Somebody reported."""

    model_config = ConfigDict(extra="forbid")

    way: str = Field("scan", pattern="^(number|scan|list)$")


class MoveOut(Schema):
    """One place that changes; an empty name is nobody."""

    room: str
    post: str
    before: str
    after: str


class WayOut(Schema):
    """One way to deal with an absence, worked out."""

    way: str = Field(..., description="legal, repeats, called (city or county only) or empty")
    moved: int
    moves: list[MoveOut]


class ProposalOut(Schema):
    """What can be done about an absence; `before` names the list it starts from."""

    before: str
    duty: MoveOut
    ways: list[WayOut]
    sentence: dict[str, str] | None = None


class ReplaceIn(Schema):
    """Which way was chosen, from which list."""

    model_config = ConfigDict(extra="forbid")

    way: str = Field(..., max_length=20)
    before: str = Field(..., min_length=64, max_length=64)
    reason: str = Field("", max_length=500)


@ROUTER.get(_PLACE, response=list[DueOut], summary="点名表 Who is due in a sitting, and who has come")
@permitted(_PERMISSION, unscoped=("exam", "sitting"))
def due(request: HttpRequest, exam: str, sitting: str, site: str) -> Any:
    exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    try:
        roll = replacements.roll(exam, site, sitting)
    except Refused as refused:
        return _refusal(refused)
    names = duties.names([one.line.person for one in roll.lines])
    return [
        {
            "room": one.line.room,
            "post": one.line.post,
            "person": one.line.person,
            "name": names.get(one.line.person, ""),
            "waits": one.waits,
            "taken_at": one.line.taken_at,
        }
        for one in roll.lines
    ]


@ROUTER.post(_PLACE + "/{number}/taken", response={200: Any, 409: Any}, summary="登记到岗 Somebody reports")
@permitted(_PERMISSION, unscoped=("exam", "sitting", "number", "sent"))
def take(request: HttpRequest, exam: str, sitting: str, site: str, number: str, sent: TakenIn) -> Any:
    """Sent twice it is kept once."""
    exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    try:
        came = replacements.report(
            exam, site, sitting, number, sent.way, acting(request, _PERMISSION, _path(site))
        )
    except Refused as refused:
        return _refusal(refused)
    return 200, {
        "outcome": "repeated" if came.taken_at is not None else "recorded",
        "room": came.room,
        "post": came.post,
    }


@ROUTER.get(
    _PLACE + "/{number}/replacement",
    response={200: ProposalOut, 409: Any},
    summary="替补建议 A legal replacement",
)
@permitted(_PERMISSION, unscoped=("exam", "sitting", "number"))
def proposal(request: HttpRequest, exam: str, sitting: str, site: str, number: str) -> Any:
    exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    try:
        return 200, _proposal(replacements.propose(exam, site, sitting, number))
    except Refused as refused:
        return _refusal(refused)


@ROUTER.post(
    _PLACE + "/{number}/replacement", response={201: Any, 409: Any}, summary="缺岗替补 Record an absence"
)
@permitted(_PERMISSION, unscoped=("exam", "sitting", "number", "sent"))
def replace(request: HttpRequest, exam: str, sitting: str, site: str, number: str, sent: ReplaceIn) -> Any:
    exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    try:
        found = replacements.propose(exam, site, sitting, number)
        actor = acting(request, _PERMISSION, _path(site))
        receipt = replacements.replace_absent(found, sent.way, sent.before, [actor], sent.reason)
    except Refused as refused:
        return _refusal(refused)
    return 201, {"index": receipt.index, "id": str(receipt.id), "findings": worst_first(receipt.findings)}


def _proposal(found: Proposal) -> dict[str, Any]:
    ways = []
    for way in WAYS:
        chosen = found.chosen(way)
        if chosen is not None:
            ways.append({"way": way, "moved": chosen[0].moved, "moves": _moves(chosen[0])})
    return {
        "before": found.listed.digest,
        "duty": _move(found.duty, found.duty.person, ""),
        "ways": ways,
        "sentence": found.offer.sentence.as_dict() if found.offer.sentence else None,
    }


def _moves(repair: Any) -> list[dict[str, str]]:
    left = {(duty.room, duty.post): duty.person for duty in repair.gone}
    return [_move(duty, left.get((duty.room, duty.post), ""), duty.person) for duty in repair.taken]


def _move(duty: Duty, before: str, after: str) -> dict[str, str]:
    return {"room": duty.room, "post": duty.post, "before": before, "after": after}


def _path(site: str) -> str:
    found = places.site(site)
    assert found is not None
    return found.path


def _refusal(refused: Refused) -> JsonResponse:
    return JsonResponse({"refusal": refused.as_dict()}, status=409)


urlpatterns: list[Any] = []  # the operations are found by their router
