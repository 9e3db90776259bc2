"""The door for devices with keys of their own: enrol with a one-time code, hand in signed runs.

POST /api/v1/devices/enrol   a code and a key; the device is known from the fact that records it
POST /api/v1/runs            up to 128 entries of the device's chain under one signature

What is refused for its chain or signature is kept word for word as evidence.
"""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from kaowu.basics.errors import Refused
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.faults import SIGNATURE_FAULTS
from kaowu.engines.ledger.runs import LONGEST_WORD, MOST_ATTESTATIONS, MOST_IN_RUN
from kaowu.facts.devices import DeviceEnrolled
from kaowu.facts.envelope import Actor
from kaowu.loop.desk import Receipt
from kaowu.loop.signed import fault, run_not_kept
from kaowu.store import devices
from kaowu.store.models import AccessLog
from kaowu.web.access import log, public
from kaowu.web.counter import clock, counter, record
from kaowu.web.day import api_forms as forms
from kaowu.web.day.api import answer_as_dict
from kaowu.web.day.api_terminal import code_refused
from kaowu.web.day.device_runs import intents_of

ROUTER = Router(auth=None, tags=["v1"])


class EnrolIn(Schema):
    """What a device sends once: the code that an officer gave it, and its public key."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(..., max_length=40)
    key: str = Field(..., max_length=400, description="name+keyid+base64, the name being the device's")


class DeviceOut(Schema):
    """Where the chain of a device stands: what its next entry must follow."""

    device: str
    exam: str
    site: str
    suite: str
    sequence: int
    head: str = Field(..., description="hexadecimal; zeros before the first entry")


class AttestationIn(Schema):
    """One person proved at this device who they are, for exactly this entry."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field(..., max_length=LONGEST_WORD)
    credential: str = Field(..., max_length=LONGEST_WORD)
    method: str = Field(..., max_length=LONGEST_WORD)
    at: int = Field(..., ge=0, lt=2**47)
    signature: str = Field(..., max_length=200)


class EntryIn(Schema):
    """One entry as docs/reference/journal-format.md describes it, in base64, with its personal fields beside."""

    model_config = ConfigDict(extra="forbid")

    entry: str = Field(..., max_length=90_000)
    personal: str | None = Field(None, max_length=90_000)
    salt: str | None = Field(None, max_length=60)


class RunIn(Schema):
    """A stretch of a device's chain under one signature."""

    model_config = ConfigDict(extra="forbid")

    device: str = Field(..., max_length=64)
    entries: list[EntryIn] = Field(..., min_length=1, max_length=MOST_IN_RUN)
    signature: str = Field(..., max_length=200)
    attestations: list[AttestationIn] = Field(default_factory=list, max_length=MOST_ATTESTATIONS)


class RunOut(Schema):
    """One answer for each entry, and where the chain stands now."""

    answers: list[forms.Answer]
    chain: DeviceOut


@ROUTER.post("/v1/devices/enrol", response={200: DeviceOut, 403: Any}, summary="登记设备 Enrol a device")
@public("a device proves itself by a one-time code; no account is involved")
def enrol(request: HttpRequest, sent: EnrolIn) -> Any:
    with transaction.atomic():
        code = devices.take_code(sent.code, clock)
        if code is None:
            refusal = code_refused()
        else:
            record(
                DeviceEnrolled(device=code.device, site=code.site, key=sent.key),
                Actor(code.made_by, code.made_post),
                exam=code.exam,
                subject=f"device/{code.device}",
                site=code.site,
            )
            return 200, _chain(code.device)
    log(request, AccessLog.Outcome.REFUSED, "", request.path, reason=refusal.sentence.zh)
    return 403, refusal.as_dict()


@ROUTER.post("/v1/runs", response={200: RunOut, 403: Any, 409: Any}, summary="设备上传 Hand in a signed run")
@public("a device proves itself by its signature; no account is involved")
def hand_in_run(request: HttpRequest, sent: RunIn) -> Any:
    device = devices.device(sent.device)
    if device is None:
        return 403, fault("device_unknown").as_dict()
    try:
        intents = intents_of(sent.dict(), device)
        answers = counter().submit_all(intents)
    except Refused as refused:
        answers = [refused]
    refusals = [one for one in answers if isinstance(one, Refused)]
    refusal = next((one for one in refusals if one.code != run_not_kept().code), None)
    if refusal is not None and refusal.code in SIGNATURE_FAULTS:
        devices.keep_refused(sent.device, refusal.code, request.body, clock)
        log(
            request,
            AccessLog.Outcome.REFUSED,
            "",
            f"{request.path} {sent.device}",
            reason=refusal.sentence.zh,
        )
    if refusal is not None:
        return 409, refusal.as_dict() | {
            "answers": [_said(one) for one in answers],
            "chain": _chain(sent.device),
        }
    return 200, {"answers": [_said(one) for one in answers], "chain": _chain(sent.device)}


def _said(answer: Receipt | Refused) -> dict[str, Any]:
    return answer_as_dict("" if isinstance(answer, Refused) else str(answer.id), answer)


def _chain(name: str) -> dict[str, Any]:
    known = devices.device(name)
    assert known is not None
    return {
        "device": known.device,
        "exam": known.exam,
        "site": known.site,
        "suite": deployed().name,
        "sequence": known.sequence,
        "head": known.head.hex(),
    }


urlpatterns: list[Any] = []  # the operations are found by their router
