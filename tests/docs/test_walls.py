"""The contracts of pyproject.toml really refuse what the plan of the house forbids."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A line somewhere in the house, and the contract that must refuse it.
TRESPASSES = {
    "basics/trespass.py": ("import kaowu.exam", "Imports look down, never up or sideways"),
    "web/trespass.py": ("import kaowu.devices", "Imports look down, never up or sideways"),
    "rules/trespass.py": ("import kaowu.engines", "Imports look down, never up or sideways"),
    "attic/__init__.py": ("", "Imports look down, never up or sideways"),
    "loop/prepare/trespass.py": ("import kaowu.loop.settle", "A phase does not import a phase"),
    "engines/seating/trespass.py": ("import kaowu.facts", "An engine imports only basics"),
    "engines/roster/trespass.py": ("import kaowu.engines.seating", "An engine does not import an engine"),
    "reports/trespass.py": ("import django.conf", "Django stays in store and web"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A copy of the source, as it stands."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(
        ROOT / "src" / "kaowu", folder / "kaowu", ignore=shutil.ignore_patterns("[!_]*.[!p]*", "__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken_contracts(house: Path) -> set[str]:
    """The names of the contracts that do not hold in a copy of the source."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert any(line.endswith(" KEPT") for line in lines), done.stdout + done.stderr
    # "An engine does not import an engine BROKEN (8 ignored imports)"
    return {line.partition(" BROKEN")[0] for line in lines if " BROKEN" in line}


def test_the_house_as_it_stands_keeps_every_contract(house):
    assert broken_contracts(house) == set()


@pytest.mark.parametrize("path", TRESPASSES)
def test_a_trespass_is_refused_by_its_contract(house, path):
    line, contract = TRESPASSES[path]
    intruder = house / "kaowu" / path
    intruder.parent.mkdir(exist_ok=True)
    intruder.write_text(line + "\n", encoding="utf-8")
    try:
        assert contract in broken_contracts(house)
    finally:
        intruder.unlink()
        if path.startswith("attic"):
            intruder.parent.rmdir()
