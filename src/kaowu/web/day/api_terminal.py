"""The door for terminals that are enrolled: what a code is for, what day it is, how far its records have come.

A terminal shows who it is by a signature over its name and the time. It is told what its own site needs to work
alone: rooms, seats and ticket numbers, who may act there, the kinds of fact. No names of candidates.
"""

import base64
import binascii
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import VerifyingKey, deployed
from kaowu.facts.catalogue import Kind, kinds
from kaowu.facts.subjects import Subject
from kaowu.loop.duty import duty_that_records
from kaowu.store import devices
from kaowu.store.devices import Device
from kaowu.store.models import Assignment
from kaowu.store.queries import copies, exams, places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import public
from kaowu.web.counter import clock
from kaowu.web.day.api_questions import kind_as_dict
from kaowu.web.office.copies_bar import LEVELS
from kaowu.web.permissions import POSTS

ROUTER = Router(auth=None, tags=["v1"])

APART_MS = 300_000
_ASK = "kaowu terminal asks 1\n{}\n{}\n"
# Kinds that speak of earlier records are for pages, which show those.
_NOT_AT_TERMINALS = ("fact_withdrawn", "finding_answered")


class CodeIn(Schema):
    """A one-time code, before it is used."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(..., max_length=40)


class AskIn(Schema):
    """A question of an enrolled terminal, signed by its key."""

    model_config = ConfigDict(extra="forbid")

    device: str = Field(..., max_length=64)
    at: int = Field(..., ge=0, lt=2**47)
    signature: str = Field(..., max_length=200)


@ROUTER.post("/v1/devices/code", response={200: Any, 403: Any}, summary="登记码是给谁的 What a code is for")
@public("whoever holds a one-time code may know which device it is for; the code stays unused")
def look_at_code(request: HttpRequest, sent: CodeIn) -> Any:
    code = devices.look_at_code(sent.code, clock)
    if code is None:
        return 403, code_refused().as_dict()
    return 200, {"device": code.device, "exam": code.exam, "site": code.site, "suite": deployed().name}


@ROUTER.post(
    "/v1/terminal/day", response={200: Any, 403: Any, 409: Any}, summary="终端的考试日 The day at a terminal"
)
@public("a terminal proves itself by its signature; no account is involved")
def day(request: HttpRequest, sent: AskIn) -> Any:
    device, refusal = _asking(sent)
    return (200, _day(device) | _progress(device)) if device else refusal


@ROUTER.post(
    "/v1/terminal/ticks", response={200: Any, 403: Any, 409: Any}, summary="终端的回执 Who holds its records"
)
@public("a terminal proves itself by its signature; no account is involved")
def ticks(request: HttpRequest, sent: AskIn) -> Any:
    device, refusal = _asking(sent)
    return (200, _progress(device)) if device else refusal


def code_refused() -> Refused:
    """The answer to a code that opens nothing."""
    return Refused(
        "code_not_valid",
        Sentence("登记码不对、已用过或已过期。", "The code is wrong, was used before, or is out of time."),
        remedy=Sentence("请考务人员重新生成登记码。", "Ask an officer for a new code."),
    )


def _asking(sent: AskIn) -> tuple[Device | None, Any]:
    device = devices.device(sent.device)
    if device is None or device.revoked_index is not None or not _signed(device, sent):
        return None, (403, _not_known().as_dict())
    if abs(sent.at - clock.now()) > APART_MS:
        # The terminal learns the time and asks again: an old question opens nothing.
        return None, (409, _clock_apart().as_dict() | {"now": clock.now()})
    return device, None


def _signed(device: Device, sent: AskIn) -> bool:
    try:
        signature = base64.b64decode(sent.signature.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return False
    key = VerifyingKey.from_text(device.key)
    return deployed().verify(key, _ASK.format(sent.device, sent.at).encode(), signature)


def _day(device: Device) -> dict[str, Any]:
    line, place = exams.exam(device.exam), places.site(device.site)
    assert line is not None
    plan = exams.plan(device.exam)
    held = exams.sittings(device.exam)
    return {
        "exam": device.exam,
        "exam_name": line.name,
        "site": device.site,
        "site_name": place.name if place else device.site,
        "plan": plan.package.hex() if plan.package else None,
        "sittings": [
            {
                "sitting": one.id,
                "subjects": list(one.subjects),
                "starts_at": one.starts_at,
                "ends_at": one.ends_at,
                "rooms": _rooms(device, one),
            }
            for one in held
        ],
        "kinds": [_kind(kind) for kind in kinds().values() if _is_done_in_a_room(kind)],
        "staff": _staff(place.path) if place else [],
        "posts": {post: str(label) for post, label in POSTS.items()},
    }


def _progress(device: Device) -> dict[str, Any]:
    now = exam_time_now(device.exam)
    return {
        "now": now.now,
        "real_now": now.real_now,
        "speed": now.speed,
        "source": now.source,
        "is_exercise": now.is_exercise,
        "sequence": device.sequence,
        "head": device.head.hex(),
        "held_above": [
            {
                "level": one.level,
                "label": str(LEVELS[one.level]),
                "size": one.size,
                "state": one.state(clock.now()),
            }
            for one in copies.copies()
        ],
    }


def _rooms(device: Device, sitting: Any) -> dict[str, list[list[str]]]:
    """Seat and ticket of everyone expected, by room."""
    rooms: dict[str, list[list[str]]] = {}
    for room in exams.seats_of_site(device.exam, device.site):
        seated = exams.seats(device.exam, device.site, room, sitting.subjects, sitting.id)
        if seated:
            rooms[room] = [[one.seat, one.admission_number] for one in seated]
    return rooms


def _is_done_in_a_room(kind: Kind) -> bool:
    known = kind.about is Subject.ROOM_SITTING and duty_that_records(kind.name) is not None
    return known and kind.name not in _NOT_AT_TERMINALS


def _kind(kind: Kind) -> dict[str, Any]:
    duty = duty_that_records(kind.name)
    assert duty is not None
    return kind_as_dict(kind) | {"duty": duty.label.as_dict()}


def _staff(path: str) -> list[dict[str, Any]]:
    """Accounts that act at the site, with their posts: identifiers, no names."""
    posts = {post for kind in kinds().values() if _is_done_in_a_room(kind) for post in _kind(kind)["posts"]}
    held: dict[str, list[str]] = {}
    open_ones = Assignment.objects.filter(ended_at=None, post__in=posts, account__is_active=True)
    for number, post, own in open_ones.values_list("account__number", "post", "organisation__path"):
        if path.startswith(own):
            held.setdefault(number, []).append(post)
    return [{"account": number, "posts": sorted(held[number])} for number in sorted(held)]


def _not_known() -> Refused:
    return Refused(
        "terminal_unknown",
        Sentence("本终端没有登记，或已停用。", "This terminal is not enrolled, or was revoked."),
        remedy=Sentence("请用新的登记码登记。", "Enrol it with a new code."),
    )


def _clock_apart() -> Refused:
    return Refused(
        "clock_apart",
        Sentence("终端的时间与节点相差太多。", "The terminal's clock is too far from the node's."),
        remedy=Sentence("请给终端对时。", "Set the terminal's clock."),
    )


urlpatterns: list[Any] = []  # the operations are found by their router
