"""`kaowu profile`: one JSON value, human text by default, every fault of a file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kaowu.cli.profile import command
from kaowu.rules.load import data_folders

GAOKAO = data_folders()[0] / "profiles" / "gaokao.toml"


def run(*arguments: str, code: int = 0):
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == code, done.output
    return done


def test_the_list_names_four_kinds_of_exam():
    rows = json.loads(run("list", "--json").stdout)
    assert [row["id"] for row in rows] == ["gaokao", "postgraduate", "skills", "vocational"]
    assert "高考类" in run("list").stdout


def test_a_profile_is_shown_line_by_line_with_its_digest():
    shown = json.loads(run("show", "vocational", "--json").stdout)
    assert shown["lines"]["late_limit_minutes"]["value"] == 5
    assert shown["lines"]["late_limit_minutes"]["source"] == "KAOWU-PRACTICE late-5"
    assert len(shown["digest"]) == 64
    human = run("show", "vocational").stdout
    assert "迟到限制" in human and shown["digest"] in human


def test_a_file_of_another_kind_is_not_called_free_of_faults(tmp_path: Path):
    file = tmp_path / "profile.json"
    file.write_text('{"id": "gaokao"}', "utf-8")
    [fault] = json.loads(run("check", str(file), "--json", code=1).stdout)["faults"]
    assert "profile.json" in json.dumps(fault, ensure_ascii=False)


def test_an_unknown_profile_fails_and_says_which_there_are():
    answer = json.loads(run("show", "toefl", "--json", code=1).stdout)
    assert answer["code"] == "profile_unknown" and "gaokao" in answer["remedy"]["zh"]


@pytest.mark.parametrize(("minutes", "code", "faults"), [("20", 0, 0), ("200", 1, 1)])
def test_a_changed_copy_is_checked_in_place_of_the_original(tmp_path: Path, minutes, code, faults):
    copy = tmp_path / "gaokao.toml"
    text = GAOKAO.read_text(encoding="utf-8")
    copy.write_text(
        text.replace("late_limit_minutes = { value = 15", f"late_limit_minutes = {{ value = {minutes}"),
        encoding="utf-8",
    )
    answer = json.loads(run("check", str(copy), "--json", code=code).stdout)
    assert len(answer["faults"]) == faults


def test_a_faulty_file_is_told_to_people_in_both_languages(tmp_path: Path):
    copy = tmp_path / "new.toml"
    copy.write_text('zh = "新类"\n', encoding="utf-8")
    told = run("check", str(copy), code=1).stderr
    assert "profiles/new.toml 的 packs：未填写" in told and "profiles/new.toml, packs: is missing" in told
