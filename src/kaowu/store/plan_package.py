"""What a node needs to hold its part of an exam alone (计划包): gathered at the node above, installed below.

Gathered are the facts about the plan, as they were recorded, and the rows of
the unit's own sites: rooms, candidates with their personal columns, seats,
duties, staff, accounts. Nothing of another unit's candidates is in it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kaowu.basics.boxes import OpeningKey
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.sync.sealed_file import read_file
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.facts.envelope import Envelope
from kaowu.facts.nodes import PlanPackageTaken
from kaowu.facts.person_keys import PersonKeyEnrolled, PersonKeyRevoked
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.load import rules_digest
from kaowu.store import artefacts, packed_rows
from kaowu.store.models import (
    Account,
    Artefact,
    Assignment,
    Candidate,
    DutyRow,
    Entrance,
    Exam,
    JournalEntry,
    Organisation,
    PackedFact,
    Person,
    Room,
    RoomSitting,
    School,
    SeatRow,
    SecondFactor,
    Site,
    Sitting,
    TakenPackage,
)
from kaowu.store.queries import exams

PACKAGE = "plan_package"
ROOM_PHOTOS = "room_photos"
_FORM = 2
_KEY_FACTS = tuple(
    kind.kind.name for kind in (DeviceEnrolled, DeviceRevoked, PersonKeyEnrolled, PersonKeyRevoked)
)
_KNOWN_BY: Mapping[str, tuple[type[Any], tuple[str, ...]]] = {
    "schools": (School, ("code",)),
    "sites": (Site, ("code",)),
    "rooms": (Room, ("site_id", "number")),
    "entrances": (Entrance, ("site_id", "number")),
    "people": (Person, ("number",)),
    "accounts": (Account, ("number",)),
    "exams": (Exam, ("code",)),
    "sittings": (Sitting, ("exam_id", "code")),
}
"""Registers are brought up to date row by row, in this order."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The content of a package, and how much is in it."""

    content: bytes
    facts: int
    candidates: int
    rooms: int
    photos: int


RoomPhotos = Callable[[str], Iterator[tuple[str, bytes]]]
"""Site → rooms and the photographs of each, as they are kept there."""


def gather(
    exam: str, organisation: str, policy: Sequence[str], photos: RoomPhotos = lambda _: iter(())
) -> Gathered:
    """All that the unit needs for its part of the exam. Raises Refused if there is nothing to hold."""
    unit = Organisation.objects.filter(code=organisation).first()
    line = exams.exam(exam)
    if unit is None or line is None:
        raise Refused(
            "package_of_nothing", Sentence("没有这个考试或单位。", "There is no such exam or unit.")
        )
    with transaction.atomic():
        sites = list(
            Site.objects.filter(organisation__path__startswith=unit.path).values_list("code", flat=True)
        )
        seats = SeatRow.objects.filter(exam_id=exam, site__in=sites)
        if not seats.exists():
            raise Refused(
                "nobody_is_seated_there",
                Sentence(
                    f"不能制作计划包：{unit.name} 在本考试中没有编排座位。",
                    f"Cannot make a package: nobody is seated at {unit.name} in this exam.",
                ),
                remedy=Sentence("请先封存座位编排。", "Seal the seat plan first."),
            )
        facts = _plan_facts(exam, sites)
        rows = _rows(exam, unit, sites)
        candidates = len(rows["candidates"]["rows"])
        plan = exams.plan(exam)
        resolved = profile_of(plan)
        pictures = [
            [deployed().hash(content), ROOM_PHOTOS, room_photos_name(site, room), content]
            for site in sites
            for room, content in photos(site)
        ]
        content = cbor2.dumps(
            {
                "form": _FORM,
                "exam": exam,
                "organisation": organisation,
                "organisations": _tree(unit, rows),
                "facts": facts,
                "rows": rows,
                "profile": resolved.digest if resolved else b"",
                "rules": rules_digest(),
                "keys": _keys(exam, sites, rows["accounts"]),
                "files": [*_files(exam, plan), *pictures],
                "policy": list(policy),
            }
        )
    rooms = seats.values("site", "room").distinct().count()
    return Gathered(content, len(facts), candidates, rooms, _photographs(pictures))


