"""What facts say of things that several sources speak of (多方记录): a packet's sheets, where a candidate sat.

Each log has one writer, so records never overwrite each other. Where two say
different things of one thing, both stand, and the difference is a finding for
people to settle.
"""

from collections.abc import Callable
from typing import NamedTuple

from kaowu.basics.errors import Finding, Sentence, Severity
from kaowu.facts.catalogue import Fact
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.papers import PacketCollected, PacketHandedOut

CODE = "records_contradict"
LABEL = Sentence("两处记录矛盾", "Records contradict each other")


class Claim(NamedTuple):
    """One thing, and what a fact says of it."""

    key: str
    value: str

    @property
    def what(self) -> Sentence:
        """The thing in words."""
        kind, sitting, name = self.key.split("/", 2)
        return _WHAT[kind](sitting, name)


_WHAT: dict[str, Callable[[str, str], Sentence]] = {
    "admitted": lambda sitting, number: Sentence(
        f"准考证 {number} 在 {sitting} 场入场的考场",
        f"where ticket {number} was admitted in {sitting}",
    ),
    "handed_out": lambda sitting, packet: Sentence(
        f"试卷袋 {packet} 领出份数", f"sheets handed out in packet {packet}"
    ),
    "collected": lambda sitting, packet: Sentence(
        f"试卷袋 {packet} 回收份数", f"sheets collected in packet {packet}"
    ),
}


def claims(fact: Fact, subject: str) -> tuple[Claim, ...]:
    """What this fact says that another source might say differently."""
    sitting = subject.partition("/")[0]
    match fact:
        case CandidateAdmitted(admission_number=number):
            return (Claim(f"admitted/{sitting}/{number}", subject),)
        case PacketHandedOut(packet=packet, sheets=sheets):
            return (Claim(f"handed_out/{sitting}/{packet}", str(sheets)),)
        case PacketCollected(packet=packet, sheets=sheets):
            return (Claim(f"collected/{sitting}/{packet}", str(sheets)),)
    return ()


def contradiction(claim: Claim, other: str) -> Finding:
    """The finding that stands beside a fact which another one contradicts."""
    return Finding(
        CODE,
        Sentence(
            f"两处记录矛盾：{claim.what.zh}，此处为 {claim.value}，另一处为 {other}。两条都保留，须人工核定。",
            f"Two records contradict each other: {claim.what.en} is {claim.value} here, {other} elsewhere. Both stand until people settle it.",
        ),
        Severity.URGENT,
        remedy=Sentence(
            "请两处核对纸面记录，把错的一条更正，或在此说明后销号。",
            "Compare both with the paper; withdraw the wrong one, or answer this finding.",
        ),
    )
