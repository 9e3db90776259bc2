"""What stands on paper: the frozen values every document is made of.

The store fills these from the exam's plan and registers; documents read them
and nothing else. All numbers that people read (room, seat, admission number)
are text, so that leading zeros stay. Photographs are the bytes of the JPEG or
PNG file as registered, or None where the office has none yet.
"""

import datetime
from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class RoomContents:
    """One room-sitting (考场场次): the room, the subject and who sits where."""

    room: RoomHead
    sitting: SittingHead
    seats: tuple[SeatLine, ...] = ()


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
    labels: LabelSheet = field(default_factory=LabelSheet)
    pack: tuple[PackLine, ...] = ()
    findings: tuple[Finding, ...] = ()
