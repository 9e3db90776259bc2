"""One room in one sitting, for tables of cases: what is there, who signs, what is found."""

from collections.abc import Iterable
from datetime import datetime

from kaowu.basics.clock import Instant, instant
from kaowu.basics.errors import Finding
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.plan import ExamPlan, Sitting
from kaowu.exam.room_sitting import RoomSitting, Seat
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import PacketHandedOut, PacketUnsealed
from kaowu.facts.subjects import RoomSittingKey
from kaowu.rules.load import rulebook
from kaowu.rules.profile import Override, Profile
from kaowu.rules.registry import judge

CHIEF = Actor("zhang", "chief_invigilator")
ASSISTANT = Actor("li", "assistant_invigilator")
OFFICE = Actor("wang", "vault_keeper")
BOTH = (CHIEF, ASSISTANT)
STARTS = instant(datetime(2027, 6, 7, 9, 0))
ENDS = instant(datetime(2027, 6, 7, 11, 0))
TICKETS = ("T01", "T02", "T03", "T04", "T05")


def at(clock: str) -> Instant:
    """An instant of the exam day, written `08:50` or `08:50:30`."""
    hours, minutes, *seconds = map(int, clock.split(":"))
    return instant(datetime(2027, 6, 7, hours, minutes, *seconds))


def profile(name: str = "gaokao", **lines: str) -> Profile:
    """A profile, with lines overridden for this exam."""
    overrides = [Override(key, value, "本次考试", "zhao", "f1") for key, value in lines.items()]
    return rulebook().profile(name).resolve(overrides)


def room(*facts: Fact, subjects: tuple[str, ...] = ("数学",), when: str = "08:40") -> RoomSitting:
    """Room 007 with five expected candidates, after these facts."""
    sitting = Sitting("S1", subjects, STARTS, ENDS)
    state = RoomSitting.begin(
        RoomSittingKey("S1", "040201", "007"), sitting, [Seat(t, t[1:]) for t in TICKETS]
    )
    for fact in facts:
        state = state.after(fact, at(when))
    return state


def handed_out(**changes: object) -> PacketHandedOut:
    """Packet P1 for five candidates under seal A1."""
    return PacketHandedOut(**{"packet": "P1", "seal": "A1", "sheets": 5, "subject": "数学"} | changes)


def unsealed(**changes: object) -> PacketUnsealed:
    """Packet P1 opened before two candidates."""
    given = {"packet": "P1", "seal": "A1", "subject": "数学", "witnessed_by": ("01", "02")}
    return PacketUnsealed(**given | changes)


def findings(
    fact: Fact,
    when: str,
    *,
    state: object = None,
    by: Iterable[Actor] = BOTH,
    of: Profile | None = None,
    now: str = "",
    plan: ExamPlan | None = None,
) -> tuple[Finding, ...]:
    """What the rules find beside a fact that these people saw at this time."""
    circumstances = Circumstances(tuple(by), at(when), at(now or when), plan or ExamPlan.begin("G27"))
    return judge(fact.kind.name, fact, state or room(), of or profile(), circumstances)


def codes(*arguments: object, **named: object) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in findings(*arguments, **named)]
