"""Score plans of an exam: approved by two for each subject, with what was decided about faulty questions."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.scores import Scores
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import QuestionRegraded, ScorePlanApproved
from kaowu.facts.subjects import SCORES
from kaowu.loop.desk import Receipt
from kaowu.loop.settle.score_plan import OBJECTIVE, SubjectPlan, require_sound
from kaowu.loop.settle.score_plan_text import read_keys, read_parts
from kaowu.reports.sheets.spec import Questions
from kaowu.store import artefacts
from kaowu.store.queries import scores
from kaowu.web.counter import clock, record
from kaowu.web.works.sheets import design_of

PLAN = "score_plan"


def read(subject: str, parts: str, keys: dict[str, str], rounded_to: int) -> SubjectPlan:
    """A plan from what was typed. Raises Refused with every fault it can name."""
    read_of = read_parts(parts)
    has_sheet = any(part.source == OBJECTIVE for part in read_of)
    found = {kind: read_keys(text) for kind, text in keys.items()} if has_sheet else {}
    plan = SubjectPlan(subject, read_of, found, rounded_to)
    require_sound(plan)
    return plan


def approve(exam: str, plan: SubjectPlan, signed: tuple[Actor, Actor]) -> Receipt:
    """Put a plan on record under both names. Raises Refused."""
    kept = artefacts.keep(
        plan.to_bytes(), kind=PLAN, at=clock.now(), exam=exam, name=f"score-plan-{plan.subject}.json"
    )
    fact = ScorePlanApproved(
        subject=plan.subject,
        plan=kept,
        parts=len(plan.parts),
        questions=plan.questions,
        full=plan.formula.full,
    )
    return record(fact, *signed, exam=exam, subject=str(SCORES), attachments=(kept,))


def regrade(exam: str, fact: QuestionRegraded, signed: tuple[Actor, Actor]) -> Receipt:
    """Decide about a faulty question under two names. Raises Refused."""
    plan = plan_of(exam, fact.subject)
    known = {key.field for key in plan.keys.get(fact.paper_type, ())} if plan else set()
    if f"q{fact.question}" not in known:
        raise Refused(
            "question_unknown",
            Sentence(
                f"不能改判：方案中没有第 {fact.question} 题（卷型“{fact.paper_type}”）的答案。",
                f"Cannot regrade: there is no key for question {fact.question}.",
            ),
        )
    return record(fact, *signed, exam=exam, subject=str(SCORES))


def plan_of(exam: str, subject: str, state: Scores | None = None) -> SubjectPlan | None:
    """The plan in force, with what was decided about questions; None if none was approved."""
    state = state or scores.scores(exam)
    approved = state.plans.get(subject)
    if approved is None:
        return None
    return SubjectPlan.from_bytes(artefacts.read(approved.plan)).regraded(state.regraded)


def approved_plan(exam: str, subject: str) -> SubjectPlan | None:
    """The plan as it was approved, without later decisions."""
    approved = scores.scores(exam).plans.get(subject)
    return SubjectPlan.from_bytes(artefacts.read(approved.plan)) if approved else None


def proposed(exam: str, subject: str) -> tuple[str, tuple[str, ...]]:
    """Parts as the subject's sheet suggests them, and its paper types."""
    spec = design_of(exam, subject)
    if spec is None:
        return "", ("",)
    runs = [part for part in spec.parts if isinstance(part, Questions)]
    lines = []
    if runs:
        first, last = runs[0].first, max(run.first + run.count - 1 for run in runs)
        lines.append(f"客观题 | 答题卡 | {first}-{last}")
    return "\n".join(lines), tuple(spec.paper_types) or ("",)
