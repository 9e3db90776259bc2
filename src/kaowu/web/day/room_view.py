"""One room-sitting as its page shows it: desks, equations, steps, what is due now, what may be done."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from kaowu.basics.clock import Instant, exam_time
from kaowu.exam.packets import ExpectedPacket, expected_packet
from kaowu.exam.room_sitting import Figures, PacketState, RoomSitting, figures
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.model import Step
from kaowu.rules.profile import ResolvedProfile
from kaowu.store.queries import exams, places
from kaowu.store.queries.exam_clock import ExamTime, exam_time_now
from kaowu.store.queries.room_state import room_state
from kaowu.web.access import scope_of
from kaowu.web.day.hand_in import PERMISSION
from kaowu.web.day.seat_states import RoomDesks, SeatTile, desks
from kaowu.web.day.where import exam_in_scope
from kaowu.web.templatetags.components import masked_name

UNSEALED = (PacketState.UNSEALED, PacketState.COLLECTED)


@dataclass(frozen=True, slots=True)
class Due:
    """One row of the minute script around now."""

    at: Instant
    step: Step
    is_past: bool
    is_now: bool

    @property
    def time(self) -> str:
        return f"{exam_time(self.at):%H:%M}"


@dataclass(frozen=True)
class RoomView:
    """Everything about one room-sitting that its pages share."""

    exam: exams.ExamLine
    key: RoomSittingKey
    site: places.SitePlace
    place: places.RoomPlace | None
    state: RoomSitting
    profile: ResolvedProfile | None
    clock: ExamTime
    may_record: bool

    @property
    def address(self) -> str:
        """The page of the room."""
        return reverse("room", kwargs=self._names)

    def act(self, kind: str, **given: str) -> str:
        """The form of one act, with what is known already."""
        address = reverse("act", kwargs=self._names | {"kind": kind})
        return f"{address}?{urlencode(given)}" if given else address

    def photo(self, ticket: str) -> str:
        """Where the photograph of an expected candidate is."""
        return reverse("seat_photo", kwargs=self._names | {"ticket": ticket})

    @property
    def _names(self) -> dict[str, str]:
        return {
            "exam": self.exam.code,
            "sitting": self.key.sitting,
            "site": self.key.site,
            "room": self.key.room,
        }

    @cached_property
    def figures(self) -> Figures:
        return figures(self.state)

    @cached_property
    def desks(self) -> RoomDesks:
        """The desks; names in full only for those who work in the room."""
        rows = exams.seats(
            self.exam.code, self.key.site, self.key.room, self.state.sitting.subjects, self.key.sitting
        )
        shown = {row.admission_number: row.name if self.may_record else masked_name(row.name) for row in rows}
        return desks(self.state, self.place, shown)

    def seat(self, number: str) -> SeatTile | None:
        """The tile of a seat number."""
        tiles = [tile for row in self.desks.rows for tile in row if isinstance(tile, SeatTile)]
        return next((tile for tile in (*tiles, *self.desks.elsewhere) if tile.seat == number), None)

    @cached_property
    def strangers(self) -> list[str]:
        """Tickets that entered here though the plan expects them elsewhere."""
        return [ticket for ticket in self.state.entries if ticket not in self.state.seats]

    @property
    def awaited_packet(self) -> ExpectedPacket | None:
        """The packet that was packed for this room-sitting and has not been handed out yet."""
        expected = expected_packet(self.key, len(self.state.seats))
        return None if expected.packet in self.state.packets else expected

    @property
    def people_equation(self) -> list[tuple[Any, ...]]:
        """应到 = 实到 + 缺考 + 未到"""
        room = self.figures
        missing = room.expected - room.entered - room.absent
        terms: list[tuple[Any, ...]] = [
            (_("Expected"), room.expected),
            (_("Entered"), room.entered, "="),
            (_("Absent"), room.absent, "+"),
        ]
        return [*terms, (_("Not yet"), missing, "+", "unknown")] if missing > 0 else terms

    @property
    def people_difference(self) -> int | None:
        """None while some have neither come nor been marked absent."""
        room = self.figures
        difference = room.expected - room.entered - room.absent
        return None if difference > 0 else difference

    @property
    def sheets_equation(self) -> list[tuple[Any, ...]]:
        """领 = 用 + 缺 + 备 + 废"""
        room = self.figures
        shown = room.counted
        return [
            (_("Issued"), room.issued if room.packets else None),
            (_("Used"), room.used if shown else None, "="),
            (_("Of absentees"), room.absent_sheets if shown else None, "+"),
            (_("Spare"), room.spare if shown else None, "+"),
            (_("Void"), room.void if shown else None, "+"),
        ]

    @property
    def sheets_difference(self) -> int | None:
        """None until both have counted."""
        room = self.figures
        if not room.counted:
            return None
        return room.issued - room.used - room.absent_sheets - room.spare - room.void

    @cached_property
    def steps(self) -> list[tuple[str, str, bool]]:
        """Each step of a room-sitting: label, the kind of fact that does it, whether it is done."""
        room, packets = self.figures, self.state.packets.values()
        return [
            (_("Hand out"), "packet_handed_out", bool(packets)),
            (_("Unseal"), "packet_unsealed", bool(packets) and all(p.state in UNSEALED for p in packets)),
            (_("Entry and absence"), "", room.expected <= room.entered + room.absent),
            (_("Count"), "sheets_counted", room.counted),
            (_("Collect"), "packet_collected", bool(packets) and room.collected == room.packets),
        ]

    @property
    def step_names(self) -> list[str]:
        return [name for name, _kind, _done in self.steps]

    @property
    def current_step(self) -> int:
        """Counted from 1; one past the last when all is done."""
        open_ones = [number for number, step in enumerate(self.steps, 1) if not step[2]]
        return open_ones[0] if open_ones else len(self.steps) + 1

    @cached_property
    def minutes(self) -> list[Due]:
        """The rows of the minute script around now."""
        if self.profile is None:
            return []
        sitting = self.state.sitting
        first = exams.sittings(self.exam.code)[0].id == sitting.id
        rows = self.profile.timetable(sitting.starts_at, sitting.ends_at, sitting.subjects, is_first=first)
        past = sum(at <= self.clock.now for at, _step in rows)
        start = max(0, min(past - 2, len(rows) - 5))
        return [
            Due(at, step, number < past, number == past - 1)
            for number, (at, step) in enumerate(rows)
            if start <= number < start + 5
        ]


def room_view(request: HttpRequest, exam: str, sitting: str, site: str, room: str) -> RoomView:
    """The view of a room-sitting whose site was found inside the scope; Http404 if there is none."""
    key = RoomSittingKey(sitting, site, room)
    line, place, state = exam_in_scope(request.scope, exam), places.site(site), room_state(exam, key)  # type: ignore[attr-defined]
    if place is None or state is None:
        raise Http404
    return RoomView(
        exam=line,
        key=key,
        site=place,
        place=places.rooms(site).get(room),
        state=state,
        profile=profile_of(exams.plan(exam)),
        clock=exam_time_now(exam),
        may_record=scope_of(request.user, PERMISSION).covers(place.path),
    )
