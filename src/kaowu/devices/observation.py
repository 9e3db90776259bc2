"""What a device says, before anybody believes it.

An observation is not yet a fact: it says which device reported what, by its
own clock, and how well it could tell. Whoever records a fact from it names it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Quality(StrEnum):
    """How well the device could tell."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Observation:
    """One report of one device. `device_time` is None where the device has no clock."""

    kind: str
    value: str
    quality: Quality = Quality.GOOD
    device_time: int | None = None
