"""The door for keys that persons hold: enrol one with a code, sign a slip with it.

POST /api/v1/persons/code       which key a code is for; the code stays unused
POST /api/v1/persons/enrol      the person's own login, the code, the key, and that they hold it
POST /api/v1/slips/{slip}/sign  one person's signature of the deed that waits; the key is who they are
"""

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.security import django_auth
from pydantic import ConfigDict, Field

from kaowu.basics.errors import Refused
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.runs import BY_KEY, LONGEST_WORD, Proven
from kaowu.facts.envelope import Actor
from kaowu.facts.person_keys import PersonKeyEnrolled
from kaowu.store import devices
from kaowu.store.models import AccessLog
from kaowu.web import slips
from kaowu.web.access import log, public, signed_in
from kaowu.web.counter import clock, counter, record
from kaowu.web.day.api_terminal import CodeIn, code_refused
from kaowu.web.key_slips import slip_address

ROUTER = Router(auth=django_auth, tags=["v1"])


class PersonEnrolIn(Schema):
    """What a person's browser sends once."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(..., max_length=40)
    key: str = Field(..., max_length=400, description="name+keyid+base64, as the code names it")
    possession: str = Field(..., max_length=200, description="the key's signature that it is held")


class SignatureIn(Schema):
    """One person's signature of a deed."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field(..., max_length=LONGEST_WORD)
    credential: str = Field(..., max_length=LONGEST_WORD)
    at: int = Field(..., ge=0, lt=2**47)
    signature: str = Field(..., max_length=200)


@ROUTER.post(
    "/v1/persons/code", response={200: Any, 403: Any}, summary="登记码是给哪个密钥的 What a code is for"
)
@signed_in("one's own key")
def look_at_code(request: HttpRequest, sent: CodeIn) -> Any:
    code = devices.look_at_code(sent.code, clock, request.user.number)
    if code is None:
        return _no_such_code(request)
    return 200, {"credential": code.device, "exam": code.exam, "suite": deployed().name}


@ROUTER.post(
    "/v1/persons/enrol", response={200: Any, 403: Any}, summary="登记本人密钥 Enrol a key of one's own"
)
@signed_in("one's own key")
def enrol(request: HttpRequest, sent: PersonEnrolIn) -> Any:
    person = request.user.number
    with transaction.atomic():
        code = devices.take_code(sent.code, clock, person)
        if code is not None:
            if not sent.key.startswith(f"{code.device}+"):
                raise code_refused()
            record(
                PersonKeyEnrolled(person=person, key=sent.key, possession=sent.possession),
                Actor(code.made_by, code.made_post),
                exam=code.exam,
                subject=f"person/{person}",
            )
            return 200, {"credential": code.device, "exam": code.exam}
    return _no_such_code(request)


@ROUTER.post(
    "/v1/slips/{slip}/sign",
    response={200: Any, 404: Any, 409: Any},
    summary="本人密钥签认 Sign with a key of one's own",
    auth=None,
)
@public("a person proves who they are by the signature of their own key")
def sign(request: HttpRequest, slip: uuid.UUID, sent: SignatureIn) -> Any:
    try:
        signature = slips.signature_bytes(sent.signature)
        proven = Proven(sent.account, sent.credential, BY_KEY, sent.at, signature)
        done = slips.sign(slip, proven, counter().submit, clock.now())
    except Refused as refused:
        log(
            request,
            AccessLog.Outcome.REFUSED,
            "",
            f"slip {slip}",
            reason=refused.sentence.zh,
            account=sent.account[:32],
        )
        return 409, refused.as_dict()
    if done is None:
        raise Http404
    address = done.next_address
    if done.waits is not None:
        address = slip_address(done.waits, done.slip.made_by, slips.next_of(done.slip))
    return 200, {
        "signed": sorted(done.slip.signatures),
        "recorded": done.slip.recorded_index,
        "next": address,
    }


@ROUTER.get("/v1/slips/{slip}", response={200: Any, 404: Any}, summary="待签单的进展 How a slip stands")
@signed_in("only who is named on the slip sees it")
def state(request: HttpRequest, slip: uuid.UUID) -> Any:
    found = slips.of(slip, request.user.number)
    if found is None:
        raise Http404
    return 200, {
        "now": clock.now(),
        "signed": sorted(found.signatures),
        "recorded": found.recorded_index,
        "ended": found.ended_because,
        "next": slips.next_of(found) if found.recorded_index is not None else None,
    }


def _no_such_code(request: HttpRequest) -> Any:
    refusal = code_refused()
    log(request, AccessLog.Outcome.REFUSED, "", request.path, reason=refusal.sentence.zh)
    return 403, refusal.as_dict()


urlpatterns: list[Any] = []  # the operations are found by their router
