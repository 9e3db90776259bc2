"""The report of the fault simulator goes on where it was, and adds up."""

import os
import shutil
from contextlib import closing
from types import SimpleNamespace

import pytest

from kaowu.app.faultsim import players
from kaowu.app.faultsim.report import Report
from kaowu.app.faultsim.schedule import Outcome
from kaowu.cli import faultsim


def played(part, seed, violation=""):
    suite = ("national", "international")[seed % 2]
    part.add(Outcome(seed, suite, 10, violation=violation, acts=["append"]))


def test_parts_are_merged_and_what_was_played_is_known_again(tmp_path):
    file = tmp_path / "report.json"
    report = Report()
    part = report.begin_part("")
    for seed in range(1, 8):
        played(part, seed, "lost" if seed == 3 else "")
    report.write(file)
    again = Report.read(file)
    assert [again.has(seed, "international") for seed in (1, 2, 3, 7, 9)] == [True, False, True, True, False]
    assert again.has(2, "national") and not again.has(8, "national")
    played(again.begin_part("no seccomp"), 8)
    again.write(file)
    whole = Report.read(file).as_dict()
    assert (whole["schedules"], whole["facts"]) == (8, 80)
    assert whole["by_suite"] == {"international": 4, "national": 4}
    assert [one["seed"] for one in whole["violations"]] == [3]


def test_several_players_give_the_outcomes_in_the_order_of_the_seeds_and_end_when_nobody_asks_on():
    with closing(players.played(range(1, 100), 3, lambda seed: Outcome(seed, facts=os.getpid()))) as outcomes:
        first = [next(outcomes) for _ in range(20)]
    assert [one.seed for one in first] == list(range(1, 21))
    assert len({one.facts for one in first} - {os.getpid()}) == 3


@pytest.mark.parametrize(("free", "in_memory"), [(64_000_000, False), (8_000_000_000, True)])
def test_memory_takes_the_place_of_a_disk_only_where_it_is_large_enough(
    tmp_path, monkeypatch, free, in_memory
):
    monkeypatch.setattr(faultsim, "MEMORY", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    assert faultsim._memory(2) == (tmp_path if in_memory else None)
    monkeypatch.setattr(faultsim, "MEMORY", tmp_path / "absent")
    assert faultsim._memory(2) is None
