"""Thirteen real images of seven printed forms: what is clear is read right, what a person would look at is shown."""

import json
from functools import cache
from pathlib import Path

import pytest

from kaowu.engines.omr.describe import blocks_of, described
from kaowu.engines.omr.page import decode
from kaowu.engines.omr.read import Reader

FOLDER = Path(__file__).parents[3] / "data" / "omr-real"
TRUTH = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))["sheets"]
FORMS = {
    "sample3": [
        "sample3__colored-thick-sheet__rgb-100-gsm.jpg",
        "sample3__xeroxed-thin-sheet__grayscale-80-gsm.jpg",
    ],
    "sample5": ["sample5__ScanBatch1__camscanner-1.jpg", "sample5__ScanBatch2__camscanner-2.jpg"],
    "sample6": [
        "sample6__doc-scans__sample_roll_01.jpg",
        "sample6__doc-scans__sample_roll_02.jpg",
        "sample6__doc-scans__sample_roll_03.jpg",
        "sample6__reference.png",
    ],
    "shamanth": ["community__Shamanth__omr_sheet_01.png"],
    "upsc": ["community__UPSC-mock__answer_key.jpg", "community__UPSC-mock__scan-angles__angle-1.jpg"],
    "umar": ["community__UmarFarootAPS__scans__scan-type-1.jpg"],
    "sandeep": ["community__Sandeep-1507__omr-1.png"],
}
# This one shows the form without its bubbles: a reader that reads it has not looked.
REJECTED = {"sample6__reference.png"}
CASES = [(form, name) for form, names in FORMS.items() for name in names]


@cache
def reader(form: str) -> Reader:
    image = decode((FOLDER / FORMS[form][0]).read_bytes()).grey
    blocks = blocks_of((FOLDER / "blocks" / f"{form}.json").read_bytes())
    return Reader(described(form, image, blocks), image)


def test_every_image_is_tried():
    assert {name for _, name in CASES} == set(TRUTH)


@pytest.mark.parametrize(("form", "name"), CASES, ids=[name for _, name in CASES])
def test_a_real_image_is_read_without_a_silent_error(form: str, name: str):
    reading = reader(form).read_bytes((FOLDER / name).read_bytes())
    if name in REJECTED:
        assert reading.error == "self_check"
        return
    assert reading.error is None
    truth = TRUTH[name]
    silent = [
        (answer.field.id, answer.value, truth["fields"][answer.field.id])
        for answer in reading.answers
        if list(answer.value) != truth["fields"][answer.field.id] and not answer.flag
    ]
    assert silent == []
    needless = [a.field.id for a in reading.answers if a.flag and a.field.id not in truth["look"]]
    assert len(needless) <= 1
