"""Scores as the journal holds them: the state of the exam's, every bag, who is due where, who was absent."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery

from kaowu.basics.clock import Instant
from kaowu.exam import sheet_readings
from kaowu.exam.score_bag import ScoreBag
from kaowu.exam.scores import Scores
from kaowu.facts.catalogue import Fact
from kaowu.facts.entry import CandidateAbsent
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.record import FactWithdrawn
from kaowu.facts.scores import DifferencesSettled, PointsEntered
from kaowu.facts.sheet_bags import SheetBagSealed
from kaowu.facts.subjects import SCORES, RoomSittingKey, ScoreKey
from kaowu.facts.violations import ViolationRecorded
from kaowu.loop.prepare.seat_table import serves
from kaowu.store.journal import facts_about
from kaowu.store.models import (
    Arrival,
    Artefact,
    Candidate,
    JournalEntry,
    JournalHead,
    MirroredPersonal,
    RoomSitting,
    SeatRow,
)
from kaowu.store.personal import read_fields
from kaowu.store.queries import exams
from kaowu.store.queries.room_state import room_state
from kaowu.store.seat_rows import takes

F = TypeVar("F", bound=Fact)
_TYPED = (PointsEntered.kind.name, DifferencesSettled.kind.name)


@dataclass(frozen=True, slots=True)
class Taker:
    """One seat of somebody who takes a subject."""

    ticket: str
    candidate: str
    site: str
    room: str
    seat: str
    county: str
    accommodation: str


@dataclass(frozen=True, slots=True)
class Step:
    """One fact about the scores: what, when, by whom."""

    fact: Fact
    at: Instant
    actors: tuple[Actor, ...]
    id: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A violation on record, and where."""

    id: str
    key: RoomSittingKey
    fact: ViolationRecorded
    at: Instant


def scores(exam: str) -> Scores:
    """The scores of the exam as their facts have made them."""
    folded = Scores.begin()
    for recorded in facts_about(exam, str(SCORES)):
        folded = folded.after(recorded.envelope.fact(dict(recorded.personal)), recorded.envelope.id)
    return folded


def steps(exam: str) -> list[Step]:
    """Everything on record about the scores of the exam, in order."""
    return [
        Step(
            one.envelope.fact(dict(one.personal)),
            one.envelope.stamped_at,
            one.envelope.actors,
            str(one.envelope.id),
        )
        for one in facts_about(exam, str(SCORES))
    ]


def bag(exam: str, key: ScoreKey) -> ScoreBag:
    """One bag of scripts."""
    folded = ScoreBag.begin(key)
    for recorded in facts_about(exam, str(key)):
        folded = folded.after(recorded.envelope.fact(dict(recorded.personal)))
    return folded


def bags(exam: str, subject: str, site: str = "") -> dict[tuple[str, str], ScoreBag]:
    """Every bag of a subject that was begun, by site and room, wherever its points were entered; or only a site's."""
    found: dict[tuple[str, str], ScoreBag] = {}
    for rows in _about_bags(exam, subject, site):
        kept = rows.values_list("subject", "entry", "personal", "key_slot")
        for name, entry, sealed, slot in kept.iterator(2_000):
            key = ScoreKey.read(name)
            personal, _salt = read_fields(sealed, slot)
            before = found.get((key.site, key.room)) or ScoreBag.begin(key)
            found[key.site, key.room] = before.after(Envelope.from_bytes(bytes(entry)).fact(personal))
    return found


def entered(exam: str, subject: str) -> Counter[tuple[str, str]]:
    """How often the points of each bag were entered, by site and room; nothing is opened for it."""
    found: Counter[tuple[str, str]] = Counter()
    for rows in _about_bags(exam, subject, ""):
        for name in rows.filter(kind=PointsEntered.kind.name).values_list("subject", flat=True).iterator():
            key = ScoreKey.read(name)
            found[key.site, key.room] += 1
    return found


def not_here(exam: str, subject: str) -> Counter[str]:
    """How many bags of each site were entered or settled while what was typed is not on this node."""
    bags = {
        (key.site, key.room)
        for rows in _about_bags(exam, subject, "")
        for name in rows.filter(personal=None, kind__in=_TYPED).values_list("subject", flat=True).iterator()
        for key in [ScoreKey.read(name)]
    }
    return Counter(site for site, _room in bags)


def rooms(exam: str, subject: str) -> list[tuple[str, str]]:
    """Site and room of every bag of a subject."""
    held = next((one for one in exams.sittings(exam) if subject in one.subjects), None)
    rows = SeatRow.objects.filter(exam_id=exam).order_by().distinct()
    kept = rows.values_list("site", "room", "sitting", "candidate__subjects") if held else ()
    return sorted(
        {
            (site, room)
            for site, room, sitting, taken in kept
            if held and serves(sitting, held.id) and takes(taken, (subject,))
        }
    )


