"""准考证号, 考场号, 座位号 as templates."""

from __future__ import annotations

import pytest

from kaowu.basics.errors import Refused
from kaowu.basics.number_templates import NumberTemplate, site_code_for_room

JIANGSU = NumberTemplate("{year:2}{county:4}{group:2}{room:3}{seat:2}")


def test_an_admission_number_keeps_its_leading_zeros():
    number = JIANGSU.number({"year": "2027", "county": "0402", "group": 1, "room": 7, "seat": 3})
    assert number == "2704020100703"
    assert len(number) == JIANGSU.width == 13


def test_a_number_is_taken_apart_into_text():
    parts = JIANGSU.parts("2704020100703")
    assert parts == {"year": "27", "county": "0402", "group": "01", "room": "007", "seat": "03"}


def test_the_end_of_a_longer_code_is_taken_only_where_the_template_asks_for_it():
    assert NumberTemplate("0{county:-4}{seat:2}").number({"county": "370402", "seat": 9}) == "0040209"
    with pytest.raises(Refused) as refused:
        JIANGSU.number({"year": 2027, "county": "370402", "group": 1, "room": 7, "seat": 3})
    assert refused.value.code == "number_value_unfit"
    assert "county" in refused.value.sentence.zh


@pytest.mark.parametrize("room", [1000, -1, "０７", "7"])
def test_what_does_not_fit_is_refused_and_never_cut(room):
    with pytest.raises(Refused):
        JIANGSU.number({"year": 2027, "county": "0402", "group": 1, "room": room, "seat": 3})


@pytest.mark.parametrize("pattern", ["", "准考证号", "{room}", "{room:3", "{Room:3}", "{room:3}}"])
def test_a_template_that_cannot_be_read_is_refused(pattern):
    with pytest.raises(Refused):
        NumberTemplate(pattern)


def test_a_missing_value_and_a_number_of_another_form_are_named():
    with pytest.raises(Refused, match="number_value_missing"):
        JIANGSU.number({"year": 2027})
    with pytest.raises(Refused, match="number_has_other_form"):
        JIANGSU.parts("270402010070")


def test_a_site_of_more_than_99_rooms_goes_on_under_its_second_code():
    codes = ("040201", "040251")
    assert site_code_for_room(codes, 99) == ("040201", 99)
    assert site_code_for_room(codes, 100) == ("040251", 1)
    with pytest.raises(Refused, match="site_code_missing"):
        site_code_for_room(codes[:1], 100)
