"""Signed entries (设备签名的记录): what the desk asks of a device's run and of two persons, before it writes.

A device that has a key of its own hands in entries it has made and signed
itself. They are kept exactly as they are or not at all: a run of which one
entry is refused is refused whole, and the device signs anew without it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.faults import SIGNATURE_FAULTS
from kaowu.engines.ledger.persons import PersonKey, deed_of, not_signed_themselves, own_signatures
from kaowu.engines.ledger.runs import Proven
from kaowu.engines.ledger.signers import chain_break, persons_at
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor, Envelope

OFFICE = "office"
"""The device under which a node writes what comes about at its own counters."""
WINDOW = "two_signatures_within_minutes"


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry as its device made it, and what signs it."""

    envelope: Envelope
    entry: bytes
    personal: Mapping[str, Any]
    salt: bytes
    proof: bytes
    """Empty where the signature stands beside a later entry of the run."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device with a key of its own."""

    key: str
    exam: str
    site: str
    revoked: bool


class Persons(Protocol):
    """What the desk knows of keys that persons hold."""

    def person_key(self, credential: str) -> PersonKey | None:
        """The person's own key of that name."""

    def holds_key(self, account: str, exam: str) -> bool:
        """Whether the account holds a key of its own that counts in the exam."""


class RunRefused(Exception):
    """One entry of a device's run is refused, so nothing of the run is kept."""

    def __init__(self, intent: Any, refusal: Refused) -> None:
        super().__init__(refusal.code)
        self.intent = intent
        self.refusal = refusal


class Devices(Protocol):
    """What the desk knows of devices."""

    def device_head(self, device: str) -> tuple[int, bytes]:
        """Sequence and digest of the device's latest entry."""

    def enrolled(self, device: str) -> Enrolled | None:
        """The device's enrolment; None for a counter of the node itself."""


def require_device(
    page: Devices, device: str, signed: SignedEntry | None, exam: str, site: str | None
) -> None:
    """A device with a key signs its own entries, in one chain, for the exam and site it is enrolled for."""
    enrolled = page.enrolled(device)
    if signed is None:
        if enrolled is not None:
            raise fault("device_must_sign")
        return
    if enrolled is None:
        raise fault("device_unknown")
    if enrolled.revoked:
        raise fault("device_revoked")
    if enrolled.exam != exam or enrolled.site != (site or ""):
        raise fault("device_of_other_exam")
    sequence, head = page.device_head(device)
    code = chain_break(sequence, head, signed.envelope.device_seq, signed.envelope.device_prev)
    if code:
        raise fault(code)


def require_same_fact(signed: SignedEntry | None, fact: Fact) -> None:
    """What the duty decides is what the device has signed."""
    if signed is None:
        return
    kind = fact.kind
    if signed.envelope.payload != kind.open_part(fact) or dict(signed.personal) != kind.personal_part(fact):
        raise Refused(
            "entry_differs_from_decision",
            Sentence(
                f"不能记录：设备签名的“{kind.label.zh}”与应记录的不同。",
                f"Cannot record: the signed “{kind.label.en}” is not what is to be recorded.",
            ),
        )


def require_persons(actors: tuple[Actor, ...], proven: tuple[Proven, ...], profile: Any) -> None:
    """Two persons at an act are two, on two credentials, within the time that the profile allows."""
    within = profile.number(WINDOW) * 60_000 if profile is not None else None
    codes = persons_at([(actor.account, actor.post) for actor in actors], proven, within)
    if codes:
        raise fault(codes[0])


def require_own_keys(
    page: Persons, exam: str, proven: tuple[Proven, ...], entry: Callable[[], bytes]
) -> None:
    """Who holds a key has signed this very deed with it; an attestation will do only for who holds none."""
    if not proven:
        return
    suite = deployed()
    deed = suite.hash(deed_of(entry()))
    signed = [(one, one.signature) for one in proven]
    codes = own_signatures(signed, exam, deed, page.person_key, suite)
    codes += not_signed_themselves(proven, exam, page.holds_key)
    if codes:
        raise fault(codes[0])


def run_not_kept() -> Refused:
    """The answer for an entry whose run was refused for another one's sake."""
    return Refused(
        "run_not_kept",
        Sentence(
            "未记录：同一签名下有一条被拒，整段未收。",
            "Not recorded: another entry under the same signature was refused, so none of them is kept.",
        ),
        remedy=Sentence(
            "请设备去掉被拒的一条后重新签名。", "Let the device sign again without the refused one."
        ),
    )


def fault(code: str) -> Refused:
    """The refusal for a chain or signature that does not hold."""
    said = SIGNATURE_FAULTS[code]
    return Refused(
        code,
        Sentence(f"不能记录：{said.zh}。", f"Cannot record: {said.en}."),
        remedy=_REMEDIES.get(code),
    )


_RESEND = Sentence(
    "请设备从本节点已有的最后一条之后重新签名上传。",
    "Let the device sign again from behind the last entry that this node holds.",
)
_REMEDIES = {
    "run_overlaps": _RESEND,
    "device_gap": _RESEND,
    "device_fork": _RESEND,
    "device_chain_broken": _RESEND,
    "device_unknown": Sentence("请先用登记码登记该设备。", "Enrol the device with a one-time code first."),
    "device_revoked": Sentence(
        "请换一台已登记的设备；未上传的记录按纸面补录。",
        "Use an enrolled device; enter what was not handed in from paper.",
    ),
    "device_must_sign": Sentence("请由该设备自己上传。", "Let the device hand it in itself."),
    "signatures_apart": Sentence("请两人重新签认。", "Let both persons sign again."),
    "person_must_sign": Sentence(
        "请本人用自己的密钥签认；密钥丢失的，先停用。",
        "Let the person sign with their own key; if it is lost, revoke it first.",
    ),
    "person_key_revoked": Sentence("请重新登记本人密钥。", "Enrol a new key for the person."),
    "person_key_unknown": Sentence("请先登记本人密钥。", "Enrol the person's key first."),
    "person_signature_false": Sentence("请两人对同一内容重新签认。", "Let both sign the same content again."),
}
