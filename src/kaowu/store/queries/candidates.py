"""Candidates of one exam as the office looks for them; document numbers are found by their blind index only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from kaowu.store import models
from kaowu.store.sealed import blind_index


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One candidate with the seat, if one was given."""

    number: str
    name: str
    name_as_written: str
    sex: str
    id_type: str
    id_number: str
    birth_on: str
    school: str
    county: str
    subjects: tuple[str, ...]
    foreign_language: str
    phone: str
    accommodation: tuple[str, ...]
    site: str
    room: str
    seat: str
    admission_number: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is looking for. `counties` and `sites` bound what may be seen; None means all."""

    text: str = ""
    school: str = ""
    accommodation: bool = False
    counties: tuple[str, ...] | None = None
    sites: tuple[str, ...] = ()


class Found:
    """The candidates that fit, to be counted, cut into pages and gone through."""

    def __init__(self, rows: QuerySet[models.Candidate]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows.count()

    def count(self) -> int:
        """For a paginator, which asks a list differently."""
        return self._rows.count()

    def __getitem__(self, part: slice) -> list[CandidateLine]:
        return [_line(row) for row in self._rows[part]]

    def __iter__(self) -> Iterator[CandidateLine]:
        return map(_line, self._rows.iterator(2_000))


def find(exam: str, wanted: Wanted) -> Found:
    """The candidates of an exam that fit, by number."""
    rows = models.Candidate.objects.filter(exam_id=exam).prefetch_related("seat_rows").order_by("number")
    rows = rows.filter(_within(wanted))
    if wanted.text:
        whole = Q(id_number_index=blind_index(wanted.text.upper(), "id_number"))
        rows = rows.filter(
            whole
            | Q(name__contains=wanted.text)
            | Q(number__startswith=wanted.text)
            | Q(pk__in=_seated(exam).filter(admission_number__startswith=wanted.text).values("candidate"))
        )
    if wanted.school:
        rows = rows.filter(school=wanted.school)
    if wanted.accommodation:
        rows = rows.exclude(accommodation="")
    return Found(rows)


def candidate(exam: str, number: str, wanted: Wanted) -> CandidateLine | None:
    """One candidate inside the bounds; None otherwise."""
    rows = models.Candidate.objects.filter(exam_id=exam, number=number).prefetch_related("seat_rows")
    row = rows.filter(_within(wanted)).first()
    return _line(row) if row else None


def schools(exam: str, wanted: Wanted) -> list[tuple[str, int]]:
    """The schools of the candidates inside the bounds, with their number."""
    rows = models.Candidate.objects.filter(exam_id=exam).filter(_within(wanted))
    return list(rows.values_list("school").annotate(Count("id")).order_by("school"))


def county_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of counties by code."""
    return dict(
        models.Organisation.objects.filter(code__in=list(codes), level="county").values_list("code", "name")
    )


def bounds(paths: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Counties and sites that lie below these organisation paths."""
    below = Q(pk__in=())
    for path in paths:
        below |= Q(path__startswith=path)
    rows = models.Organisation.objects.filter(below).values_list("code", "level")
    found = list(rows)
    return (
        tuple(code for code, level in found if level == "county"),
        tuple(code for code, level in found if level == "site"),
    )


def _within(wanted: Wanted) -> Q:
    if wanted.counties is None:
        return Q()
    seated = models.SeatRow.objects.filter(site__in=wanted.sites).values("candidate")
    return Q(county__in=wanted.counties) | Q(pk__in=seated)


def _seated(exam: str) -> QuerySet[models.SeatRow]:
    return models.SeatRow.objects.filter(exam_id=exam)


def _line(row: models.Candidate) -> CandidateLine:
    # Seated sitting by sitting, the first seat is the one of the first sittings.
    seat = min(row.seat_rows.all(), key=lambda one: one.sitting, default=None)
    return CandidateLine(
        number=row.number,
        name=row.name,
        name_as_written=row.name_as_written,
        sex=row.sex,
        id_type=row.id_type,
        id_number=row.id_number,
        birth_on=row.birth_on,
        school=row.school,
        county=row.county,
        subjects=tuple(row.subjects.split("|")),
        foreign_language=row.foreign_language,
        phone=row.phone,
        accommodation=tuple(filter(None, row.accommodation.split("|"))),
        site=seat.site if seat else "",
        room=seat.room if seat else "",
        seat=seat.seat if seat else "",
        admission_number=seat.admission_number if seat else "",
    )


def names(exam: str, numbers: Iterable[str] | None = None) -> dict[str, str]:
    """Names by candidate number: of these, or of everybody."""
    rows = models.Candidate.objects.filter(exam_id=exam)
    if numbers is None:
        return dict(rows.values_list("number", "name"))
    wanted = list(dict.fromkeys(numbers))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        found.update(rows.filter(number__in=wanted[start : start + 500]).values_list("number", "name"))
    return found
