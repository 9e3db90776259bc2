"""成绩证明 · certificate of scores: what one candidate reached, and how anybody checks it against the journal."""

from dataclasses import dataclass

from kaowu.reports.contents import ExamHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted
from kaowu.reports.samples import EXAM
from kaowu.reports.typesetting import Code


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One subject as it is printed: points, or a state in words."""

    subject: str
    score: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class ScoreCertificate:
    """What one certificate says."""

    exam: ExamHead
    name: str
    document_number: str
    """Masked."""
    admission_number: str
    scores: tuple[ScoreLine, ...]
    total: str
    root: str
    leaf: str
    recorded: str
    corrected: bool = False


LAYOUT = r"""
#import "paper.typ": *

#let page-of(d) = frame(d, left: [成绩以流水为准：用凭据文件和公布的校验点，任何人都能核对], {
  head("成绩证明", d.exam, (field("姓名", fitted-inline(d.name, weight: "bold")), field("准考证号", text(size: cell, d.ticket)), field("证件号码", text(size: cell, d.document))), code: d.code, tracking: 0.1em)
  v(8mm)
  table(columns: (1fr, 50mm, 1fr), rows: 11mm, align: (start + horizon, center + horizon, start + horizon), inset: (x: 3mm),
    table.cell(fill: shade, text(size: cell, "科目")), table.cell(fill: shade, text(size: cell, "成绩")), table.cell(fill: shade, text(size: cell, "说明")),
    ..d.scores.map(s => (fitted(s.subject), text(size: 14pt, weight: "bold", s.score), text(size: cell, s.remark))).flatten(),
    text(size: lead, weight: "bold", "合计"), text(size: 14pt, weight: "bold", d.total), text(size: cell, "有分各科相加"))
  v(8mm)
  block(width: 100%, stroke: 0.35mm + black, inset: 4mm, stack(spacing: 3mm,
    text(size: cell, weight: "bold", "核对办法"),
    text(size: cell, "用查询页的凭据文件运行：kaowu scores check 文件 --root 成绩根；或把叶、路径和成绩根按 RFC 6962 自行计算。成绩根与公布的一致、路径成立，即为冻结时的成绩。"),
    text(size: caption, "成绩根 " + d.root), text(size: caption, "叶　　 " + d.leaf), text(size: caption, "流水记录 " + d.recorded)))
  v(1fr)
  signatures("签发人", "复核人", ("签发单位（盖章）", 50mm))
})
"""


def pages(told: ScoreCertificate) -> list[Page]:
    """One page for one candidate."""
    return [
        {
            "exam": fitted(told.exam.name, 50, 7.8, height_mm=6.6),
            "name": fitted(told.name, 40, 10.5, height_mm=6),
            "ticket": told.admission_number,
            "document": told.document_number,
            "scores": [
                {
                    "subject": fitted(one.subject, 52, 11, height_mm=8),
                    "score": one.score,
                    "remark": one.remark,
                }
                for one in told.scores
            ],
            "total": told.total,
            "root": _groups(told.root),
            "leaf": _groups(told.leaf),
            "recorded": told.recorded + ("；含更正" if told.corrected else ""),
            "code": Code(f"KW:score:{told.exam.exam_id}:{told.leaf[:16]}"),
        }
    ]


def _groups(digest: str) -> str:
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def sample_certificate() -> ScoreCertificate:
    """One candidate, one subject missed."""
    return ScoreCertificate(
        EXAM,
        "欧阳䶮",
        "370402********0417",
        "27370301001015",
        (
            ScoreLine("语文", "121"),
            ScoreLine("数学", "缺考", "没有参加考试，不是零分"),
            ScoreLine("英语", "96.5", "听力免考，按笔试折算"),
        ),
        "217.5",
        "5f" * 32,
        "a3" * 32,
        "第 1 次冻结，2027年6月24日",
    )


document = Document(
    id="score-certificate",
    zh="成绩证明",
    en="Certificate of scores",
    phase=Phase.SETTLE,
    scope=Scope.CANDIDATE,
    pages=pages,
    layout=LAYOUT,
    sample=sample_certificate,
)
