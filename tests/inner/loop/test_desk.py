"""The counter: what it takes, what it refuses, what it leaves behind."""

import uuid

import pytest
from tests.small_exam import (
    CHIEF,
    CITY,
    EXAM,
    ROOM,
    SECOND,
    SITE_CHIEF,
    STARTS,
    VAULT,
    desk_over,
    in_room,
    intent,
    seats,
    tickets,
)

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.basics.errors import Finding, Refused, Sentence
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.exam_setup import SittingScheduled
from kaowu.facts.papers import PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.facts.record import AttemptRefused, FactWithdrawn
from kaowu.facts.subjects import RoomSittingKey
from kaowu.facts.violations import ViolationRecorded
from kaowu.store.memory import MemoryBook

TICKET = tickets(ROOM)[0]


@pytest.fixture
def clock():
    return SetClock(minutes_after(STARTS, -60))


@pytest.fixture
def book():
    return MemoryBook(seats())


@pytest.fixture
def desk(book, clock):
    return desk_over(book, clock)


def admitted(clock, ticket=TICKET, **more):
    return in_room(
        CandidateAdmitted(admission_number=ticket, identity="matched"), CHIEF, at=clock.now(), **more
    )


def packet(clock, *actors, **more):
    fact = PacketHandedOut(packet="P001", seal="A1", sheets=6, subject=more.pop("subject", "语文"))
    return in_room(fact, *actors, at=clock.now(), **more)


def test_a_fact_handed_in_is_in_the_journal_with_its_receipt(desk, book, clock):
    receipt = desk.submit(admitted(clock))
    assert book.records[receipt.index].envelope.payload["admission_number"] == TICKET
    assert receipt.recorded_at == clock.now()
    assert book.figures[EXAM, ROOM].entered == 1


def test_the_same_fact_sent_twice_is_kept_once_and_answered_the_same(desk, book, clock):
    sent = admitted(clock)
    first, size = desk.submit(sent), len(book.records)
    clock.advance(minutes=5)
    again = desk.submit(sent)
    assert again.repeated
    assert (again.index, again.recorded_at) == (first.index, first.recorded_at)
    assert len(book.records) == size


def test_an_id_used_for_another_fact_is_refused(desk, book, clock):
    desk.submit(admitted(clock, chance=b"0123456789"))
    with pytest.raises(Refused, match="id_used_for_another_fact"):
        desk.submit(admitted(clock, tickets(ROOM)[1], chance=b"0123456789"))
    assert book.figures[EXAM, ROOM].entered == 1


@pytest.mark.feature("PAP-09")
def test_handing_out_a_packet_alone_is_refused_and_the_attempt_is_on_record(desk, book, clock):
    with pytest.raises(Refused, match="second_person_missing"):
        desk.submit(packet(clock, VAULT))
    [attempt] = [r for r in book.records if r.envelope.kind == AttemptRefused.kind.name]
    assert attempt.envelope.payload == {
        "duty": "hand_out_packet",
        "code": "second_person_missing",
        "target": str(ROOM),
    }
    assert desk.submit(packet(clock, VAULT, CHIEF)).index == attempt.index + 1


@pytest.mark.feature("PAP-09")
def test_one_person_in_two_posts_is_still_one_person(desk, clock):
    twice = (VAULT, type(VAULT)(VAULT.account, "site_chief"))
    with pytest.raises(Refused, match="second_person_missing"):
        desk.submit(packet(clock, *twice))


@pytest.mark.feature("PAP-09")
def test_a_packet_already_unsealed_alone_is_recorded_not_refused(desk, book, clock):
    desk.submit(packet(clock, VAULT, CHIEF))
    receipt = desk.submit(
        in_room(PacketUnsealed(packet="P001", seal="A1", subject="语文"), CHIEF, at=clock.now())
    )
    assert book.records[receipt.index].envelope.kind == "packet_unsealed"
    assert book.figures[EXAM, ROOM].unsealed == 1


def test_a_packet_of_another_subject_does_not_leave_the_office(desk, clock):
    with pytest.raises(Refused, match="packet_wrong_subject") as refused:
        desk.submit(packet(clock, VAULT, CHIEF, subject="数学"))
    assert "语文" in refused.value.sentence.zh and "数学" in refused.value.sentence.zh


def test_a_post_without_the_duty_is_refused(desk, clock):
    fact = SittingScheduled(
        sitting="S2", subjects=("数学",), starts_at=STARTS + 10**8, ends_at=STARTS + 2 * 10**8
    )
    with pytest.raises(Refused, match="post_not_entitled"):
        desk.submit(intent(fact, CHIEF, at=clock.now()))
    desk.submit(intent(fact, CITY, at=clock.now()))


