"""Small exams for the draw tests: a few lines make people, rooms and a problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaowu.engines.draw import DrawProblem, Line, Person, Post, Room, Rules, Sex, Site, Sitting

SEED = bytes(range(32))
TWO_POSTS = (Post("chief"), Post("assistant"))
TWO_LINES = (Line("chief"), Line("assistant"))


def seed(number: int) -> bytes:
    """A different seed for every number."""
    return number.to_bytes(32, "big")


def people(count: int, units: int = 5, site: str = "A", **more: Any) -> list[Person]:
    """Men and women by turns, from so many schools."""
    return [
        Person(f"P{n:03d}", (Sex.MAN, Sex.WOMAN)[n % 2], f"S{n // 2 % units}", site=site, years=5, **more)
        for n in range(count)
    ]


def sittings(count: int) -> list[Sitting]:
    """Sittings of 150 minutes with breaks of 150."""
    return [Sitting(f"T{n}", n * 300, n * 300 + 150) for n in range(count)]


def rooms(count: int, times: int, site: str = "A", **more: Any) -> list[Room]:
    """The same rooms in every sitting."""
    return [Room(f"T{t}", site, f"{r:03d}", **more) for t in range(times) for r in range(count)]


def exam(
    staff: Sequence[Person],
    halls: Sequence[Room],
    times: int,
    sites: Sequence[Site] = (Site("A"),),
    apart: Sequence[tuple[str, str]] = (),
    **rules: Any,
) -> DrawProblem:
    """An exam of these rooms; two to a room unless the rules say otherwise."""
    usual = {"posts": TWO_POSTS, "staffing": TWO_LINES}
    return DrawProblem(
        tuple(staff),
        tuple(sites),
        tuple(sittings(times)),
        tuple(halls),
        tuple(apart),
        rules=Rules(**{**usual, **rules}),
    )
