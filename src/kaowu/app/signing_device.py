"""A device with a key and a chain, as a browser at a gate has them: it makes entries and signs runs of them."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.basics.ids import FactId
from kaowu.basics.suites import INTERNATIONAL, P256, SigningKey, Suite
from kaowu.engines.ledger.runs import Proof, Proven, signed_run
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope


@dataclass
class SigningDevice:
    """One device of an exam at a site; its key follows from its name, so it is for trials only."""

    suite: Suite
    name: str
    sequence: int = 0
    head: bytes = NO_PREVIOUS
    exam: str = ""
    site: str = ""

    @property
    def key(self) -> SigningKey:
        """As a browser would have it: P-256 where the suite has it."""
        kind = P256 if self.suite is INTERNATIONAL else None
        return self.suite.new_key(self.name, kind, self.name.encode().ljust(32, b"*"))

    def entry(self, id: FactId, fact: Fact, subject: str, at: Instant, *actors: Actor) -> bytes:
        """The next entry of the chain."""
        content = Envelope(
            id=id,
            kind=fact.kind.name,
            exam=self.exam,
            site=self.site,
            device=self.name,
            device_seq=self.sequence + 1,
            device_prev=self.head,
            stamped_at=at,
            time_source="device",
            actors=actors,
            subject=subject,
            payload=fact.kind.open_part(fact),
        ).to_bytes()
        self.sequence += 1
        self.head = self.suite.hash(content)
        return content

    def run(self, entries: Sequence[bytes], proven: tuple[Proven, ...] = ()) -> dict[str, Any]:
        """The request that hands entries in under one signature."""
        digests = [self.suite.hash(content) for content in entries]
        proof = Proof.from_bytes(signed_run(self.key, self.name, digests, proven, suite=self.suite))
        return {
            "device": self.name,
            "entries": [{"entry": _text(content)} for content in entries],
            "signature": _text(proof.signature),
            "attestations": [
                {
                    "account": one.proven.account,
                    "credential": one.proven.credential,
                    "method": one.proven.method,
                    "at": one.proven.at,
                    "signature": _text(one.signature),
                }
                for one in proof.attestations
            ],
        }


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
