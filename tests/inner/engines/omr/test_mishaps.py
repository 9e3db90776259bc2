"""What the reader was not tuned on: read right, sent to a person or rejected; and how the trials are counted."""

import json
from collections import Counter
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import cv2
import numpy
import pytest
from numpy.random import PCG64, Generator
from tests.inner.engines.omr.sheets import AT, blank_at, layout, reader

from kaowu.engines.omr.decide import Band
from kaowu.engines.omr.guess_grid import guess_grid
from kaowu.engines.omr.page import page_of
from kaowu.engines.omr.pictures import Stage, picture
from kaowu.engines.omr.trial.ink import Hand, Mark, draw
from kaowu.engines.omr.trial.mishaps import MISHAPS, Mishap, mishap_trial
from kaowu.engines.omr.trial.report import Part, Subject, faultless, keep, measure, report
from kaowu.engines.omr.trial.run import Tally
from kaowu.engines.omr.trial.scanner import CLEAN, scan
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.designs import DESIGNS


def other() -> numpy.ndarray:
    return blank.raster(blank.pdf(DESIGNS["a4-60-writing"], AT), 0, 200)


@pytest.mark.parametrize("mishap", MISHAPS, ids=lambda one: one.name)
def test_no_mishap_makes_a_silent_error(mishap: Mishap):
    total = mishap_trial(
        reader(), blank_at(200), other() if mishap.foreign else blank_at(200), 200, mishap, 71
    )
    assert total.silent == total.misread_identities == total.wrongly_read == 0, total.first_errors
    assert total.looks_met >= total.looks - 1


def clean_sheet(mark: Mark = Mark.FULL) -> tuple[numpy.ndarray, int]:
    """A scan with one mark, and the place of its field."""
    chance = Generator(PCG64(5))
    at = next(number for number, one in enumerate(layout().fields) if one.id == "q5")
    ink = numpy.zeros(blank_at(200).shape, numpy.float32)
    draw(ink, layout().fields[at].options[1].box, mark, 200, Hand(0.9, 0.1), chance)
    sheet = numpy.clip(blank_at(200) * (1 - 0.94 * ink), 0, 255).astype(numpy.uint8)
    return scan(
        sheet, 200, replace(CLEAN, turn=0.0, shift_mm=0.0, scale=0.0, shear=0.0, stretch_mm=0.0), chance
    ), at


def test_what_covers_a_bubble_and_its_mark_is_noticed():
    page, at = clean_sheet()
    assert reader().read(page_of(page)).answers[at].value == ("B",)
    box = layout().fields[at].options[1].box
    scale = 200 / 25.4
    page = page.copy()
    page[
        round((box.y - 2) * scale) : round((box.bottom + 2) * scale),
        round((box.x - 2) * scale) : round((box.right + 2) * scale),
    ] = 244
    answer = reader().read(page_of(page)).answers[at]
    assert answer.flag
    assert answer.bands[1] is Band.LOOK


def test_a_one_bit_scan_saved_as_jpeg_is_known_and_its_empty_fields_go_to_a_person():
    page, _ = clean_sheet()
    two = cv2.threshold(page, 128, 255, cv2.THRESH_BINARY)[1]
    saved = cv2.imdecode(cv2.imencode(".jpg", two, [cv2.IMWRITE_JPEG_QUALITY, 75])[1], cv2.IMREAD_GRAYSCALE)
    assert not page_of(page).bilevel
    assert page_of(saved).bilevel
    answers = reader().read(page_of(saved)).answers
    assert all(answer.flag for answer in answers if not answer.value)


def test_a_mirrored_page_is_rejected_by_its_own_code():
    page, _ = clean_sheet()
    assert reader().read(page_of(page[:, ::-1])).error == "mirrored"


def test_every_stage_of_a_reading_has_its_picture():
    page, _ = clean_sheet()
    reading = reader().read(page_of(page))
    pictures = [picture(page_of(page), layout(), reading, stage) for stage in Stage]
    assert all(one and one.startswith(b"\x89PNG") for one in pictures)
    assert len(set(pictures)) == len(pictures)
    rejected = reader().read(page_of(numpy.full_like(page, 255)))
    assert picture(page_of(page), layout(), rejected, Stage.DECIDED) is None


def test_the_grid_of_bubbles_in_a_rectangle_is_found_and_none_where_nothing_is():
    page = numpy.full((900, 900), 250, numpy.uint8)
    for row in range(5):
        for column in range(7):
            cv2.circle(page, (200 + 50 * column, 300 + 40 * row), 13, 70, 2, cv2.LINE_AA)
            cv2.putText(page, "ABCDEFG"[column], (195 + 50 * column, 305 + 40 * row), 0, 0.4, 90, 1)
    grid = guess_grid(page, 160, 260, 380, 250)
    assert grid is not None
    assert (grid.rows, grid.columns) == (5, 7)
    assert numpy.hypot(grid.first[0] - 200, grid.first[1] - 300) < 2
    assert numpy.hypot(grid.last[0] - 500, grid.last[1] - 460) < 2
    assert guess_grid(page, 600, 500, 200, 150) is None
    assert guess_grid(page, -50, -50, 10, 10) is None


def test_parts_of_a_measurement_are_resumed_merged_and_never_counted_twice(tmp_path: Path):
    subject = Subject(layout(), blank_at(200), blank_at(200), 200)
    told: list[str] = []

    def kept(trial: str, first: int, clear: int, head: dict | None = None) -> None:
        part = Part(trial, first, first + 19, Tally(sheets=20, clear=clear))
        plain = {"head": head or subject.head, "trial": trial, "first": first, "last": first + 19}
        plain["tally"] = {**vars(part.tally), "rejected": {"track": 1}}
        (tmp_path / f"{trial}-{first}-{clear}.json").write_text(json.dumps(plain))

    kept("clean", 1, 100)
    kept("clean", 21, 100)
    kept("clean", 11, 7)  # half of these seeds are there already
    kept("clean", 41, 1000, {**subject.head, "reader": "another"})
    (tmp_path / "broken.json").write_text('{"head"')
    found = measure(subject, [("clean", range(1, 41))], tmp_path, told.append)
    (row,) = found["conditions"]
    assert (row["sheets"], row["clear_fields"], row["rejected"]) == (40, 200, 2)
    assert row["seeds"] == [[1, 40]]
    assert told == [], "nothing was left to do"
    assert faultless(found)
    assert report(subject, tmp_path) == found


def test_a_part_with_rejected_pages_is_kept_with_their_codes(tmp_path: Path):
    subject = Subject(layout(), blank_at(200), blank_at(200), 200)
    done: Future[Part] = Future()
    done.set_result(Part("clean", 1, 20, Tally(sheets=20, rejected=Counter(track=2, torn=1))))
    keep(subject, [done], tmp_path, lambda _: None)
    (row,) = report(subject, tmp_path)["conditions"]
    assert row["rejected_codes"] == {"torn": 1, "track": 2}
    assert row["rejected"] == 3
