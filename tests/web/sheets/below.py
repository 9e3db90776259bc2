"""A site's own node in a test: what it records is gone here afterwards, and what it sent up is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from kaowu.app.data_folder import DataFolder
from kaowu.app.node_file import NodeIdentity
from kaowu.basics.suites import deployed
from kaowu.edge.carriers import ADD_PERSONAL, Answer
from kaowu.edge.mirror import Mirroring
from kaowu.edge.upward import Upward
from kaowu.rules.registry import judge
from kaowu.store import arrivals, neighbours
from kaowu.store.own_log import OwnLog
from kaowu.store.queries import sheet_bags
from kaowu.store.upstreams import UpstreamRecord
from kaowu.web.counter import book, clock
from kaowu.web.node_key import node_card, origin, signing_key


@dataclass(frozen=True)
class Disk(DataFolder):
    """A node's folder whose artefacts lie in a place of their own; the keys are the tests'."""

    place: Path = Path()

    @property
    def artefacts(self) -> Path:
        self.place.mkdir(exist_ok=True)
        return self.place


@dataclass
class Link:
    """The carrier from the site to the node above, which remembers what was sent."""

    requests: list[tuple[str, bytes]] = field(default_factory=list)

    def carry(self, endpoint: str, body: bytes) -> Answer:
        """Hand it in at the door, as it would arrive."""
        self.requests.append((endpoint, body))
        return knock(endpoint, body)


class Below:
    """The node of the site, enrolled at this one. Both are begun with what stands on record now."""

    def __init__(self, folder: Path) -> None:
        self.link = Link()
        self._folder = folder
        neighbours.keep_card(node_card(), clock)
        neighbours.keep_upstream(node_card(), "https://county.example/mirror")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """What happens within happens on the site's machine alone."""
        above, there = settings.DATA, disk_in(self._folder / "site")
        shutil.copytree(above.artefacts, there.place, dirs_exist_ok=True)
        with transaction.atomic():
            settings.DATA = there
            yield
            settings.DATA = above
            transaction.set_rollback(True)
        forget()

    def send(self, may_personal_go: bool = True) -> Any:
        """Bring the journal up, as the carrier of the site does."""
        book().checkpoint()
        card = node_card()
        mirroring = Mirroring(
            OwnLog(), UpstreamRecord(card.name, clock), self.link, card.mirror_key, deployed()
        )
        way = Upward(card.name, self.link, mirroring, origin(), signing_key(), card, lambda: may_personal_go)
        return way.step()

    def arrive(self, wanted: Callable[[str], bool] = lambda endpoint: True) -> list[int]:
        """What was sent comes in at the node above; returns how each request was answered."""
        answers = [knock(endpoint, body).status for endpoint, body in self.link.requests if wanted(endpoint)]
        while arrivals.read_on(clock, judge):
            continue
        return answers


def disk_in(place: Path) -> Disk:
    """A disk without artefacts."""
    return Disk(settings.DATA.root, place)


def knock(endpoint: str, body: bytes) -> Answer:
    """One request at the door of the node above."""
    answer = Client().post(f"/mirror/{endpoint}", body, content_type="application/octet-stream")
    return Answer(answer.status_code, answer.content)


def is_beside(endpoint: str) -> bool:
    """Is it what goes up beside the entries?"""
    return endpoint == ADD_PERSONAL


def is_entry(endpoint: str) -> bool:
    """Is it of the journal itself?"""
    return endpoint != ADD_PERSONAL


@pytest.fixture
def disk(settings: Any, tmp_path: Path) -> None:
    """A folder of artefacts that holds nothing of other tests."""
    settings.DATA = disk_in(tmp_path / "above")


@pytest.fixture
def below(disk: None, bags: Any, city: Any, monkeypatch: Any, tmp_path: Path) -> Below:
    """The node of the site whose bags these are, below this one."""
    monkeypatch.setattr(settings, "IDENTITY", NodeIdentity(settings.NODE, "site", city.north_site.code))
    return Below(tmp_path)


def forget() -> None:
    """Another machine holds nothing warm."""
    sheet_bags._kept_readings.cache_clear()
    sheet_bags._states.clear()
