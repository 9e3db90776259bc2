"""Remember the results of complete test runs in `var/test-results.json`.

`kaowu features` reads the record. A run is complete if it was started for the whole suite, nothing
was left out by hand, and it came to its end; other runs leave the last record as it is.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from kaowu.cli.features import RECORD

FEATURE = "feature"

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
        if stopped or not ended or not is_whole_suite(self.config):
            return
        record = {
            "complete": True,
            "finished_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "tests": sorted(self.tests.values(), key=lambda test: test["id"]),
        }
        target = self.config.rootpath / RECORD
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")


def is_whole_suite(config: pytest.Config) -> bool:
    """Whether the command line asked for everything under `testpaths`."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return False
    return not any(config.getoption(name, None) for name in (*SELECTIONS, "collectonly"))


def pytest_configure(config: pytest.Config) -> None:
    """Record in the one process that sees every report."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), "kaowu-record")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let each report carry the features that its test claims, across processes too."""
    for marker in item.iter_markers(FEATURE):
        item.user_properties += [(FEATURE, id_) for id_ in marker.args]
