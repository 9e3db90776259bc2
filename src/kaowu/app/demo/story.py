"""The story of one exam day: who comes when, what goes wrong. Same seed, same day.

It knows rooms, candidates and times, nothing of rules or engines, and yields
requests as devices at a site would send them. Each kind of happening has a
random stream of its own, so that a change in one does not move the others.

Rates: arrivals Beta(3, 2) up to ten minutes before the start; late 0.3 %, by
six minutes on average; absent 1.5 %; identity in doubt 0.2 %; one violation in
1,000 entries; one room in fifty unseals with one person, one in fifty counts
with a sheet adrift before it counts again. Assumed, not measured.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MINUTE = 60_000

CHIEF = "chief_invigilator"
ASSISTANT = "assistant_invigilator"
VAULT = "vault_keeper"
SITE_CHIEF = "site_chief"
POSTS = (CHIEF, ASSISTANT, VAULT, SITE_CHIEF)


@dataclass(frozen=True, slots=True)
class RoomOfDay:
    """One room in one sitting: its key, its subject, its times, who is expected."""

    sitting: str
    site: str
    room: str
    subject: str
    starts_at: int
    ends_at: int
    tickets: tuple[str, ...]

    @property
    def key(self) -> str:
        """As facts name it."""
        return f"{self.sitting}/{self.site}/{self.room}"


@dataclass(frozen=True, slots=True)
class Request:
    """One fact as a device sends it: when, by which post, with which second post."""

    at: int
    site: str
    first: str
    second: str
    kind: str
    subject: str
    device: str
    id: str
    payload: dict[str, Any] = field(default_factory=dict)


def tell(rooms: Sequence[RoomOfDay], seed: int) -> list[Request]:
    """All requests of the day in order of time."""
    requests = [request for room in rooms for request in _room(room, seed)]
    return sorted(requests, key=lambda request: (request.at, request.subject, request.id))


def fact_id(at: int, *names: object) -> str:
    """A UUIDv7 that follows from the seed and the happening, so that playing twice sends the same facts."""
    noise = random.Random(repr(names)).getrandbits(74)
    value = (at & (1 << 48) - 1) << 80 | 7 << 76 | (noise >> 62) << 64 | 2 << 62 | noise & (1 << 62) - 1
    return str(uuid.UUID(int=value))


class _Teller:
    """Makes the requests of one room, each under an id of its own."""

    def __init__(self, room: RoomOfDay, seed: int) -> None:
        self.room = room
        self.seed = seed
        self._number = 0

    def chance(self, purpose: str) -> random.Random:
        return random.Random(f"{self.seed}/{purpose}/{self.room.key}")

    def request(
        self, at: float, first: str, second: str, kind: str, device: str = "", **payload: Any
    ) -> Request:
        self._number += 1
        return Request(
            at=int(at),
            site=self.room.site,
            first=first,
            second=second,
            kind=kind,
            subject=self.room.key,
            device=device or f"{self.room.site}-{self.room.room}",
            id=fact_id(int(at), self.seed, self.room.key, self._number),
            payload=payload,
        )


def _room(room: RoomOfDay, seed: int) -> Iterator[Request]:
    teller = _Teller(room, seed)
    arrivals = _arrivals(room, teller.chance("arrivals"))
    yield from _papers_out(room, teller)
    yield from _entries(room, teller, arrivals)
    yield from _violations(room, teller, arrivals)
    yield from _papers_back(room, teller, arrivals)


def _arrivals(room: RoomOfDay, chance: random.Random) -> dict[str, int]:
    """When each candidate who comes at all stands at the door."""
    first, last = room.starts_at - 29 * MINUTE, room.starts_at - 4 * MINUTE
    arrivals = {}
    for ticket in room.tickets:
        fate = chance.random()
        early = first + chance.betavariate(3, 2) * (last - first)
        late = room.starts_at + chance.expovariate(1 / 6) * MINUTE
        if fate >= 0.015:
            arrivals[ticket] = int(late if fate < 0.018 else early)
    return arrivals


def _papers_out(room: RoomOfDay, teller: _Teller) -> Iterator[Request]:
    chance = teller.chance("papers")
    packet, seal = packet_of(room), f"F{chance.randrange(10**6):06d}"
    out = room.starts_at - (38 - chance.random() * 6) * MINUTE
    yield teller.request(
        out, VAULT, CHIEF, "packet_handed_out",
        packet=packet, seal=seal, sheets=len(room.tickets) + 1, subject=room.subject,
    )  # fmt: skip
    alone = chance.random() < 0.02
    witnesses = sorted(chance.sample(range(1, 11), 2))
    yield teller.request(
        room.starts_at - (9.5 - chance.random() * 2) * MINUTE,
        CHIEF, "" if alone else ASSISTANT, "packet_unsealed",
        packet=packet, seal=seal, subject=room.subject, witnessed_by=[f"{seat:02d}" for seat in witnesses],
    )  # fmt: skip


def _entries(room: RoomOfDay, teller: _Teller, arrivals: dict[str, int]) -> Iterator[Request]:
    chance = teller.chance("identity")
    for ticket in room.tickets:
        doubtful = chance.random() < 0.002
        if ticket not in arrivals:
            yield teller.request(
                room.starts_at + (16 + chance.random() * 6) * MINUTE, CHIEF, "", "candidate_absent",
                admission_number=ticket,
            )  # fmt: skip
            continue
        yield teller.request(
            arrivals[ticket], CHIEF, "", "candidate_admitted",
            admission_number=ticket, identity="in_doubt" if doubtful else "matched",
        )  # fmt: skip
        if doubtful:
            settled = max(room.starts_at, arrivals[ticket]) + (17 + chance.random() * 10) * MINUTE
            yield teller.request(
                settled, CHIEF, SITE_CHIEF, "doubt_settled",
                admission_number=ticket, is_candidate=True, grounds="证件照、报名照、入场照三照相符",
            )  # fmt: skip


def _violations(room: RoomOfDay, teller: _Teller, arrivals: dict[str, int]) -> Iterator[Request]:
    chance = teller.chance("violations")
    for ticket in arrivals:
        if chance.random() >= 0.001:
            continue
        clause, evidence, seen = chance.choice(_BEHAVIOURS)
        yield teller.request(
            room.starts_at + (20 + chance.random() * 60) * MINUTE, CHIEF, ASSISTANT, "violation_recorded",
            admission_number=ticket, clause=clause, found_by="in_room", evidence=[*evidence], told=True,
            narrative=seen,
        )  # fmt: skip


def _papers_back(room: RoomOfDay, teller: _Teller, arrivals: dict[str, int]) -> Iterator[Request]:
    chance = teller.chance("count")
    issued, used = len(room.tickets) + 1, len(arrivals)
    counted = room.ends_at + (4 + chance.random() * 5) * MINUTE
    figures = {"issued": issued, "used": used, "absent": len(room.tickets) - used, "spare": 1, "void": 0}
    if chance.random() < 0.02:
        adrift = figures | {"used": used - 1}
        yield teller.request(counted - 2 * MINUTE, CHIEF, ASSISTANT, "sheets_counted", **adrift)
    yield teller.request(counted, CHIEF, ASSISTANT, "sheets_counted", **figures)
    yield teller.request(
        counted + (3 + chance.random() * 6) * MINUTE, CHIEF, VAULT, "packet_collected",
        packet=packet_of(room), seal=f"R{chance.randrange(10**6):06d}", sheets=issued, state="intact",
    )  # fmt: skip


def packet_of(room: RoomOfDay) -> str:
    """The number on a room's packet."""
    return f"{room.site}-{room.room}-{room.sitting}-1"


_BEHAVIOURS = (
    ("JYB-33 5-1", ("seized_item:计算器", "seizure_receipt", "video"), "将计算器带到座位。"),
    ("JYB-33 5-4", ("video",), "多次回头张望，经提醒后停止。"),
    ("JYB-33 6-1", ("seized_item:纸条", "seizure_receipt"), "桌面草稿纸下发现写有内容的纸条。"),
    ("JYB-33 6-4", ("seized_item:手机", "seizure_receipt", "video"), "安检后仍随身携带手机，处于关机状态。"),
)
