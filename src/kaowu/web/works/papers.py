"""What the papers of one site show: gathered from plan, registers and artefacts for `kaowu.reports`."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.id_number import KINDS, RESIDENT
from kaowu.engines.roster.photos import MAX_PHOTO, PhotoArchive, photo_key
from kaowu.exam.packets import ExpectedPacket, expected_packet
from kaowu.exam.plan import Sitting
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.prepare.paper_forms import has_two_forms, make_up, paper_of
from kaowu.loop.prepare.seat_table import serves
from kaowu.loop.profile_of_exam import profile_of
from kaowu.registry.sites import RegisteredRoom
from kaowu.reports.contents import (
    Note,
    PacketLine,
    RoomContents,
    RoomHead,
    SeatLine,
    SiteContents,
    SittingHead,
    Ticket,
    TicketSitting,
)
from kaowu.rules.profile import ResolvedProfile
from kaowu.store import artefacts
from kaowu.store.queries import exams, places, registers
from kaowu.store.queries.exams import ExamLine, SeatedCandidate
from kaowu.store.queries.papers import attached_photos, corrected_photos
from kaowu.web.works.exam_setup import description_of, document_kinds, required_subjects
from kaowu.web.works.paper_heads import exam_head, site_head, sitting_head

_ROOM_KINDS = {"spare": "备用考场", "isolation": "隔离考场"}


def site_contents(
    exam: str, site: str, *, rooms: Iterable[str] | None = None, sitting: str | None = None
) -> SiteContents:
    """Everything a site prints; with `rooms` or `sitting`, only that part of it. Raises Refused."""
    line, plan = exams.exam(exam), exams.plan(exam)
    profile, place = profile_of(plan), places.site(site)
    if line is None or profile is None or place is None or plan.seat_plan is None:
        raise Refused(
            "nothing_to_print",
            Sentence("不能制作：座位编排还没有封存。", "Cannot print: the seat plan is not sealed yet."),
            remedy=Sentence("先封存座位编排。", "Seal the seat plan first."),
        )
    return _Gathering(line, profile, site, place.name, place.above).contents(
        set(rooms) if rooms is not None else None, sitting
    )


class _Gathering:
    """One site's papers under way: what all of them need is read once."""

    def __init__(
        self, line: ExamLine, profile: ResolvedProfile, site: str, name: str, above: Sequence[str]
    ) -> None:
        self._line, self._profile, self._site = line, profile, site
        self._site_head = site_head(site, name, above)
        self._described = description_of(line.code)
        self._words = {code: words[0] for code, words in self._described.get("accommodations", {}).items()}
        self._kinds = document_kinds(self._described)
        self._required = required_subjects(self._described)
        self._sittings = exams.sittings(line.code)
        self._photos = Photos.of(line.code)
        self._two_forms = has_two_forms(profile)

    def contents(self, rooms: set[str] | None, sitting: str | None) -> SiteContents:
        """The site as its papers show it."""
        known = {room.number: room for room in self._registered_rooms()}
        heads = {one.id: self._sitting_head(one) for one in self._sittings}
        chosen = [one for one in self._sittings if sitting in (None, one.id)]
        seated = exams.seats_of_site(self._line.code, self._site)
        held_seats = _by_candidate(seated)
        found: list[RoomContents] = []
        tickets: list[Ticket] = []
        for number in sorted(seated if rooms is None else rooms & seated.keys()):
            head = self._room_head(number, known.get(number))
            seats = {(one.sitting, one.number): self._seat(one) for one in seated[number]}
            for held in chosen:
                taking = tuple(
                    seats[one.sitting, one.number] for one in seated[number] if self._sits(one, held)
                )
                if taking:
                    seating = next(one.sitting for one in seated[number] if self._sits(one, held))
                    found.append(RoomContents(head, heads[held.id], taking, seating))
            # A ticket shows every sitting; seated sitting by sitting, it is printed with the first seat.
            tickets += [
                self._ticket(one, seats[one.sitting, one.number], held_seats[one.number], known, heads)
                for one in seated[number]
                if one is held_seats[one.number][0]
            ]
        return SiteContents(
            exam_head(self._line, self._profile, _notes(self._profile)),
            self._site_head,
            tuple(found),
            tuple(tickets),
            _packets(self._site, found),
        )

    def _registered_rooms(self) -> Sequence[RegisteredRoom]:
        path = places.site_paths([self._site])[self._site]
        return [room for site in registers.sites_below(path) for room in site.rooms]

    def _sitting_head(self, sitting: Sitting) -> SittingHead:
        return sitting_head(self._profile, sitting, is_first=sitting.id == self._sittings[0].id)

    def _room_head(self, number: str, room: RegisteredRoom | None) -> RoomHead:
        if room is None:
            return RoomHead(f"{self._site}-{number}", number)
        location = f"{room.building} {room.floor} 层" + (
            f" {room.door_number} 室" if room.door_number else ""
        )
        return RoomHead(f"{self._site}-{number}", number, location, _ROOM_KINDS.get(room.kind, ""), room.grid)

    def _seat(self, one: SeatedCandidate) -> SeatLine:
        return SeatLine(
            seat_number=one.seat,
            name=one.name,
            admission_number=one.admission_number,
            candidate_number=one.number,
            sex=one.sex,
            document_number=one.id_number,
            subjects=one.foreign_language,
            school=one.school,
            photo=self._photos.of_candidate(one.number, one.id_number),
            accommodations=self._accommodations(one),
            paper=paper_of(one.seat) if self._two_forms else "",
        )

    def _sits(self, one: SeatedCandidate, held: Sitting) -> bool:
        """Is this the seat of a candidate who takes a paper of that sitting?"""
        return serves(one.sitting, held.id) and bool(set(one.subjects) & set(held.subjects))

    def _ticket(
        self,
        one: SeatedCandidate,
        seat: SeatLine,
        held_seats: Sequence[SeatedCandidate],
        known: Mapping[str, RegisteredRoom],
        heads: Mapping[str, SittingHead],
    ) -> Ticket:
        rooms = {each.room: self._room_head(each.room, known.get(each.room)) for each in held_seats}
        return Ticket(
            name=one.name,
            admission_number=one.admission_number,
            candidate_number=one.number,
            sittings=tuple(
                TicketSitting(heads[held.id], each.room, each.seat, rooms[each.room].location)
                for held in self._sittings
                for each in held_seats
                if self._sits(each, held)
            ),
            sex=one.sex,
            document_kind=self._kinds.get(one.id_type, KINDS[RESIDENT]).zh,
            document_number=one.id_number,
            stream=self._stream(one),
            school=one.school,
            photo=seat.photo,
            accommodations=seat.accommodations,
            batch=one.school,
        )

    def _stream(self, one: SeatedCandidate) -> str:
        chosen = "、".join(subject for subject in one.subjects if subject not in self._required)
        language = f"外语 {one.foreign_language}" if one.foreign_language else ""
        return "　".join(filter(None, (chosen, language)))

    def _accommodations(self, one: SeatedCandidate) -> tuple[str, ...]:
        codes = filter(None, one.accommodation.split("|"))
        return tuple(self._words.get(code, code) for code in codes)


