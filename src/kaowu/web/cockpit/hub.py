"""One drawing for all who look at the same wall, at most once a second, and only the newest is kept.

A viewer that is slow misses the snapshots in between, never the last one. While nobody looks, nothing is
drawn.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections

from kaowu.web.cockpit.snapshot import Snapshot, View, pulse, snapshot

EVERY_S = 1.0
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


class Hub:
    """The newest snapshot of one view, for as long as somebody looks."""

    def __init__(self, view: View) -> None:
        self._view = view
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
        while True:
            try:
                await self._draw_if_new()
            except Exception:
                # The wall keeps its last picture and shows its age; the next second tries again.
                _log.exception("the wall %s could not be drawn", self._view)
            await asyncio.sleep(EVERY_S)

    async def _draw_if_new(self) -> None:
        now = await in_thread(pulse, self._view)
        if now == self._pulse:
            return
        drawn = await in_thread(snapshot, self._view)
        self._pulse = now
        async with self._changed:
            self.newest = drawn
            self._changed.notify_all()


class Hubs:
    """The hubs of this process by view."""

    def __init__(self) -> None:
        self._by_view: dict[View, Hub] = {}

    def enter(self, view: View) -> Hub:
        """The hub of a view, with one viewer more."""
        hub = self._by_view.setdefault(view, Hub(view))
        hub.enter()
        return hub

    def leave(self, view: View) -> None:
        """One viewer less; a hub without viewers is forgotten."""
        hub = self._by_view[view]
        hub.leave()
        if hub.viewers == 0:
            del self._by_view[view]

    @property
    def viewers(self) -> int:
        """How many look at all walls together."""
        return sum(hub.viewers for hub in self._by_view.values())
