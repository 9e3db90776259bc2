"""写入名册: a checked roster becomes the exam's, whole or not at all."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.roster import RecordsExported, RosterCorrected, RosterImported
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE


@duty(
    zh="写入名册",
    en="Import a roster",
    records=RosterImported,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def import_roster(plan: ExamPlan, fact: RosterImported, act: Act) -> RosterImported:
    """Refused while rows must be corrected, and once seats were given by the present roster."""
    if fact.rejected:
        raise Refused(
            "roster_has_rejects",
            Sentence(
                zh=f"不能写入：还有 {fact.rejected} 行须改。名册要么整份写入，要么不写入。",
                en=f"Cannot import: {fact.rejected} rows must be corrected. A roster is taken whole or not at all.",
            ),
            remedy=Sentence(
                zh="下载错误工作簿，交学校改正后重新导入。",
                en="Download the error workbook, have it corrected and import it again.",
            ),
        )
    if plan.seat_plan is not None:
        raise Refused(
            "seats_already_sealed",
            Sentence(
                zh="不能换名册：座位编排已按现有名册封存。",
                en="Cannot replace the roster: seats were sealed by the present one.",
            ),
        )
    return fact


@duty(
    zh="导出资料",
    en="Export records",
    records=RecordsExported,
    posts=(*IN_OFFICE, *AT_SITE_HEAD, "auditor"),
)
def export_records(plan: ExamPlan, fact: RecordsExported, act: Act) -> RecordsExported:
    """Every export of personal records says who, what and why."""
    return fact


@duty(
    zh="更正名册",
    en="Correct the roster",
    records=RosterCorrected,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def correct_roster(plan: ExamPlan, fact: RosterCorrected, act: Act) -> RosterCorrected:
    """Of the roster in force, by two, with something in it and a reason."""
    roster = plan.roster
    if roster is None or fact.before != roster.roster:
        raise Refused(
            "another_roster",
            Sentence(
                zh="不能更正：名册在此期间已有改动，或还没有写入。",
                en="Cannot correct: the roster was changed meanwhile, or there is none yet.",
            ),
            remedy=Sentence(zh="请刷新后重新办理。", en="Load the page again and repeat the change."),
        )
    if not (fact.withdrawn or fact.added or fact.corrected):
        raise Refused("nothing_changed", Sentence("没有任何更正。", "Nothing is corrected."))
    if fact.candidates != roster.candidates - len(fact.withdrawn) + len(fact.added):
        raise Refused(
            "roster_counts_differ",
            Sentence(
                zh=f"不能更正：原有 {roster.candidates} 人，退考 {len(fact.withdrawn)} 人，补入 {len(fact.added)} 人，不会是 {fact.candidates} 人。",
                en=f"Cannot correct: {roster.candidates} less {len(fact.withdrawn)} and {len(fact.added)} more are not {fact.candidates}.",
            ),
        )
    return fact
