"""抽查: the list is fixed first, then the seed comes from public chance, then two read blind; the bound is stated."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.sheet_audit import AuditConcluded, AuditDrawn, AuditFrameFixed
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE


@duty(
    zh="封存抽查总体",
    en="Fix the audit's list",
    records=AuditFrameFixed,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def fix_audit_frame(plan: ExamPlan, fact: AuditFrameFixed, act: Act) -> AuditFrameFixed:
    """Of a subject that is over."""
    held = [sitting for sitting in plan.in_order() if fact.subject in sitting.subjects]
    if not held or act.now < held[0].ends_at:
        raise Refused(
            "subject_not_over",
            Sentence(
                zh=f"不能抽查：“{fact.subject}”还没有考完。", en=f"Cannot audit: {fact.subject} is not over."
            ),
        )
    return fact


@duty(
    zh="公布抽查种子",
    en="Publish the audit's seed",
    records=AuditDrawn,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def draw_audit(plan: ExamPlan, fact: AuditDrawn, act: Act) -> AuditDrawn:
    """Once, for the list that was fixed last: a seed that does not please is not drawn again."""
    audit = plan.audits.get(fact.subject)
    if audit is None or audit.fixed.frame != fact.frame or audit.drawn is not None:
        raise Refused(
            "audit_not_to_be_drawn",
            Sentence(
                zh="不能公布种子：总体没有封存，或这份总体已经抽过。",
                en="Cannot draw: no list is fixed, or this one was drawn already.",
            ),
        )
    return fact


@duty(
    zh="作出抽查结论",
    en="Conclude the audit",
    records=AuditConcluded,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def conclude_audit(plan: ExamPlan, fact: AuditConcluded, act: Act) -> AuditConcluded:
    """The whole sample was read."""
    audit = plan.audits.get(fact.subject)
    if audit is None or audit.drawn is None or audit.fixed.frame != fact.frame:
        raise Refused(
            "audit_not_drawn",
            Sentence(zh="不能作结论：还没有抽取。", en="Cannot conclude: nothing was drawn."),
        )
    if fact.sampled < audit.fixed.sample:
        raise Refused(
            "audit_not_read",
            Sentence(
                zh=f"不能作结论：样本 {audit.fixed.sample} 处，只读完 {fact.sampled} 处。",
                en=f"Cannot conclude: {fact.sampled} of {audit.fixed.sample} fields are read.",
            ),
        )
    return fact
