"""A snapshot of the wall: every panel drawn, with a version that changes only when something drawn does."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.html import conditional_escape
from django.utils.translation import override

from kaowu.store.queries import exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.flow import journal_size
from kaowu.web.access import Scope
from kaowu.web.cockpit.board import Board, board
from kaowu.web.cockpit.panels import panels

PULSE_HOLDS_S = 0.05
_pulses: dict[str, tuple[float, tuple[Any, ...]]] = {}


@dataclass(frozen=True, slots=True)
class View:
    """What one wall looks at: equal views share one snapshot."""

    exam: str
    sitting: str
    site: str | None
    scope: Scope
    language: str


@dataclass(frozen=True)
class Snapshot:
    """The drawn panels by name, and the exam's clock at the moment of drawing."""

    panels: dict[str, str]
    clock: dict[str, Any]

    @cached_property
    def version(self) -> str:
        """Changes with what is drawn, and with the clock's setting, not with its running."""
        drawn = json.dumps([self.panels, self.clock["speed"], self.clock["is_exercise"]], ensure_ascii=False)
        return hashlib.sha256(drawn.encode()).hexdigest()[:20]

    def to_json(self, shown: Mapping[str, str] | None = None) -> str:
        """As it is sent; only what differs from the panels that are shown already."""
        panels = {name: drawn for name, drawn in self.panels.items() if (shown or {}).get(name) != drawn}
        return json.dumps(
            {"version": self.version, "panels": panels, "clock": self.clock}, ensure_ascii=False
        )


def snapshot(view: View) -> Snapshot:
    """Draw the wall as it is now."""
    line = exams.exam(view.exam)
    assert line is not None, "the view was checked when it was opened"
    with override(view.language):
        now = board(line, view.sitting, view.scope, view.site)
        drawn = {one.name: str(conditional_escape(one.draw(now))) for one in panels(now.level)}
    return Snapshot(drawn, clock_of(now))


def pulse(view: View) -> tuple[Any, ...]:
    """Cheap to ask many times a second; while it stays the same nothing on the wall can have changed.

    Many walls of one exam ask at once, so an answer serves all of them for a moment.
    """
    asked_at, answer = _pulses.get(view.exam, (-PULSE_HOLDS_S, ()))
    if time.monotonic() - asked_at >= PULSE_HOLDS_S:
        asked_at, clock = time.monotonic(), exam_time_now(view.exam)
        answer = journal_size(), clock.now // 60_000, clock.speed, clock.is_exercise
        _pulses[view.exam] = asked_at, answer
    return answer


def clock_of(board: Board) -> dict[str, Any]:
    """What the page needs to let its clock and countdowns run on from the server's time."""
    return {
        "now": board.clock.now,
        "speed": board.clock.speed,
        "is_exercise": board.clock.is_exercise,
        "starts_at": board.sitting.starts_at,
        "ends_at": board.sitting.ends_at,
        "sites": len(board.sites),
        "sites_heard": board.sites_heard,
    }
