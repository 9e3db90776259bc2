"""A、B 卷: which form of the paper lies on which seat, and how many of each a packet holds.

Where the profile says so, odd seats get form A and even seats form B; no two
neighbours along a column then have the same form.
"""

from collections import Counter
from collections.abc import Iterable

from kaowu.basics.seat_grid import seat_of_text
from kaowu.rules.profile import Profile

FORMS = ("A", "B")


def has_two_forms(profile: Profile) -> bool:
    """Does this exam have papers A and B?"""
    return profile.choice("paper_forms") == "seat_parity"


def paper_of(seat: str) -> str:
    """The form that lies on a seat: A on odd numbers, B on even ones."""
    return FORMS[0] if seat_of_text(seat) % 2 else FORMS[1]


def make_up(seats: Iterable[str]) -> dict[str, int]:
    """How many of each form the seats of a room need."""
    counted = Counter(paper_of(seat) for seat in seats)
    return {form: counted[form] for form in FORMS}
