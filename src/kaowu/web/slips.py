"""Slips (待签单): acts of two persons that wait until those who hold keys have signed the same deed.

A door hands an act of two persons in as ever. If one of them holds a key of their own, the node's word for them
no longer counts: the act becomes a slip. Each opens it wherever their key is, sees what is to be signed, and signs;
with the last signature it goes to the counter. What the door would have done afterwards is done then (`afterwards`).
"""

import base64
import binascii
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.urls import reverse

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import FactId
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.persons import deed_of, own_signatures
from kaowu.engines.ledger.runs import BY_KEY, Proven
from kaowu.facts.catalogue import kind_named
from kaowu.facts.envelope import Actor
from kaowu.loop.desk import SALT_BYTES, Receipt, envelope_of
from kaowu.loop.duty import Intent
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.signed import WINDOW, fault
from kaowu.store import person_keys
from kaowu.store.models import Slip
from kaowu.store.queries import exams
from kaowu.store.sealed import seal_bytes, unseal_bytes

LEFT_OPEN_MINUTES = 15
"""Where an exam has no profile yet."""
APART_MS = 120_000
"""How far the time in a signature may lie from the node's own when it comes in."""
_MINUTE_MS = 60_000
_PLACE = "slip"

Afterwards = Callable[[Intent, bytes], None]
"""What is done once an act is recorded; given what the door has laid beside it (`beside`)."""
_AFTERWARDS: dict[str, Afterwards] = {}
_TOGETHER: dict[str, Afterwards] = {}


class WaitsForKeys(Exception):
    """The act waits for the persons' own signatures; whoever catches this opens a slip."""

    def __init__(self, intent: Intent, back_to: str = "") -> None:
        super().__init__("the persons sign with keys of their own")
        self.intent = intent
        self.back_to = back_to
        self.beside = b""


@dataclass(frozen=True, slots=True)
class Signed:
    """A slip after one more signature, and where to go on if it was the last."""

    slip: Slip
    next_address: str | None = None
    waits: WaitsForKeys | None = None
    """What followed waits for signatures in its turn."""


def afterwards(*kinds: str, together: bool = False) -> Callable[[Afterwards], Afterwards]:
    """What follows once a slip of these kinds is recorded; `together`: in the same transaction, or neither."""

    def register(act: Afterwards) -> Afterwards:
        for kind in kinds:
            (_TOGETHER if together else _AFTERWARDS)[kind] = act
        return act

    return register


@contextmanager
def beside(content: bytes) -> Iterator[None]:
    """What the door will need again, once the act that is handed in here has its signatures; kept sealed."""
    try:
        yield
    except WaitsForKeys as waits:
        waits.beside = content
        raise


def must_wait(intent: Intent) -> bool:
    """Whether somebody acts who holds a key and has not signed with it."""
    if len(intent.actors) < 2 or intent.signed is not None:
        return False
    by_key = {one.account for one in intent.proven if one.method == BY_KEY and one.signature}
    others = [actor.account for actor in intent.actors if actor.account not in by_key]
    return bool(person_keys.holders(others, intent.exam))


def open_slip(
    waits: WaitsForKeys, made_by: str, back_to: str, chance: Callable[[int], bytes], now: Instant
) -> Slip:
    """The slip of an act; the same act again is the same slip."""
    intent = waits.intent
    proven = intent.proven or tuple(_by_the_door(actor, now) for actor in intent.actors)
    fixed = replace(intent, salt=intent.salt or chance(SALT_BYTES), proven=proven)
    holders = person_keys.holders([actor.account for actor in intent.actors], intent.exam)
    entry = envelope_of(fixed, fixed.fact, fixed.salt, exams.plan(intent.exam).package).to_bytes()
    profile = profile_of(exams.plan(intent.exam))
    minutes = profile.number(WINDOW) if profile else LEFT_OPEN_MINUTES
    slip, _ = Slip.objects.get_or_create(
        id=intent.id,
        defaults={
            "exam": intent.exam,
            "kind": intent.fact.kind.name,
            "subject": intent.subject,
            "deed": deed_of(entry),
            "content": seal_bytes(_written(fixed, waits.beside), _PLACE),
            "persons": [[actor.account, actor.post, actor.account in holders] for actor in intent.actors],
            "back_to": (waits.back_to or back_to)[:300],
            "made_by": made_by,
            "made_at": now,
            "expires_at": now + minutes * _MINUTE_MS,
        },
    )
    return slip


def waiting_for(account: str, now: Instant) -> list[Slip]:
    """The open slips that name an account."""
    open_ones = Slip.objects.filter(recorded_index=None, ended_because="", expires_at__gt=now).order_by(
        "made_at"
    )
    return [slip for slip in open_ones if any(person[0] == account for person in slip.persons)]


def of(slip_id: uuid.UUID, account: str) -> Slip | None:
    """The slip, for whoever is named on it or opened it."""
    slip = Slip.objects.filter(pk=slip_id).first()
    if slip is None or account not in (slip.made_by, *(person[0] for person in slip.persons)):
        return None
    return slip


