"""A draw of lots in public (抽签): committed, given chance by hands, drawn, sealed, published.

Each attempt is numbered and stays on record. What is drawn from is fixed before
chance is known (`InputCommitted`), chance comes from several hands, and what was
drawn is bound before it is used. The digits of a hand lie in a sealed artefact
whose digest is the hand's commitment, until the draw is published.
"""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="抽签题目锁定",
    en="Input committed",
    about=Subject.DRAW,
    line_zh="第 {attempt} 次：题目锁定，{leaves} 行，承诺根 {root} {reason}",
    line_en="Attempt {attempt}: input of {leaves} rows committed, root {root} {reason}",
)
class InputCommitted(Fact):
    """Everything the draw depends on is fixed, row by row, before anybody knows the chance."""

    attempt: int = number(zh="第几次抽签", en="Attempt", at_least=1)
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    root: bytes = digest(zh="承诺根", en="Committed root")
    leaves: int = number(zh="行数", en="Rows", at_least=1)
    salts: bytes = digest(zh="盐种摘要", en="Digest of the secret of the salts")
    engine: str = identifier(zh="引擎版本", en="Engine version")
    rules: bytes = digest(zh="规则摘要", en="Digest of the profile as resolved")
    beacon: str = identifier(
        zh="公共随机信标（预告轮次）", en="Public beacon, named beforehand", required=False, longest=120
    )
    reason: str = text(zh="重新抽签的理由", en="Why again", required=False, longest=500)


@fact(
    zh="现场随机数",
    en="Randomness given",
    about=Subject.DRAW,
    line_zh="第 {attempt} 次：第 {hand} 手（{method}）{symbols} 个，{bits} 位，承诺 {commitment}",
    line_en="Attempt {attempt}: hand {hand} ({method}) of {symbols} symbols, {bits} bits, commitment {commitment}",
)
class RandomnessGiven(Fact):
    """One hand of dice, lots, coins or cards, read out and entered twice; nobody's hand can be taken back."""

    attempt: int = number(zh="第几次抽签", en="Attempt", at_least=1)
    hand: int = number(zh="第几手", en="Hand", at_least=1)
    method: str = choice(
        ("dice", "掷骰子", "dice"),
        ("lots", "抽号码球", "numbered balls"),
        ("coins", "抛硬币", "coins"),
        ("cards", "抽扑克牌", "cards"),
        ("other", "其他（十六进制）", "other (hexadecimal)"),
        ("beacon", "公共随机信标", "public beacon"),
        zh="方式",
        en="Method",
    )
    symbols: int = number(zh="个数", en="Symbols", at_least=1)
    bits: int = number(zh="随机位数", en="Bits of chance")
    commitment: bytes = digest(zh="承诺", en="Commitment")
    witness: str = text(
        zh="见证人（姓名、单位职务）", en="Witness (name and office)", personal=True, longest=200
    )


@fact(
    zh="抽签",
    en="Lots drawn",
    about=Subject.DRAW,
    line_zh="第 {attempt} 次抽签完成：{people} 人，{duties} 人次，结果摘要 {plan}",
    line_en="Attempt {attempt} drawn: {people} people, {duties} duties, digest {plan}",
)
class LotsDrawn(Fact):
    """What came of the committed input and the hands; anybody who has both works out the same."""

    attempt: int = number(zh="第几次抽签", en="Attempt", at_least=1)
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    plan: bytes = digest(zh="结果摘要", en="Digest of the plan")
    seed_digest: bytes = digest(zh="种子摘要", en="Digest of the seed")
    engine: str = identifier(zh="引擎版本", en="Engine version")
    people: int = number(zh="人数", en="People")
    duties: int = number(zh="人次", en="Duties")
    breaks: int = number(zh="核验发现", en="Breaks found by the verifier")


@fact(
    zh="抽签未成",
    en="Draw failed",
    about=Subject.DRAW,
    line_zh="第 {attempt} 次抽签未成（{code}）：{sentence}",
    line_en="Attempt {attempt} failed ({code}): {sentence}",
)
class DrawFailed(Fact):
    """An attempt from which nothing came; it stays on record like any other."""

    attempt: int = number(zh="第几次抽签", en="Attempt", at_least=1)
    code: str = identifier(zh="原因代码", en="Code")
    sentence: str = text(zh="原因", en="Reason", longest=1000)


@fact(
    zh="抽签结果封存",
    en="Draw sealed",
    about=Subject.DRAW,
    line_zh="第 {attempt} 次抽签结果封存，结果摘要 {plan}，密封文件 {sealed_file}",
    line_en="Attempt {attempt} sealed, digest {plan}, sealed file {sealed_file}",
)
class DrawSealed(Fact):
    """From now on the result is in force. The sealed file is for discipline inspection."""

    attempt: int = number(zh="第几次抽签", en="Attempt", at_least=1)
    plan: bytes = digest(zh="结果摘要", en="Digest of the plan")
    sealed_file: bytes = digest(zh="密封文件摘要", en="Digest of the sealed file")


@fact(
    zh="抽签公开",
    en="Draw published",
    about=Subject.DRAW,
    line_zh="第 {attempt} 次抽签公开，种子 {seed} {reason}",
    line_en="Attempt {attempt} published, seed {seed} {reason}",
)
class DrawPublished(Fact):
    """Seed, salts and hands are open: from here on anybody can work the draw out again."""

    attempt: int = number(zh="第几次抽签", en="Attempt", at_least=1)
    plan: bytes = digest(zh="结果摘要", en="Digest of the plan")
    root: bytes = digest(zh="承诺根", en="Committed root")
    seed: str = identifier(zh="种子", en="Seed")
    ceremony: bytes = digest(zh="公开文件摘要", en="Digest of the published file")
    reason: str = text(zh="提前公开的理由", en="Why before the last paper ended", required=False, longest=500)
