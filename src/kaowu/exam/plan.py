"""The plan of one exam as its facts have made it: profile, sittings, roster, seats."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from kaowu.basics.clock import Instant
from kaowu.basics.ids import FactId
from kaowu.facts.answer_sheet import SheetApproved
from kaowu.facts.catalogue import Fact
from kaowu.facts.exam_setup import ExamDescribed, ExamSetUp, ProfileLineOverridden, SittingScheduled
from kaowu.facts.inspection import InspectionTeamAssigned, InspectionTeamWithdrawn
from kaowu.facts.nodes import PlanPackageTaken
from kaowu.facts.roster import RosterCorrected, RosterImported
from kaowu.facts.seating import (
    PlaceClosed,
    PlaceReopened,
    SeatPlanReplanned,
    SeatPlanSealed,
    SeatsArranged,
    SeatsChangedByHand,
)
from kaowu.facts.settling import ArchiveClosed
from kaowu.facts.sheet_audit import AuditConcluded, AuditDrawn, AuditFrameFixed
from kaowu.facts.sites_allocation import RoadsMeasured, SitesAllocated, SitesOpened, SiteStandingDecided


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sitting (场次): which subjects, from when to when."""

    id: str
    subjects: tuple[str, ...]
    starts_at: Instant
    ends_at: Instant


@dataclass(frozen=True, slots=True)
class ApprovedOverride:
    """One profile line that is different for this exam, and the fact that approved it."""

    id: FactId
    fact: ProfileLineOverridden


@dataclass(frozen=True, slots=True)
class SheetAudit:
    """The latest sampling audit of a subject's sheets."""

    fixed: AuditFrameFixed
    drawn: AuditDrawn | None = None
    concluded: AuditConcluded | None = None
    number: int = 1
    """How many lists were fixed up to this one: whoever draws until it pleases is seen."""


