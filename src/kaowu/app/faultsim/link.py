"""A link that fails in the ways that links fail, as often as its chances say.

Each message that passes may be lost on the way up or on the way back
(half-open), arrive twice, arrive after later ones, be cut short or changed;
and the node above may answer with a lie.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

Taken = tuple[int, bytes]

CUT = "link cut"
HALF_OPEN = "answer lost"
TWICE = "sent twice"
LATE = "old request late"
CHANGED = "bit flipped on the way"
SHORT = "cut short on the way"
LIE = "lie from above"
FAULTS = (CUT, HALF_OPEN, TWICE, LATE, CHANGED, SHORT, LIE)
_REMEMBERED = 12


class Link:
    """Between a site and a county; `take` is the county's door."""

    def __init__(
        self, chance: Random, take: Callable[[str, bytes], Taken | None], happened: Counter[str]
    ) -> None:
        self._chance = chance
        self._take = take
        self._happened = happened
        self._passed: list[tuple[str, bytes]] = []
        self.faulty = 0.0
        """How likely a message meets a fault."""

    def carry(self, endpoint: str, body: bytes) -> Taken | None:
        """What the sender hears; None if nothing."""
        fault = self._chance.choice(FAULTS) if self._chance.random() < self.faulty else ""
        if fault:
            self._happened[fault] += 1
        if fault == CUT:
            return None
        if fault == LATE and self._passed:
            self._take(*self._chance.choice(self._passed))
        if fault == CHANGED:
            body = flipped(body, self._chance)
        if fault == SHORT:
            body = body[: self._chance.randrange(len(body))]
        self._passed = [*self._passed[-_REMEMBERED:], (endpoint, body)]
        answer = self._take(endpoint, body)
        if fault == TWICE:
            answer = self._take(endpoint, body)
        if fault == HALF_OPEN:
            return None
        return self._lie(answer) if fault == LIE else answer

    def _lie(self, answer: Taken | None) -> Taken:
        size = self._chance.randrange(10_000)
        lies: list[Taken] = [
            (200, b""),
            (200, b"ok\n"),
            (200, "— county/mirror AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n".encode()),
            (202, f"{size}\n{size}\n\n".encode()),
            (409, f"{size}\n{size}\n\n".encode()),
            (409, f"{size}\n".encode()),
            (500, b"<html>"),
        ]
        if answer is not None and answer[1]:
            lies.append((200, flipped(answer[1], self._chance)))
        return self._chance.choice(lies)


def flipped(content: bytes, chance: Random) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)