def install(exam: str, fact: PlanPackageTaken, at: Instant) -> None:
    """Write the rows and facts of a package in the caller's transaction. Raises Refused; then nothing is kept.

    The package lies among the artefacts as it came, and is opened with this node's key.
    """
    key = OpeningKey(settings.DATA.secret("box.key", 32), deployed().box_kind)
    read = cbor2.loads(read_file(artefacts.read(fact.package)).open(key))
    if read["form"] != _FORM or read["exam"] != exam or read["organisation"] != fact.organisation:
        raise _unreadable()
    package, _ = TakenPackage.objects.get_or_create(
        digest=fact.package,
        defaults={
            "exam": exam,
            "number": fact.number,
            "maker": fact.maker,
            "organisation": fact.organisation,
            "taken_at": at,
        },
    )
    _take_facts(package, read["facts"])
    # What an earlier package brought is not shown beside a later one's.
    Artefact.objects.filter(exam=exam, kind=ROOM_PHOTOS).delete()
    for digest, kind, name, file in read["files"]:
        if artefacts.keep(file, kind=kind, at=at, exam=exam, name=name) != digest:
            raise _unreadable()
    _take_rows(exam, read)
    resolved = profile_of(exams.plan(exam))
    if (resolved.digest if resolved else b"") != read["profile"] or rules_digest() != read["rules"]:
        raise Refused(
            "program_differs",
            Sentence(
                "不能装入：本机程序的规则与制作计划包的程序不同。",
                "Cannot take: the rules of this program are not those of the program that made the package.",
            ),
            remedy=Sentence(
                "请安装与上级节点相同版本的程序。",
                "Install the same version of the program as the node above.",
            ),
        )


