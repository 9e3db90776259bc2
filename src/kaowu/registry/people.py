"""Exam staff as a draw uses them."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """A member of the exam staff (考务人员): the register's entry, in codes and plain values."""

    number: str
    sex: str
    county: str
    school: str = ""
    subject: str = ""
    grade: str = ""
    class_head: bool = False
    years: int = 0
    certified: bool = True
    certified_until: datetime.date | None = None
    pledged: bool = False
    intended_post: str = ""
    relative_in_exam: bool = False
    relative_number: str = ""
    spouse_number: str = ""
    breach_on: datetime.date | None = None
    phone: str = ""
    id_number: str = ""
