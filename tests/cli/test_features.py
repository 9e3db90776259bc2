"""`kaowu features` believes only what a complete test run has shown."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kaowu.cli import features
from kaowu.cli.main import group

pytest_plugins = ["pytester"]

SUITE = """
import pytest

@pytest.mark.feature("PAP-09", "PAP-10")
def test_passes(): pass

@pytest.mark.feature("PAP-10", "GOV-01")
def test_fails(): assert False

@pytest.mark.feature("GOV-02")
def test_is_skipped(): pytest.skip()

@pytest.fixture
def broken():
    yield
    raise ValueError

@pytest.mark.feature("GOV-03")
def test_breaks_afterwards(broken): pass
"""


@pytest.fixture
def suite(pytester, monkeypatch):
    """A small project whose tests claim features, recorded as this one's are."""
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\ntestpaths = ["tests"]\nmarkers = ["feature(*ids): …"]\naddopts = "-p no:django"'
    )
    pytester.mkdir("tests").joinpath("test_suite.py").write_text(SUITE, encoding="utf-8")
    monkeypatch.setattr(features, "project_root", lambda: pytester.path)
    return pytester


def run(suite, *arguments):
    suite.runpytest_inprocess("-p", "tests.record", *arguments)


def listed():
    done = CliRunner().invoke(group, ["features", "--json"])
    return {row["id"]: row["tests"] for row in json.loads(done.stdout)} if done.exit_code == 0 else None


def test_only_passing_tests_prove_a_feature(suite):
    run(suite)
    passing = ["tests/test_suite.py::test_passes"]
    assert listed() == {"PAP-09": passing, "PAP-10": passing}


def test_results_gathered_by_several_processes_are_the_same(suite):
    run(suite, "-n", "1")
    assert listed().keys() == {"PAP-09", "PAP-10"}


@pytest.mark.parametrize(
    "partial",
    [["tests"], ["-k", "passes"], ["-x"], ["--deselect", "tests/test_suite.py::test_fails"]],
    ids=" ".join,
)
def test_a_partial_run_is_not_believed(suite, partial):
    run(suite, *partial)
    assert listed() is None


@pytest.mark.parametrize("processes", ["0", "1"])
def test_a_run_with_a_file_that_cannot_be_imported_is_not_believed(suite, processes):
    suite.path.joinpath("tests", "test_broken.py").write_text("import no_such_module\n", encoding="utf-8")
    run(suite, "-n", processes)
    assert listed() is None


def test_a_partial_run_leaves_the_last_complete_record(suite):
    run(suite)
    run(suite, "-k", "nothing")
    assert listed().keys() == {"PAP-09", "PAP-10"}


def test_titles_come_from_the_list(suite):
    run(suite)
    done = CliRunner().invoke(group, ["features", "--json"])
    assert json.loads(done.stdout)[0]["title"] == "双人双锁 交接"
    assert "PAP-09" in CliRunner().invoke(group, ["features"]).stdout


def test_without_any_record_the_person_is_told_what_to_run(suite):
    done = CliRunner().invoke(group, ["features"])
    assert done.exit_code == 1
    assert "make test" in done.stderr
