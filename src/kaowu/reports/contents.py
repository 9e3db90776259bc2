"""What stands on paper: the frozen values every document is made of.

The store fills these from the exam's plan and registers; documents read them
and nothing else. All numbers that people read (room, seat, admission number)
are text, so that leading zeros stay. Photographs are the bytes of the JPEG or
PNG file as registered, or None where the office has none yet.
"""

import datetime
from dataclasses import dataclass, field
from functools import cached_property

from kaowu.basics.errors import Finding
from kaowu.basics.seat_grid import SeatGrid


@dataclass(frozen=True, slots=True)
class Note:
    """One numbered line of 考生须知, with the clause it rests on."""

    text: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class ExamHead:
    """The exam as its papers name it (考试)."""

    exam_id: str
    name: str
    authority: str = ""
    enquiries: str = ""
    notes: tuple[Note, ...] = ()
    pledge: str = "我已阅读并承诺遵守《诚信考试承诺书》。"
    admission_number_groups: tuple[int, ...] = ()
    shows_full_document_number: bool = False
    door_shows_full_names: bool = False


@dataclass(frozen=True, slots=True)
class SiteHead:
    """The place as candidates and staff find it (考点)."""

    site_id: str
    code: str
    name: str
    address: str = ""
    entrance: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class SittingHead:
    """One subject on one day (场次)."""

    sitting_id: str
    subject: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    arrive_by: datetime.time | None = None
    entry_closes_at: datetime.time | None = None


@dataclass(frozen=True, slots=True)
class RoomHead:
    """One room (考场): its number, where it is, how its desks stand."""

    room_id: str
    number: str
    location: str = ""
    kind: str = ""
    grid: SeatGrid | None = None


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One candidate at one seat in one room-sitting."""

    seat_number: str
    name: str
    admission_number: str
    candidate_number: str
    sex: str = ""
    document_number: str = ""
    subjects: str = ""
    school: str = ""
    photo: bytes | None = None
    accommodations: tuple[str, ...] = ()
    paper: str = ""
    """The form of the paper on this seat, where an exam has forms A and B."""


@dataclass(frozen=True, slots=True)
class RoomContents:
    """One room-sitting (考场场次): the room, the subject and who sits where."""

    room: RoomHead
    sitting: SittingHead
    seats: tuple[SeatLine, ...] = ()
    seating: str = ""
    """The sittings that share these seats; empty where one seating serves all."""


@dataclass(frozen=True, slots=True)
class TicketSitting:
    """One line of a ticket's timetable."""

    sitting: SittingHead
    room_number: str
    seat_number: str
    location: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """All that one admission ticket (准考证) shows.

    `code` is the text of the entry code; left empty, it is made of the exam's
    and the candidate's numbers. `batch` groups tickets for handing out,
    usually by school.
    """

    name: str
    admission_number: str
    candidate_number: str
    sittings: tuple[TicketSitting, ...]
    sex: str = ""
    document_kind: str = "居民身份证"
    document_number: str = ""
    stream: str = ""
    school: str = ""
    photo: bytes | None = None
    accommodations: tuple[str, ...] = ()
    code: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class PacketLine:
    """One packet of papers (试卷袋) on its way to a room."""

    packet_number: str
    sitting: SittingHead
    room_number: str
    papers: int
    spare: bool = False
    seal_number: str = ""
    make_up: str = ""
    """How the papers divide into forms A and B, where there are two."""


@dataclass(frozen=True, slots=True)
class Vest:
    """The colour by which a post is known (马甲); its name is always printed beside it."""

    name: str
    rgb: str


@dataclass(frozen=True, slots=True)
class Timed:
    """Something of the day with its time in each sitting (by sitting id), as people write it."""

    text: str
    times: tuple[tuple[str, str], ...] = ()
    every_minutes: int = 0
    proof: str = ""
    own: bool = True


