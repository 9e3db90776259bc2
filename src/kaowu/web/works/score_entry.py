"""Entering points: the bags of a subject, who is due to enter, what differs, and the third person's word."""

from collections.abc import Iterable
from dataclasses import dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.score_bag import Points, ScoreBag, spoken
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import DifferencesSettled, PointsEntered
from kaowu.facts.subjects import ScoreKey
from kaowu.loop.desk import Receipt
from kaowu.loop.settle.compare_bag import Compared, compare_bag, require_possible, value_of
from kaowu.loop.settle.score_plan import SubjectPlan
from kaowu.store.queries import answers, exams, scores
from kaowu.store.queries.answers import SheetAnswers
from kaowu.store.queries.scores import Taker
from kaowu.web.counter import record
from kaowu.web.works.score_plans import plan_of


@dataclass(frozen=True, slots=True)
class BagLine:
    """One bag as the list shows it."""

    site: str
    room: str
    people: int
    due: int
    who: tuple[str, ...]
    open: int
    settled: int
    withheld: bool = False
    """Is something on record whose points are not on this node?"""

    @property
    def done(self) -> bool:
        """Entered twice, here to be compared, and nothing is open."""
        return self.due == 0 and self.open == 0 and not self.withheld


@dataclass(slots=True)
class SiteLine:
    """How far the bags of one site are."""

    site: str
    bags: int = 0
    begun: int = 0
    twice: int = 0
    not_here: int = 0
    """Bags of which what was typed is not on this node."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One bag laid open: who is in it, what is to be entered, how far it is."""

    key: ScoreKey
    plan: SubjectPlan
    bag: ScoreBag
    takers: tuple[Taker, ...]
    absent: frozenset[str]

    @property
    def seats(self) -> dict[str, str]:
        """Seat numbers by admission number."""
        return {one.ticket: one.seat for one in self.takers}

    @property
    def compared(self) -> Compared:
        """Both entries against each other and against what is due."""
        return compare_bag(self.bag, [one.ticket for one in self.takers], self.plan.items, self.absent)


def absent_in(exam: str, subject: str, site: str = "", room: str = "") -> frozenset[str]:
    """Who did not write this subject: by the records of the day, and by the sheets that were scanned."""
    return absent_among(answers.final_answers(exam, subject, site, room), recorded_absent(exam, subject))


def absent_among(sheets: Iterable[SheetAnswers], recorded: frozenset[str]) -> frozenset[str]:
    """Whose sheet says so, and who was recorded absent, unless a sheet with answers is there."""
    return frozenset(
        one.candidate
        for one in sheets
        if one.state == answers.ABSENT or (one.candidate in recorded and one.state != answers.PRESENT)
    )


def recorded_absent(exam: str, subject: str) -> frozenset[str]:
    """Who did not come, by the records of the day."""
    held = next((one for one in exams.sittings(exam) if subject in one.subjects), None)
    return scores.absent(exam, held.id) if held else frozenset()


def site_lines(exam: str, subject: str) -> list[SiteLine]:
    """Every site with bags of a subject; what was typed is not looked at."""
    found: dict[str, SiteLine] = {}
    times = scores.entered(exam, subject)
    for place in scores.rooms(exam, subject):
        line = found.setdefault(place[0], SiteLine(place[0]))
        line.bags += 1
        line.begun += times[place] > 0
        line.twice += times[place] > 1
    for site, count in scores.not_here(exam, subject).items():
        if site in found:
            found[site].not_here = count
    return list(found.values())


def bag_lines(exam: str, subject: str, site: str, plan: SubjectPlan) -> list[BagLine]:
    """The bags of a subject at a site, by room."""
    begun, absent = scores.bags(exam, subject, site), absent_in(exam, subject, site)
    rooms: dict[tuple[str, str], list[str]] = {}
    for one in scores.takers(exam, subject, site):
        rooms.setdefault((one.site, one.room), []).append(one.ticket)
    return [
        _line(place, tickets, begun.get(place) or ScoreBag.begin(ScoreKey(subject, *place)), plan, absent)
        for place, tickets in rooms.items()
    ]


def opened(exam: str, key: ScoreKey) -> Opened | None:
    """One bag; None if the subject has nothing to enter or the room holds nobody of it."""
    plan = plan_of(exam, key.subject)
    if plan is None or not plan.items:
        return None
    takers = tuple(scores.takers(exam, key.subject, key.site, key.room))
    if not takers:
        return None
    return Opened(key, plan, scores.bag(exam, key), takers, absent_in(exam, key.subject, key.site, key.room))


