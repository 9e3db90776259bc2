"""How often somebody may be wrong: misses are counted by number and by address, and after too many the door shuts.

Counted in this process and forgotten with it, for a node answers from one process. Only misses count, since a
school's candidates look up their scores from one address.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

WINDOW_S = 15 * 60
MISSES_BY_NUMBER = 5
MISSES_BY_ADDRESS = 40
_MOST_KEPT = 50_000


class Attempts:
    """Misses of the last quarter of an hour."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._misses: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def is_shut(self, number: str, address: str) -> bool:
        """Too many misses for this number or from this address."""
        with self._lock:
            return (
                self._count(f"n/{number}") >= MISSES_BY_NUMBER
                or self._count(f"a/{address}") >= MISSES_BY_ADDRESS
            )

    def note_miss(self, number: str, address: str) -> None:
        """One more miss. Of very many different ones the oldest are forgotten, so that memory stays bounded."""
        at = self._now()
        with self._lock:
            for key in (f"n/{number}", f"a/{address}"):
                kept = [one for one in self._misses.pop(key, []) if at - one < WINDOW_S]
                self._misses[key] = [*kept, at][-MISSES_BY_ADDRESS:]
            while len(self._misses) > _MOST_KEPT:
                self._misses.popitem(last=False)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._misses.clear()

    def _count(self, key: str) -> int:
        at = self._now()
        return sum(at - one < WINDOW_S for one in self._misses.get(key, ()))


attempts = Attempts()
