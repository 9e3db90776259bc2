"""The roster: who will sit the exam, taken over whole or not at all."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import digest, identifier, identifiers, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="考生名册写入",
    en="Roster imported",
    about=Subject.EXAM,
    line_zh="写入名册 {candidates} 人（文件 {file_name}，退回 {rejected} 行），摘要 {roster}",
    line_en="Roster of {candidates} imported (file {file_name}, {rejected} rows returned), digest {roster}",
)
class RosterImported(Fact):
    """A checked roster became the exam's; the file it came from is bound too."""

    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    file: bytes = digest(zh="原文件摘要", en="Digest of the file")
    file_name: str = text(zh="文件名", en="File name", longest=200)
    candidates: int = number(zh="考生人数", en="Candidates")
    rejected: int = number(zh="退回行数", en="Rows returned")
    flagged: int = number(zh="待核行数", en="Rows to review")


@fact(
    zh="资料导出",
    en="Records exported",
    about=Subject.EXAM,
    line_zh="导出 {what}，{rows} 行，理由：{reason}",
    line_en="{what} exported, {rows} rows, reason: {reason}",
)
class RecordsExported(Fact):
    """Personal records left the house in a file, for a stated reason."""

    what: str = identifier(zh="内容", en="What")
    rows: int = number(zh="行数", en="Rows")
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="考生名册更正",
    en="Roster corrected",
    about=Subject.EXAM,
    line_zh="名册更正：退考 {withdrawn}，补入 {added}，更正 {corrected}，现有 {candidates} 人，理由：{reason}",
    line_en="Roster corrected: withdrawn {withdrawn}, added {added}, corrected {corrected}, {candidates} now, reason: {reason}",
)
class RosterCorrected(Fact):
    """Somebody withdrew, was added late or stood wrong on the roster; the roster before stays on record."""

    before: bytes = digest(zh="原名册摘要", en="Digest of the roster before")
    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    candidates: int = number(zh="考生人数", en="Candidates")
    withdrawn: tuple[str, ...] = identifiers(zh="退考考生号", en="Withdrawn candidates", required=False)
    added: tuple[str, ...] = identifiers(zh="补入考生号", en="Added candidates", required=False)
    corrected: tuple[str, ...] = identifiers(zh="更正考生号", en="Corrected candidates", required=False)
    photographs: tuple[str, ...] = identifiers(zh="换像考生号", en="With another photograph", required=False)
    reason: str = text(zh="理由", en="Reason", longest=500)
