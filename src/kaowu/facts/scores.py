"""Scores (成绩): how they are worked out, what was entered, frozen, approved, released, and corrected.

Points of persons are personal fields, or lie beside the journal under a salted
root: an entry never shows what anybody reached. A score that is not there has
a state and is never a zero.
"""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, identifiers, instant, number, text, yes_no
from kaowu.facts.subjects import Subject

RECHECK_SCOPE = (
    ("own_script", "是否本人答卷", "is it the candidate's own script"),
    ("barcode", "条形码与手写信息是否一致", "does the bar code fit what is written by hand"),
    ("missed_marking", "有无漏评", "was anything left unmarked"),
    ("missed_points", "小题得分有无漏记", "were points of an item left out"),
    ("addition", "小题分相加有无错误", "were the items added rightly"),
    ("total", "各部分合成总分有无错误", "was the total made rightly"),
)
"""What a recheck looks at; how strictly an answer was judged is not among it (REGULATIONS 10)."""


@fact(
    zh="评分方案审定",
    en="Score plan approved",
    about=Subject.SCORES,
    line_zh="{subject} 评分方案审定：{parts} 部分、{questions} 道客观题，满分 {full}（百分之一分），摘要 {plan}",
    line_en="Score plan of {subject}: {parts} parts, {questions} questions with keys, full {full} hundredths, digest {plan}",
)
class ScorePlanApproved(Fact):
    """Two persons saw keys, parts and formula of a subject; a later one replaces it until scores are approved."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    plan: bytes = digest(zh="方案摘要", en="Digest of the plan")
    parts: int = number(zh="部分数", en="Parts", at_least=1)
    questions: int = number(zh="客观题数", en="Questions with keys")
    full: int = number(zh="满分（百分之一分）", en="Full mark in hundredths", at_least=1)


@fact(
    zh="试题改判",
    en="Question regraded",
    about=Subject.SCORES,
    line_zh="{subject} {paper_type} 第 {question} 题改判：{how} {answer}，理由：{reason}",
    line_en="{subject} {paper_type} question {question} regraded: {how} {answer}, reason: {reason}",
)
class QuestionRegraded(Fact):
    """A question turned out faulty: dropped, given to all, or another answer is right, too."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    paper_type: str = identifier(zh="卷型", en="Paper type", required=False, longest=4)
    question: int = number(zh="题号", en="Question", at_least=1, at_most=500)
    how: str = choice(
        ("drop", "删除此题", "dropped"),
        ("give_all", "人人给分", "given to all"),
        ("also_right", "另一答案也对", "another answer is right, too"),
        zh="办法",
        en="How",
    )
    answer: str = identifier(zh="答案", en="Answer", required=False, longest=10)
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="小题分录入",
    en="Points entered",
    about=Subject.SCORES,
    line_zh="第 {turn} 人录入：{people} 人、{values} 个分数",
    line_en="Entry {turn}: {values} values of {people} candidates",
)
class PointsEntered(Fact):
    """One person typed the points of a bag of scripts, without seeing what the other has typed."""

    turn: int = number(zh="第几人", en="Which entry", at_least=1, at_most=2)
    by: str = identifier(zh="录入人", en="Entered by")
    people: int = number(zh="人数", en="Candidates")
    values: int = number(zh="分数个数", en="Values")
    typed: str = text(zh="录入内容", en="What was typed", personal=True, longest=60_000)


