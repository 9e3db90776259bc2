"""分场编排: which sittings share their seats, and which are seated anew (3+1+2 选考科目换场).

Most exams seat once: a candidate keeps room and seat over all papers. Where
the profile says so, the papers that all take share one seating and each
elective paper is seated by itself, with only those who take it; or every
sitting is seated anew. A seating is named by the codes of its sittings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaowu.engines.seating import Sitting as SeatedSitting
from kaowu.exam.plan import Sitting
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.rules.profile import Profile


@dataclass(frozen=True, slots=True)
class Seating:
    """Sittings that share one seat plan."""

    id: str
    subjects: tuple[str, ...]
    for_all: bool

    @property
    def column(self) -> str:
        """The key under which a candidate's papers in this seating stand."""
        return f"papers:{self.id}"

    def papers(self, row: RosterRow) -> str:
        """What one candidate takes here."""
        return "|".join(subject for subject in row.subjects.split("|") if subject in self.subjects)


@dataclass(frozen=True, slots=True)
class Seatings:
    """The seatings of an exam in order; none where one serves all."""

    seatings: tuple[Seating, ...] = ()

    def columns(self, rows: Sequence[RosterRow]) -> dict[str, list[str]]:
        """What candidates take, sitting by sitting, as the engine reads it."""
        if not self.seatings:
            return {}
        papers = {one.column: [one.papers(row) for row in rows] for one in self.seatings}
        taken = [
            "|".join(one.id for one in self.seatings if papers[one.column][place])
            for place in range(len(rows))
        ]
        electives = {one.column: papers[one.column] for one in self.seatings if not one.for_all}
        return {"sittings": taken, **electives}

    def sittings(self, grouping: Sequence[str], never: Sequence[str]) -> dict[str, Any]:
        """The sittings of the problem. A room of an elective holds people of one paper, whatever else they take."""
        if not self.seatings:
            return {}
        held = [key for key in grouping if key not in ("stream", "county", *never)]
        apart = tuple(key for key in grouping if key in never)
        by_paper = "stream" in grouping or "subject" in grouping
        return {
            "sittings": tuple(
                SeatedSitting(one.id, apart, tuple(held))
                if one.for_all
                else SeatedSitting(one.id, (), (*held, *((one.column,) if by_paper else ())))
                for one in self.seatings
            )
        }


def seatings_of(profile: Profile, sittings: Sequence[Sitting], required: Sequence[str]) -> Seatings:
    """The seatings that the line `seat_per_sitting` asks for."""
    mode = profile.choice("seat_per_sitting")
    ordered = sorted(sittings, key=lambda sitting: (sitting.starts_at, sitting.id))
    if mode == "once" or len(ordered) < 2:
        return Seatings()
    shared = [s for s in ordered if mode == "electives" and set(s.subjects) <= set(required)]
    found = []
    if shared:
        subjects = tuple(subject for sitting in shared for subject in sitting.subjects)
        found.append(Seating(",".join(sitting.id for sitting in shared), subjects, True))
    for sitting in ordered:
        if sitting not in shared:
            found.append(Seating(sitting.id, sitting.subjects, set(sitting.subjects) <= set(required)))
    return Seatings(tuple(found) if len(found) > 1 else ())
