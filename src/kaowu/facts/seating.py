"""Who sits where: a sealed plan, bound by one fact."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, identifiers, number, text, yes_no
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
    root: bytes = digest(zh="座位树根", en="Root of the seats", required=False)


@fact(
    zh="考场停用",
    en="Place closed",
    about=Subject.EXAM,
    line_zh="{site} 考点停用考场 {rooms}，理由：{reason}",
    line_en="Site {site}: rooms {rooms} closed, reason: {reason}",
)
class PlaceClosed(Fact):
    """A room, or with no room named a whole site, is not used by this exam: flooded, without power, needed."""

    site: str = identifier(zh="考点", en="Site", longest=20)
    rooms: tuple[str, ...] = identifiers(
        zh="考场（不写为整个考点）", en="Rooms (none: the whole site)", required=False
    )
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="考场恢复使用",
    en="Place reopened",
    about=Subject.EXAM,
    line_zh="{site} 考点恢复使用考场 {rooms}，理由：{reason}",
    line_en="Site {site}: rooms {rooms} used again, reason: {reason}",
)
class PlaceReopened(Fact):
    """What was closed may be used again; seats move back only by another re-plan."""

    site: str = identifier(zh="考点", en="Site", longest=20)
    rooms: tuple[str, ...] = identifiers(
        zh="考场（不写为整个考点）", en="Rooms (none: the whole site)", required=False
    )
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="座位重排",
    en="Seat plan replanned",
    about=Subject.EXAM,
    line_zh="座位重排：{moved} 人换座（至少须 {bound} 人），编排 {before} 改为 {plan}，理由：{reason}",
    line_en="Replanned: {moved} moved (at least {bound} must), plan {before} became {plan}, reason: {reason}",
)
class SeatPlanReplanned(Fact):
    """A late change was met with the fewest moves; the plan before stays on record, this one names it."""

    before: bytes = digest(zh="原编排摘要", en="Digest of the plan before")
    plan: bytes = digest(zh="编排摘要", en="Digest of the plan")
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    solution: bytes = digest(zh="解答摘要", en="Digest of the solution")
    moves: bytes = digest(zh="换座清单摘要", en="Digest of the moves")
    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    root: bytes = digest(zh="座位树根", en="Root of the seats", required=False)
    engine: str = identifier(zh="引擎版本", en="Engine version")
    candidates: int = number(zh="考生人数", en="Candidates")
    rooms: int = number(zh="考场数", en="Rooms")
    same_school_pairs: int = number(zh="同校相邻对数", en="Same-school neighbours")
    moved: int = number(zh="换座人数", en="Moved")
    bound: int = number(zh="至少须换", en="Must move at least")
    spare_used: bool = yes_no(zh="启用备用考场", en="Spare rooms may be used")
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="人工调整座位",
    en="Seats changed by hand",
    about=Subject.EXAM,
    line_zh="人工调整：{moved} 人换座，锁定 {locked}，解锁 {unlocked}，编排 {before} 改为 {plan}，理由：{reason}",
    line_en="By hand: {moved} moved, locked {locked}, unlocked {unlocked}, plan {before} became {plan}, reason: {reason}",
)
class SeatsChangedByHand(Fact):
    """Two persons moved, swapped or locked seats, on the page or in a workbook; the verifier judged the result."""

    before: bytes = digest(zh="原编排摘要", en="Digest of the plan before")
    plan: bytes = digest(zh="编排摘要", en="Digest of the plan")
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    solution: bytes = digest(zh="解答摘要", en="Digest of the solution")
    moves: bytes = digest(zh="换座清单摘要", en="Digest of the moves")
    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    root: bytes = digest(zh="座位树根", en="Root of the seats", required=False)
    source: str = choice(
        ("page", "页面", "page"), ("workbook", "Excel 工作簿", "workbook"), zh="来源", en="Source"
    )
    moved: int = number(zh="换座人数", en="Moved")
    same_school_pairs: int = number(zh="同校相邻对数", en="Same-school neighbours")
    locked: tuple[str, ...] = identifiers(zh="锁定考生号", en="Locked candidates", required=False)
    unlocked: tuple[str, ...] = identifiers(zh="解锁考生号", en="Unlocked candidates", required=False)
    reason: str = text(zh="理由", en="Reason", longest=500)


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
    since: bytes = digest(
        zh="只补印此编排以来的改动", en="Holds only what changed since this plan", required=False
    )
