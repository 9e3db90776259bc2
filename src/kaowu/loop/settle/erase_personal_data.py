"""清除个人信息: destroy the personal fields beside one record, by two officers, with the erasure on record."""

from typing import Any

from kaowu.facts.record import PersonalDataErased
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE


@duty(
    zh="清除个人信息",
    en="Erase personal data",
    records=PersonalDataErased,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def erase_personal_data(plan: Any, fact: PersonalDataErased, act: Act) -> PersonalDataErased:
    """What is destroyed cannot be brought back; that is why two must want it."""
    return fact