def enter(exam: str, at: Opened, turn: int, typed: Points, actor: Actor) -> Receipt:
    """Put one person's entry on record. Raises Refused; nothing of it is kept then."""
    _require_listed(at, typed)
    wrong = require_possible(typed, [one.ticket for one in at.takers], at.plan.items)
    if wrong:
        bearer, item = wrong[0]
        raise Refused(
            "points_unreadable",
            Sentence(
                f"不能录入：{bearer}“{item}”不是分数。应为最多两位小数的数，卷上没有写 -。",
                f"Cannot enter: {bearer} {item} holds no points. Write a number, or - where nothing stands.",
            ),
        )
    fact = PointsEntered(
        turn=turn,
        by=actor.account,
        people=len(typed),
        values=sum(map(len, typed.values())),
        typed=spoken(typed),
    )
    return record(fact, actor, exam=exam, subject=str(at.key), site=at.key.site)


def _require_listed(at: Opened, typed: Points) -> None:
    """Raises Refused if the page was opened before the list of the room or the plan of the scores changed."""
    gone = sorted(typed.keys() - {one.ticket for one in at.takers})
    unknown = sorted({item for values in typed.values() for item in values} - at.plan.items.keys())
    if gone or unknown:
        raise Refused(
            "list_changed",
            Sentence(
                f"不能录入：打开本页后名单或评分方案有变化，{'、'.join([*gone, *unknown])} 已不在本袋。",
                f"Cannot enter: since this page was opened the list or the plan has changed; {', '.join([*gone, *unknown])} no longer belongs to this bag.",
            ),
            remedy=Sentence(
                "下面是现在的名单，已录的分数仍在原考生名下；对照试卷核对后再交。",
                "Below is the list as it is now; what was typed stands with its candidates. Compare with the scripts and hand in again.",
            ),
        )


def settle(exam: str, at: Opened, settled: Points, cause: str, reason: str, actor: Actor) -> Receipt:
    """A third person says what stands on the originals. Raises Refused."""
    if at.bag.not_here:
        raise Refused(
            "points_not_here",
            Sentence(
                "不能裁定：两遍录入已有记录，录入的分数不在本机。",
                "Cannot settle: both entries are on record, the points that were typed are not on this node.",
            ),
            remedy=Sentence(
                "等录入处的分数上报后再裁定，或在录入的节点裁定；如已清除，请把录入的部分改为导入。",
                "Settle once the points have come up, or on the node where they were entered; if they were erased, have the entered parts imported.",
            ),
        )
    open_ones = {(one.bearer, one.item) for one in at.compared.open}
    for bearer, values in settled.items():
        for item, value in values.items():
            _require_settleable(at, bearer, item, value, open_ones)
    fact = DifferencesSettled(
        values=sum(map(len, settled.values())), cause=cause, settled=spoken(settled), reason=reason
    )
    return record(fact, actor, exam=exam, subject=str(at.key), site=at.key.site)


def _require_settleable(
    at: Opened, bearer: str, item: str, value: str, open_ones: set[tuple[str, str]]
) -> None:
    if (bearer, item) not in open_ones:
        raise Refused(
            "nothing_differs",
            Sentence(
                f"不能裁定：{bearer}“{item}”没有差异，或已裁定。",
                f"Cannot settle: nothing differs at {bearer} {item}.",
            ),
        )
    tickets = [one.ticket for one in at.takers]
    impossible = require_possible({bearer: {item: value}}, tickets, at.plan.items)
    if impossible or (value_of(value) or 0) > at.plan.items[item]:
        raise Refused(
            "settled_value",
            Sentence(
                f"不能裁定：{bearer}“{item}”的裁定值不是该题可能的得分。",
                f"Cannot settle: {value} is no possible score of {item}.",
            ),
        )


def _line(
    place: tuple[str, str], tickets: list[str], bag: ScoreBag, plan: SubjectPlan, absent: frozenset[str]
) -> BagLine:
    if not bag.comparable:
        return BagLine(*place, len(tickets), bag.due, tuple(bag.who.values()), 0, 0, bool(bag.withheld))
    compared = compare_bag(bag, tickets, plan.items, absent)
    return BagLine(
        *place, len(tickets), 0, tuple(bag.who.values()), len(compared.open), len(compared.settled)
    )
