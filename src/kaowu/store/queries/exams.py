"""Exams, their sittings, and the seats of their rooms."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from kaowu.basics.clock import Instant
from kaowu.exam.plan import ExamPlan, Sitting
from kaowu.facts.envelope import Envelope
from kaowu.loop.prepare.seat_table import serves
from kaowu.store import bulk, models, records
from kaowu.store.seat_rows import takes


@dataclass(frozen=True, slots=True)
class ExamLine:
    """One exam as the switcher and the lists show it."""

    code: str
    name: str
    profile: str
    organisation: str
    organisation_name: str
    organisation_path: str
    candidates: int
    seated: int
    starts_at: Instant | None
    ends_at: Instant | None
    archived: bool


@dataclass(frozen=True, slots=True)
class SeatedCandidate:
    """One seat of a room with whom it was given to; personal, so for papers and lists with need."""

    seat: str
    admission_number: str
    number: str
    name: str
    sex: str
    id_number: str
    school: str
    subjects: tuple[str, ...]
    foreign_language: str
    accommodation: str
    county: str
    id_type: str = "resident_id"
    room: str = ""
    sitting: str = ""
    """The sittings for which this seat holds, joined by commas; empty: all of them."""


def exams(scope: Q | None = None) -> list[ExamLine]:
    """The exams, latest first; `scope` limits them by organisation."""
    rows = models.Exam.objects.select_related("organisation")
    return [_line(row) for row in (rows.filter(scope) if scope is not None else rows)]


def exam(code: str) -> ExamLine | None:
    """One exam; None if there is none."""
    row = models.Exam.objects.select_related("organisation").filter(code=code).first()
    return _line(row) if row else None


def is_known(code: str) -> bool:
    """Whether there is such an exam."""
    return bool(bulk.rows("SELECT 1 FROM store_exam WHERE code = %s", [code]))


def plan(code: str) -> ExamPlan:
    """The exam's plan, folded from its facts; what was folded before is only read on from."""
    elsewhere = _count_elsewhere(code)
    index, leaf, seen, folded = _folded.get(code, (0, b"", -1, ExamPlan.begin(code)))
    rows = _plan_facts(code, index)
    if seen != elsewhere or (leaf and (not rows or bytes(rows[0][2]) != leaf)):
        # Another journal stands in the database now, or a package has come: begin anew.
        folded, rows, leaf = _begun(code), _plan_facts(code, 0), b""
    elif leaf:
        rows = rows[1:]
    for index, entry, leaf in rows:  # noqa: B007 - the last ones are kept
        envelope = Envelope.from_bytes(bytes(entry))
        folded = folded.after(envelope.fact(), envelope.id)
    if rows or seen != elsewhere:
        _folded[code] = (index, bytes(leaf), elsewhere, folded)
    return folded


def sittings(code: str) -> list[Sitting]:
    """The sittings in order of time."""
    rows = models.Sitting.objects.filter(exam_id=code)
    return [
        Sitting(row.code, tuple(row.subjects), Instant(row.starts_at), Instant(row.ends_at)) for row in rows
    ]


def sites(code: str) -> list[tuple[str, str, int, int]]:
    """The sites that the sealed plan uses: code, name, rooms, candidates."""
    seats = models.SeatRow.objects.filter(exam_id=code).values_list("site", "room", "candidate_id")
    rooms: dict[str, set[str]] = {}
    candidates: dict[str, set[int]] = {}
    for site, room, candidate in seats:
        rooms.setdefault(site, set()).add(room)
        candidates.setdefault(site, set()).add(candidate)
    names = dict(models.Site.objects.filter(code__in=rooms).values_list("code", "name"))
    return [(site, names.get(site, site), len(rooms[site]), len(candidates[site])) for site in sorted(rooms)]


def seats(
    code: str, site: str, room: str, subjects: Iterable[str] = (), sitting: str = ""
) -> list[SeatedCandidate]:
    """A room's seats in order; with `subjects` and `sitting`, only those of that sitting."""
    wanted = tuple(subjects)
    rows = models.SeatRow.objects.filter(exam_id=code, site=site, room=room).select_related("candidate")
    return [
        _seated(row)
        for row in rows
        if (not wanted or takes(row.candidate.subjects, wanted))
        and (not sitting or serves(row.sitting, sitting))
    ]


def seats_of_site(code: str, site: str) -> dict[str, list[SeatedCandidate]]:
    """Every seat of a site, by room and seat."""
    rows = models.SeatRow.objects.filter(exam_id=code, site=site).select_related("candidate")
    found: dict[str, list[SeatedCandidate]] = {}
    for row in rows:
        found.setdefault(row.room, []).append(_seated(row))
    return found


def _seated(row: models.SeatRow) -> SeatedCandidate:
    return SeatedCandidate(
        seat=row.seat,
        admission_number=row.admission_number,
        number=row.candidate.number,
        name=row.candidate.name,
        sex=row.candidate.sex,
        id_number=row.candidate.id_number,
        school=row.candidate.school,
        subjects=tuple(row.candidate.subjects.split("|")),
        foreign_language=row.candidate.foreign_language,
        accommodation=row.candidate.accommodation,
        county=row.candidate.county,
        id_type=row.candidate.id_type,
        room=row.room,
        sitting=row.sitting,
    )


def _line(row: models.Exam) -> ExamLine:
    return ExamLine(
        code=row.code,
        name=row.name,
        profile=row.profile,
        organisation=row.organisation.code,
        organisation_name=row.organisation.name,
        organisation_path=row.organisation.path,
        candidates=row.candidates,
        seated=row.seated,
        starts_at=Instant(row.starts_at) if row.starts_at is not None else None,
        ends_at=Instant(row.ends_at) if row.ends_at is not None else None,
        archived=row.archived,
    )


_folded: dict[str, tuple[int, bytes, int, ExamPlan]] = {}
"""For each exam: index and leaf hash of the last fact folded, how many came from elsewhere, the plan after all."""


def _count_elsewhere(code: str) -> int:
    # Asked for every fact that is handed in, like the next: plain SQL takes a tenth of the mapper's time.
    [(packed, arrived)] = bulk.rows(
        "SELECT (SELECT COUNT(*) FROM store_packedfact fact JOIN store_takenpackage package"
        " ON package.digest = fact.package_id WHERE package.exam = %s AND fact.subject = %s),"
        " (SELECT COUNT(*) FROM store_arrival WHERE exam = %s AND subject = %s)",
        [code] * 4,
    )
    return int(packed) + int(arrived)


def _begun(code: str) -> ExamPlan:
    folded = ExamPlan.begin(code)
    for known in records.from_elsewhere(code, code):
        folded = folded.after(known.envelope.fact(), known.envelope.id)
    return folded


def _plan_facts(code: str, since: int) -> list[tuple[int, bytes, bytes]]:
    sql = (
        'SELECT "index", entry, leaf_hash FROM store_journalentry'
        ' WHERE exam = %s AND subject = %s AND "index" >= %s ORDER BY "index"'
    )
    return [(index, entry, leaf) for index, entry, leaf in bulk.rows(sql, [code, code, since])]
