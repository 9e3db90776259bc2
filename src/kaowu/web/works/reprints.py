"""Which papers a change of seats makes stale: rooms whose lists and labels change, candidates whose tickets do."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from kaowu.loop.prepare.seat_moves import SeatMove, moves_between
from kaowu.loop.prepare.seat_table import read_seats
from kaowu.reports.contents import SiteContents
from kaowu.store import artefacts
from kaowu.store.queries import exams


@dataclass(frozen=True)
class Stale:
    """The papers of one site that no longer say what is so."""

    rooms: tuple[str, ...] = ()
    """Rooms whose door list, check list, record and labels are to be printed again."""
    emptied: tuple[str, ...] = ()
    """Rooms that nobody sits in any more: their lists are taken down."""
    tickets: tuple[str, ...] = ()
    """Candidates (by number) whose admission ticket is to be printed again."""


def of_moves(moves: Iterable[SeatMove], taken: frozenset[tuple[str, str]] | None = None) -> dict[str, Stale]:
    """The stale papers of each site; `taken` are the rooms that are in use afterwards."""
    rooms: dict[str, set[str]] = {}
    tickets: dict[str, set[str]] = {}
    for move in moves:
        for site, room in ((move.site, move.room), (move.to_site, move.to_room)):
            if site:
                rooms.setdefault(site, set()).add(room)
        if not move.is_gone:
            tickets.setdefault(move.to_site, set()).add(move.candidate)
    return {
        site: Stale(
            tuple(sorted(room for room in found if taken is None or (site, room) in taken)),
            tuple(sorted(room for room in found if taken is not None and (site, room) not in taken)),
            tuple(sorted(tickets.get(site, ()))),
        )
        for site, found in sorted(rooms.items())
    }


def rooms_of(plan: bytes) -> frozenset[tuple[str, str]]:
    """Site and room of every room that a plan uses."""
    return frozenset((line.site, line.room) for line in read_seats(artefacts.read(plan)))


def since(exam: str, plan: bytes) -> dict[str, Stale]:
    """What changed at each site between a plan that was printed and the seats in force."""
    now = exams.plan(exam).seats_now
    return _between(plan, now) if now is not None and now != plan else {}


def only_stale(contents: SiteContents, stale: Stale) -> SiteContents:
    """The part of a site's papers that is to be printed again."""
    return replace(
        contents,
        rooms=tuple(room for room in contents.rooms if room.room.number in stale.rooms),
        tickets=tuple(ticket for ticket in contents.tickets if ticket.candidate_number in stale.tickets),
        packets=tuple(packet for packet in contents.packets if packet.room_number in stale.rooms),
    )


@lru_cache(maxsize=16)
def _between(before: bytes, after: bytes) -> dict[str, Stale]:
    moves = moves_between(read_seats(artefacts.read(before)), read_seats(artefacts.read(after)))
    return of_moves(moves, rooms_of(after))
