"""What the witnesses of this node's own log have cosigned, and whether that is the quorum of its policy.

Cosignatures of the nodes above and of witnesses lie side by side, by checkpoint.
A checkpoint with a quorum is *settled* (见证齐): from then on the log cannot show
another face without contradicting witnesses who do not work for it.
"""

from dataclasses import dataclass

import cbor2
from django.db import transaction

from kaowu.basics.clock import Clock, Instant
from kaowu.basics.suites import Suite, VerifyingKey, deployed
from kaowu.engines.ledger.notes import Note, NoteRefused
from kaowu.engines.ledger.policy import Policy, PolicyRefused
from kaowu.store.models import Checkpoint, Cosignature, WitnessPolicy, WitnessState

_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class WitnessSeen:
    """A witness of the policy, and how far it has come."""

    name: str
    url: str
    key: VerifyingKey
    size: int
    cosigned_at: int
    tried_at: int
    trouble: str


def policy() -> Policy | None:
    """The policy under which this node's checkpoints are cosigned; None if none was set."""
    text = WitnessPolicy.objects.order_by("-pk").values_list("text", flat=True).first()
    return Policy.from_text(text) if text else None


def keep_policy(text: str, source: str, clock: Clock) -> bool:
    """Let this policy count from now on; whether it is another one than before. Raises PolicyRefused."""
    Policy.from_text(text)
    before = WitnessPolicy.objects.order_by("-pk").values_list("text", flat=True).first()
    if before == text:
        return False
    WitnessPolicy.objects.create(text=text, source=source[:200], set_at=clock.now())
    return True


def policy_in_package(content: bytes) -> str:
    """The policy that a plan package brings for the node that takes it; empty if it brings none."""
    for one in cbor2.loads(content).get("policy", []):
        try:
            Policy.from_text(str(one))
        except PolicyRefused:
            continue
        return str(one)
    return ""


def keep_cosigned(note: Note, key: VerifyingKey, size: int, clock: Clock) -> None:
    """Keep the line by which a key cosigned a checkpoint; whoever calls has judged it. Twice is harmless."""
    line = next((one for one in note.signatures if one.is_by(key)), None)
    if line is None:
        return
    text = Note(note.text, (line,)).to_bytes().rpartition(b"\n\n")[2].decode()
    Cosignature.objects.get_or_create(
        size=size, key=key.to_text(), defaults={"line": text, "at": clock.now()}
    )


def cosigned_note(size: int) -> Note | None:
    """The checkpoint of that size with every cosignature that is held; None if there is no such checkpoint."""
    text = Checkpoint.objects.filter(size=size).values_list("note", flat=True).first()
    if text is None:
        return None
    lines = Cosignature.objects.filter(size=size).order_by("key").values_list("line", flat=True)
    return Note.from_bytes((text + "".join(lines)).encode())


def cosignature_lines() -> dict[int, str]:
    """The lines of every cosignature that is held, by the size of its checkpoint."""
    found: dict[int, str] = {}
    for size, line in Cosignature.objects.order_by("size", "key").values_list("size", "line"):
        found[size] = found.get(size, "") + line
    return found


def latest_sizes() -> list[int]:
    """The sizes of the latest checkpoints, the largest first."""
    return list(Checkpoint.objects.order_by("-size").values_list("size", flat=True)[:_LOOKED_AT])


def best_checkpoint(index: int) -> Note | None:
    """The checkpoint to show the fact at `index` under: the latest settled one, else the latest."""
    settled = settled_size()
    if settled > index:
        return cosigned_note(settled)
    latest = (
        Checkpoint.objects.filter(size__gt=index).order_by("-size").values_list("size", flat=True).first()
    )
    return cosigned_note(latest) if latest else None


def settled_size(suite: Suite | None = None) -> int:
    """The largest size whose checkpoint has the quorum of the policy; 0 if none has, or there is no policy."""
    known = policy()
    if known is None or not known.witnesses:
        return 0
    sizes = Cosignature.objects.order_by("-size").values_list("size", flat=True).distinct()
    for size in sizes[:_LOOKED_AT]:
        if has_quorum(size, known, suite):
            return int(size)
    return 0


def has_quorum(size: int, known: Policy, suite: Suite | None = None) -> bool:
    """Whether the checkpoint of that size is cosigned as the policy asks."""
    note = cosigned_note(size)
    if note is None:
        return False
    cosigners = [one.key for one in known.witnesses]
    try:
        signers = note.verified_by(cosigners, suite or deployed())
    except NoteRefused:
        return False
    return known.is_met({one.name for one in known.witnesses if one.key in signers})


# ---- how each witness stands ----


def witnesses() -> list[WitnessSeen]:
    """Every witness of the policy with how far it has cosigned."""
    known = policy()
    states = {row.key: row for row in WitnessState.objects.all()}
    found = []
    for one in known.witnesses if known else ():
        row = states.get(one.key.to_text()) or WitnessState(key=one.key.to_text())
        of_mirror = (
            Cosignature.objects.filter(key=row.key).order_by("-size").values_list("size", "at").first()
        )
        size, at = max((row.size, row.cosigned_at), of_mirror or (0, 0))
        found.append(WitnessSeen(one.name, one.url, one.key, size, at, row.tried_at, row.trouble))
    return found


class WitnessRecord:
    """One witness, for whoever asks it: remembers its cosignature before it counts."""

    def __init__(self, key: VerifyingKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def size(self) -> int:
        """The size it cosigned last."""
        row = WitnessState.objects.filter(pk=self._key.to_text()).first()
        return row.size if row else 0

    def cosigned(self, size: int, note: Note) -> None:
        """Keep what it signed, and that it did."""
        now: Instant = self._clock.now()
        with transaction.atomic():
            keep_cosigned(note, self._key, size, self._clock)
            WitnessState.objects.update_or_create(
                key=self._key.to_text(),
                defaults={"size": size, "cosigned_at": now, "tried_at": now, "trouble": ""},
            )

    def stands_at(self, size: int) -> None:
        """It says itself where it stands; what it signed may have been lost on the way."""
        WitnessState.objects.update_or_create(key=self._key.to_text(), defaults={"size": size})

    def tried(self, trouble: str) -> None:
        """How an attempt ended."""
        WitnessState.objects.update_or_create(
            key=self._key.to_text(), defaults={"tried_at": self._clock.now(), "trouble": trouble}
        )
