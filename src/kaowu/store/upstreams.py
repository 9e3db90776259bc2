"""What the nodes above have acknowledged of this node's journal."""

from dataclasses import dataclass

from kaowu.basics.clock import Clock
from kaowu.basics.suites import VerifyingKey
from kaowu.engines.ledger.notes import Note
from kaowu.store.models import Upstream
from kaowu.store.witnessing import keep_cosigned


@dataclass(frozen=True, slots=True)
class UpstreamState:
    """A node above: where it is, its key, and how much of this journal it has cosigned."""

    name: str
    url: str
    key: VerifyingKey
    cosigned_size: int
    cosigned_at: int
    tried_at: int
    trouble: str
    standby: bool = False
    personal_size: int = 0


def enroll_upstream(name: str, url: str, key: VerifyingKey) -> None:
    """Mirror this node's journal to that node from now on; raises ValueError if the name is another's."""
    row, _ = Upstream.objects.get_or_create(name=name, defaults={"url": url, "key": key.to_text()})
    if row.key != key.to_text():
        raise ValueError(f"{name} is enrolled under another key")
    if row.url != url:
        Upstream.objects.filter(pk=name).update(url=url)


def upstreams() -> list[UpstreamState]:
    """All nodes above, by name."""
    return [_state(row) for row in Upstream.objects.order_by("name")]


class UpstreamRecord:
    """One node above, for whoever mirrors to it: remembers each cosignature before it counts."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock

    def cosigned_size(self) -> int:
        """How many entries the node above has vouched for."""
        return Upstream.objects.values_list("cosigned_size", flat=True).get(pk=self._name)

    def cosigned(self, size: int, note: bytes) -> None:
        """Keep a cosigned note; a smaller one than is held changes nothing."""
        key = VerifyingKey.from_text(Upstream.objects.values_list("key", flat=True).get(pk=self._name))
        keep_cosigned(Note.from_bytes(note), key, size, self._clock)
        Upstream.objects.filter(pk=self._name, cosigned_size__lte=size).update(
            cosigned_size=size, cosigned_note=note.decode(), cosigned_at=self._clock.now()
        )

    def tried(self, trouble: str) -> None:
        """Note the outcome of an attempt; empty when all went well."""
        Upstream.objects.filter(pk=self._name).update(tried_at=self._clock.now(), trouble=trouble)


def _state(row: Upstream) -> UpstreamState:
    return UpstreamState(
        row.name,
        row.url,
        VerifyingKey.from_text(row.key),
        row.cosigned_size,
        row.cosigned_at,
        row.tried_at,
        row.trouble,
        row.standby,
        row.personal_size,
    )