@dataclass(frozen=True)
class ExamPlan:
    """What the facts about the exam itself say up to now."""

    exam: str
    name: str = ""
    profile: str = ""
    organisation: str = ""
    description: bytes | None = None
    overrides: tuple[ApprovedOverride, ...] = ()
    sittings: Mapping[str, Sitting] = field(default_factory=dict)
    roster: RosterImported | None = None
    arranged: SeatsArranged | None = None
    """The latest attempt at a seat plan that nobody has sealed."""
    seat_plan: SeatPlanSealed | None = None
    seat_plan_attempts: int = 0
    seat_changes: tuple[SeatPlanReplanned | SeatsChangedByHand, ...] = ()
    """What became of the sealed plan, first to last: each names the plan before it."""
    locked_seats: frozenset[str] = frozenset()
    """Candidates whose seat no re-plan may take."""
    closed_places: frozenset[tuple[str, str]] = frozenset()
    """Site and room; an empty room stands for the whole site."""
    site_standings: Mapping[str, str] = field(default_factory=dict)
    """What was decided beforehand about sites: may, open or closed."""
    roads: RoadsMeasured | None = None
    allocated: SitesAllocated | None = None
    """The latest attempt at a plan of sites."""
    allocation_attempts: int = 0
    sites_opened: SitesOpened | None = None
    """The plan of sites that was adopted; None lets candidates go to any site of their county."""
    inspection_teams: Mapping[str, InspectionTeamAssigned] = field(default_factory=dict)
    """The resident inspection team of each site."""
    sheets: Mapping[str, SheetApproved] = field(default_factory=dict)
    """The answer sheet of each subject."""
    audits: Mapping[str, SheetAudit] = field(default_factory=dict)
    """The audit of each subject's sheets."""
    archived: ArchiveClosed | None = None
    package: bytes | None = None
    """The plan package that this node works under; every fact carries its digest."""

    @property
    def seats_now(self) -> bytes | None:
        """The digest of the seats in force: of the sealed plan, or of its last change."""
        if self.seat_changes:
            return self.seat_changes[-1].plan
        return self.seat_plan.plan if self.seat_plan else None

    def is_closed(self, site: str, room: str) -> bool:
        """Is this room kept out of use by this exam?"""
        return not self.closed_places.isdisjoint(((site, ""), (site, room)))

    @property
    def inspectors(self) -> frozenset[str]:
        """Everybody on a resident inspection team: they have their place and are drawn for no other."""
        return frozenset(
            person for team in self.inspection_teams.values() for person in (team.leader, *team.members)
        )

    @cached_property
    def first_sitting(self) -> str:
        """Which sitting is the first; empty where there is none."""
        return next((sitting.id for sitting in self.in_order()), "")

    @classmethod
    def begin(cls, exam: str) -> "ExamPlan":
        """Before the first fact."""
        return cls(exam=exam)

    def after(self, fact: Fact, id: FactId) -> "ExamPlan":
        """The plan once this fact has happened."""
        match fact:
            case ExamSetUp():
                return replace(self, name=fact.name, profile=fact.profile, organisation=fact.organisation)
            case ExamDescribed():
                return replace(self, description=fact.description)
            case SittingScheduled():
                sitting = Sitting(fact.sitting, fact.subjects, Instant(fact.starts_at), Instant(fact.ends_at))
                return replace(self, sittings={**self.sittings, fact.sitting: sitting})
            case ProfileLineOverridden():
                return replace(self, overrides=(*self.overrides, ApprovedOverride(id, fact)))
            case RosterImported():
                return replace(self, roster=fact, arranged=None, allocated=None, sites_opened=None)
            case RosterCorrected() if self.roster is not None:
                roster = replace(self.roster, roster=fact.roster, candidates=fact.candidates)
                if self.seat_plan is not None:
                    return replace(self, roster=roster, arranged=None)
                return replace(self, roster=roster, arranged=None, allocated=None, sites_opened=None)
            case InspectionTeamAssigned():
                return replace(self, inspection_teams={**self.inspection_teams, fact.site: fact})
            case InspectionTeamWithdrawn():
                left = {site: team for site, team in self.inspection_teams.items() if site != fact.site}
                return replace(self, inspection_teams=left)
            case PlaceClosed():
                return replace(self, closed_places=self.closed_places | _places(fact), arranged=None)
            case PlaceReopened():
                return replace(self, closed_places=self.closed_places - _places(fact), arranged=None)
            case SeatsArranged():
                return replace(self, arranged=fact, seat_plan_attempts=fact.attempt)
            case SeatPlanSealed():
                return replace(
                    self, seat_plan=fact, arranged=None, seat_plan_attempts=fact.attempt, seat_changes=()
                )
            case SeatPlanReplanned():
                return replace(self, seat_changes=(*self.seat_changes, fact))
            case SeatsChangedByHand():
                return replace(
                    self,
                    seat_changes=(*self.seat_changes, fact),
                    locked_seats=(self.locked_seats | set(fact.locked)) - set(fact.unlocked),
                )
            case SiteStandingDecided():
                return replace(self, site_standings={**self.site_standings, fact.site: fact.standing})
            case RoadsMeasured():
                return replace(self, roads=fact)
            case SitesAllocated():
                return replace(self, allocated=fact, allocation_attempts=fact.attempt)
            case SitesOpened():
                return replace(self, sites_opened=fact, arranged=None)
            case SheetApproved():
                return replace(self, sheets={**self.sheets, fact.subject: fact})
            case AuditFrameFixed():
                before = self.audits.get(fact.subject)
                begun = SheetAudit(fact, number=before.number + 1 if before else 1)
                return replace(self, audits={**self.audits, fact.subject: begun})
            case AuditDrawn() if fact.subject in self.audits:
                drawn = replace(self.audits[fact.subject], drawn=fact)
                return replace(self, audits={**self.audits, fact.subject: drawn})
            case AuditConcluded() if fact.subject in self.audits:
                ended = replace(self.audits[fact.subject], concluded=fact)
                return replace(self, audits={**self.audits, fact.subject: ended})
            case ArchiveClosed():
                return replace(self, archived=fact)
            case PlanPackageTaken():
                return replace(self, package=fact.package)
        return self

    def in_order(self) -> list[Sitting]:
        """The sittings by starting time."""
        return sorted(self.sittings.values(), key=lambda sitting: (sitting.starts_at, sitting.id))


def _places(fact: PlaceClosed | PlaceReopened) -> frozenset[tuple[str, str]]:
    return frozenset((fact.site, room) for room in fact.rooms or ("",))
