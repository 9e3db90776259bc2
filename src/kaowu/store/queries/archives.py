"""What an archive would hold now: facts by kind, the head of the journal, its last signed note."""

from dataclasses import dataclass

from django.db.models import Count

from kaowu.basics.errors import Sentence
from kaowu.facts.catalogue import kind_named
from kaowu.store.models import Artefact, Checkpoint, JournalEntry, JournalHead, RoomSitting


@dataclass(frozen=True, slots=True)
class Head:
    """How long the journal is and how its tree stands."""

    origin: str
    size: int
    root: str
    artefacts: int


def journal_head() -> Head:
    """The head of this node's journal."""
    row = JournalHead.objects.get(pk=1)
    return Head(row.origin, row.size, bytes(row.root).hex(), Artefact.objects.count())


def last_note() -> str:
    """The latest signed checkpoint; empty before the first."""
    return Checkpoint.objects.order_by("-size").values_list("note", flat=True).first() or ""


def facts_by_kind(exam: str) -> list[tuple[Sentence, int]]:
    """How many facts of each kind an exam has."""
    rows = JournalEntry.objects.filter(exam=exam).values_list("kind").annotate(number=Count("index"))
    return [(kind_named(kind).label, number) for kind, number in rows.order_by("-number", "kind")]


def room_sittings(exam: str) -> int:
    """How many sittings of sites there are to sign."""
    return RoomSitting.objects.filter(exam_id=exam).values("sitting", "site").distinct().count()