def next_of(slip: Slip) -> str:
    """Where a recorded slip leads back to."""
    return slip.back_to or reverse("home")


def intent_of(slip: Slip) -> Intent:
    """The act that waits."""
    read = _content(slip)
    return Intent(
        id=FactId(slip.id),
        fact=kind_named(slip.kind).read({**read["payload"], **read["personal"]}),
        exam=slip.exam,
        subject=slip.subject,
        actors=tuple(Actor(account, post) for account, post, _ in slip.persons),
        stamped_at=Instant(read["stamped_at"]),
        site=read["site"],
        device=read["device"],
        time_source=read["time_source"],
        attachments=tuple(read["attachments"]),
        proven=tuple(Proven(*one) for one in read["proven"]),
        salt=read["salt"],
    )


def sign(
    slip_id: uuid.UUID, proven: Proven, submit: Callable[[Intent], Receipt], now: Instant
) -> Signed | None:
    """Take one signature; with the last one the act is recorded. None if there is no such slip. Raises Refused."""
    with transaction.atomic():
        slip = Slip.objects.select_for_update().filter(pk=slip_id).first()
        if slip is None:
            return None
        if slip.recorded_index is not None:
            return Signed(slip)
        _require_open(slip, now)
        _require_good(slip, proven, now)
        slip.signatures[proven.account] = [
            proven.credential,
            proven.at,
            base64.b64encode(proven.signature).decode(),
        ]
        slip.save(update_fields=["signatures"])
    return Signed(slip) if _who_is_missing(slip) else _record(slip, submit)


def _by_the_door(actor: Actor, now: Instant) -> Proven:
    return Proven(actor.account, f"account/{actor.account}", "door", now)


def _who_is_missing(slip: Slip) -> list[str]:
    return [account for account, _, by_key in slip.persons if by_key and account not in slip.signatures]


def _record(slip: Slip, submit: Callable[[Intent], Receipt]) -> Signed:
    intent = intent_of(slip)
    by_key = tuple(
        Proven(account, credential, BY_KEY, at, base64.b64decode(signature))
        for account, (credential, at, signature) in slip.signatures.items()
    )
    others = tuple(one for one in intent.proven if one.account not in slip.signatures)
    intent = replace(intent, proven=(*by_key, *others))
    laid_beside = _content(slip)["beside"]
    try:
        receipt = _submit(intent, laid_beside, submit)
    except Refused as refused:
        Slip.objects.filter(pk=slip.pk).update(ended_because=refused.sentence.zh[:300])
        raise
    Slip.objects.filter(pk=slip.pk).update(recorded_index=receipt.index, content=b"")
    slip.recorded_index = receipt.index
    follows = _AFTERWARDS.get(slip.kind)
    try:
        if follows is not None:
            follows(intent, laid_beside)
    except WaitsForKeys as waits:
        return Signed(slip, next_of(slip), waits)
    return Signed(slip, next_of(slip))


def _submit(intent: Intent, laid_beside: bytes, submit: Callable[[Intent], Receipt]) -> Receipt:
    follows = _TOGETHER.get(intent.fact.kind.name)
    if follows is None:
        return submit(intent)
    with transaction.atomic():
        receipt = submit(intent)
        follows(intent, laid_beside)
    return receipt


def _require_open(slip: Slip, now: Instant) -> None:
    if slip.ended_because:
        raise Refused("slip_ended", Sentence(slip.ended_because, "This slip has ended; the act was refused."))
    if now > slip.expires_at:
        raise fault("signatures_apart")


def _require_good(slip: Slip, proven: Proven, now: Instant) -> None:
    if not any(proven.account == account and by_key for account, _, by_key in slip.persons):
        raise fault("person_key_of_another")
    if abs(proven.at - now) > APART_MS:
        raise Refused(
            "signature_out_of_time",
            Sentence("签认的时间与节点相差太多。", "The time of the signature is too far from the node's."),
            remedy=Sentence("请重新打开待签单再签。", "Open the slip again, then sign."),
        )
    deed = deployed().hash(bytes(slip.deed))
    codes = own_signatures([(proven, proven.signature)], slip.exam, deed, person_keys.find, deployed())
    if codes:
        raise fault(codes[0])


def _content(slip: Slip) -> dict[str, Any]:
    content: dict[str, Any] = canonical.decode(unseal_bytes(bytes(slip.content), _PLACE))
    return content


def _written(intent: Intent, laid_beside: bytes) -> bytes:
    kind = intent.fact.kind
    return canonical.encode(
        {
            "payload": kind.open_part(intent.fact),
            "personal": kind.personal_part(intent.fact),
            "stamped_at": intent.stamped_at,
            "site": intent.site,
            "device": intent.device,
            "time_source": intent.time_source,
            "attachments": list(intent.attachments),
            "proven": [[one.account, one.credential, one.method, one.at] for one in intent.proven],
            "salt": intent.salt,
            "beside": laid_beside,
        }
    )


def signature_bytes(text: str) -> bytes:
    """A signature from its text. Raises Refused."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise fault("person_signature_false") from error