def counts(content: bytes) -> dict[str, int]:
    """How many candidates, rooms and photographs a package holds. Raises Refused if it is none."""
    try:
        read = cbor2.loads(content)
        rows = read["rows"]
        rooms = {(row[at], row[of]) for row in rows["seats"]["rows"] for at, of in [_place(rows["seats"])]}
        return {
            "candidates": len(rows["candidates"]["rows"]),
            "rooms": len(rooms),
            "photographs": _photographs(read["files"]),
        }
    except (cbor2.CBORDecodeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise _unreadable() from error


def room_photos_name(site: str, room: str) -> str:
    """By which name the photographs of a room lie among the artefacts."""
    return f"{site}/{room}"


def keys_in(content: bytes) -> list[Envelope]:
    """The facts by which keys of devices and persons were enrolled and revoked above, in their order."""
    return [Envelope.from_bytes(entry) for entry in cbor2.loads(content)["keys"]]


def _place(seats: Mapping[str, Any]) -> tuple[int, int]:
    return seats["fields"].index("site"), seats["fields"].index("room")


def present(exam: str) -> TakenPackage | None:
    """The package under which this node works for an exam; None at the node that plans it."""
    return TakenPackage.objects.filter(exam=exam).order_by("-number").first()


def packed_about(exam: str, subject: str) -> list[tuple[int, bytes]]:
    """When and what the node above recorded about a subject of the plan, in its order."""
    rows = PackedFact.objects.filter(package__exam=exam, subject=subject).order_by("position")
    return [(at, bytes(entry)) for at, entry in rows.values_list("recorded_at", "entry")]


# ---- gathering ----


def _plan_facts(exam: str, sites: Sequence[str]) -> list[list[Any]]:
    """The facts about the exam and its draws. What concerns one site's rooms only is for that site."""
    wanted = Q(subject__in=(exam, "seats", "sent"))
    for site in sites:
        wanted |= Q(subject=f"rooms/{site}") | Q(subject__startswith=f"rooms/{site}/")
    own = JournalEntry.objects.filter(exam=exam).filter(wanted).order_by("index")
    facts = [[at, bytes(entry)] for at, entry in own.values_list("recorded_at", "entry")]
    packed = PackedFact.objects.filter(package__exam=exam).filter(wanted).order_by("position")
    before = [[at, bytes(entry)] for at, entry in packed.values_list("recorded_at", "entry")]
    return [
        *before,
        *(one for one in facts if Envelope.from_bytes(one[1]).kind != PlanPackageTaken.kind.name),
    ]


def _tree(unit: Organisation, rows: Mapping[str, Any]) -> list[list[str]]:
    """The unit, what lies above and below it, and whatever its rows refer to; parents come first."""
    named = {unit.code}
    for table in rows.values():
        for column, name in enumerate(table["fields"]):
            if name == "organisation":
                named |= {row[column] for row in table["rows"] if row[column]}
    paths = list(Organisation.objects.filter(code__in=named).values_list("path", flat=True))
    above = {code for path in paths for code in path.split("/") if code}
    wanted = Organisation.objects.filter(Q(code__in=above) | Q(path__startswith=unit.path)).order_by("path")
    return [
        [row.code, row.name, row.level, row.parent.code if row.parent else ""]
        for row in wanted.select_related("parent")
    ]


def _rows(exam: str, unit: Organisation, sites: Sequence[str]) -> dict[str, Any]:
    here = Q(organisation__path__startswith=unit.path)
    assignments = Assignment.objects.filter(here, ended_at__isnull=True)
    duties = DutyRow.objects.filter(exam_id=exam, site__in=sites)
    accounts = Account.objects.filter(assignments__in=assignments, is_active=True).distinct()
    people = Person.objects.filter(Q(number__in=duties.values("person")) | Q(account__in=accounts)).distinct()
    schools = School.objects.filter(Q(sites__code__in=sites) | Q(staff__in=people)).distinct()
    chosen: dict[str, tuple[type[Any], Any]] = {
        "schools": (School, schools),
        "sites": (Site, Site.objects.filter(code__in=sites)),
        "rooms": (Room, Room.objects.filter(site__code__in=sites)),
        "entrances": (Entrance, Entrance.objects.filter(site__code__in=sites)),
        "people": (Person, people),
        "accounts": (Account, accounts),
        "second_factors": (SecondFactor, SecondFactor.objects.filter(account__in=accounts)),
        "assignments": (Assignment, assignments.filter(account__is_active=True)),
        "exams": (Exam, Exam.objects.filter(code=exam)),
        "sittings": (Sitting, Sitting.objects.filter(exam_id=exam)),
        "candidates": (
            Candidate,
            Candidate.objects.filter(
                exam_id=exam, pk__in=SeatRow.objects.filter(exam_id=exam, site__in=sites).values("candidate")
            ),
        ),
        "seats": (SeatRow, SeatRow.objects.filter(exam_id=exam, site__in=sites)),
        "duties": (DutyRow, duties),
        "room_sittings": (RoomSitting, RoomSitting.objects.filter(exam_id=exam, site__in=sites)),
    }
    return {name: packed_rows.pack(table, rows) for name, (table, rows) in chosen.items()}


def _keys(exam: str, sites: Sequence[str], accounts: Mapping[str, Any]) -> list[bytes]:
    """The facts about keys of the sites' devices and of the people who are to work there."""
    number = accounts["fields"].index("number")
    people = {row[number] for row in accounts["rows"]}
    found, devices = [], set()
    for entry in _known_entries(exam):
        match Envelope.from_bytes(entry).fact():
            case DeviceEnrolled() as fact if fact.site in sites:
                devices.add(fact.device)
            case DeviceRevoked() as fact if fact.device in devices:
                pass
            case PersonKeyEnrolled() | PersonKeyRevoked() as fact if fact.person in people:
                pass
            case _:
                continue
        found.append(entry)
    return found


def _known_entries(exam: str) -> Iterator[bytes]:
    """What this node recorded about keys for an exam."""
    rows = JournalEntry.objects.filter(exam=exam, kind__in=_KEY_FACTS).order_by("index")
    return map(bytes, rows.values_list("entry", flat=True))


def _photographs(files: Sequence[Sequence[Any]]) -> int:
    return sum(len(cbor2.loads(content)) for _, kind, _, content in files if kind == ROOM_PHOTOS)


def _files(exam: str, plan: Any) -> list[list[Any]]:
    if plan.description is None:
        return []
    row = Artefact.objects.filter(digest=plan.description).first()
    kind, name = (row.kind, row.name) if row else ("exam_description", "")
    return [[plan.description, kind, name, artefacts.read(plan.description)]]


# ---- installing ----


def _take_facts(package: TakenPackage, facts: Sequence[Sequence[Any]]) -> None:
    known = set(PackedFact.objects.filter(package__exam=package.exam).values_list("fact_id", flat=True))
    made = []
    for position, (recorded_at, entry) in enumerate(facts):
        envelope = Envelope.from_bytes(entry)
        if envelope.id not in known:
            made.append(
                PackedFact(
                    fact_id=envelope.id,
                    package=package,
                    subject=envelope.subject,
                    position=position,
                    recorded_at=recorded_at,
                    entry=entry,
                )
            )
    PackedFact.objects.bulk_create(made, batch_size=500)


def _take_rows(exam: str, read: Mapping[str, Any]) -> None:
    for code, name, level, parent in read["organisations"]:
        unit = Organisation.objects.filter(code=code).first() or Organisation(code=code)
        unit.name, unit.level = name, level
        unit.parent = Organisation.objects.get(code=parent) if parent else None
        unit.save()  # whole: a unit that stood alone here gets its path below the units above
    rows = read["rows"]
    for name, (table, key) in _KNOWN_BY.items():
        packed_rows.write(table, rows[name], *key)
    packed_rows.write(SecondFactor, rows["second_factors"], "account_id")
    _take_assignments(rows["assignments"])
    SeatRow.objects.filter(exam_id=exam).delete()
    Candidate.objects.filter(exam_id=exam).delete()
    DutyRow.objects.filter(exam_id=exam).delete()
    packed_rows.add(Candidate, rows["candidates"])
    seated = packed_rows.add(SeatRow, rows["seats"], exam_id=exam)
    packed_rows.add(DutyRow, rows["duties"])
    _take_room_sittings(exam, rows["room_sittings"])
    Exam.objects.filter(pk=exam).update(candidates=len(rows["candidates"]["rows"]), seated=seated)


def _take_assignments(packed: Mapping[str, Any]) -> None:
    """Posts that are open above are open here; one that was withdrawn above ends here."""
    wanted = [
        (row["account_id"], row["post"], row["organisation_id"])
        for row in packed_rows.unpack(Assignment, packed)
    ]
    for account, post, organisation in wanted:
        Assignment.objects.get_or_create(
            account_id=account, post=post, organisation_id=organisation, ended_at=None
        )
    for row in Assignment.objects.filter(ended_at__isnull=True, account__in={one[0] for one in wanted}):
        if (row.account_id, row.post, row.organisation_id) not in wanted:
            row.ended_at = timezone.now()
            row.save(update_fields=["ended_at"])


def _take_room_sittings(exam: str, packed: Mapping[str, Any]) -> None:
    """Who is expected where; what was counted here already stays."""
    wanted = {}
    for row in packed_rows.unpack(RoomSitting, packed):
        wanted[row["sitting"], row["site"], row["room"]] = row["expected"]
    for kept in RoomSitting.objects.filter(exam_id=exam):
        expected = wanted.pop((kept.sitting, kept.site, kept.room), None)
        if expected is None:
            kept.delete()
        elif expected != kept.expected:
            RoomSitting.objects.filter(pk=kept.pk).update(expected=expected)
    RoomSitting.objects.bulk_create(
        RoomSitting(exam_id=exam, sitting=sitting, site=site, room=room, expected=expected)
        for (sitting, site, room), expected in sorted(wanted.items())
    )


def _unreadable() -> Refused:
    return Refused(
        "package_unreadable",
        Sentence(
            "计划包内容读不懂，未装入。", "The content of the package cannot be read; nothing was taken."
        ),
    )
