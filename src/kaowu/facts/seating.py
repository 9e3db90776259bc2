"""Who sits where: a sealed plan, bound by one fact."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import digest, identifier, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="座位编排运算",
    en="Seats arranged",
    about=Subject.EXAM,
    line_zh="第 {attempt} 次编排：{candidates} 人、{rooms} 个考场，同校相邻 {same_school_pairs} 对，种子 {seed}",
    line_en="Attempt {attempt}: {candidates} seated in {rooms} rooms, {same_school_pairs} same-school neighbours, seed {seed}",
)
class SeatsArranged(Fact):
    """One attempt at a plan from a seed that two persons saw; it stays on record, sealed or not."""

    plan: bytes = digest(zh="编排摘要", en="Digest of the plan")
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    solution: bytes = digest(zh="解答摘要", en="Digest of the solution")
    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    seed: str = identifier(zh="种子", en="Seed", longest=128)
    engine: str = identifier(zh="引擎版本", en="Engine version")
    candidates: int = number(zh="考生人数", en="Candidates")
    rooms: int = number(zh="考场数", en="Rooms")
    same_school_pairs: int = number(zh="同校相邻对数", en="Same-school neighbours")
    attempt: int = number(zh="第几次编排", en="Attempt", at_least=1)
    reason: str = text(zh="重新编排的理由", en="Why again", required=False, longest=500)


@fact(
    zh="座位编排封存",
    en="Seat plan sealed",
    about=Subject.EXAM,
    line_zh="编排 {candidates} 人、{rooms} 个考场并封存，种子 {seed}，摘要 {plan}",
    line_en="{candidates} seated in {rooms} rooms and sealed, seed {seed}, digest {plan}",
)
class SeatPlanSealed(Fact):
    """The plan that anybody can recompute from its problem and its seed."""

    plan: bytes = digest(zh="编排摘要", en="Digest of the plan")
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    seed: str = identifier(zh="种子", en="Seed", longest=128)
    engine: str = identifier(zh="引擎版本", en="Engine version")
    candidates: int = number(zh="考生人数", en="Candidates")
    rooms: int = number(zh="考场数", en="Rooms")
    same_school_pairs: int = number(zh="同校相邻对数", en="Same-school neighbours")
    attempt: int = number(zh="第几次编排", en="Attempt", at_least=1)


@fact(
    zh="打印包制成",
    en="Print pack made",
    about=Subject.SITE,
    line_zh="制成打印包 {pages} 页，摘要 {pack}",
    line_en="Print pack of {pages} pages made, digest {pack}",
)
class PrintPackMade(Fact):
    """Everything a site needs on paper, in one file."""

    pack: bytes = digest(zh="打印包摘要", en="Digest of the pack")
    plan: bytes = digest(zh="编排摘要", en="Digest of the plan")
    pages: int = number(zh="页数", en="Pages")
    rooms: int = number(zh="考场数", en="Rooms")
    missing_glyphs: int = number(zh="缺字", en="Missing glyphs")
