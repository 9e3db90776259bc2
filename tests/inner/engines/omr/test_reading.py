"""Whatever comes from the scanner is read right, sent to a person, or rejected; never misread in silence."""

from dataclasses import replace

import cv2
import numpy
import pytest
from numpy.random import PCG64, Generator
from tests.inner.engines.omr.sheets import AT, blank_at, layout, reader

from kaowu.engines.omr import verify
from kaowu.engines.omr.decide import Band
from kaowu.engines.omr.page import page_of
from kaowu.engines.omr.read import Reader, Reading
from kaowu.engines.omr.trial.ink import LOOK, Hand, Mark, draw
from kaowu.engines.omr.trial.run import Tally, Truth, marked, sheet_trial, tally
from kaowu.engines.omr.trial.scanner import BAD, CLEAN, TYPICAL, Condition, scan
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.designs import DESIGNS


def scanned(seed: int, condition: Condition = TYPICAL, dpi: int = 200) -> tuple[numpy.ndarray, list[Truth]]:
    chance = Generator(PCG64(seed))
    sheet, truths = marked(layout(), blank_at(dpi), dpi, chance)
    return scan(sheet, dpi, condition, chance), truths


def silent(reading: Reading, truths: list[Truth]) -> Tally:
    return tally(reading, truths, {}, "")


@pytest.mark.parametrize("condition", [CLEAN, TYPICAL, BAD], ids=lambda one: one.name)
def test_sheets_of_every_condition_are_read_without_a_silent_error(condition: Condition):
    total = Tally()
    for seed in range(12):
        total.add(sheet_trial(reader(), blank_at(200), 200, condition, seed))
    assert total.clear > 400
    assert total.silent == 0, total.first_errors
    assert total.misread_identities == 0
    assert total.looks_met == total.looks
    assert not total.rejected
    assert total.needless <= 1


@pytest.mark.parametrize("quarter", [0, 1, 2, 3])
def test_a_sheet_fed_in_any_way_round_is_read(quarter: int):
    page, truths = scanned(3)
    reading = reader().read(page_of(numpy.rot90(page, quarter)))
    assert reading.error is None
    assert silent(reading, truths).silent == 0


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_other_resolutions_are_read_by_the_same_reader(dpi: int):
    page, truths = scanned(5, dpi=dpi)
    reading = reader().read(page_of(page))
    assert reading.error is None
    assert silent(reading, truths).silent == 0


def test_a_one_bit_scan_is_read_or_rejected_and_never_misread():
    for seed in range(6):
        page, truths = scanned(seed)
        reading = reader().read(page_of(cv2.threshold(page, 0, 255, cv2.THRESH_OTSU)[1]))
        assert silent(reading, truths).silent == 0


def torn(page: numpy.ndarray) -> numpy.ndarray:
    page = page.copy()
    page[:150, -150:] = 20
    return page


def test_a_sheet_with_one_corner_gone_is_read():
    page, truths = scanned(7)
    reading = reader().read(page_of(torn(page)))
    assert reading.error is None
    assert silent(reading, truths).silent == 0


def blacked(page: numpy.ndarray) -> numpy.ndarray:
    return numpy.full_like(page, 30)


def half(page: numpy.ndarray) -> numpy.ndarray:
    page = page.copy()
    page[page.shape[0] // 2 :] = 255
    return page


def noise(page: numpy.ndarray) -> numpy.ndarray:
    return Generator(PCG64(1)).integers(0, 255, page.shape, dtype=numpy.uint8)


@pytest.mark.parametrize(
    "spoil",
    [blacked, half, noise, lambda page: numpy.full_like(page, 255)],
    ids=["black", "half", "noise", "white"],
)
def test_what_is_no_whole_sheet_is_rejected(spoil):
    page, _ = scanned(9)
    reading = reader().read(page_of(spoil(page)))
    assert reading.error is not None
    assert reading.flag
    assert reading.answers == ()


def test_a_sheet_of_another_layout_is_rejected():
    other = DESIGNS["a4-100"]
    page = blank.raster(
        blank.pdf(other, AT),
        0,
        200,
    )
    assert reader().read(page_of(page)).error in ("wrong_layout", "track", "self_check", "mirrored")


def test_another_page_of_the_same_sheet_is_rejected():
    two = replace(layout(), page=2)
    assert Reader(two, blank_at(200)).read(page_of(blank_at(200))).error == "wrong_page"


def test_an_unmarked_sheet_says_nothing_and_asks_nobody():
    reading = reader().read(page_of(blank_at(200)))
    assert reading.error is None
    assert all(answer.value == () and not answer.flag for answer in reading.answers)


@pytest.mark.parametrize("mark", LOOK, ids=str)
def test_a_mark_that_a_person_would_want_to_see_is_flagged_or_read_as_meant(mark: Mark):
    chance = Generator(PCG64(11))
    ink = numpy.zeros(blank_at(200).shape, numpy.float32)
    fields = layout().fields[-20:]
    for one in fields:
        draw(ink, one.options[1].box, mark, 200, Hand.of(chance), chance)
    sheet = numpy.clip(blank_at(200) * (1 - 0.94 * ink), 0, 255).astype(numpy.uint8)
    reading = reader().read(page_of(scan(sheet, 200, TYPICAL, chance)))
    meant = () if mark in (Mark.HALF_ERASED, Mark.CANCELLED) else (fields[0].options[1].value,)
    for answer in reading.answers[-20:]:
        assert answer.flag or answer.value == meant


def test_the_reader_reads_the_same_page_to_the_same_bits():
    page, _ = scanned(13, BAD)
    first, again = reader().read(page_of(page)), Reader(layout(), blank_at(200)).read(page_of(page))
    assert [answer.ink for answer in first.answers] == [answer.ink for answer in again.answers]
    assert first.answers == again.answers


def test_a_form_without_marks_is_found_by_its_print():
    bare = replace(layout(), fiducials=(), timing=(), codes=())
    page, truths = scanned(15, CLEAN)
    reading = Reader(bare, blank_at(200)).read(page_of(page))
    assert reading.error is None
    assert silent(reading, truths).silent == 0


def test_the_second_way_agrees_with_a_right_reading_and_contradicts_a_wrong_one():
    page, _ = scanned(17, CLEAN)
    reading = reader().read(page_of(page))
    bands = numpy.concatenate([numpy.array(answer.bands) for answer in reading.answers])
    marked, empty = bands == Band.ON, bands == Band.OFF
    levels = verify.levels(page_of(page), reading.registered.mapping, layout())
    assert not verify.disagrees(marked, empty, levels).any()
    nothing = numpy.zeros_like(marked)
    assert verify.disagrees(nothing, marked | empty, levels)[marked].sum() > 0.9 * marked.sum()


def test_the_tally_counts_a_planted_misreading():
    page, truths = scanned(19, CLEAN)
    reading = reader().read(page_of(page))
    clear = next(at for at, truth in enumerate(truths) if truth.value and not truth.look)
    answers = list(reading.answers)
    answers[clear] = replace(answers[clear], value=(), flag=False)
    assert silent(replace(reading, answers=tuple(answers)), truths).silent == 1
