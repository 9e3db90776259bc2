"""The port between mirroring and whatever carries it (承载): one request, one answer.

A carrier promises nothing: a request may be lost, arrive twice or late, and an
answer may never come. What is durable is decided by cosignatures alone.
"""

from dataclasses import dataclass
from typing import Protocol

ADD_CHECKPOINT = "add-checkpoint"
ADD_ENTRIES = "add-entries"
ADD_PERSONAL = "add-personal"
ENROLL = "enroll"
ASK = "ask"


class LinkDown(OSError):
    """No answer came; whether the request arrived is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the node above said: a status as in C2SP tlog-mirror, and the body."""

    status: int
    body: bytes


class Carrier(Protocol):
    """Brings one request to a mirror and its answer back."""

    def carry(self, endpoint: str, body: bytes) -> Answer:
        """Send to one of the endpoints above; raises LinkDown when no answer came."""