@dataclass(frozen=True, slots=True)
class StaffPost:
    """One post at the site (岗位): its duty, its colour, when and where one reports, its list."""

    code: str
    name: str
    duty: str = ""
    vest: Vest | None = None
    reports: Timed = Timed("")
    hands_over: Timed | None = None
    steps: tuple[Timed, ...] = ()
    script: tuple[Timed, ...] = ()
    in_rooms: bool = False


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One of the staff (考务人员)."""

    number: str
    name: str
    unit: str = ""
    phone: str = ""
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One person at one post in one sitting; without a room it is a post of the site.

    `watches` are the rooms that a video invigilator has on the screen.
    """

    sitting: str
    room: str
    post: str
    person: str
    watches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PayLine:
    """What one post earned one person: so many sittings at so many cents each."""

    person: str
    post: str
    sittings: int
    cents: int


@dataclass(frozen=True)
class SiteStaff:
    """Who serves where at one site, as the sealed draw has it (监考安排).

    `draw` names the draw and `version` the list in force, in hexadecimal: a
    print pack carries the version of its seat plan at the foot, so the papers
    of the staff say their own.
    """

    draw: str
    sittings: tuple[SittingHead, ...]
    posts: tuple[StaffPost, ...]
    people: tuple[StaffMember, ...]
    duties: tuple[DutyLine, ...]
    contacts: tuple[tuple[str, str], ...] = ()
    rules: tuple[Note, ...] = ()
    pay: tuple[PayLine, ...] = ()
    version: str = ""

    @cached_property
    def post(self) -> dict[str, StaffPost]:
        """Posts by code."""
        return {post.code: post for post in self.posts}

    @cached_property
    def person(self) -> dict[str, StaffMember]:
        """People by staff number."""
        return {person.number: person for person in self.people}

    @cached_property
    def sitting(self) -> dict[str, SittingHead]:
        """Sittings by id."""
        return {sitting.sitting_id: sitting for sitting in self.sittings}

    @cached_property
    def duties_of(self) -> dict[str, tuple[DutyLine, ...]]:
        """Each person's duties, in order of the sittings."""
        order = {sitting.sitting_id: at for at, sitting in enumerate(self.sittings)}
        found: dict[str, list[DutyLine]] = {}
        for duty in sorted(self.duties, key=lambda one: order.get(one.sitting, 0)):
            found.setdefault(duty.person, []).append(duty)
        return {person: tuple(duties) for person, duties in found.items()}

    def posts_of(self, person: str) -> list[StaffPost]:
        """The posts a person holds, each once, in the order of the site's posts."""
        held = {duty.post for duty in self.duties_of.get(person, ())}
        return [post for post in self.posts if post.code in held]


@dataclass(frozen=True, slots=True)
class LabelSheet:
    """A sheet of adhesive labels, in millimetres; the shift corrects a printer's offset."""

    columns: int = 3
    rows: int = 10
    width_mm: float = 66.0
    height_mm: float = 26.0
    left_mm: float = 6.0
    top_mm: float = 12.0
    gap_x_mm: float = 0.0
    gap_y_mm: float = 1.4
    shift_x_mm: float = 0.0
    shift_y_mm: float = 0.0

    @property
    def per_sheet(self) -> int:
        """How many labels one sheet holds."""
        return self.columns * self.rows


@dataclass(frozen=True, slots=True)
class PackLine:
    """One line of a pack's cover: a document, how many copies, how many pages."""

    document: str
    zh: str
    unit: str
    copies: int
    pages: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class SiteContents:
    """Everything one site prints; a single room or ticket is a site of that one thing.

    The last two are filled in by the print pack for its cover.
    """

    exam: ExamHead
    site: SiteHead
    rooms: tuple[RoomContents, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    packets: tuple[PacketLine, ...] = ()
    staff: SiteStaff | None = None
    labels: LabelSheet = field(default_factory=LabelSheet)
    pack: tuple[PackLine, ...] = ()
    findings: tuple[Finding, ...] = ()
