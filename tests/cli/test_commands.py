"""The command line finds its commands by their files and stays quick."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from kaowu.cli import _output
from kaowu.cli.main import command_modules, group, summary


@pytest.mark.parametrize("name", command_modules())
def test_every_command_says_what_it_is_for(name):
    assert summary(command_modules()[name])
    if name != "manage":  # hands --help on to Django
        assert CliRunner().invoke(group, [name, "--help"]).exit_code == 0


def test_help_lists_every_command_and_imports_none_of_them():
    code = "import sys; from kaowu.cli.main import main; sys.argv[1:] = ['--help']\n"
    code += "try: main()\nexcept SystemExit: print([m for m in sys.modules if m.startswith('kaowu.cli.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *page, imported = done.stdout.splitlines()
    assert imported == "['kaowu.cli.main']"
    assert command_modules().keys() <= {line.split()[0] for line in page if line.strip()}


def test_a_module_is_a_command_unless_its_name_begins_with_an_underscore(tmp_path):
    (tmp_path / "print_pack.py").write_text('"""打印包 · print packs."""\n', encoding="utf-8")
    (tmp_path / "_inside.py").write_text("", encoding="utf-8")
    (tmp_path / "main.py").write_text("", encoding="utf-8")
    assert list(command_modules(tmp_path)) == ["print-pack"]
    assert summary(tmp_path / "print_pack.py") == "打印包 · print packs."


def test_an_unknown_command_is_refused():
    assert CliRunner().invoke(group, ["no-such-command"]).exit_code == 2


@dataclass(frozen=True)
class Row:
    """A value as commands hand it out."""

    on: date
    path: Path
    letters: frozenset[str]


def test_json_holds_one_value_with_dates_paths_and_sets_as_plain_text(capsys):
    row = Row(date(2026, 6, 7), Path("var"), frozenset("ba"))
    _output.emit([row], as_json=True, human="一行")
    assert json.loads(capsys.readouterr().out) == [{"on": "2026-06-07", "path": "var", "letters": ["a", "b"]}]
    _output.emit([row], as_json=False, human=lambda rows: f"{len(rows)} 行")
    assert capsys.readouterr().out == "1 行\n"


def test_a_failed_command_ends_non_zero_and_still_gives_its_value(capsys):
    with pytest.raises(SystemExit) as ended:
        _output.fail({"ok": False}, as_json=True)
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out) == {"ok": False}
    with pytest.raises(SystemExit):
        _output.fail({"ok": False}, as_json=False, human="不成立")
    assert capsys.readouterr() == ("", "不成立\n")
