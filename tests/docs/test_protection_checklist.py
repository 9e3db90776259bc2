"""The protection checklist names a test for each item, and that test exists; what only a deployment can do says so."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/protection-checklist.md"
ROWS = [
    [cell.strip() for cell in line.strip("|\n ").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [A-Z]{2}-", line)
]


@cache
def named_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_item_names_a_test_that_exists_or_is_for_the_deployment(row):
    _, _, how, shown = row
    if shown == "部署":
        assert "*Deployment*" in how
        return
    path, name = shown.strip("`").split("::")
    assert name in named_in(path)


def test_no_item_stands_twice_and_both_standards_are_there():
    named = [row[0] for row in ROWS]
    assert len(named) == len(set(named))
    assert {one[:2] for one in named} == {"DB", "MP", "PI"}
