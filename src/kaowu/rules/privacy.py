"""Privacy: what may name a person is declared so, and never lies in the open part of a fact.

The open part of a fact is hashed into the journal and cannot be erased later.
"""

import re
from collections.abc import Iterable

from kaowu.basics.errors import Finding, Sentence, Severity
from kaowu.basics.id_number import check_character
from kaowu.facts.catalogue import Fact, Kind
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule

_PERSONAL_NAMES = re.compile(
    r"(?:^|_)(?:id_number|phone|telephone|mobile|address|birth|person_name|candidate_name|narrative|illness|diagnosis|photo)(?:_|$)"
)
_PERSONAL_WORDS = re.compile("姓名|身份证|证件号|电话|手机号|住址|出生|病情|病史|照片|经过")
_RESIDENT_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
_MOBILE_NUMBER = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")


@rule(
    "privacy.personal_number_in_open_text",
    zh="公开字段中有证件号或手机号",
    en="A document or telephone number in an open field",
    cites=("JYB-33 30", "RSB-31 12"),
    on=Fact,
    severity=Severity.URGENT,
    remedy=Sentence(
        "更正本条，只写准考证号或工号；个人信息填在个人字段中。",
        "Withdraw this record and write only ticket or staff numbers; personal details belong in personal fields.",
    ),
)
def personal_number_in_open_text(fact: Fact, profile: Profile) -> Verdict:
    """Free text is where document numbers slip into a journal that forgets nothing."""
    broken = []
    for spec in fact.kind.open_texts:
        text = str(getattr(fact, spec.name) or "")
        if _holds_personal_number(text):
            broken.append(
                Sentence(
                    f"“{spec.label.zh}”中写有证件号或手机号。",
                    f"“{spec.label.en}” holds a document or telephone number.",
                )
            )
    return broken or None


def undeclared_personal_fields(kinds: Iterable[Kind]) -> tuple[Finding, ...]:
    """The fields of the catalogue that speak of a person and are not declared personal.

    For the suite that guards the catalogue: a new fact with a field `phone`
    fails there until the field says `personal=True`.
    """
    return tuple(
        Finding(
            "privacy.undeclared_personal_field",
            Sentence(
                f"“{kind.label.zh}”的字段“{spec.label.zh}”涉及个人信息，未声明为个人字段。",
                f"The field “{spec.label.en}” of “{kind.label.en}” speaks of a person and is not declared personal.",
            ),
            Severity.URGENT,
            remedy=Sentence("在该字段加上 personal=True。", "Declare the field with personal=True."),
        )
        for kind in kinds
        for spec in kind.fields
        if not spec.personal and (_PERSONAL_NAMES.search(spec.name) or _PERSONAL_WORDS.search(spec.label.zh))
    )


def _holds_personal_number(text: str) -> bool:
    if _MOBILE_NUMBER.search(text):
        return True
    return any(
        check_character(found.group()[:17]) == found.group()[17].upper()
        for found in _RESIDENT_NUMBER.finditer(text)
    )
