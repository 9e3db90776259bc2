"""Remember the results of complete test runs in `var/test-results.json`.

`kaowu features` reads the record. A run is complete if it was started for the whole suite, nothing
was left out by hand, and it came to its end; other runs leave the last record as it is. The inner floors
are tested where Django is absent: a run that is given the results of that one does not test them again.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from kaowu.cli.features import RECORD

FEATURE = "feature"
INNER = Path(__file__).with_name("inner")

# What leaves tests out, by the name of pytest's option.
SELECTIONS = (
    "keyword",
    "markexpr",
    "deselect",
    "ignore",
    "ignore_glob",
    "lf",
    "failedfirst",
    "stepwise",
    "maxfail",
)


class Recorder:
    """Gathers reports; with xdist only the process that hands out the work does so."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.tests: dict[str, dict[str, Any]] = {}
        self.unreadable: set[str] = set()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A test file that cannot be imported makes the run incomplete."""
        if report.outcome == "failed":
            self.unreadable.add(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One entry for a test; a failure in set-up or tear-down outweighs its call."""
        if report.when != "call" and report.outcome == "passed":
            return
        entry = self.tests.setdefault(report.nodeid, {"id": report.nodeid, "outcome": report.outcome})
        if report.outcome == "failed" or hasattr(report, "wasxfail"):
            entry["outcome"] = "failed"
        entry["features"] = sorted(value for name, value in report.user_properties if name == FEATURE)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the record if the run was complete."""
        ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        stopped = session.shouldstop or session.shouldfail or self.unreadable
        if stopped or not ended or is_selection(self.config):
            return
        if self.config.getoption("keep_results"):
            write(self.config.rootpath / self.config.getoption("keep_results"), list(self.tests.values()))
        if self.config.args_source is pytest.Config.ArgsSource.TESTPATHS:
            record = [*self.tests.values(), *inner_results(self.config)]
            write(self.config.rootpath / RECORD, record)


def write(target: Path, tests: list[dict[str, Any]]) -> None:
    """Keep the results of a run."""
    record = {
        "complete": True,
        "finished_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "tests": sorted(tests, key=lambda test: test["id"]),
    }
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")


def is_selection(config: pytest.Config) -> bool:
    """Whether the command line leaves out a part of what it names."""
    return any(config.getoption(name, None) for name in (*SELECTIONS, "collectonly"))


def inner_results(config: pytest.Config) -> list[dict[str, Any]]:
    """How the tests of the inner floors ended where Django is absent; empty: they are to be run here."""
    named = config.getoption("inner_results")
    file = config.rootpath / (named or "")
    if not named or not file.is_file():
        return []
    tests: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["tests"]
    return tests


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make test` says to its two runs."""
    group = parser.getgroup("record")
    group.addoption("--keep-results", metavar="FILE", help="write the results of this run there")
    group.addoption(
        "--inner-results", metavar="FILE", help="take those of tests/inner from there, if it is there"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The inner floors are not tested twice."""
    return True if collection_path == INNER and inner_results(config) else None


def pytest_configure(config: pytest.Config) -> None:
    """Record in the one process that sees every report."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), "kaowu-record")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let each report carry the features that its test claims, across processes too."""
    for marker in item.iter_markers(FEATURE):
        item.user_properties += [(FEATURE, id_) for id_ in marker.args]
