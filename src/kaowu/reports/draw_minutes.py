"""抽签记录 · draw minutes: what was committed, who put in chance, what came out, and how to check it.

One record for one draw. Every attempt stays on it, with the reason for the
next. Digits are printed only when the seed has been published; until then the
commitments stand for them. Whoever was there signs on the last page.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from kaowu.basics.clock import EXAM_ZONE
from kaowu.reports.contents import ExamHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, wrapped, written
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.samples import EXAM
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import clock, day, thousands

_PAGE_MM = 253.0
_LINE_MM, _TEXT_MM, _STEP_MM, _TEXT_PT = 4.5, 155.0, 180.0, 9.0
_SIGNERS_PER_ROW = 2


@dataclass(frozen=True, slots=True)
class MinutesHand:
    """One hand of chance (一手随机数): its method, how many symbols, who saw it.

    `digits` is empty as long as the seed is sealed.
    """

    number: int
    method: str
    symbols: int
    bits: int
    witness: str
    commitment: str
    digits: str = ""


@dataclass(frozen=True, slots=True)
class MinutesAttempt:
    """One attempt (第几次抽签): its input as committed, its hands, how it ended.

    `outcome` is one Chinese sentence. Digests are hexadecimal.
    """

    number: int
    committed_at: datetime.datetime
    problem: str
    root: str
    leaves: int
    hands: tuple[MinutesHand, ...] = ()
    reason: str = ""
    drawn_at: datetime.datetime | None = None
    seed_digest: str = ""
    seed: str = ""
    plan: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class DrawMinutes:
    """A whole draw as its minutes show it.

    `title` says what was drawn, as 监考抽签 第 1 场 语文; `key` is the draw's key.
    `figures` are pairs of a Chinese label and a value with its unit. `published_at`
    is empty as long as the seed is sealed. `checked_with` names the published verifier.
    """

    exam: ExamHead
    title: str
    key: str
    engine: str
    attempts: tuple[MinutesAttempt, ...]
    place: str = ""
    rules: str = ""
    beacon: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    host: str = ""
    witnesses: tuple[str, ...] = ()
    inspectors: tuple[str, ...] = ()
    published_at: datetime.datetime | None = None
    checked_with: str = "verify_draw.py"
    needed_bits: int = field(default=128)


LAYOUT = r"""
#import "paper.typ": *

#let mono(t) = text(size: 8pt, t)
#let fact(r) = grid(columns: (if r.step { 6mm } else { 30mm }, 1fr), rows: r.mm * 1mm, align: top,
  text(size: cell, fill: luma(40), r.label), text(size: cell, r.lines.map(l => say(l)).join(linebreak())))
#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.6mm, text(size: lead, weight: "bold", say(r.text)))))
#let columns = (9mm, 22mm, 15mm, 18mm, 34mm, 1fr)
#let hands-head = table(columns: columns, rows: 6.4mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("手", "方法", "个数", "熵（比特）", "见证人", "承诺（SHA-256）").map(t => text(size: cell, t)))
#let hand(r) = table(columns: columns, rows: r.mm * 1mm, align: (center + horizon, center + horizon, end + horizon, end + horizon, center + horizon, start + horizon), inset: (x: 1.2mm, y: 0mm),
  str(r.number), fitted(r.method, weight: "regular"), text(size: cell, r.symbols), text(size: cell, r.bits), fitted(r.witness, weight: "regular"),
  stack(spacing: 1mm, ..r.lines.map(mono)))
#let sum(r) = table(columns: (46mm, 18mm, 1fr), rows: 6.4mm, align: (end + horizon, end + horizon, start + horizon), inset: (x: 1.2mm, y: 0mm), fill: shade,
  ..([合计], strong(r.bits), [#if r.enough [✓] else [◆] 须达到 #r.needed 比特]).map(t => text(size: cell, t)))
#let figures(r) = grid(columns: (1fr,) * 4, rows: 11mm, align: top,
  ..r.figures.map(f => stack(spacing: 1.4mm, text(size: caption, fill: luma(40), say(f.label)), text(size: lead, weight: "bold", say(f.value)))))
#let space(r) = v(r.mm * 1mm)
#let people(r) = grid(columns: (1fr,) * 2, rows: 14mm, column-gutter: 8mm, align: bottom,
  ..r.signers.map(s => grid(columns: (17mm, 30mm, 1fr), column-gutter: 1.5mm, align: bottom,
    text(size: 10pt, s.role), if s.name != none { fitted(s.name, weight: "regular") }, box(width: 100%, stroke: (bottom: thin)))))
#let kinds = (heading: heading, fact: fact, hands: r => hands-head, hand: hand, sum: sum, figures: figures, space: space, people: people)

