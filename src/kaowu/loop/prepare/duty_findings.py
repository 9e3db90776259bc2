"""What a break of a list of duties means to an office: which rule it is, and what can be done."""

from collections.abc import Iterable
from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.engines.draw import Break
from kaowu.rules.profile import Profile

REPEATS = frozenset({"room_again", "pair_again"})
"""Breaks that the list may excuse by naming them, where the rules permit it."""

_RECUSAL = Sentence("换一名不须回避的人员。", "Take somebody who is not recused.")
_QUALIFIED = Sentence(
    "换一名合格人员；证书或责任书已补办的，先更新人员名录。",
    "Take somebody qualified; if certificate or pledge were renewed, update the register first.",
)
_ELSEWHERE = Sentence("从一处撤下，或换另一人。", "Take the person out of one place, or take somebody else.")
_PLACE = Sentence("按名单补齐或删去该岗位的人员。", "Fill or empty the post as the list of needs says.")
_CODE = Sentence("核对编号后改正。", "Check the code and correct it.")
_PARTNER = Sentence("换其中一人。", "Change one of the two.")
_AGAIN = Sentence(
    "换人；确无人可换的，勾选“允许重复考场或搭档”，写入记录。",
    "Change somebody; if nobody is left, tick that repeats are allowed: it goes on record.",
)

_WORDS: dict[str, tuple[str, str, str, Sentence]] = {
    "not_certified": ("recusals", "未持有效监考证不得上岗", "No duty without a certificate", _QUALIFIED),
    "not_pledged": ("recusals", "涉密岗位须签保密责任书", "A secret post needs the pledge", _QUALIFIED),
    "too_few_years": ("", "本岗位的监考年限", "Years of service for this post", _QUALIFIED),
    "another_post": ("", "只担任选聘的岗位", "Only the post one was chosen for", _QUALIFIED),
    "recused_exam": ("recusals", "回避：整场考试", "Recused from the exam", _RECUSAL),
    "recused_site": ("recusals", "回避：考点", "Recused from the site", _RECUSAL),
    "recused_room": ("recusals", "回避：考场", "Recused from the room", _RECUSAL),
    "recused_school": ("recusals", "回避：考场内考生的学校", "Recused from a school in the room", _RECUSAL),
    "own_pupils": ("recusals", "回避：本校考生", "Recused for own pupils", _RECUSAL),
    "own_subject": ("recusals", "回避：任教学科", "Recused for the own subject", _RECUSAL),
    "home_site": ("recusals", "不在本校监考", "Not at the own school", _RECUSAL),
    "wrong_pool": ("", "统一派遣的范围", "The area of dispatch", _RECUSAL),
    "not_sent_here": (
        "",
        "统一派遣：未被派往本考点",
        "Sent elsewhere by the dispatch",
        Sentence(
            "换本考点的人员；确需外调的，由市县招考机构调派。",
            "Take somebody of this site; people from outside are sent by city or county.",
        ),
    ),
    "sent_twice": ("", "一人一个考点", "One site for one person", _ELSEWHERE),
    "sent_elsewhere": ("", "一人一个考点", "One site for one person", _ELSEWHERE),
    "same_sitting_twice": ("", "一人一时一岗", "One place for one person at a time", _ELSEWHERE),
    "times_overlap": ("", "一人一时一岗（含延时）", "One place at a time, extra time included", _ELSEWHERE),
    "person_gone": ("", "未到岗人员不得在名单上", "Who did not come stands nowhere", _ELSEWHERE),
    "one_unit": ("units_per_room", "同场人员来自不同单位", "Different units in a room", _PARTNER),
    "one_sex": ("one_man_one_woman", "一男一女", "One man and one woman", _PARTNER),
    "never_together": ("recusals", "亲属不同场", "Relatives stay apart", _PARTNER),
    "room_again": ("", "轮换：不重复进入同一考场", "Rotation of rooms", _AGAIN),
    "pair_again": ("", "轮换：不重复搭档", "Rotation of partners", _AGAIN),
    "post_short": ("invigilators_per_room", "监考配备标准", "The staffing formula", _PLACE),
    "post_over": ("invigilators_per_room", "监考配备标准", "The staffing formula", _PLACE),
    "unknown_person": ("", "人员名册", "The list of staff", _CODE),
    "unknown_post": ("", "岗位和场次", "Posts and sittings", _CODE),
    "unknown_room": ("", "考点和考场", "Sites and rooms", _CODE),
    "unknown_sent": ("", "人员名册", "The list of staff", _CODE),
}


@dataclass(frozen=True, slots=True)
class DutyFinding:
    """A break as an officer reads it; shaped like every other finding."""

    code: str
    severity: int
    sentence: Sentence
    clause: Sentence
    remedy: Sentence
    sitting: str = ""
    site: str = ""
    room: str = ""
    person: str = ""


def findings(breaks: Iterable[Break], profile: Profile | None, severity: int = 3) -> list[DutyFinding]:
    """Each break with the rule that it breaks, as this exam's profile has it, and a remedy."""
    return [_finding(one, profile, severity) for one in breaks]


def _finding(one: Break, profile: Profile | None, severity: int) -> DutyFinding:
    line, zh, en, remedy = _WORDS.get(one.code, ("", one.code, one.code, _CODE))
    cited = f"（{profile.cite(line)}）" if line and profile and profile.knows(line) else ""
    clause = Sentence(zh + cited, f"{en} {cited}".strip())
    return DutyFinding(
        one.code, severity, one.sentence, clause, remedy, one.sitting, one.site, one.room, one.person
    )
