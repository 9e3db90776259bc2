"""A node above judges again what it has copied: what does not hold stays evidence and is never counted."""

import pytest
from tests.person import Person
from tests.store.test_mirror import KEY, MIRROR_KEY, ORIGIN, SUITE, clock, cosign, mirroring, sign
from tests.terminal import Terminal

from kaowu.basics.ids import new_fact_id
from kaowu.engines.ledger.persons import deed_of
from kaowu.engines.ledger.runs import Office, Proof, Proven, signed_run
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.papers import PacketUnsealed
from kaowu.facts.person_keys import PersonKeyEnrolled, PersonKeyRevoked
from kaowu.store import arrivals, intake
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.mirror import Mirror
from kaowu.store.models import Arrival, CopiedDevice, CopiedPersonKey, CopyFault, JournalEntry, MirroredLog
from kaowu.store.upstreams import enroll_upstream

pytestmark = pytest.mark.django_db(transaction=True)
OFFICE = Office(SUITE.new_key("site-7/office", secret=bytes(31) + b"\x09"), KEY, SUITE)
CHIEF, ASSISTANT = Actor("inv-1", "chief_invigilator"), Actor("inv-2", "assistant_invigilator")
OFFICER = Actor("city-1", "city_officer")


@pytest.fixture
def site(db):
    """A site's log and the county that mirrors it, in one database."""
    open_book(ORIGIN)
    mirror = Mirror(clock, cosign, SUITE)
    mirror.enroll(ORIGIN, KEY.verifying)
    enroll_upstream("county", "https://county.example/mirror", MIRROR_KEY.verifying)
    return Site(DjangoBook(clock, sign, OFFICE), mirror)


class Site:
    """Writes past the counter, as somebody with the site's database and keys could."""

    def __init__(self, book, mirror):
        self.book = book
        self.mirror = mirror
        self.gate = Terminal("gate-7", "gk", "0402")

    def write(self, *rows):
        """Each row: an envelope's bytes and what signs it."""
        with self.book.writing() as page:
            for content, signed_by in rows:
                page.write(Envelope.from_bytes(content), clock.now(), {}, b"", (), signed_by)
        self.book.checkpoint()

    def by_office(self, fact, *actors, proven=(), device="office"):
        with self.book.writing() as page:
            sequence, previous = page.device_head(device)
            counter = Terminal(device, "gk", "0402", sequence=sequence, head=previous)
            made = counter.entry(fact, *actors, at=clock.now(), subject="S1/0402/001")
            page.write(Envelope.from_bytes(made["content"]), clock.now(), {}, b"", (), proven)
        self.book.checkpoint()

    def enrol(self):
        key = self.gate.key.verifying.to_text()
        self.by_office(DeviceEnrolled(device="gate-7", site="0402", key=key), OFFICER)

    def admitted(self, count=1):
        fact = CandidateAdmitted(admission_number="27040200101", identity="matched")
        return [
            self.gate.entry(fact, CHIEF, at=clock.now(), subject="S1/0402/001")["content"]
            for _ in range(count)
        ]

    def run(self, contents, **more):
        digests = [SUITE.hash(content) for content in contents]
        proof = signed_run(more.pop("key", self.gate.key), "gate-7", digests, suite=SUITE, **more)
        return [*((content, b"") for content in contents[:-1]), (contents[-1], proof)]

    def go_up(self, apart=False):
        """To the county; `apart`: the county does not hold the site's own facts, as in life."""
        assert mirroring(self.mirror).step().settled
        if apart:
            JournalEntry.objects.all().delete()
        arrivals.read_on(clock, lambda *_: ())
        return sorted(CopyFault.objects.values_list("seq", "code"))


def test_what_holds_is_read_and_counted_once_however_it_came(site):
    site.enrol()
    site.write(*site.run(site.admitted(130)[:128]))
    assert site.go_up() == []
    log = MirroredLog.objects.get()
    assert (log.judged, log.arrived, log.ever_signed) == (129, 129, True)
    site.gate.sequence, site.gate.head = 128, bytes(CopiedDevice.objects.get(device="gate-7").digest)
    site.write(*site.run(site.admitted(3)))
    assert site.go_up() == []
    assert CopiedDevice.objects.get(device="gate-7").seq == 131


