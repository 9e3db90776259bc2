"""The exam day: figures of room-sittings, timelines, open findings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Q

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Finding, Sentence
from kaowu.exam.room_sitting import Figures
from kaowu.facts.catalogue import kind_named
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.record import FactWithdrawn
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store import bulk, records
from kaowu.store.journal import finding_of
from kaowu.store.models import Arrival, FindingRow, JournalEntry, RoomSitting
from kaowu.store.models.mirror import BEFORE_ALL_OWN
from kaowu.store.personal import read_fields
from kaowu.store.personal_held import personal_of

_COUNTED = [item.name for item in fields(Figures) if item.name != "counted"]
_NUMBERS = attrgetter(*_COUNTED)
_ROOM_COLUMNS = ", ".join(("site", "room", "changed_at", "counted", *_COUNTED))

RoomRow = tuple[Any, ...]
"""Site, room, when it changed, whether it is counted, and the counts."""


@dataclass(frozen=True, slots=True)
class RoomLine:
    """One room-sitting with its figures and how many findings are open."""

    key: RoomSittingKey
    figures: Figures
    open_findings: int
    worst: int
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class SiteLine:
    """The sums of one site in one sitting."""

    site: str
    rooms: int
    rooms_counted: int
    rooms_unsealed: int
    figures: Figures
    open_findings: int
    worst: int
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One fact as the timeline shows it; personal fields are not in it."""

    index: int
    id: str
    kind: str
    label: Sentence
    line: Sentence
    stamped_at: Instant
    recorded_at: Instant
    written_at: Instant | None
    time_source: str
    actors: tuple[Actor, ...]
    device: str
    subject: str
    site: str
    findings: tuple[Finding, ...]
    corrects: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """A finding with the place and the time of its fact."""

    finding: Finding
    index: int
    record: str
    subject: str
    site: str
    stamped_at: Instant


def rooms(exam: str, sitting: str, site: str) -> list[RoomLine]:
    """Every room-sitting of a site in a sitting, by room number."""
    rows = RoomSitting.objects.filter(exam_id=exam, sitting=sitting, site=site).order_by("room")
    return _room_lines(exam, rows)


def rooms_by_site(exam: str, sitting: str) -> dict[str, list[RoomLine]]:
    """Every room-sitting of a sitting, by site and room number; two queries however many there are."""
    found = severities(exam, f"{sitting}/")
    by_site: dict[str, list[RoomLine]] = {}
    for row in room_rows(exam, sitting):
        by_site.setdefault(row[0], []).append(room_line(sitting, row, found))
    return by_site


def room_rows(exam: str, sitting: str) -> list[RoomRow]:
    """The rows behind the lines of a sitting, by site and room number: past the mapper, walls ask often."""
    sql = f"SELECT {_ROOM_COLUMNS} FROM store_roomsitting WHERE exam_id = %s AND sitting = %s ORDER BY site, room"
    return bulk.rows(sql, [exam, sitting])


def room_line(sitting: str, row: RoomRow, found: Mapping[str, Sequence[int]]) -> RoomLine:
    """The line of one row, with the severities of the open findings of its subject."""
    site, room, changed_at, counted, *numbers = row
    key = RoomSittingKey(sitting, site, room)
    here = found.get(str(key), ())
    figures = Figures(*numbers, bool(counted))
    return RoomLine(key, figures, len(here), max(here, default=0), Instant(changed_at))


def site_line(rooms: Sequence[RoomLine]) -> SiteLine:
    """The sums of one site over its rooms."""
    counted = sum(room.figures.counted for room in rooms)
    return SiteLine(
        site=rooms[0].key.site,
        rooms=len(rooms),
        rooms_counted=counted,
        rooms_unsealed=sum(room.figures.unsealed > 0 for room in rooms),
        figures=total(room.figures for room in rooms),
        open_findings=sum(room.open_findings for room in rooms),
        worst=max(room.worst for room in rooms),
        changed_at=Instant(max(room.changed_at for room in rooms)),
    )


def total(figures: Iterable[Figures]) -> Figures:
    """The sum of figures; counted only if all are."""
    parts = list(figures)
    if len(parts) == 1:
        return parts[0]
    sums = map(sum, zip(*map(_NUMBERS, parts), strict=True)) if parts else [0] * len(_COUNTED)
    return Figures(*sums, counted=bool(parts) and all(part.counted for part in parts))


def room(exam: str, key: RoomSittingKey) -> RoomLine | None:
    """One room-sitting; None if the plan has none of that key."""
    rows = RoomSitting.objects.filter(exam_id=exam, sitting=key.sitting, site=key.site, room=key.room)
    return next(iter(_room_lines(exam, rows)), None)


def sites(exam: str, sitting: str) -> list[SiteLine]:
    """Every site in a sitting, worst first."""
    lines = [site_line(rooms) for rooms in rooms_by_site(exam, sitting).values()]
    return sorted(lines, key=lambda line: (-line.worst, -line.open_findings, line.site))


