"""Terminals and the office of a simulated site: what they want on record, and what they were promised.

A terminal signs runs of its own chain and offers each until every entry of it is
answered, word for word the same. The office hands intents in under ids of its own.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from kaowu.app.signing_device import SigningDevice
from kaowu.basics.clock import Instant
from kaowu.basics.ids import FactId, new_fact_id
from kaowu.basics.suites import SigningKey
from kaowu.engines.ledger.runs import Proven
from kaowu.facts.catalogue import Fact
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.papers import PacketHandedOut
from kaowu.loop.duty import Intent

EXAM, SITE, SITTING = "gk2027", "040201", "S1"
ROOMS = tuple(f"{number:03d}" for number in range(1, 17))
ROOM_SEATS = 12
GATES = ("gate-1", "gate-2", "gate-3")
INVIGILATOR = Actor("inv-1", "chief_invigilator")
VAULT, DEPUTY = Actor("vault-1", "vault_keeper"), Actor("deputy-1", "deputy_site_chief")


def ticket(room: str, seat: int) -> str:
    """The admission number of a seat."""
    return f"27{SITE}{room}{seat:02d}"


@dataclass(frozen=True)
class Offer:
    """What is handed in as one: a signed run of a terminal, or an intent of the office."""

    ids: tuple[UUID, ...]
    device: str
    request: dict[str, Any] = field(default_factory=dict)
    intent: Intent | None = None


@dataclass
class Terminal(SigningDevice):
    """A device at a gate, and what it still has to hand in."""

    exam: str = EXAM
    site: str = SITE
    waiting: list[Offer] = field(default_factory=list)

    def admit(self, chance: Random, at: Instant, most: int, *, exactly: bool = False) -> Offer:
        """Some candidates come in, under one signature."""
        entries = []
        for _ in range(most if exactly else chance.randrange(1, most + 1)):
            room, seat = chance.choice(ROOMS), chance.randrange(1, ROOM_SEATS + 1)
            # Whoever has the first seat of a room never comes; others may be scanned more than once.
            came = CandidateAdmitted(admission_number=ticket(room, seat), identity="matched", written_at=None)
            fact: Fact = came if seat > 1 else CandidateAbsent(admission_number=ticket(room, seat))
            entries.append(self._made(fact, room, at, chance, INVIGILATOR))
        return self._offer(entries)

    def hand_out(self, chance: Random, at: Instant, room: str) -> Offer:
        """A packet goes to a room: two persons, signed by itself."""
        fact = PacketHandedOut(packet=f"P-{room}", seal="1", sheets=ROOM_SEATS, subject="语文")
        proven = tuple(
            Proven(one.account, f"card/{one.account}", "card", at - number)
            for number, one in enumerate((VAULT, DEPUTY))
        )
        return self._offer([self._made(fact, room, at, chance, VAULT, DEPUTY)], proven)

    def _made(
        self, fact: Fact, room: str, at: Instant, chance: Random, *actors: Actor
    ) -> tuple[FactId, bytes]:
        id = FactId(new_fact_id(at, chance.randbytes(10)))
        return id, self.entry(id, fact, f"{SITTING}/{SITE}/{room}", at, *actors)

    def _offer(self, entries: list[tuple[FactId, bytes]], proven: tuple[Proven, ...] = ()) -> Offer:
        request = self.run([content for _, content in entries], proven)
        return Offer(tuple(id for id, _ in entries), self.name, request)


@dataclass
class Forger(Terminal):
    """Somebody who knows the chain of a terminal and has not its key."""

    @property
    def key(self) -> SigningKey:
        """Their own."""
        return SigningDevice(self.suite, "forger").key


def from_office(chance: Random, at: Instant) -> Offer:
    """The office enters a candidate from paper."""
    room, seat = chance.choice(ROOMS), chance.randrange(2, ROOM_SEATS + 1)
    fact = CandidateAdmitted(admission_number=ticket(room, seat), identity="matched", written_at=None)
    return entered_again(
        Intent(
            id=FactId(new_fact_id(at, chance.randbytes(10))),
            fact=fact,
            exam=EXAM,
            subject=f"{SITTING}/{SITE}/{room}",
            actors=(INVIGILATOR,),
            stamped_at=at,
            site=SITE,
        )
    )


def entered_again(intent: Intent) -> Offer:
    """An intent of the office as an offer."""
    return Offer((intent.id,), intent.device, intent=intent)


def from_entry(content: bytes) -> Offer:
    """A fact of a lost machine, entered at the office of the next under its own id."""
    envelope = Envelope.from_bytes(content)
    return entered_again(
        Intent(
            id=envelope.id,
            fact=envelope.fact(),
            exam=envelope.exam,
            subject=envelope.subject,
            actors=envelope.actors,
            stamped_at=envelope.stamped_at,
            site=envelope.site,
        )
    )
