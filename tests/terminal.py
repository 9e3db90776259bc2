"""A terminal for tests: a key of its own, a chain, and the runs it signs."""

import base64
from dataclasses import dataclass, field
from typing import Any

from kaowu.basics import canonical
from kaowu.basics.ids import new_fact_id
from kaowu.basics.suites import INTERNATIONAL, P256, SigningKey, Suite, deployed
from kaowu.engines.ledger.runs import Proven, run_message
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope, commitment


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@dataclass
class Terminal:
    """Makes entries in one chain and signs them."""

    name: str
    exam: str
    site: str
    suite: Suite = field(default_factory=deployed)
    sequence: int = 0
    head: bytes = NO_PREVIOUS
    key: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        # As a browser would: P-256 where the suite has it.
        self.key = self.suite.new_key(self.name, P256 if self.suite is INTERNATIONAL else None)

    def entry(self, fact: Fact, *actors: Actor, at: int, subject: str, **more: Any) -> dict[str, Any]:
        """The next entry of the chain, with what lies beside it."""
        personal = fact.kind.personal_part(fact)
        salt = bytes(range(32)) if personal else b""
        values = {
            "id": new_fact_id(at),
            "kind": fact.kind.name,
            "exam": self.exam,
            "site": self.site,
            "device": self.name,
            "device_seq": self.sequence + 1,
            "device_prev": self.head,
            "stamped_at": at,
            "time_source": "device",
            "actors": actors,
            "subject": subject,
            "payload": fact.kind.open_part(fact),
            "commitment": commitment(personal, salt),
        }
        content = Envelope(**(values | more)).to_bytes()
        self.sequence += 1
        self.head = self.suite.hash(content)
        return {
            "content": content,
            "personal": canonical.encode(personal) if personal else None,
            "salt": salt or None,
        }

    def run(self, *entries: dict[str, Any], persons: tuple[Proven, ...] = (), **more: Any) -> dict[str, Any]:
        """The request that hands a run in."""
        digests = [self.suite.hash(one["content"]) for one in entries]
        request = {
            "device": self.name,
            "entries": [
                {
                    "entry": b64(one["content"]),
                    **(
                        {"personal": b64(one["personal"]), "salt": b64(one["salt"])}
                        if one["personal"]
                        else {}
                    ),
                }
                for one in entries
            ],
            "signature": b64(self.suite.sign(self.key, run_message(self.name, digests, self.suite))),
            "attestations": [
                {
                    "account": one.account,
                    "credential": one.credential,
                    "method": one.method,
                    "at": one.at,
                    "signature": b64(self.suite.sign(self.key, one.message(digests[-1]))),
                }
                for one in persons
            ],
        }
        return request | more
