"""A very small exam day, from the first packet to a sealed archive that a stranger can judge."""

import io

import pytest
from tests.small_exam import CHIEF, CITY, EXAM, NEXT_ROOM, ROOM, SECOND, SITE, SITE_CHIEF, VAULT, tickets
from tests.store.test_book_on_database import seat_the_small_exam

from kaowu.basics.errors import Refused
from kaowu.engines.ledger.notes import Note
from kaowu.engines.ledger.verify import verify_archive
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.papers import PacketCollected, PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.facts.record import FindingAnswered
from kaowu.facts.settling import SittingReconciled
from kaowu.facts.violations import ViolationRecorded
from kaowu.store.journal import open_book
from kaowu.store.models import Organisation
from kaowu.store.queries import day
from kaowu.web.counter import book, record
from kaowu.web.node_key import origin, verifying_key
from kaowu.web.works.archive import close_archive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def set_up():
    from kaowu.basics.clock import minutes_after
    from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
    from kaowu.web.counter import clock

    Organisation.objects.create(code="3704", name="枣庄市", level="city")
    open_book(origin())
    exam = ExamSetUp(name="小考", profile="gaokao", organisation="3704")
    record(exam, CITY, exam=EXAM, subject=EXAM)
    starts = minutes_after(clock.now(), 20)
    sitting = SittingScheduled(
        sitting="S1", subjects=("语文",), starts_at=starts, ends_at=minutes_after(starts, 150)
    )
    record(sitting, CITY, exam=EXAM, subject=EXAM)
    seat_the_small_exam()


def happened(fact, *actors, room=ROOM):
    return record(fact, *actors, exam=EXAM, subject=str(room), site=room.site)


def play_room(room):
    """One room: a candidate stays away, one is caught with a phone, all papers come back."""
    packet, seal = f"P{room.room}", f"A{room.room}"
    out = PacketHandedOut(packet=packet, seal=seal, sheets=6, subject="语文")
    happened(out, VAULT, CHIEF, room=room)
    for ticket in tickets(room)[1:]:
        happened(CandidateAdmitted(admission_number=ticket, identity="matched"), CHIEF, room=room)
    unsealed = PacketUnsealed(packet=packet, seal=seal, subject="语文", witnessed_by=("02", "03"))
    happened(unsealed, CHIEF, SECOND, room=room)
    happened(CandidateAbsent(admission_number=tickets(room)[0]), CHIEF, room=room)
    caught = ViolationRecorded(
        admission_number=tickets(room)[1],
        clause="JYB-33 6-4",
        found_by="in_room",
        evidence=("手机",),
        told=True,
        narrative="口袋里有手机",
    )
    happened(caught, CHIEF, SECOND, room=room)
    happened(SheetsCounted(issued=6, used=4, absent=1, spare=1, void=0), CHIEF, SECOND, room=room)
    back = PacketCollected(packet=packet, seal=seal + "R", sheets=6, state="intact")
    happened(back, CHIEF, VAULT, room=room)


def signed_figures(**changes):
    figures = {
        "sitting": "S1",
        "rooms": 2,
        "expected": 10,
        "entered": 8,
        "absent": 2,
        "issued": 12,
        "used": 8,
        "absent_sheets": 2,
        "spare": 2,
        "void": 0,
        "open_findings": day.count_open_findings(EXAM),
    }
    return SittingReconciled(**(figures | changes))


def reconcile(fact):
    return record(fact, SITE_CHIEF, exam=EXAM, subject=f"S1/{SITE}", site=SITE)


def test_a_finding_stands_open_until_somebody_says_what_was_done(set_up):
    out = PacketHandedOut(packet="P1", seal="A1", sheets=6, subject="语文")
    happened(out, VAULT, CHIEF)
    alone = happened(PacketUnsealed(packet="P1", seal="A1", subject="语文"), CHIEF)
    record_id, [*codes] = str(alone.id), [finding.code for finding in alone.findings]
    assert "custody.two_at_unsealing" in codes
    before = day.count_open_findings(EXAM)
    said = {"record": record_id, "answer": "副监考已到场补签，主考书面说明附后。"}
    with pytest.raises(Refused, match="post_not_entitled"):
        happened(FindingAnswered(code="custody.two_at_unsealing", **said), CHIEF)
    with pytest.raises(Refused, match="no_such_finding_here"):
        happened(FindingAnswered(code="counts.sheets_equation", **said), SITE_CHIEF)
    with pytest.raises(Refused, match="no_such_fact_here"):
        happened(FindingAnswered(code="custody.two_at_unsealing", **said), SITE_CHIEF, room=NEXT_ROOM)
    happened(FindingAnswered(code="custody.two_at_unsealing", **said), SITE_CHIEF)
    assert day.count_open_findings(EXAM) == before - 1
    assert day.room(EXAM, ROOM).open_findings == before - 1


@pytest.mark.feature("PAP-14", "PAP-19", "POST-15")
def test_a_day_balances_is_signed_and_its_archive_stands(set_up, tmp_path):
    play_room(ROOM)
    with pytest.raises(Refused, match="sitting_does_not_balance"):
        reconcile(signed_figures(entered=4, absent=1, issued=6, used=4, absent_sheets=1, spare=1))
    play_room(NEXT_ROOM)
    with pytest.raises(Refused, match="figures_differ"):
        reconcile(signed_figures(entered=9))
    reconcile(signed_figures())

    early = Note.from_bytes(book().checkpoint().encode())
    closed = close_archive(EXAM, tmp_path / "day.kwa", CITY)
    content = closed.path.read_bytes()
    verdict = verify_archive(io.BytesIO(content), [verifying_key()], [early])
    assert verdict.ok, verdict
    assert "口袋里有手机".encode() in content  # complete for those who may read it

    altered = bytearray(content)
    altered[len(content) // 2] ^= 1
    assert not verify_archive(io.BytesIO(bytes(altered)), [verifying_key()]).ok
