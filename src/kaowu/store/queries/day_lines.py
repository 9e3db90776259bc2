"""The rooms of a sitting for whoever asks again and again; where nothing changed the very same lines are given back.

A wall asks some times a second, and in between a few rooms of thousands change.
To read their rows is cheap, to make lines and sums of them is not: so the rows
of each site are compared with those read before, and only where they differ
anything is made anew. What is kept follows from the rows alone and cannot be
out of date.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from kaowu.store.queries import day

_Findings = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True, eq=False)
class SiteRooms:
    """The rooms of one site and their sums; the same object as long as it reads the same."""

    line: day.SiteLine
    rooms: tuple[day.RoomLine, ...]


@dataclass(frozen=True, slots=True)
class SittingNow:
    """Every site of a sitting, and whether any finding stands open in it."""

    sites: Mapping[str, SiteRooms]
    has_findings: bool


class SittingLines:
    """The lines of one sitting, kept between two looks; safe to ask from several threads."""

    def __init__(self, exam: str, sitting: str) -> None:
        self._exam = exam
        self._sitting = sitting
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[list[day.RoomRow], _Findings, SiteRooms]] = {}

    def read(self) -> SittingNow:
        """The sitting as it stands now."""
        with self._lock:
            found: dict[str, dict[str, Sequence[int]]] = {}
            for subject, severities in day.severities(self._exam, f"{self._sitting}/").items():
                found.setdefault(subject.split("/")[1], {})[subject] = severities
            rows = groupby(day.room_rows(self._exam, self._sitting), itemgetter(0))
            self._kept = {site: self._site(site, list(here), found.get(site, {})) for site, here in rows}
            return SittingNow({site: kept[2] for site, kept in self._kept.items()}, bool(found))

    def _site(
        self, site: str, rows: list[day.RoomRow], found: _Findings
    ) -> tuple[list[day.RoomRow], _Findings, SiteRooms]:
        kept = self._kept.get(site)
        if kept is not None and kept[0] == rows and kept[1] == found:
            return kept
        rooms = tuple(day.room_line(self._sitting, row, found) for row in rows)
        return rows, found, SiteRooms(day.site_line(rooms), rooms)
