"""Who stands at the posts: a place that nobody took, and people called from outside."""

from kaowu.basics.errors import Sentence, Severity
from kaowu.facts.staffing import DutiesChanged, PersonReplaced
from kaowu.rules.registry import Verdict, rule


@rule(
    "staffing.post_left_empty",
    zh="岗位空缺",
    en="A post stands empty",
    cites=("invigilators_per_room",),
    on=PersonReplaced,
    severity=Severity.URGENT,
    remedy=Sentence(
        "立即报市、县招生考试机构调派机动人员；到位前由流动监考员顶岗，不得一人监考。",
        "Call the city or county for somebody of the reserve; until then a roving invigilator stands in, nobody invigilates alone.",
    ),
)
def post_left_empty(fact: PersonReplaced) -> Verdict:
    """A room is never watched by one person."""
    if fact.outcome != "left_empty":
        return True
    where = f"{fact.room} 考场" if fact.room else f"考点 {fact.site}"
    return Sentence(
        f"{fact.sitting} 场{where}的岗位 {fact.post} 空缺：{fact.absent} 未到，无人可替。",
        f"Sitting {fact.sitting}, {fact.room or fact.site}: {fact.post} stands empty, nobody may replace {fact.absent}.",
    )


@rule(
    "staffing.repeated_by_replacement",
    zh="替补使考场或搭档重复",
    en="A replacement repeats a room or partner",
    cites=("draw_interval",),
    on=PersonReplaced,
    remedy=Sentence("下一场抽签时避开。", "Avoid it in the next draw."),
)
def repeated_by_replacement(fact: PersonReplaced) -> Verdict:
    """Permitted where nothing else was found, and worth knowing."""
    if not fact.repeats:
        return True
    return Sentence(
        f"{fact.sitting} 场 {fact.came} 替补 {fact.absent}，考场或搭档重复。",
        f"Sitting {fact.sitting}: {fact.came} replaces {fact.absent} and repeats a room or partner.",
    )


@rule(
    "staffing.relaxed_rule_used",
    zh="调整依据批准放宽的规则",
    en="A change rests on rules relaxed by approval",
    cites=("recusals",),
    on=DutiesChanged,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "留存批准文件，供巡视和纪检核查。", "Keep the approval for patrols and discipline inspection."
    ),
)
def relaxed_rule_used(fact: DutiesChanged) -> Verdict:
    """What the draw would not have allowed, and an approved line does."""
    if not fact.relaxed:
        return True
    codes = "、".join(fact.relaxed)
    return Sentence(
        f"人工调整用到放宽的规则：{codes}。", f"The change uses relaxed rules: {', '.join(fact.relaxed)}."
    )
