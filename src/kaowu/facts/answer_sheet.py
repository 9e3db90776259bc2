"""Answer sheets (答题卡): which sheet a subject is written on, and what was printed of it."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import digest, identifier, identifiers, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="答题卡审定",
    en="Answer sheet approved",
    about=Subject.EXAM,
    line_zh="{subject} 使用答题卡“{name}”：{pages} 页、{questions} 题，设计摘要 {design}",
    line_en="{subject} is written on the sheet “{name}”: {pages} pages, {questions} questions, design {design}",
)
class SheetApproved(Fact):
    """Two persons saw the sheet of a subject; a later one replaces it until the subject is examined."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    name: str = text(zh="答题卡名称", en="Name of the sheet", longest=80)
    design: bytes = digest(zh="设计摘要", en="Digest of the design")
    layouts: tuple[str, ...] = identifiers(zh="各页版式摘要", en="Digests of the pages' layouts")
    pages: int = number(zh="页数", en="Pages", at_least=1)
    questions: int = number(zh="客观题数", en="Questions with bubbles")


@fact(
    zh="答题卡印制",
    en="Answer sheets printed",
    about=Subject.SITE,
    line_zh="{subject} 答题卡 {sheets} 份制成，摘要 {file}",
    line_en="{sheets} answer sheets of {subject} made, digest {file}",
)
class SheetsPrinted(Fact):
    """The sheets of a site for one subject, each with its bearer's codes."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    sitting: str = identifier(zh="场次", en="Sitting", longest=16)
    design: bytes = digest(zh="设计摘要", en="Digest of the design")
    plan: bytes = digest(zh="编排摘要", en="Digest of the plan")
    file: bytes = digest(zh="文件摘要", en="Digest of the file")
    sheets: int = number(zh="份数", en="Sheets")
