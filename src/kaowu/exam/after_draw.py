"""What became of a sealed draw: the list in force, who reported, who did not come, who is locked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaowu.basics.ids import FactId
from kaowu.facts.catalogue import Fact
from kaowu.facts.staffing import DutiesChanged, DutyLocked, DutyTaken, PersonReplaced

OnDuty = tuple[str, str]
"""A person in a sitting: (sitting, staff number)."""

FACTS = (DutyTaken, PersonReplaced, DutiesChanged, DutyLocked)


@dataclass(frozen=True)
class AfterDraw:
    """The facts since the draw was sealed, folded."""

    sealed_by: FactId | None = None
    """The fact that sealed the draw."""
    problem: bytes | None = None
    """What the list in force is judged by; None: the problem that was drawn."""
    taken: Mapping[OnDuty, DutyTaken] = field(default_factory=dict)
    absent: Mapping[OnDuty, PersonReplaced] = field(default_factory=dict)
    locked: frozenset[OnDuty] = frozenset()
    changes: tuple[PersonReplaced | DutiesChanged, ...] = ()

    def after(self, fact: Fact) -> "AfterDraw":
        """What holds once this fact has happened."""
        match fact:
            case DutyTaken():
                taken = {**self.taken}
                here = (fact.sitting, fact.person)
                taken.setdefault(here, fact)
                # Who comes late was not absent after all: another post may be given to them.
                absent = {key: value for key, value in self.absent.items() if key != here}
                return replace(self, taken=taken, absent=absent)
            case DutyLocked():
                one = {(fact.sitting, fact.person)}
                return replace(self, locked=self.locked | one if fact.locked else self.locked - one)
            case PersonReplaced():
                gone = (fact.sitting, fact.absent)
                return replace(
                    self,
                    problem=fact.problem,
                    taken={key: value for key, value in self.taken.items() if key != gone},
                    absent={**self.absent, gone: fact},
                    locked=self.locked - {gone},
                    changes=(*self.changes, fact),
                )
            case DutiesChanged():
                return replace(self, problem=fact.problem, changes=(*self.changes, fact))
        return self

    def gone(self, sitting: str) -> list[str]:
        """Who did not come to a sitting."""
        return [person for at, person in self.absent if at == sitting]

    def replaced_in(self, sitting: str) -> tuple[PersonReplaced, ...]:
        """Every replacement of a sitting, in order."""
        return tuple(
            one for one in self.changes if isinstance(one, PersonReplaced) and one.sitting == sitting
        )

    def locked_in(self, sitting: str) -> list[str]:
        """Whose place is kept in a sitting."""
        return [person for at, person in sorted(self.locked) if at == sitting]

    def redrawn(self, sealed_by: FactId) -> "AfterDraw":
        """Another attempt was sealed: its list counts from here on; locks stay and guard that list."""
        return AfterDraw(sealed_by, locked=self.locked)
