"""The how-to pages on rules, followed to the letter in a package that exists for a moment only."""

import re
import sys
from pathlib import Path

import pytest
from tests.inner.rules.scene import ENDS, STARTS, at, codes, handed_out, room, unsealed

from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.violations import ViolationRecorded
from kaowu.rules.load import rulebook
from kaowu.rules.reference import pages
from kaowu.rules.registry import rules

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto"
BLOCK = re.compile(r"```(?:toml|python) (?P<path>shandong/\S+)\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """Write the files of a page into a package of its own, and offer that package to the house."""

    def write(page: str) -> None:
        blocks = list(BLOCK.finditer((HOWTO / page).read_text(encoding="utf-8")))
        assert blocks, f"{page} shows no file"
        for block in blocks:
            file = tmp_path / block["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["text"], encoding="utf-8")
        for folder in ("shandong", "shandong/rules"):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / "__init__.py").touch()
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("KAOWU_EXTENSIONS", "shandong")

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "shandong"]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What was gathered with the package must not outlive it."""
    from kaowu.rules import load, registry

    yield
    load._read.cache_clear()
    registry._gathered.cache_clear()
    registry.rules_on.cache_clear()


def test_a_clause_can_be_added_and_is_offered_cited_and_judged(follow):
    follow("add-a-clause.md")
    profile = rulebook().profile("gaokao").resolve()
    clause = profile.clauses["SD-12 4-1"]
    assert clause in profile.violations
    assert "山东省教育考试违规处理补充规定》第四条第（一）项" in profile.cite("SD-12 4-1")
    assert "SD-12 4-1" in pages()["rules/pack-sd-12.md"]
    watch = ViolationRecorded(
        admission_number="T01",
        clause="SD-12 4-1",
        found_by="in_room",
        evidence=("video",),
        reminded=False,
        told=True,
        narrative="佩戴智能手表",
    )
    inside = room(CandidateAdmitted(admission_number="T01", identity="matched"))
    assert codes(watch, "10:00", state=inside, of=profile) == ["violations.reminder_missing"]
    assert "SD-12 4-1" not in rulebook().profile("vocational").clauses


def test_a_check_can_be_added_and_runs_beside_the_others(follow):
    assert codes(unsealed(witnessed_by=("01", "02")), "08:50", state=room(handed_out())) == []
    follow("add-a-check.md")
    assert "witnesses.first_and_last" in rules()
    assert codes(unsealed(witnessed_by=("01", "02")), "08:50", state=room(handed_out())) == [
        "witnesses.first_and_last"
    ]
    assert codes(unsealed(witnessed_by=("01", "05")), "08:50", state=room(handed_out())) == []
    assert "witnesses.first_and_last" in pages()["rules/checks.md"]


def test_a_number_and_a_profile_can_be_added(follow):
    follow("add-a-profile-number.md")
    book = rulebook()
    assert book.profile("vocational").number("corridor_cameras") == 2
    shandong = book.profile("gaokao-shandong").resolve()
    assert shandong.number("corridor_cameras") == 3
    assert shandong.step_at("entry_closed", STARTS, ENDS, ("外语",)) == at("08:45")
    assert shandong.number("room_capacity") == book.profile("gaokao").number("room_capacity")
    assert "corridor_cameras" in pages()["rules/profiles.md"]


def test_a_checklist_can_be_added_and_follows_the_minute_script(follow):
    follow("add-a-checklist.md")
    book = rulebook()
    items = {item.code: item for item in book.checklists["interpreter"].items}
    gaokao = book.profile("gaokao")
    assert gaokao.instant_of(items["seat"].at, STARTS, ENDS) == at("08:25")
    assert gaokao.instant_of(items["unseal"].at, STARTS, ENDS) == at("08:50")
    assert "手语翻译" in pages()["rules/checklist-interpreter.md"]
