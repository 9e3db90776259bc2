"""Who stands in which room (抽签): the tempered swap chain over the rooms of one site.

A proposal exchanges two people of one row, or the whole teams of two rooms.
What adds d breaks of a rule is accepted with probability 256^-d exactly (the
leading 8 d bits of a number are zero), any other always. Every exchange undoes
itself, so the law "weight 256^-breaks" is kept whatever pairs are proposed, and
draws without a break weigh the same. The rooms are looked at between rounds;
the first draw without a break is kept.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.basics.seeds import stream_bytes

FIRST_LOOK = 4
LAST_LOOK = 64
PROPOSALS_PER_ROOM = 24  # in one round
_LARGEST_STEP = 3
_BITS_PER_BREAK = 8
_CHANCE_BITS = _LARGEST_STEP * _BITS_PER_BREAK

Weights = Sequence[Sequence[int]]
"""Breaks of two people together, or of a person in a room."""


@dataclass
class Teams:
    """The state: for every row the person in each of its rooms, -1 where the row has no place."""

    rows: list[list[int]]
    rooms: list[list[int]]  # for every row its rooms


def breaks_of(teams: Teams, beside: Weights, inside: Weights) -> int:
    """All breaks of a state."""
    total = 0
    for room in range(len(teams.rows[0])):
        people = [row[room] for row in teams.rows if row[room] >= 0]
        total += sum(inside[one][room] for one in people)
        total += sum(beside[one][two] for at, one in enumerate(people) for two in people[:at])
    return total


def run(chance: bytes, teams: Teams, beside: Weights, inside: Weights) -> int:
    """Run the chain in place; returns the round at which no break was left, 0 if none was."""
    left = breaks_of(teams, beside, inside)
    rooms = len(teams.rows[0])
    count = PROPOSALS_PER_ROOM * rooms
    for turn in range(1, LAST_LOOK + 1):
        words = struct.unpack(f">{count}Q", stream_bytes(chance, turn, 8 * count))
        left += _round(words, teams, beside, inside)
        if turn >= FIRST_LOOK and not left:
            return turn
    return 0


def _round(words: Sequence[int], teams: Teams, beside: Weights, inside: Weights) -> int:
    """One round of proposals in place; returns by how much the breaks changed."""
    rows, places = teams.rows, teams.rooms
    others = [[row for row in rows if row is not mine] for mine in rows]
    kinds, every = len(rows) + 1, len(rows[0])
    total = 0
    for word in words:
        kind = (word >> 24 & 0xFF) * kinds >> 8
        if kind == kinds - 1:
            one, two = (word >> 48) * every >> 16, (word >> 32 & 0xFFFF) * every >> 16
            if one == two:
                continue
            change = _team_change(rows, one, two, inside)
        else:
            here = places[kind]
            one, two = (word >> 48) * len(here) >> 16, (word >> 32 & 0xFFFF) * len(here) >> 16
            if one == two:
                continue
            one, two = here[one], here[two]
            row = rows[kind]
            a, b = row[one], row[two]
            of_a, of_b = inside[a], inside[b]
            change = of_b[one] + of_a[two] - of_a[one] - of_b[two]
            with_a, with_b = beside[a], beside[b]
            for other in others[kind]:
                c, d = other[one], other[two]
                if c >= 0:
                    change += with_b[c] - with_a[c]
                if d >= 0:
                    change += with_a[d] - with_b[d]
        if not -_LARGEST_STEP <= change <= _LARGEST_STEP:
            continue
        if change > 0 and (word & 0xFFFFFF) >> (_CHANCE_BITS - _BITS_PER_BREAK * change):
            continue
        total += change
        if kind == kinds - 1:
            for row in rows:
                row[one], row[two] = row[two], row[one]
        else:
            row[one], row[two] = b, a
    return total


def _team_change(rows: Sequence[Sequence[int]], one: int, two: int, inside: Weights) -> int:
    """By how much breaks change if two rooms exchange their teams; too much if teams differ in size."""
    change = 0
    for row in rows:
        a, b = row[one], row[two]
        if (a < 0) != (b < 0):
            return _LARGEST_STEP + 1
        if a >= 0:
            change += inside[b][one] + inside[a][two] - inside[a][one] - inside[b][two]
    return change
