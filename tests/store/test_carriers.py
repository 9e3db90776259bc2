"""One contract for every carrier: what is cosigned is on disk above, whatever carried it, however often.

A carrier is an HTTP door, a NATS server, or a file in somebody's pocket.
"""

import time

import pytest
from tests.services import nats_server
from tests.store.test_mirror import KEY, MIRROR_KEY, ORIGIN, append, clock, copy, cosign, own, sign
from tests.web.test_mirror_door import door

from kaowu.edge.carriers import Answer, LinkDown
from kaowu.edge.https import AddressUnsafe, HttpsCarrier
from kaowu.edge.mirror import Mirroring
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.mirror import Mirror
from kaowu.store.models import LogConflict, Upstream
from kaowu.store.own_log import OwnLog
from kaowu.store.upstreams import UpstreamRecord, enroll_upstream, upstreams

pytestmark = pytest.mark.django_db(transaction=True)
nats = pytest.importorskip("kaowu.edge.nats", reason="nats-py is not installed")


@pytest.fixture
def book(db):
    open_book(ORIGIN)
    return DjangoBook(clock, sign)


@pytest.fixture
def mirror(db):
    mirror = Mirror(clock, cosign)
    mirror.enroll(ORIGIN, KEY.verifying)
    enroll_upstream("county", "https://county.example/mirror", MIRROR_KEY.verifying)
    return mirror


class Pocket:
    """Requests written down one after the other and handed in later: what a bundle is."""

    def __init__(self, answer):
        self._answer = answer

    def carry(self, endpoint, body):
        return Answer(*self._answer(endpoint, bytes(body)))

    def close(self):
        """Nothing to give back."""


@pytest.fixture(params=["pocket", "nats"])
def carrier(request, mirror):
    def answer(endpoint, body):
        verdict = getattr(mirror, endpoint.replace("-", "_"))(body)
        return int(verdict.status), verdict.body

    if request.param == "pocket":
        yield Pocket(answer)
        return
    url = request.getfixturevalue("nats_url")
    listening = nats.NatsDoor(url, "county", _closing(answer))
    carrier = nats.NatsCarrier(f"{url}/county", timeout_s=10)
    try:
        yield carrier
    finally:
        carrier.close()
        listening.close()


def _closing(answer):
    """The door runs in a thread of its own, which must give its database connection back."""
    from django.db import connections

    def one(endpoint, body):
        try:
            return answer(endpoint, body)
        finally:
            connections.close_all()

    return one


def link(carrier, **more):
    return Mirroring(OwnLog(), UpstreamRecord("county", clock), carrier, MIRROR_KEY.verifying, **more)


def until_settled(link, tries=5):
    for _ in range(tries):
        progress = link.step()
        if progress.settled:
            return progress
        time.sleep(0.5)
    raise AssertionError(progress)


def test_a_journal_arrives_whole_and_is_acknowledged(book, carrier):
    for size in (1, 300, 40):
        append(book, size)
        until_settled(link(carrier, request_bytes=60_000))
    assert copy() == own() and upstreams()[0].cosigned_size == 341


def test_what_was_sent_twice_or_late_changes_nothing(book, carrier):
    sent = []

    class Remembering:
        def carry(self, endpoint, body):
            sent.append((endpoint, body))
            return carrier.carry(endpoint, body)

    for _ in range(2):
        append(book, 200)
        until_settled(link(Remembering()))
    for endpoint, body in [*sent, *reversed(sent)]:
        carrier.carry(endpoint, body)
    assert copy() == own() and LogConflict.objects.count() == 0


def test_only_the_cosignature_counts_not_that_something_was_carried(book, carrier):
    append(book, 30)

    class Lossy:
        def carry(self, endpoint, body):
            carrier.carry(endpoint, body)
            raise LinkDown("the answer was lost")

    assert link(Lossy()).step().trouble == "link_down"
    assert Upstream.objects.get().cosigned_size == 0
    assert until_settled(link(carrier)).cosigned == 30


def test_a_broker_that_is_killed_loses_nothing_that_was_acknowledged(book, mirror):
    """The server goes with its store; the journal sends again from the last cosignature."""

    def answer(endpoint, body):
        verdict = getattr(mirror, endpoint.replace("-", "_"))(body)
        return int(verdict.status), verdict.body

    for round in range(2):
        append(book, 150)
        with nats_server() as url:
            listening = nats.NatsDoor(url, "county", _closing(answer))
            carrier = nats.NatsCarrier(f"{url}/county", timeout_s=10)
            assert until_settled(link(carrier)).cosigned == 150 * (round + 1)
            listening.close()
            carrier.close()
    assert copy() == own()


def test_a_broker_with_nobody_behind_it_is_a_link_that_is_down(book, mirror, nats_url):
    append(book, 3)
    carrier = nats.NatsCarrier(f"{nats_url}/nobody", timeout_s=1)
    assert link(carrier).step().trouble == "link_down"
    carrier.close()


def test_an_old_server_is_a_finding_and_a_silent_one_too(nats_url):
    assert nats.version_of("2.9.10") < nats.LEAST_VERSION <= nats.version_of("2.12.0")
    found = nats.server_findings(f"{nats_url}/county")
    assert [one["code"] for one in found] in (["nats_server_old"], [])
    assert nats.server_findings("nats://127.0.0.1:1/county")[0]["code"] == "nats_server_silent"


@pytest.mark.parametrize(
    "address", ["nats://hub.example:4222/county", "http://127.0.0.1/x", "nats://127.0.0.1:4222"]
)
def test_facts_do_not_travel_unencrypted_to_a_broker_elsewhere(address):
    with pytest.raises((AddressUnsafe, ValueError)):
        nats.NatsCarrier(address)


def test_the_http_door_keeps_the_same_contract(book, db):
    from kaowu.web.mirror_api import mirror as here
    from kaowu.web.node_key import mirror_key

    here().enroll(ORIGIN, KEY.verifying)
    append(book, 300)
    with door() as address:
        enroll_upstream("county", address, mirror_key().verifying)
        carrier = HttpsCarrier(address)
        progress = Mirroring(
            OwnLog(), UpstreamRecord("county", clock), carrier, mirror_key().verifying, request_bytes=60_000
        ).step()
        carrier.close()
    assert progress.settled and copy() == own()
