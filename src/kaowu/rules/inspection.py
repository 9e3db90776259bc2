"""Inspection by the resident team: are those of the team there, and does every item of its list hold?"""

from kaowu.basics.errors import Sentence, Severity
from kaowu.exam.circumstances import Circumstances
from kaowu.facts.inspection import SiteItemChecked, TeamMemberPresent
from kaowu.rules.load import rulebook
from kaowu.rules.registry import Verdict, rule

POST = "resident_inspector"


@rule(
    "inspection.not_of_the_team",
    zh="到岗的不是本考点检查组成员",
    en="Whoever came is not of this site's team",
    cites="KAOWU-PRACTICE resident-teams",
    on=TeamMemberPresent,
    severity=Severity.ATTENTION,
    remedy=Sentence("核对派驻名单；确需换人的，由派出机构改派。", "Check the list of teams; a change is made by whoever sent the team."),
)  # fmt: skip
def not_of_the_team(fact: TeamMemberPresent, circumstances: Circumstances) -> Verdict:
    """A team is known by name, and nobody else stays at the site in its place."""
    for team in circumstances.plan.inspection_teams.values():
        if fact.person in (team.leader, *team.members):
            return None
    return Sentence(
        f"{fact.person} 不在任何考点的驻点检查组名单上。",
        f"{fact.person} is on the list of no site's team.",
    )


@rule(
    "inspection.item_does_not_hold",
    zh="考点检查项不符合",
    en="An item of the site does not hold",
    cites="KAOWU-PRACTICE resident-teams",
    on=SiteItemChecked,
    remedy=Sentence("当场告知主考整改，整改后再核对一次。", "Tell the site chief at once and look again afterwards."),
)  # fmt: skip
def item_does_not_hold(fact: SiteItemChecked) -> Verdict:
    """What the team looks for must be so before candidates come in."""
    if fact.holds:
        return None
    words = item_words(fact.item)
    return Sentence(f"不符合：{words.zh}。", f"Does not hold: {words.en}.")


def item_words(code: str) -> Sentence:
    """An item of the team's list in words; its code where the list no longer has it."""
    found = rulebook().checklists.get(POST)
    items = {item.code: item.text for item in found.items} if found else {}
    return items.get(code, Sentence(code, code))