def _about_bags(exam: str, subject: str, site: str) -> tuple[QuerySet[Any], ...]:
    """The records about a subject's bags, of nodes below and of this one, with what lies beside them."""
    begin = f"{SCORES}/{subject}/" + (f"{site}/" if site else "")
    wanted = {"exam": exam, "subject__startswith": begin}
    beside = MirroredPersonal.objects.filter(fact_id=OuterRef("fact_id"))
    below = (
        Arrival.objects.filter(**wanted)
        .order_by("number")
        .annotate(
            personal=Subquery(beside.values("sealed")[:1]), key_slot=Subquery(beside.values("key_slot")[:1])
        )
    )
    return below, JournalEntry.objects.filter(**wanted).order_by("index")


def come_from_below(exam: str) -> tuple[int, ...]:
    """Changes with whatever comes from other nodes that scores follow from: records, what lies beside, readings."""
    arrived = JournalHead.objects.values_list("arrived", flat=True).get(pk=1)
    readings = Artefact.objects.filter(exam=exam, kind=sheet_readings.KIND).count()
    return arrived, MirroredPersonal.objects.count(), readings


def takers(exam: str, subject: str, site: str = "", room: str = "") -> list[Taker]:
    """Everybody with a seat who takes a subject, by site, room and seat."""
    held = next((one for one in exams.sittings(exam) if subject in one.subjects), None)
    rows = SeatRow.objects.filter(exam_id=exam)
    rows = rows.filter(site=site) if site else rows
    rows = rows.filter(room=room) if room else rows
    if held is None:
        return []
    kept = rows.order_by("site", "room", "seat").values_list(
        "admission_number", "candidate__number", "site", "room", "seat", "candidate__county",
        "candidate__accommodation", "sitting", "candidate__subjects",
    )  # fmt: skip
    return [
        Taker(*line[:7])
        for line in kept.iterator(5_000)
        if serves(line[7], held.id) and takes(line[8], (subject,))
    ]


def absent(exam: str, sitting: str) -> frozenset[str]:
    """Admission numbers that were recorded absent in a sitting, and neither admitted nor withdrawn since."""
    named: dict[RoomSittingKey, set[str]] = {}
    wanted = Q(exam=exam, subject__startswith=f"{sitting}/", kind=CandidateAbsent.kind.name)
    gone = _withdrawn(exam, f"{sitting}/")
    for envelope in _envelopes(wanted):
        fact = envelope.fact()
        if str(envelope.id) not in gone and isinstance(fact, CandidateAbsent):
            named.setdefault(RoomSittingKey.read(envelope.subject), set()).add(fact.admission_number)
    counted = {
        RoomSittingKey(row.sitting, row.site, row.room): row.absent
        for row in RoomSitting.objects.filter(exam_id=exam, sitting=sitting, absent__gt=0)
    }
    found: set[str] = set()
    for key, numbers in named.items():
        if counted.get(key) == len(numbers):
            found |= numbers
        elif state := room_state(exam, key):  # somebody was admitted after all: the whole room is folded
            found |= state.absent
    return frozenset(found)


def violations(exam: str) -> list[Recorded]:
    """Violations on record that were not withdrawn, the latest last."""
    found = []
    for envelope, fact in _standing(exam, ViolationRecorded):
        key = RoomSittingKey.read(envelope.subject)
        found.append(Recorded(str(envelope.id), key, fact, envelope.stamped_at))
    return sorted(found, key=lambda one: one.at)


def sealed_bags(exam: str) -> list[tuple[RoomSittingKey, SheetBagSealed]]:
    """How each bag of answer sheets was sealed; what a later seal says takes the place of an earlier one."""
    found = {}
    for envelope, fact in sorted(_standing(exam, SheetBagSealed), key=lambda one: one[0].stamped_at):
        found[envelope.subject, fact.subject] = (RoomSittingKey.read(envelope.subject), fact)
    return list(found.values())


def candidates_by_ticket(exam: str, tickets: Iterable[str]) -> dict[str, str]:
    """Candidate numbers by admission number."""
    rows = SeatRow.objects.filter(exam_id=exam, admission_number__in=list(tickets))
    return dict(rows.values_list("admission_number", "candidate__number"))


def counties(exam: str) -> list[str]:
    """Where the candidates of an exam come from."""
    rows = Candidate.objects.filter(exam_id=exam).exclude(county="")
    return sorted(set(rows.values_list("county", flat=True)))


def _envelopes(wanted: Q) -> Iterator[Envelope]:
    for table in (Arrival, JournalEntry):
        for entry in table.objects.filter(wanted).values_list("entry", flat=True).iterator(2_000):
            yield Envelope.from_bytes(bytes(entry))


def _standing(exam: str, kind: type[F]) -> Iterator[tuple[Envelope, F]]:
    """Facts of a kind that were not withdrawn."""
    gone = _withdrawn(exam, "")
    for envelope in _envelopes(Q(exam=exam, kind=kind.kind.name)):
        fact = envelope.fact()
        if isinstance(fact, kind) and str(envelope.id) not in gone:
            yield envelope, fact


def _withdrawn(exam: str, prefix: str) -> frozenset[str]:
    wanted = Q(exam=exam, subject__startswith=prefix, kind=FactWithdrawn.kind.name)
    return frozenset(str(envelope.corrects) for envelope in _envelopes(wanted) if envelope.corrects)
