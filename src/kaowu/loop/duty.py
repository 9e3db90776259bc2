"""Duties (职责): who may do what, how many must sign, and what it records.

One file per duty in the folder of its phase. A duty is pure: it is given the
state, the fact that somebody wants on record and the circumstances of the act,
and returns the fact to record, or raises `Refused`. Only intentions are
refused for what they are; a deed that was done is recorded and the rules say
what was wrong with it.

    @duty(zh="启封试卷袋", en="Unseal a packet", records=PacketUnsealed,
          posts=IN_ROOM, persons=2)
    def unseal_packet(room: RoomSitting, fact: PacketUnsealed, act: Act) -> PacketUnsealed:
        return fact
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.basics.extensions import packages_of
from kaowu.basics.ids import FactId
from kaowu.engines.ledger.runs import Proven
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.plan import ExamPlan
from kaowu.facts.catalogue import Fact, Kind
from kaowu.facts.envelope import Actor
from kaowu.loop.signed import SignedEntry

PHASES = ("prepare", "conduct", "settle", "improve")


@dataclass(frozen=True, slots=True)
class Intent:
    """A fact that somebody wants on record, and the circumstances of the act.

    `actors` have been authenticated at the act by the door that hands this in.
    """

    id: FactId
    fact: Fact
    exam: str
    subject: str
    actors: tuple[Actor, ...]
    stamped_at: Instant
    site: str | None = None
    device: str = "office"
    time_source: str = "node"
    attachments: tuple[bytes, ...] = ()
    proven: tuple[Proven, ...] = ()
    """How each of several actors proved who they are; left empty, the door's word stands for it."""
    salt: bytes = b""
    """Of the commitment to personal fields, where it was fixed before the persons signed."""
    signed: SignedEntry | None = None
    """The entry as an enrolled device made and signed it; None: the node writes it."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a duty may look at beside the state."""

    intent: Intent
    plan: ExamPlan
    profile: Any
    now: Instant

    @property
    def circumstances(self) -> Circumstances:
        """The same for the rules, who know nothing of intents."""
        return Circumstances(self.intent.actors, self.intent.stamped_at, self.now, self.plan)


Decide = Callable[[Any, Any, Act], Fact]


@dataclass(frozen=True)
class Duty:
    """One duty: its names, who may do it, what it records."""

    name: str
    phase: str
    label: Sentence
    records: Kind
    posts: tuple[str, ...]
    persons: int
    may_be_refused: bool
    decide: Decide


def duty(
    *,
    zh: str,
    en: str,
    records: type[Fact],
    posts: tuple[str, ...],
    persons: int = 1,
    may_be_refused: bool = False,
) -> Callable[[Decide], Duty]:
    """Declare a duty; the module's folder gives the phase, the function the name."""

    def declare(decide: Decide) -> Duty:
        phase = decide.__module__.split(".")[-2]
        return Duty(
            name=decide.__name__,
            phase=phase,
            label=Sentence(zh, en),
            records=records.kind,
            posts=posts,
            persons=persons,
            may_be_refused=may_be_refused,
            decide=decide,
        )

    return declare


@cache
def _gathered(packages: tuple[str, ...]) -> Mapping[str, Duty]:
    found: dict[str, Duty] = {}
    for package in packages:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            for item in vars(importlib.import_module(module.name)).values():
                if isinstance(item, Duty) and found.setdefault(item.name, item) is not item:
                    raise ValueError(f"two duties are called {item.name}")
    return found


def duties() -> Mapping[str, Duty]:
    """Every duty by name, of this house and of the extensions."""
    return _gathered(tuple(p for phase in PHASES for p in packages_of(f"loop.{phase}")))


def duty_that_records(kind: str) -> Duty | None:
    """The duty by which a kind of fact comes about; None if there is none."""
    return next((found for found in duties().values() if found.records.name == kind), None)
