"""Which copies hold what (本机 · 备机 · 县 · 市 · 省), from cosignatures alone; and which sites have not been heard of.

A copy that was never acknowledged, or whose last word is old, is unknown. It is
never drawn as if all were well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.engines.sync.cards import NodeCard
from kaowu.store import bulk
from kaowu.store.models import Arrival, JournalHead, Upstream

SILENT_AFTER_MS = 90_000
"""A node that is well says every half minute that it is there."""
HERE, SOURCE, STANDBY = "here", "source", "standby"


@dataclass(frozen=True, slots=True)
class Copy:
    """One other node that keeps this journal: at which level, how much of it is vouched for, since when."""

    level: str
    name: str
    size: int
    waiting: int
    acknowledged_at: Instant | None
    heard_at: Instant | None
    trouble: str

    def state(self, now: Instant) -> str:
        """`held`, `waiting` or `unknown`: the last if nothing is known of it now."""
        if self.heard_at is None or now - self.heard_at > SILENT_AFTER_MS:
            return "unknown"
        return "waiting" if self.waiting else "held"


@dataclass(frozen=True, slots=True)
class Tick:
    """Whether one level holds one record."""

    level: str
    held: bool


def copies() -> Sequence[Copy]:
    """The copies of this journal, from the nearest to the farthest."""
    size = JournalHead.objects.values_list("size", flat=True).first() or 0
    found = [_copy(row, size) for row in Upstream.objects.all()]
    return sorted(found, key=lambda copy: (_ORDER.index(copy.level), copy.name))


def ticks(index: int, known: Sequence[Copy]) -> list[Tick]:
    """Which levels hold the record at this place of the timeline; `known` are the `copies`."""
    if index < 0:
        return [Tick(SOURCE, True), Tick(HERE, True)]
    return [Tick(HERE, True), *(Tick(copy.level, copy.size > index) for copy in known)]


def silent_since(sites: Iterable[str], now: Instant) -> dict[str, Instant | None]:
    """Sites whose own node has said nothing for a while, and since when; None if it never did.

    A site without a node of its own writes at this node and cannot be silent.
    """
    wanted = set(sites)
    sql = (
        "SELECT organisation, MAX(heard_at) FROM store_mirroredlog WHERE closed_at = 0"
        " GROUP BY organisation HAVING MAX(heard_at) < %s"
    )
    silent = bulk.rows(sql, [now - SILENT_AFTER_MS])  # a wall asks with every drawing
    return {site: Instant(at) if at else None for site, at in silent if site in wanted}


def arrived_from(index: int) -> str:
    """From which log a record came; empty for this node's own."""
    if index >= 0:
        return ""
    row = Arrival.objects.filter(number=index + (1 << 52)).select_related("log").first()
    return row.log.origin if row else ""


_ORDER = (STANDBY, "site", "county", "city", "province", "above")


def _copy(row: Upstream, size: int) -> Copy:
    level = STANDBY if row.standby else NodeCard.from_text(row.card).role if row.card else "above"
    well = row.tried_at if not row.trouble else 0
    return Copy(
        level,
        row.name,
        row.cosigned_size,
        max(0, size - row.cosigned_size),
        Instant(row.cosigned_at) if row.cosigned_at else None,
        Instant(max(well, row.cosigned_at)) if well or row.cosigned_at else None,
        row.trouble,
    )