def test_a_site_that_forges_a_devices_signature_is_found_above(site):
    site.enrol()
    site.write(*site.run(site.admitted(), key=SUITE.new_key("gate-7")))
    site.write(*site.run(site.admitted()))
    assert site.go_up(apart=True) == [(1, "signature_false")]
    assert Arrival.objects.filter(device="gate-7").count() == 1, "the good one after it is read"


def test_a_fact_of_a_revoked_device_is_evidence_and_not_counted(site):
    site.enrol()
    site.write(*site.run(site.admitted()))
    site.by_office(DeviceRevoked(device="gate-7", reason="丢失"), OFFICER)
    site.write(*site.run(site.admitted()))
    assert site.go_up(apart=True) == [(3, "device_revoked")]
    assert Arrival.objects.filter(device="gate-7").count() == 1
    assert MirroredLog.objects.get().next_entry == 4


def test_the_node_cannot_speak_for_a_device_that_has_its_own_key(site):
    site.enrol()
    [content] = site.admitted()
    site.write((content, ()))
    assert site.go_up() == [(1, "device_must_sign")]


def test_a_gap_in_a_devices_chain_is_named(site):
    site.enrol()
    site.admitted()
    site.write(*site.run(site.admitted()))
    assert site.go_up() == [(1, "device_gap")]


UNSEALED = PacketUnsealed(packet="P1", seal="1", subject="语文", witnessed_by=("01", "02"))
NOW = clock.now()
PERSONS = (Proven("inv-1", "p/1", "password", NOW), Proven("inv-2", "p/2", "password", NOW))
BY_THE_RULES = {
    "": ((CHIEF, ASSISTANT), PERSONS),
    "attestation_missing": ((CHIEF, ASSISTANT), PERSONS[:1]),
    "credentials_not_distinct": (
        (CHIEF, ASSISTANT),
        (PERSONS[0], Proven("inv-2", "p/1", "password", NOW)),
    ),
    "post_not_entitled": ((CHIEF, Actor("inv-2", "screener")), PERSONS),
    "signatures_apart": (
        (CHIEF, ASSISTANT),
        (PERSONS[0], Proven("inv-2", "p/2", "password", NOW + 16 * 60_000)),
    ),
}


@pytest.mark.parametrize("code", BY_THE_RULES)
def test_two_persons_are_judged_again_by_the_same_rules_as_at_the_counter(site, code):
    actors, proven = BY_THE_RULES[code]
    site.by_office(UNSEALED, *actors, proven=proven)
    assert site.go_up() == ([(0, code)] if code else [])


def test_an_office_key_that_the_log_did_not_certify_is_not_believed(site):
    thief = Office(SUITE.new_key("x"), SUITE.new_key("site-7"), SUITE)
    site.book = DjangoBook(clock, sign, thief)
    site.by_office(UNSEALED, CHIEF, ASSISTANT, proven=PERSONS)
    assert site.go_up() == [(0, "office_uncertified")]


def test_a_log_that_signs_cannot_slip_in_what_nobody_signed(site):
    site.enrol()
    site.book = DjangoBook(clock, sign)
    site.by_office(CandidateAdmitted(admission_number="27040200101", identity="matched"), CHIEF)
    assert site.go_up() == [(1, "unsigned")]


def test_judging_goes_on_where_it_stood_whatever_the_portions(site):
    site.enrol()
    for _ in range(3):
        site.write(*site.run(site.admitted(5)))
    assert mirroring(site.mirror).step().settled
    log = MirroredLog.objects.get().pk
    while intake.judge_log(log, clock, at_once=2):
        pass
    row = MirroredLog.objects.get()
    assert (row.judged, CopyFault.objects.count(), CopiedDevice.objects.count()) == (16, 0, 2)
    assert isinstance(Proof.from_bytes(site.run(site.admitted())[-1][1]), Proof)


