"""The example that a new node starts with: a county with its exam, seated and sealed, ready for the day.

It goes the way that offices go: registers from workbooks, the exam from its
description, a profile line approved by two, the roster checked and taken
whole, seats drawn by the ceremony. All persons and schools in it are
invented (`kaowu/example/README.md`).
"""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

EXAM = "gk2027-370405"
PROFILE = "gaokao"
SEED_TEXT = "考务 kaowu：示例考试座位编排的公开种子"
"""Salts and dice of the example's draw come from this sentence, so that anybody can see that nobody chose them."""

_TREE = (
    ("370000", "山东省", "province", ""),
    ("370400", "枣庄市", "city", "370000"),
    ("370405", "台儿庄区", "county", "370400"),
    ("370404", "峄城区", "county", "370400"),  # the city sends its staff to the county's sites
)
_OVERRIDES = (
    (
        "admission_number",
        "{year:2}{site:6}{room:3}{seat:2}",
        "本区 3 个考点的考场号会重复，准考证号须含考点代码",
    ),
    ("remainder_rule", "last_room", "小语种与少数选科组合不足一个考场，尾数合并编场"),
)
"""What the county's officers found when they first arranged: line, value, reason."""


@dataclass(frozen=True, slots=True)
class Places:
    """Codes of the organisations over which the demonstration accounts hold their posts."""

    city: str
    county: str
    site: str


def load() -> Places:
    """Make the example; what is there already stays as it is."""
    from kaowu.store.models import Exam, Site

    _make_tree()
    if not Site.objects.filter(organisation__path__startswith="370000/370400/370405/").exists():
        _import_registers()
    if not Exam.objects.filter(code=EXAM).exists():
        _prepare_exam()
    first = Site.objects.filter(organisation__parent__code="370405").order_by("code").first()
    assert first is not None, "the example's workbook holds sites"
    return Places("370400", "370405", first.code)


def throws() -> str:
    """The dice of the example's draw of seats: bytes below 252 of hashes of the sentence, by their rest of six."""
    hashes = (hashlib.sha256(f"{SEED_TEXT} {number}".encode()).digest() for number in range(4))
    return "".join(str(byte % 6 + 1) for block in hashes for byte in block if byte < 252)[:60]


def _make_tree() -> None:
    from kaowu.store.models import Organisation

    for code, name, level, above in _TREE:
        parent = Organisation.objects.filter(code=above).first()
        Organisation.objects.get_or_create(
            code=code, defaults={"name": name, "level": level, "parent": parent}
        )


def _import_registers() -> None:
    """Sites, rooms, schools and staff, each with its one fact."""
    from django.db import transaction

    from kaowu.loop.prepare.import_staff import read_staff
    from kaowu.loop.prepare.import_venues import read_venues
    from kaowu.store.models import Organisation, School
    from kaowu.store.registers import write_staff, write_venues

    known = Organisation.objects.filter(level="county")
    counties = {name: county for county in known for name in (county.code, county.name)}
    content = _file("venues.xlsx")
    venues = read_venues(
        content, "venues.xlsx", school_exists=lambda code: False, county_exists=counties.__contains__
    )
    assert not venues.issues, venues.issues[:3]
    with transaction.atomic():
        _record_import("sites", "venues.xlsx", content, write_venues(venues))
    schools = set(School.objects.values_list("code", flat=True))
    content = _file("staff.xlsx")
    staff = read_staff(
        content, "staff.xlsx", school_exists=schools.__contains__, county_exists=counties.__contains__
    )
    assert not staff.issues, staff.issues[:3]
    with transaction.atomic():
        _record_import("people", "staff.xlsx", content, write_staff(staff.people, counties))


def _record_import(register: str, name: str, content: bytes, written: dict[str, Any]) -> None:
    from kaowu.facts.record import RegisterEntryChanged
    from kaowu.web.counter import record

    changes = {part: [counts.added, counts.changed, counts.same] for part, counts in written.items()}
    fact = RegisterEntryChanged(
        register=register,
        key="import",
        fields="、".join(changes),
        changes=json.dumps(changes | {"file": name, "sha256": hashlib.sha256(content).hexdigest()}),
    )
    record(fact, _officer("city"), exam="registry", subject=f"{register}/import")


def _prepare_exam() -> None:
    from kaowu.web.works import exam_setup, roster, seat_draw

    city, second = _officer("city"), _officer("city2")
    exam_setup.set_up(EXAM, PROFILE, "370405", _file("exam.json"), city)
    for line, value, reason in _OVERRIDES:
        exam_setup.override_line(EXAM, line, value, reason, city, second)
    content = _file("candidates.xlsx")
    checked = roster.check_upload(EXAM, content, "台儿庄区_考生名册_20270418.xlsx")
    roster.take_roster(EXAM, checked.check, content, "台儿庄区_考生名册_20270418.xlsx", city)
    salts = hashlib.sha256(SEED_TEXT.encode()).digest()
    seat_draw.hold(EXAM, (city, second), throws(), secret=salts)


def _officer(account: str) -> Any:
    from kaowu.facts.envelope import Actor

    return Actor(account, "city_officer")


def _file(name: str) -> bytes:
    return resources.files("kaowu.example").joinpath(name).read_bytes()
