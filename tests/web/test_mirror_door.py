"""The door for other nodes' journals: proofs come in, nothing else does."""

import json
import threading
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from tests.store.test_mirror import KEY, ORIGIN, append, clock, sign

from kaowu.edge.carriers import LinkDown
from kaowu.edge.https import AddressUnsafe, HttpsCarrier
from kaowu.edge.mirror import Mirroring
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.mirror import LARGEST_REQUEST
from kaowu.store.models import AccessLog, MirroredEntry
from kaowu.store.own_log import OwnLog
from kaowu.store.upstreams import UpstreamRecord, enroll_upstream, upstreams
from kaowu.web.mirror_api import mirror
from kaowu.web.node_key import mirror_key, signing_key

pytestmark = pytest.mark.django_db(transaction=True)


class Quiet(WSGIRequestHandler):
    """Says nothing on standard error."""

    def log_message(self, *_):
        """Not here."""


@contextmanager
def door():
    """The whole application behind a real socket of this machine."""
    application = get_wsgi_application()

    def one(environ, start_response):
        try:
            yield from application(environ, start_response)
        finally:
            connection.close()

    server = make_server("127.0.0.1", 0, one, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mirror"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def book(db):
    open_book(ORIGIN)
    mirror().enroll(ORIGIN, KEY.verifying)
    return DjangoBook(clock, sign)


def test_a_journal_travels_over_http_and_comes_back_cosigned(book):
    append(book, 600)
    with door() as address:
        enroll_upstream("county", address, mirror_key().verifying)
        carrier = HttpsCarrier(address, timeout_s=20)
        progress = Mirroring(
            OwnLog(), UpstreamRecord("county", clock), carrier, mirror_key().verifying, request_bytes=60_000
        ).step()
        carrier.close()
    assert progress.settled, progress
    assert MirroredEntry.objects.count() == 600 == upstreams()[0].cosigned_size


def test_a_door_that_is_shut_is_a_link_that_is_down(book):
    append(book, 3)
    with door() as address:
        pass
    with pytest.raises(LinkDown):
        HttpsCarrier(address, timeout_s=2).carry("add-checkpoint", b"")


@pytest.mark.parametrize("address", ["http://county.example/mirror", "ftp://127.0.0.1/", "county", "http://"])
def test_facts_do_not_travel_unencrypted_over_a_network(address):
    with pytest.raises(AddressUnsafe):
        HttpsCarrier(address)


def post(endpoint, body):
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/mirror/{endpoint}", body, content_type="application/octet-stream")


@pytest.mark.parametrize(
    ("endpoint", "body", "status", "code"),
    [
        ("add-checkpoint", b"", 400, "request_unreadable"),
        ("add-checkpoint", b"x" * 100_001, 413, "request_too_large"),
        (
            "add-checkpoint",
            b"old 0\n\nstranger/1\n1\nAAAA\n\n\xe2\x80\x94 stranger AAAAAAA=\n",
            404,
            "origin_unknown",
        ),
        ("add-entries", b"\x00", 400, "request_unreadable"),
        ("add-entries", b"\x00\x05other" + bytes(18), 404, "origin_unknown"),
        ("add-entries", b"x" * (LARGEST_REQUEST + 1), 413, "request_too_large"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_code_and_a_sentence(book, endpoint, body, status, code):
    answer = post(endpoint, body)
    assert answer.status_code == status
    said = json.loads(answer.content)
    assert said["code"] == code and said["sentence"]["zh"] and said["sentence"]["en"]
    assert MirroredEntry.objects.count() == 0


def test_nobody_reads_at_this_door(book):
    assert Client().get("/mirror/add-entries").status_code == 405
    assert Client().get("/mirror/").status_code == 404


def test_a_fork_is_refused_and_stands_in_the_access_log(book):
    append(book, 20)
    with door() as address:
        enroll_upstream("county", address, mirror_key().verifying)
        carrier = HttpsCarrier(address)
        Mirroring(OwnLog(), UpstreamRecord("county", clock), carrier, mirror_key().verifying).step()
        carrier.close()
    forged = sign(ORIGIN, 20, bytes(32)).encode()
    answer = post("add-checkpoint", b"old 20\n\n" + forged)
    assert (answer.status_code, answer.content) == (409, b"20\n")
    assert answer.headers["X-Kaowu-Code"] == "log_forked"
    assert AccessLog.objects.filter(permission="mirror").count() == 1


def test_the_mirrors_key_is_not_the_logs():
    assert mirror_key().name != signing_key().name
    assert mirror_key().secret != signing_key().secret
    assert mirror_key().kind != signing_key().kind
