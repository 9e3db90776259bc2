"""One drawing for all who look at the same wall, soon after something changed, and only the newest is kept.

A viewer that is slow misses the snapshots in between, never the last one. While nobody looks, nothing is
drawn. Between two drawings a wall rests: a tenth of a second when there is little to do, longer the more a
drawing costs, the more walls are open and the more people look, so that screens never take more than a part
of a core from those who record (docs/decisions/0022).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import close_old_connections

from kaowu.web.cockpit.snapshot import Snapshot, View, pulse, snapshot

LOOKS_EVERY_S = 0.1
LEAST_REST_S = 0.1
REST_PER_DRAWING = 2.0
"""All walls together draw at most a third of the time."""
MOST_PUSHES_A_SECOND = 400.0
THREADS = 2

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="cockpit")
_log = logging.getLogger(__name__)


async def in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """Run something that asks the database, away from the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _with_connection, work, arguments)


def _with_connection(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    close_old_connections()
    try:
        return work(*arguments)
    finally:
        close_old_connections()


@dataclass(slots=True)
class Crowd:
    """How many walls are open in this process, and how many look at them."""

    walls: int = 0
    viewers: int = 0

    def rest_after(self, cpu_s: float) -> float:
        """How long a wall rests after a drawing that took so much processor time."""
        of_drawing = cpu_s * REST_PER_DRAWING * max(1, self.walls)
        return max(LEAST_REST_S, of_drawing, self.viewers / MOST_PUSHES_A_SECOND)


class Hub:
    """The newest snapshot of one view, for as long as somebody looks."""

    def __init__(self, view: View, crowd: Crowd | None = None) -> None:
        self._view = view
        self._crowd = crowd or Crowd()
        self._changed = asyncio.Condition()
        self._pulse: Any = None
        self._task: asyncio.Task[None] | None = None
        self.viewers = 0
        self.newest: Snapshot | None = None

    def enter(self) -> None:
        """Somebody begins to look."""
        self.viewers += 1
        if self._task is None:
            self._task = asyncio.create_task(self._keep_drawing())

    def leave(self) -> None:
        """Somebody looks away; the last one ends the drawing."""
        self.viewers -= 1
        if self.viewers == 0 and self._task is not None:
            self._task.cancel()
            self._task = None

    async def newer_than(self, version: str, within_s: float) -> Snapshot | None:
        """The newest snapshot once it is another than `version`; None when the time is up."""
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: self.newest and self.newest.version != version)
        except TimeoutError:
            return None
        return self.newest

    async def _keep_drawing(self) -> None:
        before = 0.0
        while True:
            rest = LOOKS_EVERY_S
            try:
                cost = await self._draw_if_new()
                if cost is not None:
                    # One dear drawing is no measure: the first of a process reads all templates.
                    rest, before = self._crowd.rest_after(min(cost, before)), cost
            except Exception:
                # The wall keeps its last picture and shows its age; a moment later it tries again.
                _log.exception("the wall %s could not be drawn", self._view)
                rest = 1.0
            await asyncio.sleep(rest)

    async def _draw_if_new(self) -> float | None:
        """Draw if anything has changed; returns the processor time it took."""
        now = await in_thread(pulse, self._view)
        if now == self._pulse:
            return None
        drawn, cost = await in_thread(_drawn, self._view)
        self._pulse = now
        async with self._changed:
            self.newest = drawn
            self._changed.notify_all()
        return cost


def _drawn(view: View) -> tuple[Snapshot, float]:
    begun = time.thread_time()
    return snapshot(view), time.thread_time() - begun


class Hubs:
    """The hubs of this process by view."""

    def __init__(self) -> None:
        self._by_view: dict[View, Hub] = {}
        self._crowd = Crowd()

    def enter(self, view: View) -> Hub:
        """The hub of a view, with one viewer more."""
        hub = self._by_view.setdefault(view, Hub(view, self._crowd))
        hub.enter()
        self._count()
        return hub

    def leave(self, view: View) -> None:
        """One viewer less; a hub without viewers is forgotten."""
        hub = self._by_view[view]
        hub.leave()
        if hub.viewers == 0:
            del self._by_view[view]
        self._count()

    @property
    def viewers(self) -> int:
        """How many look at all walls together."""
        return self._crowd.viewers

    def _count(self) -> None:
        self._crowd.walls = len(self._by_view)
        self._crowd.viewers = sum(hub.viewers for hub in self._by_view.values())
