"""Scores of a subject: two entries of every script compared, totals worked out, all frozen under one root.

The input is an exam of one subject with 40 questions on the sheet and three entered items; two in a thousand
entries differ, three in a hundred candidates are absent.
"""

import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "score-entry"
SIZES = (30_000, 100_000, 300_000)

ITEMS = {"22": 1200, "23": 1400, "作文": 6000}
QUESTIONS = 40
FIELDS = tuple(f"q{at}" for at in range(1, QUESTIONS + 1))
ROOM = 30


def make_input(size: int, folder: Path) -> None:
    """What two people typed, room by room, and what the sheets say."""
    random.seed(size)
    rooms = []
    for start in range(0, size, ROOM):
        room: dict[str, Any] = {"first": {}, "second": {}, "sheets": {}, "absent": []}
        for number in range(start, min(start + ROOM, size)):
            ticket = f"27{number:010d}"
            if random.random() < 0.03:
                room["absent"].append(ticket)
                continue
            typed = {item: str(random.randint(0, worth // 50) / 2) for item, worth in ITEMS.items()}
            room["first"][ticket] = typed
            second = dict(typed)
            if random.random() < 0.002:
                second["22"] = "1"
            room["second"][ticket] = second
            room["sheets"][ticket] = "".join(random.choices("ABCD", (6, 2, 1, 1), k=QUESTIONS))
        rooms.append(room)
    (folder / "rooms.json").write_text(json.dumps(rooms), encoding="utf-8")


@dataclass(frozen=True)
class _Sheet:
    candidate: str
    state: str
    fields: dict[str, str]
    undecided: int = 0


def set_up(folder: Path) -> Any:
    """The plan, and the facts as they are read from the journal."""
    from kaowu.exam.score_bag import ScoreBag
    from kaowu.facts.subjects import ScoreKey
    from kaowu.loop.settle.score_plan import SubjectPlan
    from kaowu.loop.settle.score_plan_text import read_keys, read_parts

    parts = read_parts("客观题 | 答题卡 | 1-40\n主观题 | 录入 | 22=12 23=14 作文=60")
    plan = SubjectPlan("语文", parts, {"": read_keys(f"1-{QUESTIONS} 单选 1.5 {'A' * QUESTIONS}")})
    rooms = json.loads((folder / "rooms.json").read_text(encoding="utf-8"))
    bags = [
        (
            ScoreBag(ScoreKey("语文", "0402", str(number)), {1: room["first"], 2: room["second"]}),
            [*room["first"], *room["absent"]],
            frozenset(room["absent"]),
        )
        for number, room in enumerate(rooms)
    ]
    return plan, bags, [(room["sheets"], room["absent"]) for room in rooms]


def _sheets(read: dict[str, str], absent: list[str]) -> list[_Sheet]:
    """The sheets of one room, as `final_answers` hands them out."""
    present = [
        _Sheet(ticket, "present", dict(zip(FIELDS, marks, strict=True))) for ticket, marks in read.items()
    ]
    return present + [_Sheet(ticket, "absent", {}) for ticket in absent]


def run(state: Any, size: int, folder: Path) -> dict[str, Any]:
    """Compare, add up, freeze; the three stages apart."""
    from kaowu.loop.settle.compare_bag import compare_bag
    from kaowu.loop.settle.score_rows import ScoreRow, freeze
    from kaowu.loop.settle.score_subject import Circumstances, Scripts, score_subject

    plan, bags, rooms = state
    begun = time.perf_counter()
    compared = [compare_bag(bag, tickets, plan.items, missing) for bag, tickets, missing in bags]
    compared_at = time.perf_counter()
    scripts = (
        Scripts(_sheets(read, absent), absent, one.points)
        for (read, absent), one in zip(rooms, compared, strict=True)
    )
    scored = dict(score_subject(plan, scripts, Circumstances()))
    totals_at = time.perf_counter()
    frozen = freeze("bench", [ScoreRow(ticket, (score,)) for ticket, score in scored.items()])
    assert len(frozen.rows) == size
    return {
        "compare_s": round(compared_at - begun, 2),
        "totals_s": round(totals_at - compared_at, 2),
        "freeze_s": round(time.perf_counter() - totals_at, 2),
        "differences": sum(len(one.open) for one in compared),
    }
