"""A package that is not this node's to take is refused with a sentence that says why."""

import dataclasses

import pytest
from django.conf import settings
from tests.web.other_nodes import OtherNode

import kaowu
from kaowu.app.node_file import NodeIdentity
from kaowu.basics.errors import Refused
from kaowu.basics.ids import digest
from kaowu.basics.suites import deployed
from kaowu.engines.sync.sealed_file import BUNDLE, PLAN_PACKAGE, Head, seal_file
from kaowu.store import neighbours
from kaowu.store.models import JournalEntry, TakenPackage
from kaowu.web.node_key import opening_key
from kaowu.web.works import plan_packages
from kaowu.web.works.nodes import MACHINE

SITE = "040201"
CITY = OtherNode("city-1", "370400", role="city")
STRANGER = OtherNode("city-2", "370400", role="city")
HEAD = Head(PLAN_PACKAGE, "city-1/1", SITE, "gk2027", 5, kaowu.__version__)


@pytest.fixture
def site(city, monkeypatch):
    monkeypatch.setattr(settings, "IDENTITY", NodeIdentity("site-a", "site", SITE))
    neighbours.keep_upstream(CITY.card, "https://city.example/mirror")


def file(head=HEAD, maker=CITY, key=None):
    return seal_file(head, b"content", [key or opening_key().box_key], maker.log_key, deployed())


def cut(content):
    return content[: len(content) // 2]


def changed(content):
    return content[:-5] + bytes([content[-5] ^ 1]) + content[-4:]


CASES = {
    "file_incomplete": lambda: cut(file()),
    "content_changed": lambda: changed(file()),
    "not_such_a_file": lambda: b"PK\x03\x04 a workbook",
    "maker_untrusted": lambda: file(maker=STRANGER),
    "package_for_another_unit": lambda: file(dataclasses.replace(HEAD, receiver="040301")),
    "program_version_differs": lambda: file(dataclasses.replace(HEAD, software="0.0.1")),
    "not_sealed_for_us": lambda: file(key=OtherNode("site-z", SITE).opening.box_key),
    "package_unreadable": lambda: file(),  # all is right but what is inside
}


@pytest.mark.parametrize("code", CASES)
def test_the_reason_is_said_and_nothing_is_taken(site, code):
    with pytest.raises(Refused) as refused:
        plan_packages.take(CASES[code](), MACHINE)
    assert refused.value.code == code
    assert refused.value.sentence.zh and refused.value.sentence.en
    assert not JournalEntry.objects.filter(kind="plan_package_taken").exists()


def test_a_bundle_is_no_package(site):
    with pytest.raises(Refused, match="not_such_a_file"):
        plan_packages.take(file(dataclasses.replace(HEAD, kind=BUNDLE)), MACHINE)


def test_an_older_package_is_refused_and_the_same_again_is_harmless(site):
    content = file()
    kept = {"exam": "gk2027", "maker": "city-1/1", "organisation": SITE, "taken_at": 1}
    TakenPackage.objects.create(digest=digest(content), number=5, **kept)
    assert plan_packages.take(content, MACHINE).number == 5
    for number in (4, 5):
        with pytest.raises(Refused, match="package_is_older"):
            plan_packages.take(file(dataclasses.replace(HEAD, number=number)), MACHINE)
