"""Runs of enrolled devices: read, checked by signature, turned into intents for the desk.

No account comes in here. A device shows who it is by its signature; who acted
stands in its entries, attested by the device at which they stood. Accounts
and posts are looked up all the same: a device cannot invent an officer.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kaowu.basics import canonical
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import VerifyingKey, deployed
from kaowu.engines.ledger.entries import EntryRefused, read_entry, require_committed
from kaowu.engines.ledger.runs import (
    BY_KEY,
    LONGEST_WORD,
    MOST_IN_RUN,
    Attestation,
    Proof,
    ProofRefused,
    Proven,
    run_holds,
)
from kaowu.facts.envelope import Actor, Envelope
from kaowu.loop.duty import Intent
from kaowu.loop.signed import SignedEntry, fault
from kaowu.store.devices import Device
from kaowu.store.models import Account
from kaowu.store.queries import places
from kaowu.web.access import Scope, grants_of
from kaowu.web.day.hand_in import Counterfoil, from_the_future


def intents_of(run: Mapping[str, Any], device: Device) -> list[Intent]:
    """The intents of one run, all under one signature that holds. Raises Refused."""
    entries = [_entry(one) for one in run["entries"]]
    if not 0 < len(entries) <= MOST_IN_RUN:
        raise fault("run_too_long")
    proof = _proof(run)
    key = VerifyingKey.from_text(device.key)
    suite = deployed()
    digests = [suite.hash(content) for content, _, _ in entries]
    if not run_holds(proof, key, device.device, digests, suite):
        raise fault("signature_false")
    for one in proof.attestations:
        # What a person's own key signed is judged at the counter, which knows the keys.
        if one.proven.method != BY_KEY and not suite.verify(
            key, one.proven.message(digests[-1]), one.signature
        ):
            raise fault("attestation_false")
    path = places.site_path(device.site)
    counterfoil = Counterfoil(Scope((path,) if path else ()))
    posts = _Posts()
    last = len(entries) - 1
    return [
        _intent(counterfoil, posts, device, one, proof, number == last, len(entries))
        for number, one in enumerate(entries)
    ]


def _entry(given: Mapping[str, Any]) -> tuple[bytes, bytes | None, bytes | None]:
    content = _bytes(given["entry"])
    personal = _bytes(given["personal"]) if given.get("personal") else None
    salt = _bytes(given["salt"]) if given.get("salt") else None
    return content, personal, salt


def _proof(run: Mapping[str, Any]) -> Proof:
    attested = tuple(
        Attestation(
            Proven(one["account"], one["credential"], one["method"], one["at"]), _bytes(one["signature"])
        )
        for one in run.get("attestations", ())
    )
    proof = Proof(_bytes(run["signature"]), attested)
    try:
        return Proof.from_bytes(proof.to_bytes())
    except (ProofRefused, canonical.NotCanonical) as error:
        raise fault("proof_malformed") from error


def _intent(
    counterfoil: Counterfoil,
    posts: "_Posts",
    device: Device,
    one: tuple[bytes, bytes | None, bytes | None],
    proof: Proof,
    is_last: bool,
    of: int,
) -> Intent:
    content, personal, salt = one
    envelope = _envelope(content, personal, salt)
    kind = counterfoil.kind(envelope.kind)
    fields = canonical.decode(personal) if personal else {}
    fact = kind.read({**envelope.payload, **fields})
    if envelope.device != device.device:
        raise fault("signature_false")
    clock, ahead = counterfoil.exam(envelope.exam)
    if envelope.stamped_at > clock.now + ahead:
        raise from_the_future(envelope.stamped_at, clock.now)
    place = counterfoil.place(kind, envelope.subject)
    posts.require(envelope.actors, place.path)
    if len(envelope.actors) > 1 and of > 1:
        raise fault("not_signed_alone")
    return Intent(
        id=envelope.id,
        fact=fact,
        exam=envelope.exam,
        subject=envelope.subject,
        actors=envelope.actors,
        stamped_at=envelope.stamped_at,
        site=envelope.site,
        device=device.device,
        time_source=envelope.time_source,
        attachments=envelope.attachments,
        proven=tuple(_proven(attested) for attested in proof.attestations) if is_last else (),
        signed=SignedEntry(envelope, content, fields, salt or b"", proof.to_bytes() if is_last else b""),
    )


def _proven(one: Attestation) -> Proven:
    return replace(one.proven, signature=one.signature) if one.proven.method == BY_KEY else one.proven


def _envelope(content: bytes, personal: bytes | None, salt: bytes | None) -> Envelope:
    try:
        fields = read_entry(content)
        committed = fields[16]
        require_committed(committed, personal, salt, deployed())
        if (committed is None) != (personal is None) or (personal is None) != (salt is None):
            raise EntryRefused("personal_missing")
        return Envelope.from_map(fields)
    except EntryRefused as error:
        raise Refused(
            error.code,
            Sentence("不能记录：设备送来的记录不合规范。", f"Cannot record: {error.code}."),
        ) from error


class _Posts:
    """The posts of a run's persons, each looked up once."""

    def __init__(self) -> None:
        self._held: dict[str, list[tuple[str, str]]] = {}

    def require(self, actors: Sequence[Actor], path: str) -> None:
        """Each holds the post in which they acted, over this place. Raises Refused."""
        new = {actor.account for actor in actors} - self._held.keys()
        if new:
            known = {account.number: account for account in Account.objects.filter(number__in=new)}
            self._held |= {number: grants_of(known[number]) if number in known else [] for number in new}
        for actor in actors:
            if not any(
                post == actor.post and path.startswith(own) for post, own in self._held[actor.account]
            ):
                raise Refused(
                    "actor_not_entitled_here",
                    Sentence(
                        f"不能记录：{actor.account} 在此没有岗位 {actor.post}。",
                        f"Cannot record: {actor.account} does not hold the post {actor.post} here.",
                    ),
                )


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Refused(
            "request.unreadable", Sentence("不能记录：不是 base64。", "Cannot record: it is not base64.")
        ) from error


__all__ = ["LONGEST_WORD", "intents_of"]