class Photos:
    """The photographs that came with the roster, looked up by document number."""

    def __init__(self, content: bytes | None, later: Mapping[str, bytes]) -> None:
        self._later = later
        self._archive = PhotoArchive(content) if content is not None else None
        self._zip = zipfile.ZipFile(io.BytesIO(content)) if content is not None else None

    @classmethod
    def of(cls, exam: str) -> "Photos":
        """Those of an exam's present roster; none if none were sent."""
        named = attached_photos(exam)
        return cls(artefacts.read(named) if named is not None else None, corrected_photos(exam))

    def of_candidate(self, candidate: str, number: str) -> bytes | None:
        """A candidate's photograph: the one that came late, else the one that came with the roster."""
        later = self._later.get(candidate)
        return artefacts.read(later) if later is not None else self.of_number(number)

    def of_number(self, number: str) -> bytes | None:
        """The bytes of a person's right photograph; None if there is none."""
        key = photo_key(number)
        if self._archive is None or self._zip is None or self._archive.faults(key):
            return None
        _, entry = self._archive.by_stem[key][0]
        with self._zip.open(entry) as part:
            return part.read(MAX_PHOTO)


def _packets(site: str, rooms: Sequence[RoomContents]) -> tuple[PacketLine, ...]:
    """One packet for each room-sitting, sitting by sitting, numbered as exam day calls it."""
    lines = [
        PacketLine(
            expected.packet,
            room.sitting,
            room.room.number,
            expected.sheets,
            make_up=_make_up(room),
        )
        for room in rooms
        for expected in [_expected(site, room)]
    ]
    return tuple(sorted(lines, key=lambda line: (line.sitting.starts_at, line.room_number)))


def _expected(site: str, room: RoomContents) -> ExpectedPacket:
    key = RoomSittingKey(room.sitting.sitting_id, site, room.room.number)
    return expected_packet(key, len(room.seats))


def _make_up(room: RoomContents) -> str:
    """A15 B15, and the spare paper of the packet; empty where the paper has one form."""
    if not any(seat.paper for seat in room.seats):
        return ""
    counted = make_up(seat.seat_number for seat in room.seats)
    return " ".join(f"{form}{number}" for form, number in counted.items()) + " 备1"


def _by_candidate(seated: Mapping[str, Sequence[SeatedCandidate]]) -> dict[str, list[SeatedCandidate]]:
    """Every seat of each candidate, those of the first sittings first."""
    found: dict[str, list[SeatedCandidate]] = {}
    for one in sorted((one for room in seated.values() for one in room), key=lambda one: one.sitting):
        found.setdefault(one.number, []).append(one)
    return found


def _notes(profile: ResolvedProfile) -> tuple[Note, ...]:
    """考生须知 with the numbers of this exam."""
    late = profile.number_or_none("late_limit_minutes")
    foreign = profile.number_or_none("late_limit_foreign_language_minutes")
    notes = [
        Note(
            "凭本证和有效身份证件原件入场，每科都要带齐。人脸比对不过或证件读不出，不会因此不让进场，请听工作人员安排核验。"
        )
    ]
    if late is not None:
        language = "" if foreign in (None, late) else "（外语科目另有规定，以表中时间为准）"
        notes.append(
            Note(f"开考 {late} 分钟后禁止入场{language}。", profile.line("late_limit_minutes").cited)
        )
    phones = next((clause for clause in profile.clauses.values() if clause.citation == "JYB-33 6-4"), None)
    notes.append(
        Note(
            "手机、智能手表、耳机等有收发信息功能的物品，带入考场即按违规处理，不论是否使用。",
            profile.cite("JYB-33 6-4") if phones else "",
        )
    )
    notes.append(Note("按考场和座位号入座；听到开考信号前不得答题，听到结束信号立即停笔。"))
    notes.append(Note("身体不适、文具损坏、试卷不清，举手告诉监考员。"))
    return tuple(notes)
