"""What was measured against the limits of the profile: each check fails by its own figure, and says what to do."""

from dataclasses import replace

import pytest

from kaowu.facts.rehearsal import CHECKS
from kaowu.loop.prepare.judge_rehearsal import Measured, Pace, judge, meaning
from kaowu.rules.load import rulebook

PROFILE = rulebook().profile("gaokao")
WELL = Pace(acts=100, refused=0, p50_ms=10, p95_ms=20, p99_ms=30, most_ms=40)
GOOD = Measured(
    paces=dict.fromkeys(("entry", "custody", "scores", "scan"), WELL),
    waits_ms=(10, 20, 40),
    rise_s=1.5,
    lost=0,
    doubled=0,
    differing=0,
)


def limit(line):
    return PROFILE.number(line)


def slow(act, line):
    return {"paces": {**GOOD.paces, act: replace(WELL, p95_ms=limit(line) + 1)}}


FAULTS = {
    "lost": {"lost": 1},
    "doubled": {"doubled": 1},
    "screens_differ": {"differing": 1},
    "refused": {"paces": {**GOOD.paces, "entry": replace(WELL, refused=1)}},
    "link_slow": {"rise_s": limit("rehearsal_rise_seconds") + 0.1},
    "stalled": {"waits_ms": (10, limit("rehearsal_stall_ms") + 1)},
    "entry_slow": slow("entry", "rehearsal_entry_ms"),
    "custody_slow": slow("custody", "rehearsal_custody_ms"),
    "scores_slow": slow("scores", "rehearsal_scores_ms"),
    "scan_slow": slow("scan", "rehearsal_scan_page_ms"),
}


def failed(measured):
    return [one.check for one in judge(measured, PROFILE) if not one.good]


def test_what_is_well_passes_every_check():
    assert [one.check for one in judge(GOOD, PROFILE)] == [code for code, _, _ in CHECKS]
    assert failed(GOOD) == []


@pytest.mark.parametrize("check", FAULTS)
def test_each_check_fails_by_its_own_figure_alone(check):
    assert failed(replace(GOOD, **FAULTS[check])) == [check]


def test_what_never_rose_fails_and_says_so():
    [one] = [one for one in judge(replace(GOOD, rise_s=None), PROFILE) if one.check == "link_slow"]
    assert not one.good and one.figure.startswith(">")


def test_what_was_not_tried_is_not_passed():
    tried = {name: pace for name, pace in GOOD.paces.items() if name != "scan"}
    assert "scan_slow" not in [one.check for one in judge(replace(GOOD, paces=tried), PROFILE)]


def test_where_nothing_was_acknowledged_nothing_is_said_to_be_kept():
    none = replace(GOOD, paces={"entry": Pace(0, 100, 0, 0, 0, 0)})
    judged = {one.check: one.good for one in judge(none, PROFILE)}
    assert not judged["refused"]
    assert not judged.keys() & {"lost", "doubled", "screens_differ"}, "an old loss is not passed by it"


def test_at_the_limit_is_within_it():
    at = replace(WELL, p95_ms=limit("rehearsal_entry_ms"))
    assert failed(replace(GOOD, paces={**GOOD.paces, "entry": at})) == []


@pytest.mark.parametrize("check", [code for code, _, _ in CHECKS])
def test_every_check_says_what_it_means_and_what_to_do(check):
    words = meaning(check)
    assert all(said.zh and said.en for said in (words.label, words.means, words.remedy))
