"""A second process may judge what comes next; whatever becomes of it, the same is found."""

import os
import signal

import cbor2
import pytest
from tests.store.test_intake import ASSISTANT, CHIEF, PERSONS, UNSEALED, Site, mirroring, site
from tests.store.test_mirror import ORIGIN, SUITE, clock

from kaowu.facts.entry import CandidateAdmitted
from kaowu.store import arrivals, intake
from kaowu.store.judging_ahead import Ahead
from kaowu.store.models import (
    Arrival,
    CopiedDevice,
    CopyFault,
    JournalEntry,
    JournalHead,
    MirroredEntry,
    MirroredLog,
)

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 3
assert site  # the fixture


@pytest.fixture(scope="module")
def process():
    """The second process of all tests here."""
    process = Ahead()
    yield process
    process.close()


@pytest.fixture
def ahead(process, monkeypatch):
    """The second process, which is given even what is little; it counts what it is given."""
    monkeypatch.setattr(intake, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(process, "times", 0, raising=False)

    def begin(*given):
        process.times += 1
        Ahead.begin(process, *given)

    monkeypatch.setattr(process, "begin", begin)
    return process


def a_day_with_faults(site: Site) -> None:
    """Runs of five that no portion may cut, acts of two persons, a forgery, an entry that nobody can read."""
    site.enrol()
    for _ in range(2):
        site.write(*site.run(site.admitted(5)))
    site.by_office(UNSEALED, CHIEF, ASSISTANT, proven=PERSONS)
    site.by_office(UNSEALED, CHIEF, ASSISTANT, proven=PERSONS[:1])
    site.write(*site.run(site.admitted(2), key=SUITE.new_key("gate-7")))
    site.write(*site.run(site.admitted(5)))
    site.by_office(CandidateAdmitted(admission_number="27040200101", identity="matched"), CHIEF)
    assert mirroring(site.mirror).step().settled
    MirroredEntry.objects.filter(seq=4).update(leaf=cbor2.dumps([1, b"\xa0"]))
    JournalEntry.objects.all().delete()  # in life the county does not hold the site's own facts


def read(ahead=None):
    """All that comes of the copy, read anew from its beginning."""
    for rows in (Arrival, CopyFault, CopiedDevice):
        rows.objects.all().delete()
    MirroredLog.objects.update(judged=0, arrived=0, ever_signed=False)
    JournalHead.objects.update(arrived=0)
    steps = []
    while read := arrivals.read_on(clock, lambda *_: (), AT_ONCE, ahead):
        steps.append(read)
    log = MirroredLog.objects.get(origin=ORIGIN)
    return (
        steps,
        (log.judged, log.arrived, log.ever_signed),
        sorted(CopyFault.objects.values_list("seq", "device", "code")),
        list(
            CopiedDevice.objects.order_by("device").values_list("device", "seq", "digest", "key", "revoked")
        ),
        list(Arrival.objects.order_by("number").values_list("number", "seq", "fact_id", "entry")),
    )


def test_a_second_process_finds_the_same_in_the_same_portions(site, ahead):
    a_day_with_faults(site)
    alone = read()
    assert {code for *_, code in alone[2]} >= {"attestation_missing", "signature_false", "entry_malformed"}
    assert read(ahead) == alone and ahead.times > 2


def test_a_run_that_is_open_where_its_leaves_end_is_judged_by_the_first_process(site, ahead, monkeypatch):
    a_day_with_faults(site)
    alone = read()
    monkeypatch.setattr(intake, "LONGEST_OPEN", 0)
    assert read(ahead) == alone and ahead.times > 2


def test_nothing_is_lost_with_a_second_process_that_was_killed_at_its_work(site, ahead, monkeypatch):
    a_day_with_faults(site)
    alone, begin = read(), ahead.begin

    def begin_and_die(*given):
        begin(*given)
        if ahead.times == 2:
            ahead._process.kill()
            ahead._process.wait()

    monkeypatch.setattr(ahead, "begin", begin_and_die)
    assert read(ahead) == alone and ahead.times > 2, "it was started again"


def stop(process):
    """As a machine out of memory or a debugger leaves it: it is there and does nothing."""
    os.kill(process.pid, signal.SIGSTOP)
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])


def test_a_second_process_that_hangs_is_killed_and_the_first_judges_itself(site, ahead, monkeypatch):
    a_day_with_faults(site)
    alone, begin, limit = read(), ahead.begin, ahead._hangs_after_s
    stopped = []

    def begin_with_one_that_hangs(*given):
        ahead._hangs_after_s = limit
        if ahead.times == 1:
            stopped.append(ahead._process)
            stop(ahead._process)
            ahead._hangs_after_s = 0.1
        begin(*given)

    monkeypatch.setattr(ahead, "begin", begin_with_one_that_hangs)
    assert read(ahead) == alone and ahead.times > 2, "it was started again"
    ahead._hangs_after_s = limit
    assert [one.wait() for one in stopped] == [-signal.SIGKILL]


def test_a_second_process_that_hangs_does_not_hold_up_the_end():
    ahead = Ahead(hangs_after_s=0.1)
    stop(ahead._process)
    ahead.close()
    assert ahead._process.returncode == -signal.SIGKILL
