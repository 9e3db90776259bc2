"""Tests may claim only features that stand in the list."""

from __future__ import annotations

import ast
from pathlib import Path

from kaowu.cli.features import feature_list

TESTS = Path(__file__).resolve().parents[1]


def claimed_ids(source: str) -> set[str]:
    """The ids in every `….mark.feature("…")` of a test file."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    claims = [call for call in calls if ast.unparse(call.func).endswith("mark.feature")]
    return {ast.literal_eval(argument) for call in claims for argument in call.args}


def test_every_claimed_feature_is_in_the_list():
    for path in TESTS.rglob("test_*.py"):
        assert claimed_ids(path.read_text(encoding="utf-8")) <= feature_list().keys(), path.name


def test_a_claim_is_found_wherever_it_stands():
    source = 'import pytest\npytestmark = pytest.mark.feature("PAP-09", "PAP-10")\n'
    assert claimed_ids(source) == {"PAP-09", "PAP-10"}


def test_each_row_of_the_list_says_what_it_is_and_what_it_does():
    assert len(feature_list()) == 212
    assert all(feature.title and feature.does for feature in feature_list().values())
