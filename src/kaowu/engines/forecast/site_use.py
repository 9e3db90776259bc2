"""Rooms and staff that a site is likely to need (考点设置建议), from its own past and the profile's formulas.

Every figure is a formula of the profile plus what was counted at this site
before; each says where it comes from. Rates carry the 95 percent interval of
Wilson, so that three exams do not look like thirty. Absences never save a
room: every candidate has a seat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from kaowu.basics.errors import Sentence

FEW_EXAMS = 3
"""Fewer past exams than this are called a small sample."""
_Z = 1.96


@dataclass(frozen=True, slots=True)
class PastUse:
    """What one past exam counted at one site."""

    exam: str
    name: str
    sittings: int
    rooms: int  # in its fullest sitting
    candidates: int  # in its fullest sitting
    room_sittings: int
    expected: int  # entries over all sittings
    entered: int
    absent: int
    late: int  # entered after the sitting began
    cases: int  # violations and identities in doubt


@dataclass(frozen=True, slots=True)
class Needs:
    """The lines of the profile that the formulas use."""

    capacity: int
    invigilators_per_room: int
    rooms_per_roving: int
    reserve_percent: int
    spare_rooms: int
    spare_rooms_percent: int


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 percent interval, in thousandths; None where nothing was counted."""

    count: int
    of: int
    share: int | None
    least: int | None
    most: int | None


@dataclass(frozen=True)
class Suggestion:
    """What is suggested for one site, and why."""

    candidates: int
    rooms: int
    spare_rooms: int
    invigilators: int
    roving: int
    reserve: int
    gate: int  # more staff at the entrance than the formula gives
    absence: Rate
    late: Rate
    cases: Rate
    is_small_sample: bool
    reasons: tuple[Sentence, ...]


def rate(count: int, of: int) -> Rate:
    """A share and how sure it is (Wilson's interval, 95 percent)."""
    if of <= 0:
        return Rate(count, of, None, None, None)
    p = min(count, of) / of
    spread = _Z * _Z / of
    middle = (p + spread / 2) / (1 + spread)
    half = _Z * sqrt(p * (1 - p) / of + spread / (4 * of)) / (1 + spread)
    return Rate(
        count, of, round(1000 * p), max(0, round(1000 * (middle - half))), round(1000 * (middle + half))
    )


def suggest(candidates: int, past: Sequence[PastUse], needs: Needs, everywhere: Rate) -> Suggestion:
    """Rooms and staff for so many candidates; `everywhere` is the late rate over all sites."""
    reasons: list[Sentence] = []
    rooms = _rooms(candidates, past, needs, reasons)
    spare = max(needs.spare_rooms, _part(rooms, needs.spare_rooms_percent))
    reasons.append(
        Sentence(
            f"备用考场：配置要求至少{needs.spare_rooms}个、考场数的{needs.spare_rooms_percent}%，取{spare}个",
            f"Spare rooms: at least {needs.spare_rooms} and {needs.spare_rooms_percent} % of the rooms, so {spare}",
        )
    )
    absence = rate(sum(one.absent for one in past), sum(one.entered + one.absent for one in past))
    _say_absence(absence, reasons)
    cases = rate(sum(one.cases for one in past), sum(one.room_sittings for one in past))
    roving = _roving(rooms, cases, needs, reasons)
    invigilators = rooms * needs.invigilators_per_room
    reserve = _part(invigilators, needs.reserve_percent)
    reasons.append(
        Sentence(
            f"监考员：{rooms}个考场，每场{needs.invigilators_per_room}人，共{invigilators}人；备用{needs.reserve_percent}%，{reserve}人",
            f"Invigilators: {needs.invigilators_per_room} in each of {rooms} rooms, {invigilators}; "
            f"{needs.reserve_percent} % in reserve, {reserve}",
        )
    )
    late = rate(sum(one.late for one in past), sum(one.entered for one in past))
    gate = _gate(late, everywhere, reasons)
    small = len(past) < FEW_EXAMS
    if small:
        reasons.insert(0, _small(len(past)))
    return Suggestion(
        candidates,
        rooms,
        spare,
        invigilators,
        roving,
        reserve,
        gate,
        absence,
        late,
        cases,
        small,
        tuple(reasons),
    )


