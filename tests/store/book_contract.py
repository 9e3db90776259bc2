"""What every book promises, whatever it is kept in: one suite, inherited by each of them."""

import threading
from dataclasses import replace

import pytest
from tests.small_exam import (
    CHIEF,
    EXAM,
    NEXT_ROOM,
    ROOM,
    SECOND,
    STARTS,
    desk_over,
    in_room,
    intent,
    no_findings,
    tickets,
)
from tests.terminal import Terminal

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.basics.errors import Finding, Refused, Sentence
from kaowu.basics.ids import digest, new_fact_id
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.entries import read_entry
from kaowu.engines.ledger.runs import Office, Proof, signed_run
from kaowu.engines.ledger.signers import SignatureJudge
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope
from kaowu.facts.violations import ViolationRecorded
from kaowu.loop.desk import Desk
from kaowu.loop.signed import RunRefused, SignedEntry

SUITE = deployed()
LOG_KEY = SUITE.new_key("kaowu.test", secret=bytes(31) + b"\x05")
OFFICE = Office(SUITE.new_key("kaowu.test/office", secret=bytes(31) + b"\x06"), LOG_KEY, SUITE)


class Interrupted(Exception):
    """Something failed in the middle of a transaction."""


class BookContract:
    """Subclasses give the fixture `book`: empty, with the seats of the small exam."""

    @pytest.fixture
    def clock(self):
        return SetClock(minutes_after(STARTS, -40))

    @pytest.fixture
    def desk(self, book, clock):
        return self.open_desk(book, clock)

    def open_desk(self, book, clock, judge=no_findings):
        """A desk over the small exam; a database also needs its rows."""
        return desk_over(book, clock, judge)

    def admitted(self, clock, seat=0, room=ROOM, **more):
        fact = CandidateAdmitted(admission_number=tickets(room)[seat], identity="matched")
        return in_room(fact, CHIEF, at=clock.now(), room=room, **more)

    def leaves(self, book):
        """Entry and proof of every fact in the order of the book."""
        raise AssertionError("say where the book keeps them")

    def read(self, book, room=ROOM, since=0):
        with book.writing() as page:
            return list(page.facts_about(EXAM, str(room), since))

    def test_what_was_written_is_read_back_in_order(self, book, desk, clock):
        receipts = [desk.submit(self.admitted(clock, seat)) for seat in range(5)]
        records = self.read(book)
        assert [record.index for record in records] == [receipt.index for receipt in receipts]
        assert [record.envelope.payload["admission_number"] for record in records] == tickets(ROOM)

    def test_indices_are_consecutive_over_all_subjects(self, book, desk, clock):
        first = desk.submit(self.admitted(clock))
        second = desk.submit(self.admitted(clock, room=NEXT_ROOM))
        assert second.index == first.index + 1

    def test_reading_on_starts_at_the_index_asked_for(self, book, desk, clock):
        receipts = [desk.submit(self.admitted(clock, seat)) for seat in range(3)]
        assert [record.index for record in self.read(book, since=receipts[1].index)] == [
            receipts[1].index,
            receipts[2].index,
        ]

    def test_a_fact_is_found_by_its_id_with_findings_and_personal_fields(self, book, clock):
        finding = Finding(
            "x.y", Sentence("发现", "found"), clause="JYB-33 6-4", remedy=Sentence("补救", "mend")
        )
        desk = self.open_desk(book, clock, lambda kind, *_: [finding] if kind == "violation_recorded" else [])
        fact = ViolationRecorded(
            admission_number=tickets(ROOM)[0], clause="6-4", found_by="video", narrative="经过"
        )
        sent = in_room(fact, CHIEF, SECOND, at=clock.now())
        desk.submit(sent)
        with book.writing() as page:
            found = page.find(sent.id)
        assert found.findings == (finding,)
        assert found.envelope.fact(dict(found.personal)) == fact

    def test_an_error_in_the_middle_leaves_nothing(self, book, desk, clock):
        desk.submit(self.admitted(clock))
        before = self.read(book)
        with pytest.raises(Interrupted), book.writing() as page:
            last = before[-1].envelope
            page.write(
                last._replace(**self._next(page)),
                clock.now(),
                {},
                b"",
                (),
            )
            raise Interrupted
        assert self.read(book) == before
        assert desk.submit(self.admitted(clock, 1)).index == before[-1].index + 1

    def test_the_same_fact_twice_is_one_row(self, book, desk, clock):
        sent = self.admitted(clock)
        assert desk.submit(sent).index == desk.submit(sent).index
        assert len(self.read(book)) == 1

    def test_the_same_fact_twice_in_one_commit_is_one_row_whether_it_was_known_before_or_not(
        self, book, desk, clock
    ):
        known, new = self.admitted(clock), self.admitted(clock, 1, device="gate-2")
        before = desk.submit(known)
        answers = desk.submit_all([known, new, new, known])
        assert [one.repeated for one in answers] == [True, False, True, True]
        assert [one.index for one in answers] == [
            before.index,
            before.index + 1,
            before.index + 1,
            before.index,
        ]
        assert len(self.read(book)) == 2

    def test_two_desks_over_one_book_answer_a_repeated_fact_alike(self, book, desk, clock):
        sent = self.admitted(clock)
        first = desk.submit(sent)
        again = desk_of_another_process(book, clock).submit(sent)
        assert again.repeated and again.index == first.index

    def test_a_desk_sees_what_another_desk_wrote(self, book, desk, clock):
        desk.submit(self.admitted(clock))
        other = desk_of_another_process(book, clock)
        other.submit(self.admitted(clock, 1))
        desk.submit(in_room(CandidateAbsent(admission_number=tickets(ROOM)[2]), CHIEF, at=clock.now()))
        with book.writing() as page:
            [(_, figures)] = [row for row in page.rooms(EXAM, "S1", ROOM.site) if row[0] == ROOM]
        assert (figures.expected, figures.entered, figures.absent) == (5, 2, 1)

    def test_each_device_chain_links_to_the_entry_before(self, book, desk, clock):
        for seat, device in enumerate(["gate-1", "gate-2", "gate-1"]):
            desk.submit(self.admitted(clock, seat, device=device))
        one, other, two = self.read(book)
        assert one.envelope.device_prev == NO_PREVIOUS == other.envelope.device_prev
        assert two.envelope.device_prev == digest(one.entry)
        assert (one.envelope.device_seq, two.envelope.device_seq) == (1, 2)

    def test_every_entry_lies_under_a_signature_and_an_act_of_two_under_one_of_its_own(
        self, book, desk, clock
    ):
        for seat in range(3):
            desk.submit(self.admitted(clock, seat, device=f"gate-{seat % 2}"))
        fact = ViolationRecorded(
            admission_number=tickets(ROOM)[0], clause="6-4", found_by="video", narrative="经过"
        )
        desk.submit(in_room(fact, CHIEF, SECOND, at=clock.now()))
        judge = SignatureJudge(LOG_KEY.verifying, SUITE)
        rows = self.leaves(book)
        faults = [
            fault
            for index, (entry, proof) in enumerate(rows)
            for fault in judge.take(index, entry, read_entry(entry), proof)
        ]
        assert faults + judge.settle() == [] and judge.covered == len(rows)
        attested = Proof.from_bytes(rows[-1][1]).attestations
        assert [one.proven.account for one in attested] == [CHIEF.account, SECOND.account]

    def test_a_device_that_enrolled_signs_itself_until_it_is_revoked(self, book, desk, clock):
        gate = Terminal("gate-7", EXAM, ROOM.site)
        officer = Actor("city-1", "city_officer")
        at_site = {"subject": ROOM.site, "site": ROOM.site}
        enrolled = DeviceEnrolled(device="gate-7", site=ROOM.site, key=gate.key.verifying.to_text())
        desk.submit(intent(enrolled, officer, at=clock.now(), **at_site))
        with pytest.raises(Refused) as refused:
            desk.submit(self.admitted(clock, device="gate-7"))
        assert refused.value.code == "device_must_sign"
        assert (
            desk.submit(self.signed(gate, clock, 0)).index
            == desk.submit(self.signed(gate, clock, 1)).index - 1
        )
        gap = self.signed(gate, clock, 2), self.signed(gate, clock, 3)
        with pytest.raises(RunRefused) as not_kept:
            desk.submit(gap[1])
        assert not_kept.value.refusal.code == "device_gap"
        assert not desk.submit(gap[0]).repeated and desk.submit(gap[0]).repeated
        desk.submit(intent(DeviceRevoked(device="gate-7", reason="lost"), officer, at=clock.now(), **at_site))
        with pytest.raises(RunRefused) as not_kept:
            desk.submit(gap[1])
        assert not_kept.value.refusal.code == "device_revoked"
        with book.writing() as page:
            assert page.device_head("gate-7")[0] == 3

    def signed(self, gate, clock, seat):
        """An entry as the terminal made and signed it."""
        sent = self.admitted(clock, seat, device=gate.name)
        made = gate.entry(sent.fact, *sent.actors, at=sent.stamped_at, subject=sent.subject, id=sent.id)
        proof = signed_run(gate.key, gate.name, [digest(made["content"])], suite=SUITE)
        envelope = Envelope.from_bytes(made["content"])
        return replace(sent, signed=SignedEntry(envelope, made["content"], {}, b"", proof))

    def test_many_senders_at_once_lose_nothing(self, book, desk, clock):
        sent = [
            self.admitted(clock, seat, room, device=f"gate-{seat}")
            for room in (ROOM, NEXT_ROOM)
            for seat in range(5)
        ]
        lock = threading.Lock()  # one desk serves its threads one after another, as the counter does

        def send(intent):
            with lock:
                desk.submit(intent)

        self.in_threads(send, sent)
        kept = self.read(book) + self.read(book, NEXT_ROOM)
        assert {record.envelope.id for record in kept} == {intent.id for intent in sent}
        assert len({record.index for record in kept}) == 10

    def in_threads(self, act, items):
        threads = [threading.Thread(target=act, args=(item,)) for item in items]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _next(self, page):
        sequence, previous = page.device_head("office")
        return {"id": new_fact_id(STARTS), "device_seq": sequence + 1, "device_prev": previous}


def desk_of_another_process(book, clock):
    """A desk that has folded nothing yet, over a book in which the exam is set up."""
    return Desk(book, clock, no_findings, profile_of=lambda plan: None)
