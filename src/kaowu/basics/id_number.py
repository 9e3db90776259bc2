"""Document numbers (证件号码): which shapes exist, and what a number says by itself.

GB 11643 gives a resident number 6 digits of area, 8 of birth, 3 of sequence
(odd for men) and a check character. The residence permit for people from Hong
Kong, Macao and Taiwan (港澳台居民居住证) and the new card of foreigners with
permanent residence (外国人永久居留身份证, first digit 9) follow the same rule.
The area is never compared with a list of codes: areas are merged and renamed,
and people keep the number they were born with.

Nothing here repairs a number. A letter O is not a zero.
"""

import re
from dataclasses import dataclass
from datetime import date

from kaowu.basics.errors import Sentence

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"

EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
DIGITS_AND_X = re.compile(r"[0-9]*[0-9X]")
PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{7,8}")
MILITARY = re.compile(r"[\u4e00-\u9fff]{1,2}字第[0-9]{6,8}号")
SCIENTIFIC = re.compile(r"[+-]?[0-9](\.[0-9]+)?E\+?[0-9]{1,3}", re.IGNORECASE)

RESIDENT = "resident_id"
RESIDENCE_PERMIT = "hkmt_residence_permit"
PASSPORT_KIND = "passport"
MILITARY_KIND = "military_id"
PERMANENT_RESIDENT = "foreign_permanent_resident"

KINDS: dict[str, Sentence] = {
    RESIDENT: Sentence("居民身份证", "Resident identity card"),
    RESIDENCE_PERMIT: Sentence("港澳台居民居住证", "Residence permit for Hong Kong, Macao and Taiwan"),
    PASSPORT_KIND: Sentence("护照", "Passport"),
    MILITARY_KIND: Sentence("军官证", "Military officer's card"),
    PERMANENT_RESIDENT: Sentence("外国人永久居留身份证", "Foreigner's permanent resident card"),
}
"""The kinds in words; an exam's description may know others and call these otherwise."""

FOLLOW_GB_11643 = frozenset({RESIDENT, RESIDENCE_PERMIT, PERMANENT_RESIDENT})
"""Kinds whose number states birth and sex."""


def check_character(body: str) -> str:
    """The 18th character that belongs to seventeen digits (GB 11643)."""
    total = sum(weight * (ord(digit) - 48) for weight, digit in zip(WEIGHTS, body, strict=True))
    return CHECK_CHARACTERS[total % 11]


def birth_date_of(number: str) -> date | None:
    """The date in digits 7 to 14, or None if no calendar has it."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex_of(number: str) -> str:
    """男 or 女 by the 17th digit."""
    return "男" if (ord(number[16]) - 48) % 2 else "女"


def has_other_shape(number: str, kind: str) -> bool:
    """True if the number plainly has the form of another kind of document."""
    shapes = {PASSPORT_KIND: PASSPORT, MILITARY_KIND: MILITARY}
    return any(shape.fullmatch(number) for other, shape in shapes.items() if other != kind)


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """What a document number says: its fault, or birth and sex where it states them."""

    number: str
    fault: str = ""
    birth_date: date | None = None
    sex: str = ""


def read_number(number: str, kind: str = RESIDENT) -> ReadNumber:
    """Judge a number already freed of spaces and disguises, in capitals.

    Faults are the codes of the roster import: id_length, id_15_digit,
    id_bad_character, id_birth_invalid, id_check_digit, id_type_mismatch.
    """
    if kind == PASSPORT_KIND:
        return ReadNumber(number, "" if PASSPORT.fullmatch(number) else "id_type_mismatch")
    if kind == MILITARY_KIND:
        return ReadNumber(number, "" if MILITARY.fullmatch(number) else "id_type_mismatch")
    return _read_gb_11643(number, kind)


def _read_gb_11643(number: str, kind: str) -> ReadNumber:
    if has_other_shape(number, kind):
        return ReadNumber(number, "id_type_mismatch")
    if not DIGITS_AND_X.fullmatch(number):
        return ReadNumber(number, "id_bad_character")
    if len(number) != 18:
        is_old = len(number) == 15 and number.isdigit()
        return ReadNumber(number, "id_15_digit" if is_old else "id_length")
    born = birth_date_of(number)
    if born is None:
        return ReadNumber(number, "id_birth_invalid")
    if check_character(number[:17]) != number[17]:
        return ReadNumber(number, "id_check_digit")
    if not _belongs_to(number, kind):
        return ReadNumber(number, "id_type_mismatch")
    return ReadNumber(number, "", born, sex_of(number))


def _belongs_to(number: str, kind: str) -> bool:
    """The first digits of the special kinds are fixed by their issuers.

    9 is kept for foreigners, 81, 82 and 83 for people from Hong Kong, Macao
    and Taiwan. A resident number may begin with anything else.
    """
    if kind == PERMANENT_RESIDENT:
        return number[0] == "9"
    if kind == RESIDENCE_PERMIT:
        return number[:2] in {"81", "82", "83"}
    return number[0] != "9"


def is_resident_number(number: str) -> bool:
    """True for eighteen characters with a real date and the right check character."""
    return (
        EIGHTEEN.fullmatch(number) is not None
        and birth_date_of(number) is not None
        and check_character(number[:17]) == number[17]
    )


def mask_id_number(number: str) -> str:
    """370402********0417: six characters before, four after; short numbers keep two."""
    if len(number) >= 14:
        return number[:6] + "*" * (len(number) - 10) + number[-4:]
    return number[:2] + "*" * max(len(number) - 2, 0)
