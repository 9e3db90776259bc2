"""A new document is one file."""

import sys
import textwrap

import pytest
from tests.inner.reports.reading import DIGEST, PRINTED_AT, joined, texts

from kaowu.reports import print_pack, registry, samples

SIGN_IN_SHEET = '''
"""签到表 · sign-in sheet."""

from kaowu.reports.document import Document, Phase, Scope
from kaowu.reports.lettering import written
from kaowu.reports.samples import sample_rooms

LAYOUT = """
#import "paper.typ": *
#let page-of(d) = frame(d, [签到表 #d.room #d.names.map(say).join(", ")])
"""


def pages(contents):
    return [
        {"room": room.room.number, "names": [written(seat.name) for seat in room.seats]}
        for room in contents.rooms
    ]


document = Document(
    id="sign-in-sheet", zh="签到表", en="Sign-in sheet", phase=Phase.CONDUCT, scope=Scope.ROOM,
    pages=pages, layout=LAYOUT, sample=sample_rooms, pack_order=350,
)
'''


@pytest.fixture
def district_papers(tmp_path, monkeypatch):
    package = tmp_path / "district_papers"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sign_in_sheet.py").write_text(textwrap.dedent(SIGN_IN_SHEET))
    monkeypatch.syspath_prepend(tmp_path)
    yield "district_papers"
    for name in [name for name in sys.modules if name.startswith("district_papers")]:
        del sys.modules[name]


def test_the_documents_of_the_house_are_found_without_a_list():
    assert [each.id for each in registry.documents()] == [
        "duty-list",
        "duty-notice",
        "vest-list",
        "handover-slip",
        "video-watch",
        "door-list",
        "seat-labels",
        "check-list",
        "room-record",
        "admission-ticket",
        "badges",
        "draw-minutes",
        "duty-sheet",
        "handbook-page",
        "inspection-teams",
        "pack-cover",
        "pay-sheet",
        "score-certificate",
        "score-distribution",
        "sealed-file-cover",
        "sheet-audit",
        "shortage-list",
    ]


def test_one_file_in_another_package_is_a_document_and_joins_the_pack(district_papers, tmp_path):
    found = registry.documents([district_papers])
    assert "sign-in-sheet" in [each.id for each in found]
    assert "sign-in-sheet" not in [each.id for each in registry.documents()]
    path = tmp_path / "pack.pdf"
    summary = print_pack.build(
        samples.sample_rooms(), path, printed_at=PRINTED_AT, digest=DIGEST, documents=found
    )
    assert ("签到表", 2) in [(line.zh, line.pages) for line in summary.counts]
    pages = [joined(page) for page in texts(path)]
    assert "签到表2份2" in pages[0]
    assert "签到表012" in pages[4]
    assert "考场情况记录单" in pages[5]


def test_a_province_adds_documents_in_its_own_package(tmp_path, monkeypatch):
    folder = tmp_path / "lanzhou_papers" / "reports"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("")
    (folder / "__init__.py").write_text("")
    (folder / "sign_in_sheet.py").write_text(SIGN_IN_SHEET)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("KAOWU_EXTENSIONS", "lanzhou_papers")
    assert "sign-in-sheet" in [each.id for each in registry.documents()]


def test_two_documents_of_one_name_are_refused(district_papers, tmp_path):
    copy = SIGN_IN_SHEET.replace("sign-in-sheet", "door-list")
    (tmp_path / "district_papers" / "another.py").write_text(copy)
    with pytest.raises(registry.DuplicateDocument, match="door-list"):
        registry.documents([district_papers])
