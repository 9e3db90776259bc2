"""Which sites an exam opens (考点布局): what was decided beforehand, each attempt, and what was adopted."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, identifiers, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="考点启用设定",
    en="Standing of a site decided",
    about=Subject.EXAM,
    line_zh="{site} 考点{standing}：{reason}",
    line_en="Site {site} {standing}: {reason}",
)
class SiteStandingDecided(Fact):
    """Somebody decided beforehand whether a site must, may or must not be opened."""

    site: str = identifier(zh="考点", en="Site")
    standing: str = choice(
        ("may", "可启用", "may be opened"),
        ("open", "必启用", "must be opened"),
        ("closed", "不启用", "must not be opened"),
        zh="设定",
        en="Standing",
    )
    reason: str = text(zh="理由", en="Reason", required=False, longest=200)


@fact(
    zh="通行里程表录入",
    en="Roads measured",
    about=Subject.EXAM,
    line_zh="录入通行里程 {rows} 行（{file_name}），摘要 {roads}",
    line_en="{rows} roads taken from {file_name}, digest {roads}",
)
class RoadsMeasured(Fact):
    """Ways that differ from the straight line, such as around a river; a new table replaces the old."""

    roads: bytes = digest(zh="里程表摘要", en="Digest of the roads")
    rows: int = number(zh="行数", en="Rows")
    file_name: str = text(zh="文件名", en="File name", longest=200)


@fact(
    zh="考点布局运算",
    en="Sites allocated",
    about=Subject.EXAM,
    line_zh="第 {attempt} 次布局：{candidates} 人、启用 {opened} 个考点，人均 {mean_before}→{mean_after} 米，最远 {farthest_before}→{farthest_after} 米",
    line_en="Attempt {attempt}: {candidates} candidates, {opened} sites, mean {mean_before} → {mean_after} m, farthest {farthest_before} → {farthest_after} m",
)
class SitesAllocated(Fact):
    """One attempt at a plan of sites; it says how many of each school go where, and no names."""

    plan: bytes = digest(zh="布局摘要", en="Digest of the plan")
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    engine: str = identifier(zh="引擎版本", en="Engine version")
    candidates: int = number(zh="考生人数", en="Candidates")
    opened: int = number(zh="启用考点数", en="Sites opened")
    mean_before: int = number(zh="原人均米数", en="Mean before (m)")
    mean_after: int = number(zh="现人均米数", en="Mean after (m)")
    farthest_before: int = number(zh="原最远米数", en="Farthest before (m)")
    farthest_after: int = number(zh="现最远米数", en="Farthest after (m)")
    attempt: int = number(zh="第几次布局", en="Attempt", at_least=1)
    reason: str = text(zh="重新布局的理由", en="Why again", required=False, longest=500)


@fact(
    zh="考点启用",
    en="Sites opened",
    about=Subject.EXAM,
    line_zh="采用第 {attempt} 次布局：启用 {sites}，考生分校抽签种子 {seed}，摘要 {pools}",
    line_en="Attempt {attempt} adopted: sites {sites} opened, lots from seed {seed}, digest {pools}",
)
class SitesOpened(Fact):
    """The attempt that holds: its sites are opened, and each candidate's site follows by lot from the seed."""

    plan: bytes = digest(zh="布局摘要", en="Digest of the plan")
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    pools: bytes = digest(zh="考生考点表摘要", en="Digest of the candidates' sites")
    roster: bytes = digest(zh="名册摘要", en="Digest of the roster")
    seed: str = identifier(zh="种子", en="Seed", longest=128)
    sites: tuple[str, ...] = identifiers(zh="启用考点", en="Sites opened")
    candidates: int = number(zh="考生人数", en="Candidates")
    attempt: int = number(zh="第几次布局", en="Attempt", at_least=1)