def test_a_backlog_under_one_checkpoint_is_judged_by_portions_that_cut_no_run(site):
    site.enrol()
    for _ in range(3):
        site.write(*site.run(site.admitted(5)))
    site.by_office(CandidateAdmitted(admission_number="27040200101", identity="matched"), CHIEF)
    assert mirroring(site.mirror).step().settled
    log, reached = MirroredLog.objects.get(), []
    assert log.size == log.cosigned_size == 17, "the county heard of one checkpoint"
    while intake.judge_log(log.pk, clock, at_once=3):
        log.refresh_from_db()
        reached.append(log.judged)
    assert reached == [6, 11, 16, 17]
    assert not CopyFault.objects.exists()
    JournalEntry.objects.all().delete()  # in life the county does not hold the site's own facts
    assert arrivals.read_on(clock, lambda *_: ()) == 17, "what was judged before is read from the copy"
    assert Arrival.objects.count() == 17


class Holder(Person):
    """A person at the site who holds a key."""

    def enrol(self, site):
        key, held = self.key.verifying.to_text(), self.possession()
        fact = PersonKeyEnrolled(person=self.account, key=key, possession=held)
        site.by_office(fact, OFFICER)
        return self


def by_keys(site, *signed, fact=UNSEALED, actors=(CHIEF, ASSISTANT)):
    """An act of two at the node's counter, as whoever holds the node could write it; `signed` are given the deed."""
    with site.book.writing() as page:
        sequence, previous = page.device_head("office")
        counter = Terminal("office", "gk", "0402", sequence=sequence, head=previous)
        made = counter.entry(fact, *actors, at=NOW, subject="S1/0402/001", id=new_fact_id(NOW))
        proven = tuple(one(deed_of(made["content"])) for one in signed)
        page.write(Envelope.from_bytes(made["content"]), clock.now(), {}, b"", (), proven)
    site.book.checkpoint()


def pin_of_the_second(deed):
    return PERSONS[1]


def test_persons_own_signatures_are_judged_again_above(site):
    chief = Holder("inv-1", "gk", suite=SUITE).enrol(site)
    by_keys(site, lambda deed: chief.signs(deed, NOW), pin_of_the_second)
    assert site.go_up() == []
    kept = CopiedPersonKey.objects.get()
    assert (kept.credential, kept.account, kept.revoked) == (chief.credential, "inv-1", False)
    by_keys(site, lambda deed: chief.signs(deed + b"x", NOW), pin_of_the_second)
    by_keys(site, lambda deed: PERSONS[0], pin_of_the_second)
    by_keys(site, lambda deed: chief.signs(deed, NOW - 16 * 60_000), pin_of_the_second)
    by_keys(site, lambda deed: chief.signs(deed, NOW), lambda deed: chief.signs(deed, NOW, "inv-2"))
    assert site.go_up() == [
        (2, "person_signature_false"),
        (3, "person_must_sign"),
        (4, "signatures_apart"),
        (5, "credentials_not_distinct"),
        (5, "person_key_of_another"),
    ]


def test_a_revoked_key_of_a_person_counts_for_nothing_above(site):
    chief = Holder("inv-1", "gk", suite=SUITE).enrol(site)
    fact = PersonKeyRevoked(person="inv-1", credential=chief.credential, reason="丢失")
    site.by_office(fact, OFFICER)
    by_keys(site, lambda deed: chief.signs(deed, NOW), pin_of_the_second)
    by_keys(site, lambda deed: PERSONS[0], pin_of_the_second)
    assert site.go_up(apart=True) == [(2, "person_key_revoked")]
    assert CopiedPersonKey.objects.get().revoked
    assert Arrival.objects.filter(kind="packet_unsealed").count() == 1, "the good one after it is read"


def test_the_wrong_post_is_found_above_whatever_key_has_signed(site):
    chief = Holder("inv-1", "gk", suite=SUITE).enrol(site)
    actors = (CHIEF, Actor("inv-2", "screener"))
    by_keys(site, lambda deed: chief.signs(deed, NOW), pin_of_the_second, actors=actors)
    assert site.go_up() == [(1, "post_not_entitled")]
