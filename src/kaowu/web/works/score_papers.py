"""The certificate of one candidate's scores as a PDF."""

from kaowu.basics.clock import exam_time
from kaowu.engines.scores import State, written
from kaowu.exam.scores import Scores
from kaowu.facts.scores import ScoresFrozen
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.settle.score_rows import SubjectScore, leaf_of
from kaowu.reports.registry import document
from kaowu.reports.score_certificate import ScoreCertificate, ScoreLine
from kaowu.store.models import Candidate, SeatRow
from kaowu.store.queries import exams, scores
from kaowu.store.score_rows import StoredRow
from kaowu.web.works.paper_heads import exam_head, printed_at

_SPOKEN = {
    State.ABSENT: ("缺考", "没有参加考试，不是零分"),
    State.VOID: ("取消", "依处理决定取消"),
    State.EXEMPT: ("免考", ""),
}


def certificate(exam: str, candidate: str, state: Scores, stored: StoredRow) -> bytes:
    """The certificate of a candidate; its version is the root on record."""
    line, profile = exams.exam(exam), profile_of(exams.plan(exam))
    row = Candidate.objects.get(exam_id=exam, number=candidate)
    ticket = (
        SeatRow.objects.filter(exam_id=exam, candidate=row).values_list("admission_number", flat=True).first()
    )
    assert line is not None and profile is not None and state.frozen is not None
    number = row.id_number
    told = ScoreCertificate(
        exam_head(line, profile),
        row.name,
        number[:6] + "*" * max(len(number) - 10, 0) + number[-4:],
        ticket or candidate,
        tuple(_line(one) for one in stored.row.scores),
        written(stored.row.total),
        state.frozen.root.hex(),
        leaf_of(exam, stored.row, stored.salt).hex(),
        _recorded(exam, state.frozen),
        stored.corrected,
    )
    return document("score-certificate").render(told, printed_at(exam), state.frozen.root.hex())


def _line(one: SubjectScore) -> ScoreLine:
    if one.state is State.SCORED:
        exempt = [part.name for part in one.parts if part.state is State.EXEMPT]
        return ScoreLine(
            one.subject, written(one.points), f"{'、'.join(exempt)}免考，按其余部分折算" if exempt else ""
        )
    word, remark = _SPOKEN.get(one.state, (one.state.value, ""))
    return ScoreLine(one.subject, word, remark)


def _recorded(exam: str, frozen: ScoresFrozen) -> str:
    made = [
        step
        for step in scores.steps(exam)
        if isinstance(step.fact, ScoresFrozen) and step.fact.freeze == frozen.freeze
    ]
    at = exam_time(made[-1].at)
    return f"第 {frozen.freeze} 次冻结，{at.year}年{at.month}月{at.day}日"
