"""Document numbers: what a number says, and what is wrong with it."""

from datetime import date

import pytest

from kaowu.basics.id_number import (
    MILITARY_KIND,
    PASSPORT_KIND,
    PERMANENT_RESIDENT,
    RESIDENCE_PERMIT,
    RESIDENT,
    check_character,
    is_resident_number,
    mask_id_number,
    read_number,
)


@pytest.mark.parametrize("number", ["34052419800101001X", "11010519491231002X"])
def test_the_numbers_of_the_standard_are_right(number: str) -> None:
    assert read_number(number).fault == ""
    assert is_resident_number(number)


def test_a_number_tells_birth_and_sex() -> None:
    read = read_number("34052419800101001X")
    assert (read.birth_date, read.sex) == (date(1980, 1, 1), "男")


@pytest.mark.parametrize(
    ("number", "kind", "fault"),
    [
        ("340524198001010010", RESIDENT, "id_check_digit"),
        ("34052419800230001X", RESIDENT, "id_birth_invalid"),
        ("340524800101001", RESIDENT, "id_15_digit"),
        ("34052419800101001", RESIDENT, "id_length"),
        ("34052419800101001XX", RESIDENT, "id_bad_character"),  # X only stands last
        ("3405241980O101001X", RESIDENT, "id_bad_character"),
        ("34052419800101001×", RESIDENT, "id_bad_character"),
        ("370402-19800101001", RESIDENT, "id_bad_character"),
        ("E12345678", RESIDENT, "id_type_mismatch"),
        ("南字第12345678号", RESIDENT, "id_type_mismatch"),
        ("E12345678", PASSPORT_KIND, ""),
        ("EA1234567", PASSPORT_KIND, ""),
        ("E123456", PASSPORT_KIND, "id_type_mismatch"),
        ("34052419800101001X", PASSPORT_KIND, "id_type_mismatch"),
        ("军字第00123456号", MILITARY_KIND, ""),
        ("军字第12345号", MILITARY_KIND, "id_type_mismatch"),
        ("34052419800101001X", RESIDENCE_PERMIT, "id_type_mismatch"),
        ("34052419800101001X", PERMANENT_RESIDENT, "id_type_mismatch"),
    ],
)
def test_a_number_is_judged_by_the_form_of_its_kind(number: str, kind: str, fault: str) -> None:
    assert read_number(number, kind).fault == fault


@pytest.mark.parametrize(("area", "kind"), [("810000", RESIDENCE_PERMIT), ("936111", PERMANENT_RESIDENT)])
def test_permits_follow_the_same_rule_with_their_own_first_digits(area: str, kind: str) -> None:
    body = f"{area}20090314001"
    assert read_number(body + check_character(body), kind).birth_date == date(2009, 3, 14)


def test_every_single_wrong_digit_is_found() -> None:
    number = "370402200903140012"
    number = number[:17] + check_character(number[:17])
    for place in range(17):
        for digit in "0123456789":
            if digit != number[place]:
                assert not is_resident_number(number[:place] + digit + number[place + 1 :])


def test_a_masked_number_shows_six_and_four_characters() -> None:
    assert mask_id_number("370402200904120417") == "370402********0417"
    assert mask_id_number("E1234567") == "E1******"
