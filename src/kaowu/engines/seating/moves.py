"""What a re-plan did, candidate by candidate: from where, to where, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.basics.seat_grid import seat_text
from kaowu.engines.seating.plan import Placement, SeatPlan


@dataclass(frozen=True, slots=True)
class Move:
    """One candidate whose place in one sitting is another than before.

    `before` is missing for somebody added, `after` for somebody withdrawn.
    """

    candidate: str
    sitting: str
    before: Placement | None
    after: Placement | None
    code: str

    @property
    def is_move(self) -> bool:
        """Whether somebody has to sit elsewhere: added and withdrawn people do not count."""
        return self.before is not None and self.after is not None

    @property
    def sentence(self) -> Sentence:
        """The move and its reason for people."""
        zh, en = REASONS.get(self.code, REASONS["by_hand"])
        from_zh, from_en = _where(self.before)
        to_zh, to_en = _where(self.after)
        return Sentence(
            f"考生{self.candidate}：{from_zh} → {to_zh}，{zh}",
            f"Candidate {self.candidate}: {from_en} → {to_en}, {en}",
        )


REASONS: Mapping[str, tuple[str, str]] = {
    "withdrawn": ("已退出考试", "has withdrawn"),
    "not_in_sitting": ("不再参加本场考试", "no longer sits this paper"),
    "added": ("新增考生", "was added"),
    "site_lost": ("考点停用", "the site is closed"),
    "room_lost": ("考场停用", "the room is closed"),
    "desk_lost": ("原座位已不存在", "the desk is gone"),
    "pool_changed": ("应考区域变更", "belongs to another area now"),
    "stream_changed": ("与同考场考生不再同组", "no longer shares a group with the room"),
    "accommodation": ("合理便利要求变更", "the accommodation asks for another place"),
    "neighbours": ("与相邻考生同属一组", "would sit beside somebody of the same school"),
    "over_capacity": ("考场容量减少", "the room holds fewer people now"),
    "made_room": ("为其他考生让出座位", "made room for somebody else"),
    "by_hand": ("人工调整", "changed by hand"),
}


@dataclass(frozen=True)
class Replan:
    """A plan that follows another, every change with its reason, and how few there could be.

    `bound` is proved: at least so many people must move, whoever plans.
    """

    plan: SeatPlan
    moves: tuple[Move, ...]
    bound: int

    @property
    def moved(self) -> int:
        """How many seats in how many sittings really changed hands by moving."""
        return sum(move.is_move for move in self.moves)


def moves_between(
    before: SeatPlan, after: SeatPlan, why: Mapping[tuple[str, str], str], ids: Sequence[str]
) -> tuple[Move, ...]:
    """Every difference of two plans; `why` by sitting and candidate, `ids` are all candidates now."""
    was = {(row.sitting, row.candidate): row for row in before.rows()}
    now = {(row.sitting, row.candidate): row for row in after.rows()}
    known = set(ids)
    found = []
    for key in sorted(was.keys() | now.keys()):
        one, two = was.get(key), now.get(key)
        if one == two:
            continue
        plain = "added" if one is None else "not_in_sitting" if key[1] in known else "withdrawn"
        code = why.get(key, "by_hand") if one and two else plain
        found.append(Move(key[1], key[0], one, two, code))
    return tuple(found)


def _where(row: Placement | None) -> tuple[str, str]:
    if row is None:
        return "无座位", "no seat"
    seat = seat_text(row.seat, 2 if row.seat < 100 else 3)
    return f"{row.site}考点{row.room}考场{seat}号", f"site {row.site} room {row.room} seat {seat}"
