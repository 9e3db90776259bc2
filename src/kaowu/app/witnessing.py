"""The carrier's round to the witnesses: the same checkpoint to each, so that their signatures meet on one."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kaowu.basics.suites import deployed
from kaowu.edge.carriers import Carrier
from kaowu.edge.https import HttpsCarrier
from kaowu.edge.witnessing import Asking, GrowingTree
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.store import witnessing
from kaowu.store.models import WitnessPolicy
from kaowu.store.own_log import OwnLog
from kaowu.web.counter import clock

ASKS_EVERY_S = 2.0
LONGEST_WAIT_S = 60.0


@dataclass(slots=True)
class _Pace:
    """When a witness is to be asked next."""

    at: float = 0.0
    pause_s: float = ASKS_EVERY_S
    size: int = -1

    def after(self, size: int, trouble: str) -> None:
        self.pause_s = min(LONGEST_WAIT_S, self.pause_s * 2) if trouble else ASKS_EVERY_S
        self.size = self.size if trouble else size
        self.at = time.monotonic() + self.pause_s


@dataclass(slots=True)
class Witnessing:
    """The witnesses of the policy that have an address."""

    carrier_to: Callable[[str], Carrier] = HttpsCarrier
    _policy: int = 0
    _asked: list[Asking] = field(default_factory=list)
    _pace: dict[str, _Pace] = field(default_factory=dict)
    _tree: GrowingTree | None = None

    def is_needed(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self._present())

    def ask(self, size: int = 0, *, at_once: bool = False) -> dict[str, str]:
        """Ask whoever is due for the checkpoint of that size, or for the latest; returns each trouble."""
        present = self._present()
        if not present:
            return {}
        note = self._note(size)
        if note is None:
            return {}
        size = Checkpoint.from_note(note).size
        found = {}
        for one in present:
            pace = self._pace.setdefault(one.name, _Pace())
            if at_once or (size > pace.size and time.monotonic() >= pace.at):
                found[one.name] = trouble = one.ask(note)
                pace.after(size, trouble)
        return found

    def _note(self, size: int) -> Note | None:
        note = witnessing.cosigned_note(size) if size else None
        if note is not None:
            return note
        latest = OwnLog().latest_checkpoint()
        return Note.from_bytes(latest) if latest else None

    def _present(self) -> list[Asking]:
        latest = WitnessPolicy.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if latest != self._policy:
            self._tree = self._tree or GrowingTree(OwnLog(), deployed())
            self._asked = [self._asking(one, self._tree) for one in witnessing.witnesses() if one.url]
            self._pace = {}
            self._policy = latest
        return self._asked

    def _asking(self, one: witnessing.WitnessSeen, tree: GrowingTree) -> Asking:
        record = witnessing.WitnessRecord(one.key, clock)
        return Asking(one.name, one.key, self.carrier_to(one.url), record, tree, deployed())