def test_an_unknown_room_is_refused_with_the_room_in_the_sentence(desk, clock):
    nowhere = RoomSittingKey("S1", ROOM.site, "099")
    with pytest.raises(Refused, match="room_sitting_unknown") as refused:
        desk.submit(admitted(clock, room=nowhere))
    assert "099" in refused.value.sentence.zh


def test_who_has_entered_cannot_be_written_down_as_absent(desk, clock):
    desk.submit(admitted(clock))
    with pytest.raises(Refused, match="absent_but_entered"):
        desk.submit(in_room(CandidateAbsent(admission_number=TICKET), CHIEF, at=clock.now()))


def test_a_withdrawn_record_no_longer_counts_and_still_stands_in_the_journal(desk, book, clock):
    sent = admitted(clock)
    desk.submit(sent)
    withdrawal = FactWithdrawn(withdrawn=str(sent.id), reason="扫错准考证")
    receipt = desk.submit(in_room(withdrawal, CHIEF, SITE_CHIEF, at=clock.now()))
    assert book.records[receipt.index].envelope.corrects == sent.id
    assert book.figures[EXAM, ROOM].entered == 0
    desk.submit(in_room(CandidateAbsent(admission_number=TICKET), CHIEF, at=clock.now()))
    assert book.figures[EXAM, ROOM].absent == 1
    assert [r.envelope.id for r in book.records].count(sent.id) == 1


@pytest.mark.parametrize("named", [str(uuid.UUID(int=7)), "not an id"])
def test_only_a_record_of_this_room_can_be_withdrawn(desk, clock, named):
    with pytest.raises(Refused, match="no_such_fact_here"):
        desk.submit(in_room(FactWithdrawn(withdrawn=named, reason="-"), CHIEF, SITE_CHIEF, at=clock.now()))


def test_what_names_a_person_lies_beside_the_entry_under_a_commitment(desk, book, clock):
    fact = ViolationRecorded(
        admission_number=TICKET, clause="6-4", found_by="in_room", narrative="口袋里有手机"
    )
    receipt = desk.submit(in_room(fact, CHIEF, SECOND, at=clock.now()))
    recorded = book.records[receipt.index]
    assert "手机".encode() not in recorded.entry
    assert recorded.envelope.commitment and len(recorded.salt) == 32
    assert recorded.envelope.fact(dict(recorded.personal)) == fact


def test_a_defect_in_the_middle_leaves_nothing_behind(book, clock):
    def failing(kind, fact, state, act):
        if kind == "sheets_counted":
            raise RuntimeError("a rule is broken")
        return ()

    desk = desk_over(book, clock, failing)
    before = list(book.records)
    count = SheetsCounted(issued=6, used=5, absent=0, spare=1, void=0)
    with pytest.raises(RuntimeError):
        desk.submit_all([admitted(clock), in_room(count, CHIEF, SECOND, at=clock.now())])
    assert book.records == before
    desk.submit(admitted(clock))
    assert book.figures[EXAM, ROOM].entered == 1


def test_a_clock_set_back_does_not_make_the_journal_run_backwards(desk, book, clock):
    desk.submit(admitted(clock))
    clock.advance(minutes=-90)
    desk.submit(admitted(clock, tickets(ROOM)[1]))
    recorded = [r.recorded_at for r in book.records]
    assert recorded == sorted(recorded)


def test_each_device_has_a_chain_without_gap(desk, book, clock):
    for ticket, device in zip(tickets(ROOM), ["gate-1", "gate-2", "gate-1", "gate-2", "gate-1"], strict=True):
        desk.submit(admitted(clock, ticket, device=device))
    for device, length in (("gate-1", 3), ("gate-2", 2)):
        chain = [r.envelope for r in book.records if r.envelope.device == device]
        assert [e.device_seq for e in chain] == list(range(1, length + 1))
        assert chain[0].device_prev == bytes(32)


def test_findings_stand_beside_the_fact_and_come_back_with_the_receipt(book, clock):
    found = Finding("entry.late", Sentence("迟到", "late"))
    desk = desk_over(
        book, clock, lambda kind, fact, state, act: [found] if kind == "candidate_admitted" else []
    )
    sent = admitted(clock)
    assert desk.submit(sent).findings == (found,)
    assert desk.submit(sent).findings == (found,)
