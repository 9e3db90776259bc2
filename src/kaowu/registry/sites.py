"""Sites and rooms as an exam uses them."""

from dataclasses import dataclass

from kaowu.basics.seat_grid import SeatGrid

Degrees = tuple[float, float]
"""Longitude and latitude."""


@dataclass(frozen=True, slots=True)
class RegisteredRoom:
    """One room (考场): its number is text; `kind` is standard, spare or isolation."""

    number: str
    kind: str
    building: str
    floor: int
    door_number: str
    capacity: int
    grid: SeatGrid | None
    step_free: bool


@dataclass(frozen=True, slots=True)
class RegisteredSite:
    """One site (考点) of a county, with its rooms by number."""

    code: str
    second_code: str
    name: str
    county: str
    rooms: tuple[RegisteredRoom, ...]
    school: str = ""
    at: Degrees | None = None
    entrances: int = 0
    lanes: int = 0


@dataclass(frozen=True, slots=True)
class RegisteredSchool:
    """One school that candidates come from, and where it is."""

    code: str
    name: str
    county: str
    at: Degrees | None = None
