"""酬金测算: what each person's duties come to, from the profile's rates, in cents and whole numbers only.

Only duties that were taken up count, unless the profile says that the drawn
list counts. A replaced person earned nothing for the sitting; who came did.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kaowu.rules.profile import Profile

RATE_LINES = {
    "chief_invigilator": "pay_chief_invigilator_cents",
    "assistant_invigilator": "pay_assistant_invigilator_cents",
    "video_invigilator": "pay_video_invigilator_cents",
    "roving_invigilator": "pay_roving_invigilator_cents",
    "patrol": "pay_patrol_cents",
    "screener": "pay_screener_cents",
    "reserve": "pay_reserve_cents",
}
OTHER = "pay_other_post_cents"
COUNTS = "pay_counts"


@dataclass(frozen=True, slots=True)
class Served:
    """One duty of one person, and whether they reported for it."""

    person: str
    post: str
    sitting: str
    taken: bool


@dataclass(frozen=True, slots=True)
class PayRow:
    """What one post earned one person: so many sittings at so many cents each."""

    person: str
    post: str
    sittings: int
    cents: int
    unreported: int = 0  # drawn, but nobody saw them come: not paid

    @property
    def sum_cents(self) -> int:
        """The amount of the row."""
        return self.sittings * self.cents


def rate_of(post: str, profile: Profile) -> int:
    """Cents for one sitting at a post."""
    return profile.number(RATE_LINES.get(post, OTHER))


def pay_rows(duties: Iterable[Served], profile: Profile) -> list[PayRow]:
    """One row for each person and post, by staff number and post."""
    needs_report = profile.choice(COUNTS) == "taken"
    paid: dict[tuple[str, str], int] = {}
    missing: dict[tuple[str, str], int] = {}
    for duty in duties:
        key = (duty.person, duty.post)
        counts = duty.taken or not needs_report
        paid[key] = paid.get(key, 0) + counts
        missing[key] = missing.get(key, 0) + (not counts)
    return [
        PayRow(person, post, paid[person, post], rate_of(post, profile), missing[person, post])
        for person, post in sorted(paid)
    ]


def totals(rows: Sequence[PayRow]) -> Mapping[str, int]:
    """The sums under the table: people, sittings, cents, duties that nobody reported for."""
    return {
        "people": len({row.person for row in rows}),
        "sittings": sum(row.sittings for row in rows),
        "cents": sum(row.sum_cents for row in rows),
        "unreported": sum(row.unreported for row in rows),
    }