#let page-of(d) = frame(d, left: [每次抽签都在本记录上；作废须有理由和见证], {
  head("抽签记录", d.exam, (
    field("抽签", fitted-inline(d.title, weight: "bold")), field("日期", text(size: cell, d.day)),
    field("组织", fitted-inline(d.authority)), field("地点", fitted-inline(d.place))), code: d.code)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
})
"""


def pages(minutes: DrawMinutes) -> list[Page]:
    """As many pages as the attempts take; signatures stand on the last."""
    exam, first = minutes.exam, minutes.attempts[0].committed_at.astimezone(EXAM_ZONE)
    head = {
        "exam": fitted(exam.name, 50, 7.8, height_mm=6.6),
        "title": fitted(minutes.title, 54, 10.5, height_mm=6),
        "authority": fitted(exam.authority, 54, 10.5, height_mm=6),
        "day": day(first),
        "place": fitted(minutes.place, 42, 10.5, height_mm=6),
        "code": Code(f"KW:draw:{exam.exam_id}:{minutes.key}"),
    }
    return [{**head, "rows": rows} for rows in broken(list(_rows(minutes)), _PAGE_MM)]


def _rows(minutes: DrawMinutes) -> Iterator[Row[Page]]:
    for attempt in minutes.attempts:
        yield from _attempt(minutes, attempt, last=attempt is minutes.attempts[-1])
    if minutes.figures:
        yield _heading("结果")
        for at in range(0, len(minutes.figures), 4):
            shown = [{"label": written(a), "value": written(b)} for a, b in minutes.figures[at : at + 4]]
            yield Row({"kind": "figures", "figures": shown}, 11)
    yield _heading("怎样核对")
    for number, step in enumerate(_steps(minutes), start=1):
        yield _fact(f"{number}.", step, with_next=True, step=True)
    yield from _signing(minutes)


def _attempt(minutes: DrawMinutes, attempt: MinutesAttempt, last: bool) -> Iterator[Row[Page]]:
    yield _heading(f"第 {attempt.number} 次抽签{'' if last else '（作废，留存）'}")
    if attempt.reason:
        yield _fact("重抽理由", attempt.reason)
    yield _fact("提交输入", f"{_moment(attempt.committed_at)}，{thousands(attempt.leaves)} 行", True)
    yield _fact("输入根（承诺）", _groups(attempt.root), True)
    yield _fact("输入文件摘要", _groups(attempt.problem))
    if minutes.rules and last:
        yield _fact("规则摘要", _groups(minutes.rules))
    if last:
        yield _fact("程序", minutes.engine)
        if minutes.beacon:
            yield _fact("公共信标", minutes.beacon)
    yield from _hands(minutes, attempt)
    if attempt.drawn_at is not None:
        yield _fact("抽签时间", _moment(attempt.drawn_at))
    for label, value in (
        ("种子摘要", attempt.seed_digest),
        ("种子（已公布）", attempt.seed),
        ("结果摘要", attempt.plan),
    ):
        if value:
            yield _fact(label, _groups(value))
    if attempt.outcome:
        yield _fact("结论", attempt.outcome)


def _hands(minutes: DrawMinutes, attempt: MinutesAttempt) -> Iterator[Row[Page]]:
    if not attempt.hands:
        return
    yield Row({"kind": "space", "mm": 1.5}, 1.5, with_next=True)
    yield Row({"kind": "hands"}, 6.4, with_next=True)
    for hand in attempt.hands:
        lines = [
            " ".join(_groups(hand.commitment).split()[:4]),
            " ".join(_groups(hand.commitment).split()[4:]),
        ]
        lines = [line for line in lines if line]
        lines += wrapped(f"数字：{hand.digits}", 86, 8) if hand.digits else []
        height = max(9.0, 2.4 + 3.9 * len(lines))
        shown = {
            "kind": "hand",
            "mm": height,
            "number": hand.number,
            "method": fitted(hand.method, 19.5, 9, height_mm=8),
            "symbols": thousands(hand.symbols),
            "bits": thousands(hand.bits),
            "witness": fitted(hand.witness, 31, 9, height_mm=8, lines=2),
            "lines": lines,
        }
        yield Row(shown, height, with_next=True)
    bits = sum(hand.bits for hand in attempt.hands)
    needed = minutes.needed_bits
    yield Row({"kind": "sum", "bits": thousands(bits), "needed": needed, "enough": bits >= needed}, 6.4)
    yield Row({"kind": "space", "mm": 2.5}, 2.5)


def _steps(minutes: DrawMinutes) -> Iterator[str]:
    yield "输入根在见证人投入随机数之前已公布；任何人凭自己那一行的盐值和路径，可以核对它在根之内。"
    if minutes.published_at is None:
        yield "随机数和种子现已封存。公布前，上面的承诺保证它们不能更换；公布后逐手核对承诺。"
    else:
        yield f"随机数和种子于{_moment(minutes.published_at)}公布；逐手核对承诺，再算出种子。"
    yield (
        f"取公布的输入、随机数和结果文件，运行 {minutes.checked_with}（一个文件，只用标准库，"
        "不含抽签程序的代码），结果须逐位相同，其摘要须等于上面的结果摘要。"
    )


def _signing(minutes: DrawMinutes) -> Iterator[Row[Page]]:
    signers = [("主持人", minutes.host)]
    signers += [("见证人", name) for name in minutes.witnesses or ("", "")]
    signers += [("纪检监察", name) for name in minutes.inspectors or ("",)]
    signers += [("时间", "")]
    shown = [
        {"role": role, "name": fitted(name, 29.5, 9.5, height_mm=9, lines=3) if name else None}
        for role, name in signers
    ]
    yield Row({"kind": "space", "mm": 4.0}, 4.0, with_next=True)
    starts = range(0, len(shown), _SIGNERS_PER_ROW)
    for at in starts:
        yield Row(
            {"kind": "people", "signers": shown[at : at + _SIGNERS_PER_ROW]}, 14, with_next=at != starts[-1]
        )


def _heading(text: str) -> Row[Page]:
    return Row({"kind": "heading", "text": written(text), "mm": 10.0}, 10.0, with_next=True)


def _fact(label: str, text: str, with_next: bool = False, step: bool = False) -> Row[Page]:
    lines = wrapped(text, _STEP_MM if step else _TEXT_MM, _TEXT_PT)
    height = _LINE_MM * len(lines) + 1.0
    shown = {"kind": "fact", "label": label, "lines": [written(line) for line in lines], "mm": height}
    return Row({**shown, "step": step}, height, with_next)


def _moment(at: datetime.datetime) -> str:
    local = at.astimezone(EXAM_ZONE)
    return f"{day(local)} {clock(local)}"


def _groups(digest: str) -> str:
    """A digest in groups of eight, as people read it aloud."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def sample_minutes() -> DrawMinutes:
    """A draw with one void attempt and a published seed."""
    at = datetime.datetime(2027, 6, 6, 14, 0, tzinfo=EXAM_ZONE)
    return DrawMinutes(
        exam=EXAM,
        title="监考抽签　考点派遣",
        key="sent",
        place="澜州市教育考试院三楼会议室",
        engine="kaowu-draw/2",
        rules="5d" * 32,
        attempts=(
            _sample_attempt(1, at, outcome="作废：名单中缺望川县第二中学 3 人，须补齐后重抽。"),
            _sample_attempt(
                2,
                at + datetime.timedelta(minutes=40),
                reason="第 1 次输入漏报望川县第二中学监考员 3 人，经纪检监察组同意补报后重新提交。",
                outcome="结果已封存，封存件交纪检监察组。",
                published=True,
            ),
        ),
        figures=(
            ("考点", "13 个"),
            ("派遣", "1,044 人"),
            ("岗位", "986 个"),
            ("候补", "58 人"),
            ("回避", "37 项"),
        ),
        host="梁望舒　考试院副院长",
        witnesses=("邵安和　市人大代表", "买买提依明·阿卜杜热合曼　教师代表"),
        inspectors=("岑立行　派驻纪检监察组",),
        published_at=at + datetime.timedelta(days=3, hours=4),
    )


def _sample_attempt(
    number: int, at: datetime.datetime, outcome: str, reason: str = "", published: bool = False
) -> MinutesAttempt:
    hands = (
        MinutesHand(1, "十面骰", 20, 66, "邵安和", "3a7c19d0" * 8, "58213 90774 16602 38419" if published else ""),
        MinutesHand(2, "号码球", 22, 73, "买买提依明·阿卜杜热合曼", "c05e881b" * 8, "07713 52090 44168 83521 67" if published else ""),
    )  # fmt: skip
    return MinutesAttempt(
        number=number,
        committed_at=at,
        problem="9f3b6a12" * 8,
        root="b6d208f5" * 8,
        leaves=12_318,
        hands=hands,
        reason=reason,
        drawn_at=at + datetime.timedelta(minutes=12),
        seed_digest="71e0c4da" * 8,
        seed="04a1b2c3" * 8 if published else "",
        plan="e19d0f77" * 8,
        outcome=outcome,
    )


document = Document(
    id="draw-minutes",
    zh="抽签记录",
    en="Draw minutes",
    phase=Phase.PREPARE,
    scope=Scope.EXAM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_minutes,
)
