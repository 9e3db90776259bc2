"""The how-to pages on facts and cockpit panels, followed to the letter in a package of its own."""

import re
import sys
from pathlib import Path

import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM

from kaowu.basics.ids import new_fact_id
from kaowu.facts import catalogue
from kaowu.loop import duty
from kaowu.store.queries import day
from kaowu.web.cockpit import panels

HOWTO = Path(__file__).resolve().parents[3] / "docs" / "howto"
BLOCK = re.compile(r"```\w+ (?P<path>shandong/\S+)\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture
def follow(tmp_path, monkeypatch):
    """Write the files of a page into a package, and offer that package to the house."""

    def write(page):
        blocks = list(BLOCK.finditer((HOWTO / page).read_text(encoding="utf-8")))
        assert blocks, f"{page} shows no file"
        for block in blocks:
            file = tmp_path / block["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["text"], encoding="utf-8")
            for folder in file.relative_to(tmp_path).parents:
                if folder.name:
                    (tmp_path / folder / "__init__.py").touch()
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("KAOWU_EXTENSIONS", "shandong")

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "shandong"]:
        del sys.modules[name]
    for gathered in (catalogue._gathered, duty._gathered, panels._gathered):
        gathered.cache_clear()


def test_a_kind_of_fact_can_be_added_and_has_form_journal_timeline_and_api(follow, exam_day):
    follow("add-a-fact.md")
    browser = exam_day.browser("chief_invigilator")
    place = {"exam": EXAM, "sitting": "S1", "site": exam_day.site, "room": "001"}
    assert "核对考场时钟" in browser.get(reverse("room", kwargs=place)).content.decode()
    form = reverse("act", kwargs={**place, "kind": "room_clock_checked"})
    page = browser.get(form).content.decode()
    assert "相差秒数" in page and 'max="3600"' in page and "快" in page
    answer = {"fact_id": str(new_fact_id(exam_day.at(-30))), "direction": "slow", "seconds": "12"}
    assert "考场时钟慢 12 秒" in browser.post(form, answer, follow=True).content.decode()
    assert day.timeline(EXAM, str(exam_day.room))[0].line.en == "Room clock slow by 12 s"
    kinds = {kind["kind"]: kind for kind in browser.get("/api/v1/kinds").json()}
    assert kinds["room_clock_checked"]["taken_here"]


def test_a_panel_can_be_added_and_stands_on_the_wall(follow, exam_day, as_post):
    follow("add-a-cockpit-panel.md")
    page = (
        as_post("city_officer")
        .get(reverse("cockpit_area", kwargs={"exam": EXAM, "sitting": "S1"}))
        .content.decode()
    )
    assert "各考点缺考" in page
    assert "<b>0</b>/10" in page
