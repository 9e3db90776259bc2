"""The command that shows papers."""

import json

import pytest
from click.testing import CliRunner

from kaowu.cli.paper import command


def paper(*arguments):
    return CliRunner().invoke(command, arguments)


def test_every_document_is_listed_with_both_names():
    rows = json.loads(paper("list", "--json").stdout)
    assert {"id": "check-list", "zh": "考场核对表", "en": "Photo check list"}.items() <= next(
        row.items() for row in rows if row["id"] == "check-list"
    )
    assert "准考证" in paper("list").stdout


def test_a_sample_is_written_and_its_missing_letters_are_named(tmp_path):
    target = tmp_path / "ticket.pdf"
    told = json.loads(paper("sample", "admission-ticket", "--out", str(target), "--json").stdout)
    assert target.read_bytes().startswith(b"%PDF")
    assert told["bytes"] == target.stat().st_size
    assert [finding["code"] for finding in told["findings"]] == ["glyph_missing"]


def test_an_unknown_document_is_refused_and_the_known_ones_are_named(tmp_path):
    done = paper("sample", "no-such-paper", "--out", str(tmp_path / "x.pdf"), "--json")
    assert done.exit_code == 1
    assert "check-list" in json.loads(done.stdout)["known"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["check-list", "print-pack"])
def test_a_folder_that_is_not_there_is_named_before_anything_is_drawn(name, tmp_path):
    done = paper("sample", name, "--out", str(tmp_path / "none" / "x.pdf"), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["folder"] == str(tmp_path / "none")


def test_the_fonts_state_their_size_and_what_they_hold():
    told = json.loads(paper("fonts", "--json").stdout)
    assert told["names_cover"] == told["gb18030_2022_han"] == 87_887
    assert told["names_missing"] == []
    assert "87,887" in paper("fonts").stdout
