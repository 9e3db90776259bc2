"""The how-to pages on duties, documents and devices, followed to the letter in a package of its own."""

import datetime
import re
import sys
from pathlib import Path

import pypdfium2
import pytest
from tests.small_exam import CHIEF, ROOM, STARTS, desk_over, in_room, seats, tickets

from kaowu.basics.clock import EXAM_ZONE, SetClock, minutes_after
from kaowu.basics.errors import Refused
from kaowu.devices import registry as devices
from kaowu.facts import catalogue
from kaowu.loop import duty
from kaowu.reports.registry import document
from kaowu.store.memory import MemoryBook

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto"
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
                if folder.name and folder.name != "samples":
                    (tmp_path / folder / "__init__.py").touch()
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setenv("KAOWU_EXTENSIONS", "shandong")

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "shandong"]:
        del sys.modules[name]
    catalogue._gathered.cache_clear()
    duty._gathered.cache_clear()


def test_a_duty_can_be_added_and_the_desk_takes_its_fact(follow):
    follow("add-a-duty.md")
    clock = SetClock(minutes_after(STARTS, -20))
    book = MemoryBook(seats())
    desk = desk_over(book, clock)
    kind = catalogue.kind_named("candidate_ushered")
    taken = desk.submit(in_room(kind.read({"admission_number": tickets(ROOM)[0]}), CHIEF, at=clock.now()))
    assert kind.say(book.records[taken.index].envelope.fact()).zh == f"引导准考证 {tickets(ROOM)[0]}"
    with pytest.raises(Refused, match="not_expected_here"):
        desk.submit(in_room(kind.read({"admission_number": "999"}), CHIEF, at=clock.now()))


def test_a_document_can_be_added_and_is_printed(follow):

    follow("add-a-report.md")
    notice = document("site-notice")
    printed = notice.render(notice.sample(), datetime.datetime(2027, 6, 1, 9, 0, tzinfo=EXAM_ZONE), "0" * 64)
    text = pypdfium2.PdfDocument(printed)[0].get_textpage().get_text_range()
    assert notice.sample().site.name in text


def test_a_device_can_be_added_and_is_tried_on_its_samples(follow):
    follow("add-a-device.md")
    thermometer = devices.adapters()["door_thermometer"]
    assert thermometer.failing_samples() == []
    assert thermometer.commissioning[0].text.en.startswith("Within 0.3")


def test_every_adapter_of_the_house_reads_its_own_samples():
    found = devices.adapters()
    assert found
    assert {name: adapter.failing_samples() for name, adapter in found.items()} == {
        name: [] for name in found
    }


def test_a_sample_read_otherwise_than_it_is_meant_is_named(follow, tmp_path):
    follow("add-a-device.md")
    sample = tmp_path / "shandong/devices/adapters/door_thermometer/samples/normal.json"
    sample.write_text(sample.read_text().replace("36.5", "39.5"))
    assert devices.adapters()["door_thermometer"].failing_samples() == ["normal"]
