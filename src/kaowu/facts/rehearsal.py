"""Rehearsals of the software (联调演练): what was tried with invented people before the exam, and what it showed."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, identifiers, instant, number, text
from kaowu.facts.subjects import Subject

CHECKS = (
    ("lost", "回执后丢失", "acknowledged, then lost"),
    ("doubled", "重复入账", "recorded twice"),
    ("screens_differ", "画面与回执不符", "screens differ from what was acknowledged"),
    ("refused", "未被接收", "not taken"),
    ("link_slow", "网络恢复后上报慢", "slow to rise after the link came back"),
    ("stalled", "卡顿", "stalled"),
    ("entry_slow", "入场登记慢", "entry slow"),
    ("custody_slow", "试卷交接登记慢", "handover slow"),
    ("scores_slow", "成绩录入慢", "score entry slow"),
    ("scan_slow", "答题卡扫描识别慢", "scanning slow"),
)
"""Everything that a rehearsal looks at: code, Chinese, English."""


@fact(
    zh="联调演练",
    en="Software rehearsed",
    about=Subject.SITE,
    line_zh="联调演练：{rooms} 个考场 {candidates} 人 {terminals} 台终端，回执 {acts} 条，丢失 {lost}，问题 {problems} 个",
    line_en="Rehearsed: {rooms} rooms, {candidates} people, {terminals} terminals; {acts} acts, {lost} lost, {problems} problems",
)
class SoftwareRehearsed(Fact):
    """A node of its own with invented people was put under the load of an exam day, and what it kept was counted."""

    begun_at: int = instant(zh="开始", en="Begun at")
    program: str = identifier(zh="程序版本", en="Version of the program")
    rooms: int = number(zh="考场", en="Rooms")
    candidates: int = number(zh="虚拟考生", en="Invented candidates")
    terminals: int = number(zh="终端", en="Terminals")
    acts: int = number(zh="有回执的操作", en="Acts acknowledged")
    lost: int = number(zh="丢失", en="Lost")
    problems: int = number(zh="问题", en="Problems")
    passed: tuple[str, ...] = identifiers(zh="通过的检查", en="Checks that passed", required=False)
    figures: str = text(zh="实测", en="Figures", longest=8000)


@fact(
    zh="联调问题",
    en="Rehearsal problem found",
    about=Subject.SITE,
    line_zh="联调问题 {check}：实测 {figure}，限 {limit}",
    line_en="Rehearsal problem, {check}: {figure}, limit {limit}",
)
class RehearsalProblemFound(Fact):
    """One thing that was not as it should be; it stays on the list until a rehearsal no smaller passes it."""

    rehearsal: str = identifier(zh="联调演练", en="Rehearsal", longest=36)
    check: str = choice(*CHECKS, zh="问题", en="Problem")
    figure: str = text(zh="实测", en="Figure", longest=200)
    limit: str = text(zh="限值", en="Limit", longest=200)


@fact(
    zh="联调问题已解决",
    en="Rehearsal problem solved",
    about=Subject.SITE,
    line_zh="联调问题 {check} 已解决，待复测：{done}",
    line_en="Rehearsal problem solved, to be tried again, {check}: {done}",
)
class RehearsalProblemSolved(Fact):
    """Somebody says what was done; only another rehearsal shows whether it helped."""

    problem: str = identifier(zh="联调问题", en="Rehearsal problem", longest=36)
    check: str = choice(*CHECKS, zh="问题", en="Problem")
    done: str = text(zh="做了什么", en="What was done", longest=500)
