"""派驻检查组: one team for every site of the exam, led by a leader of the bureau."""

from collections.abc import Iterable

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.inspection import InspectionTeamAssigned, InspectionTeamWithdrawn
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE


@duty(
    zh="派驻检查组",
    en="Assign an inspection team",
    records=InspectionTeamAssigned,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def assign_inspection_team(plan: ExamPlan, fact: InspectionTeamAssigned, act: Act) -> InspectionTeamAssigned:
    """One team for a site, one site for a person."""
    if fact.site in plan.inspection_teams:
        raise Refused(
            "site_has_a_team",
            Sentence(
                zh=f"不能派驻：考点 {fact.site} 已有驻点检查组。",
                en=f"Cannot assign: site {fact.site} has a team already.",
            ),
            remedy=Sentence(zh="如要换组，先撤回原来的。", en="Withdraw the present team first."),
        )
    people = (fact.leader, *fact.members)
    if len(set(people)) < len(people):
        raise _refused("person_twice", "同一人写了两次", "somebody is named twice")
    for site, team in plan.inspection_teams.items():
        for person in set(people) & {team.leader, *team.members}:
            raise _refused(
                "person_on_another_team",
                f"{person} 已在考点 {site} 的检查组",
                f"{person} is on the team of site {site}",
            )
    return fact


@duty(
    zh="撤回检查组",
    en="Withdraw an inspection team",
    records=InspectionTeamWithdrawn,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def withdraw_inspection_team(
    plan: ExamPlan, fact: InspectionTeamWithdrawn, act: Act
) -> InspectionTeamWithdrawn:
    """Only a team that was assigned can be withdrawn."""
    if fact.site not in plan.inspection_teams:
        raise Refused(
            "site_has_no_team",
            Sentence(
                zh=f"不能撤回：考点 {fact.site} 没有驻点检查组。",
                en=f"Cannot withdraw: site {fact.site} has no team.",
            ),
        )
    return fact


def require_free(people: Iterable[str], drawn: Iterable[str]) -> None:
    """Whoever is drawn or sent as exam staff has a place already. Raises Refused."""
    busy = sorted(set(people) & set(drawn))
    if busy:
        named = "、".join(busy)
        raise Refused(
            "person_has_a_duty",
            Sentence(
                zh=f"不能派驻：{named} 已抽为本次考试的考务人员，一人只能有一个岗位。",
                en=f"Cannot assign: drawn as staff of this exam already: {', '.join(busy)}. One person has one place.",
            ),
            remedy=Sentence(zh="请另选人员。", en="Choose somebody else."),
        )


def _refused(code: str, zh: str, en: str) -> Refused:
    return Refused(code, Sentence(f"不能派驻：{zh}。", f"Cannot assign: {en}."))
