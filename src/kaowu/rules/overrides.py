"""Overrides of profile lines: a second person approves, and the value fits its line.

The duty that records an override refuses a bad one; these rules judge what came
in by another way, from a site or from an archive.
"""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.circumstances import Circumstances
from kaowu.facts.exam_setup import ProfileLineOverridden
from kaowu.rules.profile import Override, Profile
from kaowu.rules.registry import Verdict, rule


@rule(
    "overrides.approved_by_another",
    zh="改定人与批准人为同一人",
    en="Approved by the one who recorded it",
    cites=("JYB-33 13-2", "RSB-31 13"),
    on=ProfileLineOverridden,
    remedy=Sentence(
        "由有权批准的另一人批准后重新改定。",
        "Let another person with authority approve it, then override again.",
    ),
)
def approved_by_another(fact: ProfileLineOverridden, circumstances: Circumstances) -> Verdict:
    """Nobody approves their own change of a rule."""
    others = {actor.account for actor in circumstances.actors} - {fact.approved_by}
    if others:
        return None
    return Sentence(
        f"“{fact.line}”的改定由 {fact.approved_by} 一人提出并批准。",
        f"The override of “{fact.line}” was made and approved by {fact.approved_by} alone.",
    )


@rule(
    "overrides.unreadable",
    zh="改定值不合该行要求",
    en="The value does not fit its line",
    cites=("JYB-33 13-2", "RSB-31 13"),
    on=ProfileLineOverridden,
    remedy=Sentence("按该行的单位和范围重新改定。", "Override again within the line's unit and bounds."),
)
def unreadable(fact: ProfileLineOverridden, profile: Profile) -> Verdict:
    """The line exists and its bounds hold."""
    override = Override(fact.line, fact.value, fact.reason, fact.approved_by, "")
    try:
        profile.resolve([override])
    except Refused as refused:
        return refused.sentence
    return None