def _rooms(candidates: int, past: Sequence[PastUse], needs: Needs, reasons: list[Sentence]) -> int:
    base = -(-candidates // needs.capacity)
    more = [one.rooms - -(-one.candidates // needs.capacity) for one in past]
    extra = max(0, -(-sum(more) // len(more))) if more and base else 0
    reasons.append(
        Sentence(
            f"考场：{candidates}人，每场{needs.capacity}人，满编需{base}个",
            f"Rooms: {candidates} candidates, {needs.capacity} to a room, {base} when full",
        )
    )
    if more:
        told_zh = "、".join(str(one) for one in more)
        reasons.append(
            Sentence(
                f"以往{len(more)}次考试因语种、选科和尾数分场，比满编多用{told_zh}个，平均进位后加{extra}个",
                f"In {len(more)} past exams languages, electives and remainders took {', '.join(map(str, more))} rooms "
                f"more than when full; the mean, rounded up, adds {extra}",
            )
        )
    return base + extra


def _roving(rooms: int, cases: Rate, needs: Needs, reasons: list[Sentence]) -> int:
    base = _whole(rooms, needs.rooms_per_roving)
    if cases.share is None or cases.most is None:
        reasons.append(
            Sentence(
                f"流动监考员：每{needs.rooms_per_roving}个考场1人，{base}人",
                f"Roving invigilators: one per {needs.rooms_per_roving} rooms, {base}",
            )
        )
        return base
    likely = rooms * cases.most // 1000
    more = 1 if likely >= 2 else 0
    reasons.append(
        Sentence(
            f"流动监考员：每{needs.rooms_per_roving}个考场1人，{base}人；以往{cases.of}个考场场次记{cases.count}起违规或存疑"
            f"（每千场次{cases.share}，区间{cases.least}—{cases.most}），一场至多约{likely}起，加{more}人",
            f"Roving invigilators: one per {needs.rooms_per_roving} rooms, {base}; {cases.count} violations or doubts in "
            f"{cases.of} room-sittings ({cases.share} in a thousand, {cases.least}–{cases.most}), about {likely} in a "
            f"sitting at most, so {more} more",
        )
    )
    return base + more


def _say_absence(absence: Rate, reasons: list[Sentence]) -> None:
    if absence.share is None:
        return
    reasons.append(
        Sentence(
            f"缺考：以往{absence.of}人次中{absence.count}人次（{_percent(absence)}）；缺考不减考场，只用于估计空座和回收量",
            f"Absence: {absence.count} of {absence.of} entries ({_percent(absence)}); it saves no room, it only "
            "tells how many seats stay empty",
        )
    )


def _gate(late: Rate, everywhere: Rate, reasons: list[Sentence]) -> int:
    """One more at the entrance where lateness is surely above what it is everywhere."""
    if late.share is None or late.least is None or everywhere.share is None:
        return 0
    more = int(late.least > everywhere.share)
    reasons.append(
        Sentence(
            f"迟到：本考点{late.count}/{late.of}人次（{_percent(late)}），全部考点{everywhere.share / 10:.1f}%；"
            + ("明显偏多，入口加派1人" if more else "没有明显偏多，入口不加派"),
            f"Late: {late.count} of {late.of} here ({_percent(late)}), {everywhere.share / 10:.1f} % everywhere; "
            + ("surely more, so one more at the entrance" if more else "not surely more, so nobody is added"),
        )
    )
    return more


def _small(exams: int) -> Sentence:
    if not exams:
        return Sentence(
            "本考点没有以往记录，以下只按配置公式计算",
            "This site has no past: only the profile's formulas speak",
        )
    return Sentence(
        f"样本少：只有{exams}次以往考试，建议仅供参考，请结合实地情况",
        f"A small sample: {exams} past exams only; take it as a hint and look at the site",
    )


def _percent(one: Rate) -> str:
    assert one.share is not None and one.least is not None and one.most is not None
    return f"{one.share / 10:.1f}%，95%区间{one.least / 10:.1f}%—{one.most / 10:.1f}%"


def _part(number: int, percent: int) -> int:
    return -(-number * percent // 100)


def _whole(number: int, each: int) -> int:
    return -(-number // each) if each else 0
