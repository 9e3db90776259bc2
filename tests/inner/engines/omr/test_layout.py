"""A layout file is the one source of positions: one spelling, one name, and no bubble where nobody may mark."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.omr.sheets import layout

from kaowu.basics.errors import Refused
from kaowu.engines.omr.layout import Layout, faults
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.compose import compose
from kaowu.reports.sheets.designs import DESIGNS
from kaowu.reports.sheets.spec import Questions, SheetPaper, SheetSpec, Writing


def changed(**values: object) -> bytes:
    return json.dumps({**json.loads(layout().to_bytes()), **values}).encode()


@pytest.mark.parametrize("spec", DESIGNS.values(), ids=DESIGNS)
def test_every_sheet_of_the_house_is_sound_and_survives_its_file(spec: SheetSpec):
    for page in blank.layouts(spec):
        assert list(faults(page)) == []
        assert Layout.from_bytes(page.to_bytes()) == page


def test_the_digest_does_not_depend_on_what_the_codes_carry():
    own = blank.layouts(DESIGNS["a4-100"], blank.Bearer(exam="gk", seat="01"), key=b"k" * 32)[0]
    assert own.codes[0].text != blank.layouts(DESIGNS["a4-100"])[0].codes[0].text
    assert own.digest == blank.layouts(DESIGNS["a4-100"])[0].digest


def test_the_digest_changes_with_any_bubble():
    plain = json.loads(layout().to_bytes())
    plain["fields"][0]["options"][0]["x"] += 0.01
    assert Layout.from_bytes(json.dumps(plain).encode()).digest != layout().digest


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        changed(format="kaowu.layout/9"),
        changed(page_mm=[210]),
        changed(page_mm=[210, 1e9]),
        changed(page_mm=[210, float("nan")]),
        changed(page=0),
        changed(fields=[{"id": "q1", "type": "single", "options": []}]),
        changed(
            fields=[
                {"id": "q1", "type": "shape", "options": [{"value": "A", "x": 50, "y": 50, "w": 5, "h": 3}]}
            ]
        ),
        changed(
            fields=[
                {"id": "q1", "type": "single", "options": [{"value": "A", "x": 1, "y": 50, "w": 5, "h": 3}]}
            ]
        ),
        changed(
            fields=[
                {
                    "id": "q1",
                    "type": "single",
                    "options": [{"value": "A", "x": 205, "y": 50, "w": 50, "h": 3}],
                }
            ]
        ),
        changed(
            fields=[
                {"id": "q1", "type": "single", "options": [{"value": "A", "x": 50, "y": 50, "w": -5, "h": 3}]}
            ]
        ),
        changed(codes=[{"id": "c", "type": "aztec", "x": 50, "y": 50, "w": 5, "h": 3}]),
    ],
)
def test_a_layout_that_cannot_be_used_is_refused_with_a_sentence(content: bytes):
    with pytest.raises(Refused) as refused:
        Layout.from_bytes(content)
    assert refused.value.sentence.zh
    assert refused.value.sentence.en


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_a_layout(content: bytes):
    with pytest.raises(Refused):
        Layout.from_bytes(content)


parts = st.lists(
    st.one_of(
        st.builds(
            Questions,
            first=st.just(1),
            count=st.integers(1, 60),
            options=st.integers(2, 10),
            multiple=st.booleans(),
        ),
        st.builds(Writing, heading=st.just("解答题"), height_mm=st.integers(10, 180)),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=40)
@given(parts, st.sampled_from(list(SheetPaper)), st.integers(1, 12))
def test_whatever_is_composed_has_no_bubble_over_another_or_where_nobody_may_mark(
    chosen: list[Questions | Writing], paper: SheetPaper, digits: int
):
    at, numbered = 1, []
    for part in chosen:
        if isinstance(part, Questions):
            part = Questions(at, part.count, part.options, part.multiple)
            at += part.count
        numbered.append(part)
    pages = compose(SheetSpec("any", "卡", tuple(numbered), paper, number_digits=digits))
    questions = 0
    for page in pages:
        assert list(faults(page.layout)) == []
        boxes = [option.box for option in page.layout.options]
        boxes.sort(key=lambda box: (box.y, box.x))
        assert not any(one.meets(two) for one, two in pairwise(boxes))
        questions += sum(field.id.startswith("q") for field in page.layout.fields)
        rows = {mark.y for mark in page.layout.timing[0].marks}
        assert {round(box.y + 0.4, 2) for box in boxes} <= {round(row, 2) for row in rows}
    assert questions == at - 1


@pytest.mark.parametrize(
    "spec",
    [
        SheetSpec("x", "卡", (Questions(1, 5), Questions(3, 5))),
        SheetSpec("x", "卡", (Questions(1, 5, options=1),)),
        SheetSpec("x", "卡", (Writing("大", 400),)),
        SheetSpec("x", "卡", (), number_digits=30),
        SheetSpec("x", "卡", (), paper_types=("A", "B", "C", "D", "E")),
    ],
)
def test_a_sheet_that_cannot_be_printed_is_refused_with_a_sentence(spec: SheetSpec):
    with pytest.raises(Refused):
        compose(spec)