def timeline(
    exam: str,
    subject: str | None = None,
    *,
    site: str | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[TimelineLine]:
    """The facts about a subject (or a site, or the whole exam), latest first."""
    wanted = {"exam": exam} | ({} if subject is None else {"subject": subject})
    taken = records.latest(before, limit, **wanted, **({} if site is None else {"site": site}))
    found = _findings_beside(taken)
    lines = [_timeline_line(entry, found.get(entry.index, [])) for entry in taken]
    corrected = _corrected(exam, {line.subject for line in lines})
    return [replace(line, withdrawn=True) if line.id in corrected else line for line in lines]


def fact_line(exam: str, id: str) -> TimelineLine | None:
    """One fact of an exam by its id."""
    try:
        entry = records.find(UUID(id))
    except ValueError:
        return None
    if entry is None or entry.exam != exam:
        return None
    return _timeline_line(entry, [finding_of(row) for row in entry.findings.order_by("id")])


def personal(index: int) -> dict[str, Any]:
    """The personal fields kept beside an entry. Whoever asks must have logged why."""
    if index < 0:
        return _personal_elsewhere(index)
    kept = JournalEntry.objects.filter(index=index).values_list("personal", "key_slot").first()
    return read_fields(*kept)[0] if kept else {}


def _personal_elsewhere(index: int) -> dict[str, Any]:
    """The same for a record of another node, where its personal fields have been sent up."""
    row = Arrival.objects.filter(number=index + BEFORE_ALL_OWN).select_related("log").first()
    kept = personal_of(row.log, row.seq) if row else None
    return canonical.decode(kept[0]) if kept else {}


def open_findings(
    exam: str, *, site: str | None = None, within: str = "", limit: int = 100
) -> list[OpenFinding]:
    """Findings that nobody has closed, worst and latest first; `within` is how their subjects begin."""
    rows = FindingRow.objects.filter(exam=exam, is_open=True).select_related("entry", "arrival")
    if within:
        rows = rows.filter(subject__startswith=within)
    if site is not None:
        rows = rows.filter(site=site)
    return [
        OpenFinding(
            finding=finding_of(row),
            index=row.fact.index,
            record=str(row.fact.fact_id),
            subject=row.subject,
            site=row.site,
            stamped_at=Instant(row.fact.stamped_at),
        )
        for row in rows.order_by("-severity", "-id")[:limit]
    ]


def count_open_findings(exam: str, *, site: str | None = None) -> int:
    """How many findings are open."""
    rows = FindingRow.objects.filter(exam=exam, is_open=True)
    return (rows.filter(site=site) if site is not None else rows).count()


def _room_lines(exam: str, rows: Sequence[RoomSitting] | Any) -> list[RoomLine]:
    kept = list(rows)
    if not kept:
        return []
    prefix = f"{kept[0].sitting}/{kept[0].site}/"
    found = severities(exam, prefix)
    lines = []
    for row in kept:
        key = RoomSittingKey(row.sitting, row.site, row.room)
        here = found.get(str(key), [])
        figures = Figures(**{name: getattr(row, name) for name in _COUNTED}, counted=row.counted)
        lines.append(RoomLine(key, figures, len(here), max(here, default=0), Instant(row.changed_at)))
    return lines


def severities(exam: str, prefix: str) -> dict[str, list[int]]:
    """How severe the open findings of each subject are whose name begins so."""
    rows = FindingRow.objects.filter(exam=exam, is_open=True, subject__startswith=prefix)
    found: dict[str, list[int]] = {}
    for subject, severity in rows.order_by("subject", "id").values_list("subject", "severity"):
        found.setdefault(subject, []).append(severity)
    return found


def _findings_beside(rows: Sequence[Arrival | JournalEntry]) -> dict[int, list[Finding]]:
    own = [row.index for row in rows if isinstance(row, JournalEntry)]
    arrived = [row.number for row in rows if isinstance(row, Arrival)]
    found: dict[int, list[Finding]] = {}
    beside = FindingRow.objects.filter(Q(entry_id__in=own) | Q(arrival_id__in=arrived))
    for row in beside.select_related("arrival").order_by("id"):
        place = row.entry_id if row.arrival is None else row.arrival.index
        found.setdefault(place, []).append(finding_of(row))
    return found


def _timeline_line(entry: Arrival | JournalEntry, findings: list[Finding]) -> TimelineLine:
    envelope = Envelope.from_bytes(bytes(entry.entry))
    kind = kind_named(envelope.kind)
    written_at = envelope.payload.get("written_at")
    return TimelineLine(
        index=entry.index,
        id=str(envelope.id),
        kind=kind.name,
        label=kind.label,
        line=kind.say(envelope.fact()),
        stamped_at=envelope.stamped_at,
        recorded_at=Instant(entry.recorded_at),
        written_at=Instant(written_at) if isinstance(written_at, int) else None,
        time_source=envelope.time_source,
        actors=envelope.actors,
        device=envelope.device,
        subject=envelope.subject,
        site=envelope.site or "",
        findings=tuple(findings),
        corrects=str(envelope.corrects) if envelope.corrects else "",
        withdrawn=False,
    )


def _corrected(exam: str, subjects: set[str]) -> set[str]:
    """The ids that corrections about these subjects name, on whichever page the correction stands."""
    wanted = {"exam": exam, "kind": FactWithdrawn.kind.name, "subject__in": subjects}
    entries = [
        *JournalEntry.objects.filter(**wanted).values_list("entry", flat=True),
        *Arrival.objects.filter(**wanted).values_list("entry", flat=True),
    ]
    return {str(Envelope.from_bytes(bytes(entry)).corrects) for entry in entries}