@fact(
    zh="录入差异裁定",
    en="Differences settled",
    about=Subject.SCORES,
    line_zh="对照原卷裁定 {values} 处差异，理由：{reason}",
    line_en="Settled against the originals: {values}, reason: {reason}",
)
class DifferencesSettled(Fact):
    """A third person looked at the originals and says what stands on them (漏填、涂改、录错)."""

    values: int = number(zh="处数", en="Places", at_least=1)
    cause: str = choice(
        ("typing", "录入差错", "typed wrongly"),
        ("missed", "漏填", "left out on the script"),
        ("altered", "涂改", "altered on the script"),
        ("out_of_range", "超出满分", "more than the item is worth"),
        ("absence", "缺考标记与答卷不符", "absence mark and script do not agree"),
        zh="差异原因",
        en="Cause",
    )
    settled: str = text(zh="裁定内容", en="What stands", personal=True, longest=60_000)
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="评卷成绩导入",
    en="Points imported",
    about=Subject.SCORES,
    line_zh="{subject} 由“{system}”导入 {people} 人、{values} 个分数，文件摘要 {file}",
    line_en="{subject}: {values} values of {people} candidates imported from {system}, file {file}",
)
class PointsImported(Fact):
    """What a marking system worked out, taken over whole under two names; a later import replaces it."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    system: str = text(zh="来源系统", en="Marking system", longest=60)
    file: bytes = digest(zh="文件摘要", en="Digest of the file")
    table: bytes = digest(zh="分数表摘要", en="Digest of the table")
    items: tuple[str, ...] = identifiers(zh="小题", en="Items")
    people: int = number(zh="人数", en="Candidates")
    values: int = number(zh="分数个数", en="Values")


@fact(
    zh="成绩取消",
    en="Score cancelled",
    about=Subject.SCORES,
    line_zh="考生 {candidate} 的 {subjects} 成绩取消：{clause}，决定书 {document}",
    line_en="Scores of candidate {candidate} in {subjects} cancelled: {clause}, decision {document}",
)
class ScoreCancelled(Fact):
    """A decision on a violation takes the scores of some subjects, or of all."""

    candidate: str = identifier(zh="考生号", en="Candidate number")
    subjects: tuple[str, ...] = identifiers(
        zh="科目（不写为全部）", en="Subjects (none: all)", required=False
    )
    clause: str = identifier(zh="条款", en="Clause")
    document: str = text(zh="决定书文号", en="Number of the decision", longest=80)
    record: str = identifier(zh="违规记录", en="Record of the violation", required=False)


@fact(
    zh="成绩取消撤销",
    en="Cancellation lifted",
    about=Subject.SCORES,
    line_zh="考生 {candidate} 的成绩取消撤销：{document}",
    line_en="Cancellation of the scores of candidate {candidate} lifted: {document}",
)
class CancellationLifted(Fact):
    """A review or a court put the decision aside; the scores stand as they were worked out."""

    candidate: str = identifier(zh="考生号", en="Candidate number")
    document: str = text(zh="依据文号", en="Number of the document", longest=80)


@fact(
    zh="成绩冻结",
    en="Scores frozen",
    about=Subject.SCORES,
    line_zh="第 {freeze} 次冻结：{candidates} 人，有分 {scored} 人次，缺考 {absent}，取消 {void}，免考 {exempt}，根 {root} {reason}",
    line_en="Freeze {freeze}: {candidates} candidates, {scored} scores, {absent} absent, {void} cancelled, {exempt} exempt, root {root} {reason}",
)
class ScoresFrozen(Fact):
    """All scores of the exam as they stand now, under one salted root; nothing changes them unseen any more."""

    freeze: int = number(zh="第几次冻结", en="Which freeze", at_least=1)
    root: bytes = digest(zh="成绩根", en="Root of the scores")
    leaves: bytes = digest(zh="叶摘要文件", en="Digest of the leaves")
    plans: tuple[str, ...] = identifiers(zh="各科方案摘要", en="Digests of the plans")
    candidates: int = number(zh="人数", en="Candidates", at_least=1)
    scored: int = number(zh="有分（人次）", en="Scored (entries)")
    absent: int = number(zh="缺考（人次）", en="Absent (entries)")
    void: int = number(zh="取消（人次）", en="Cancelled (entries)")
    exempt: int = number(zh="免考（人次）", en="Exempt (entries)")
    waiting: int = number(zh="未决（人次）", en="Undecided (entries)")
    reason: str = text(zh="重新冻结的理由", en="Why again", required=False, longest=500)


@fact(
    zh="成绩审定",
    en="Scores approved",
    about=Subject.SCORES,
    line_zh="第 {freeze} 次冻结的成绩审定，根 {root}",
    line_en="The scores of freeze {freeze} approved, root {root}",
)
class ScoresApproved(Fact):
    """Two persons who did not freeze them say that these are the scores."""

    freeze: int = number(zh="第几次冻结", en="Which freeze", at_least=1)
    root: bytes = digest(zh="成绩根", en="Root of the scores")


@fact(
    zh="成绩发布",
    en="Scores released",
    about=Subject.SCORES,
    line_zh="第 {release} 批发布：{counties}，{opens_at} 起可查，复核申请至 {recheck_until}",
    line_en="Release {release}: {counties}, open from {opens_at}, rechecks until {recheck_until}",
)
class ScoresReleased(Fact):
    """From an instant on the candidates of some counties, or of all, may see their own scores."""

    release: int = number(zh="第几批", en="Which release", at_least=1)
    root: bytes = digest(zh="成绩根", en="Root of the scores")
    counties: tuple[str, ...] = identifiers(
        zh="县区（不写为全部）", en="Counties (none: all)", required=False
    )
    opens_at: int = instant(zh="开放时间", en="Opens at")
    recheck_until: int = instant(zh="复核申请截止", en="Rechecks until")


@fact(
    zh="发布暂停",
    en="Release stopped",
    about=Subject.SCORES,
    line_zh="第 {release} 批发布暂停，理由：{reason}",
    line_en="Release {release} stopped, reason: {reason}",
)
class ReleaseStopped(Fact):
    """Enquiry is shut again, for a reason."""

    release: int = number(zh="第几批", en="Which release", at_least=1)
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="成绩复核申请",
    en="Recheck asked for",
    about=Subject.SCORES,
    line_zh="复核申请 {request}：考生 {candidate}，{subject}，{scope}",
    line_en="Recheck {request}: candidate {candidate}, {subject}, {scope}",
)
class RecheckAsked(Fact):
    """A candidate asks that a subject be looked at again: whether, not how strictly, everything was counted."""

    request: str = identifier(zh="申请号", en="Number of the request", longest=20)
    candidate: str = identifier(zh="考生号", en="Candidate number")
    subject: str = text(zh="科目", en="Exam subject", longest=40)
    scope: tuple[str, ...] = identifiers(zh="复核内容", en="What to look at")
    remark: str = text(zh="说明", en="Remark", personal=True, required=False, longest=300)


@fact(
    zh="成绩复核答复",
    en="Recheck answered",
    about=Subject.SCORES,
    line_zh="复核 {request}：{outcome}",
    line_en="Recheck {request}: {outcome}",
)
class RecheckAnswered(Fact):
    """Two persons looked, and the candidate is told; a change is a correction of its own beside it."""

    request: str = identifier(zh="申请号", en="Number of the request", longest=20)
    outcome: str = choice(
        ("no_change", "成绩无误", "nothing to change"),
        ("corrected", "成绩更正", "the score was corrected"),
        ("out_of_scope", "不属复核范围", "not what a recheck looks at"),
        zh="结果",
        en="Outcome",
    )
    reply: str = text(zh="答复", en="Reply", personal=True, longest=500)


@fact(
    zh="成绩更正",
    en="Score corrected",
    about=Subject.SCORES,
    line_zh="考生 {candidate} {subject} 成绩更正（{cause}）：{reason}",
    line_en="Score of candidate {candidate} in {subject} corrected ({cause}): {reason}",
)
class ScoreCorrected(Fact):
    """An approved score is another one, under two names; what stood before stays on record."""

    candidate: str = identifier(zh="考生号", en="Candidate number")
    subject: str = text(zh="科目", en="Exam subject", longest=40)
    cause: str = choice(
        ("recheck", "复核", "recheck"),
        ("violation", "违规处理", "violation"),
        ("own_finding", "自查", "own finding"),
        ("court", "复议或判决", "reconsideration or court"),
        zh="原因",
        en="Cause",
    )
    request: str = identifier(zh="复核申请号", en="Recheck", required=False, longest=20)
    leaf_before: bytes = digest(zh="原成绩叶", en="Leaf before")
    leaf: bytes = digest(zh="新成绩叶", en="Leaf now")
    before: str = text(zh="原成绩", en="Score before", personal=True, longest=200)
    after: str = text(zh="新成绩", en="Score now", personal=True, longest=200)
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="成绩清除",
    en="Scores erased",
    about=Subject.SCORES,
    line_zh="清除考生 {candidate} 的成绩与盐，叶摘要保留，理由：{reason}",
    line_en="Scores and salt of candidate {candidate} erased, the leaf stays, reason: {reason}",
)
class ScoresErased(Fact):
    """One candidate's scores are gone; the root and everybody else's proof hold as before."""

    candidate: str = identifier(zh="考生号", en="Candidate number")
    retained: bool = yes_no(zh="保留期已满", en="The retention period is over")
    reason: str = text(zh="理由", en="Reason", longest=500)
