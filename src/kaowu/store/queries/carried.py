"""Files in the hands of two persons (离线包交接): what left, what came, who answered for it, and what is still under way."""

from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.facts.envelope import Envelope
from kaowu.facts.nodes import BundleCarried
from kaowu.store.models import JournalEntry, Upstream

_REGISTRY = "registry"
MOST = 30


@dataclass(frozen=True, slots=True)
class Carried:
    """One file that was made or taken here; `is_out` while nobody has acknowledged what is in it."""

    act: str
    peer: str
    start: int
    end: int
    digest: str
    persons: Sequence[str]
    at: Instant
    is_out: bool


def carried() -> list[Carried]:
    """The latest first."""
    acknowledged = {one.name: one.cosigned_size for one in Upstream.objects.only("name", "cosigned_size")}
    rows = JournalEntry.objects.filter(exam=_REGISTRY, kind=BundleCarried.kind.name).order_by("-index")[:MOST]
    return [_one(Envelope.from_bytes(bytes(row.entry)), row.recorded_at, acknowledged) for row in rows]


def _one(envelope: Envelope, at: int, acknowledged: dict[str, int]) -> Carried:
    fact = envelope.fact()
    assert isinstance(fact, BundleCarried)
    # What was made for a node above is under way until that node's receipt covers it.
    held = acknowledged.get(fact.peer.rpartition("/")[0][:60])
    return Carried(
        fact.act,
        fact.peer,
        fact.start,
        fact.end,
        fact.bundle.hex(),
        [actor.account for actor in envelope.actors],
        Instant(at),
        fact.act == "made" and held is not None and held < fact.end,
    )
