"""What the store gives to a draw problem, as frozen values, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kaowu.basics.errors import Sentence
from kaowu.engines.draw import DrawProblem
from kaowu.exam.plan import Sitting
from kaowu.registry.people import RegisteredPerson
from kaowu.registry.sites import RegisteredSite

REASONS: Mapping[str, Sentence] = {
    "relative_declared": Sentence("申报有亲属参加本次考试", "declared a relative in this exam"),
    "relative_listed": Sentence(
        "登记的亲属考生号在名册上", "the relative's candidate number is on the roster"
    ),
    "same_phone": Sentence("与考生登记的联系电话相同", "has the same telephone as a candidate"),
    "same_document": Sentence("本人是本次考试考生", "is a candidate of this exam"),
    "barred": Sentence("处于停止参与考试工作期内", "is barred from exam work"),
    "no_certificate": Sentence("考试当日没有有效监考证", "holds no certificate valid on the day"),
    "final_year": Sentence(
        "本地毕业年级任课教师或班主任，不进考场", "teaches a local final year: not inside rooms"
    ),
    "few_rooms": Sentence("多数考场须回避，只抽考场外岗位", "recused from most rooms: only posts outside"),
    "own_site_only": Sentence("考点都设在本校，不得派往本校", "every site is the own school"),
    "other_post": Sentence("拟任岗位不由抽签产生", "recruited for a post that is not drawn"),
    "on_team": Sentence("在驻点检查组", "is on a resident inspection team"),
    "sex_unknown": Sentence("名录未登记性别", "the register does not say man or woman"),
}
"""Why somebody does not take part, or only outside the rooms."""


@dataclass(frozen=True, slots=True)
class SeatedAt:
    """One candidate in one sitting: where, from which school, with which accommodation."""

    sitting: str
    site: str
    room: str
    number: str
    school: str
    accommodation: str = ""


@dataclass(frozen=True, slots=True)
class OnRoster:
    """What of a candidate can give a relation away."""

    number: str
    phone: str = ""
    id_number: str = ""
    county: str = ""


@dataclass(frozen=True, slots=True)
class PastDuty:
    """A duty somebody has behind them; `exam` tells earlier exams apart."""

    exam: str
    sitting: str
    site: str
    room: str
    post: str
    person: str


@dataclass(frozen=True)
class Inputs:
    """Everything the store gives to a draw problem."""

    people: Sequence[RegisteredPerson]
    sites: Sequence[RegisteredSite]
    sittings: Sequence[Sitting]
    seated: Sequence[SeatedAt]
    roster: Sequence[OnRoster] = ()
    subject_names: Mapping[str, str] = field(default_factory=dict)
    """What a teacher's subject is called in the timetable, where it differs (英语: 外语)."""
    sent: Mapping[str, str] = field(default_factory=dict)
    """Site by person, once people are sent."""
    drawn: Sequence[PastDuty] = ()
    """Duties of this exam's sittings that are drawn already."""
    former: Sequence[PastDuty] = ()
    """Duties of earlier exams that count for rotation."""
    on_teams: frozenset[str] = frozenset()
    """Whoever is on a resident inspection team has a place already."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who does not take part, or only outside the rooms (`altogether` tells which)."""

    person: str
    code: str
    altogether: bool


@dataclass(frozen=True)
class Prepared:
    """The problem, and who is not in it."""

    problem: DrawProblem
    left_out: tuple[LeftOut, ...]
