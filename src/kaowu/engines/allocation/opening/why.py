"""Why this site (为什么去这个考点): each place as one school sees it, nearest first, with the reason in a sentence."""

from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.engines.allocation.opening.plan import OpeningPlan
from kaowu.engines.allocation.opening.problem import FAR, OpeningProblem, OwnSchool, Standing


@dataclass(frozen=True, slots=True)
class Choice:
    """One place from a school's point of view."""

    place: str
    metres: int | None  # None where nobody can tell
    people: int  # of this school sent there
    code: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Exchange:
    """The cheapest way to make one seat free: whom it moves, where to, and how much farther that is."""

    group: str
    place: str
    metres: int


def why(problem: OpeningProblem, plan: OpeningPlan, group: str, most: int = 12) -> list[Choice]:
    """The places up to the farthest that the group is sent to, and some beyond, nearest first."""
    row = next(number for number, one in enumerate(problem.groups) if one.id == group)
    sent = {place: people for one, place, people in plan.flows if one == group}
    metres = problem.metres[row].tolist()
    order = sorted(range(len(problem.places)), key=lambda at: (metres[at], problem.places[at].id))
    last = max((n for n, at in enumerate(order) if problem.places[at].id in sent), default=0)
    return [
        Choice(
            problem.places[at].id,
            metres[at] if metres[at] < FAR else None,
            sent.get(problem.places[at].id, 0),
            *_reason(problem, plan, row, at, sent),
        )
        for at in order[: max(last + 3, most)]
    ]


def cheapest_exchange(problem: OpeningProblem, plan: OpeningPlan, row: int, at: int) -> Exchange | None:
    """What letting one more of a school into a full place costs others at least, in one step."""
    load, own = plan.load(), problem.groups[row].id
    place = problem.places[at].id
    left = {to for group, to, _ in plan.flows if group == own}
    column = {one.id: number for number, one in enumerate(problem.places)}
    line = {one.id: number for number, one in enumerate(problem.groups)}
    free = [
        number
        for number in (column[name] for name in plan.opened if name != place)
        if load[problem.places[number].id] < problem.capacity[number] or problem.places[number].id in left
    ]
    moves = [
        Exchange(
            group,
            problem.places[to].id,
            int(problem.metres[line[group], to] - problem.metres[line[group], at]),
        )
        for group, there, _ in plan.flows
        if there == place and group != own
        for to in free
        if problem.allowed[line[group], to] and problem.metres[line[group], to] <= plan.within
    ]
    return min(moves, key=lambda move: (move.metres, move.group, move.place), default=None)


def _reason(
    problem: OpeningProblem, plan: OpeningPlan, row: int, at: int, sent: dict[str, int]
) -> tuple[str, Sentence]:
    place, group, limits = problem.places[at], problem.groups[row], problem.limits
    metres = int(problem.metres[row, at])
    if place.id in sent:
        return "sent", Sentence(f"{sent[place.id]}人去这里", f"{sent[place.id]} go here")
    if place.standing is Standing.CLOSED:
        return "closed", Sentence("定为不启用", "It must not be opened")
    if limits.within_county and place.county != group.county:
        return "county", Sentence("不在考生报名县区", "It lies in another county")
    if place.school and place.school == group.school and limits.own_school is OwnSchool.OTHER:
        return "own_school", Sentence(
            "是本校，规定不得在本校考试", "It is their own school, where they may not sit"
        )
    if metres > plan.within:
        return "too_far", _too_far(problem, plan)
    if place.id not in plan.opened:
        return "not_opened", _not_opened(problem, plan)
    if plan.load()[place.id] < int(problem.capacity[at]):
        return "free", _not_needed(problem, plan, row, at)
    return "full", _full(problem, plan, row, at)


def _too_far(problem: OpeningProblem, plan: OpeningPlan) -> Sentence:
    tenths = -(-plan.within // 100)
    km = f"{tenths // 10}.{tenths % 10}"
    if problem.limits.farthest is not None:
        return Sentence(f"超过规定的最远距离{km}公里", f"It is beyond the stated {km} km")
    return Sentence(
        f"超过{km}公里：全体考生都能不超过这个距离", f"It is beyond {km} km, which nobody needs to exceed"
    )


def _not_opened(problem: OpeningProblem, plan: OpeningPlan) -> Sentence:
    most = len(plan.opened) if problem.limits.fewest_sites else problem.limits.most_sites
    if most is not None and len(plan.opened) >= most:
        return Sentence(
            f"没有启用：{most}个名额用在总里程更省的考点", f"Not opened: the {most} sites save more elsewhere"
        )
    return Sentence(
        "没有启用：启用它不能缩短总里程，或学校数不够",
        "Not opened: it would save nothing, or too few schools come",
    )


def _not_needed(problem: OpeningProblem, plan: OpeningPlan, row: int, at: int) -> Sentence:
    farthest = max(
        (
            int(problem.metres[row, number])
            for number, one in enumerate(problem.places)
            if _sends(plan, problem, row, one.id)
        ),
        default=0,
    )
    if int(problem.metres[row, at]) >= farthest:
        return Sentence("有空座，但更远", "It has free seats and is farther")
    return Sentence(
        "有空座，但学校数、成组人数或一校考点数的要求不允许",
        "It has free seats, but the rules on schools, parties or sites per school forbid it",
    )


def _full(problem: OpeningProblem, plan: OpeningPlan, row: int, at: int) -> Sentence:
    used = [number for number, one in enumerate(problem.places) if _sends(plan, problem, row, one.id)]
    saved = max((int(problem.metres[row, number]) for number in used), default=0) - int(
        problem.metres[row, at]
    )
    if saved <= 0:
        return Sentence("已满，且更远", "It is full, and farther")
    move = cheapest_exchange(problem, plan, row, at)
    if move is not None and move.metres >= saved:
        return Sentence(
            f"已满：换进1人近{saved}米，须把{move.group}1人改到{move.place}考点，远{move.metres}米",
            f"Full: one more would travel {saved} m less, but one of {move.group} would go to {move.place}, "
            f"{move.metres} m farther",
        )
    return Sentence(
        f"已满：换进1人近{saved}米，但要连带调动多校，总里程更长或不合要求",
        f"Full: one more would travel {saved} m less, but several schools would have to change, at a greater total "
        "or against the rules",
    )


def _sends(plan: OpeningPlan, problem: OpeningProblem, row: int, place: str) -> bool:
    return any(group == problem.groups[row].id and to == place for group, to, _ in plan.flows)
