"""The cable of the simulator: a break is felt at once, whoever else was started meanwhile."""

import os
import signal
import socket
from collections import Counter
from contextlib import suppress
from functools import partial
from random import Random
from threading import Thread
from types import SimpleNamespace

import pytest

from kaowu.app.faultsim.link import Cable, Request
from kaowu.app.faultsim.schedule import Schedule

REQUEST = b"POST /mirror/add-entries HTTP/1.1\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def fork():
    """Starts a county anew, as the simulator does when it kills one while it has a request."""
    forked = []

    def fork():
        pid = os.fork()
        if not pid:
            signal.pause()
        forked.append(pid)

    yield fork
    for pid in forked:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nhalf"])
def test_a_site_feels_the_break_though_a_node_that_was_forked_meanwhile_holds_its_socket_too(answer, fork):
    county = socket.create_server(("127.0.0.1", 0))
    cable = Cable(Random(1), county.getsockname(), Counter())

    def fork_and_answer():
        fork()
        taken, _ = county.accept()
        taken.recv(65_536)
        taken.sendall(answer)
        taken.close()

    cable.meanwhile = fork_and_answer
    site = socket.create_connection(cable.listener.getsockname(), timeout=30)
    passing = Thread(target=cable.pass_on)
    passing.start()
    heard = b""
    try:
        site.sendall(REQUEST)
        with suppress(ConnectionResetError):
            while part := site.recv(65_536):
                heard += part
    finally:
        passing.join()
        site.close()
        cable.close()
        county.close()
    assert heard == answer


def test_a_county_feels_that_a_request_was_cut_short_though_a_node_that_was_forked_meanwhile_holds_its_socket_too(
    fork,
):
    county = socket.create_server(("127.0.0.1", 0))
    cable = Cable(Random(1), county.getsockname(), Counter())
    cable.meanwhile = fork
    heard = b""
    try:
        assert cable.send(Request("/mirror/add-entries", b"whole"), b"wh") == b""
        taken, _ = county.accept()
        with taken:
            taken.settimeout(30)
            while part := taken.recv(65_536):
                heard += part
    finally:
        cable.close()
        county.close()
    assert heard.endswith(b"\r\n\r\nwh")


def test_nobody_waits_at_the_door_of_a_county_that_is_dead():
    # The simulator holds the door open, so the request is not turned away.
    door = socket.create_server(("127.0.0.1", 0))
    cable = Cable(Random(1), door.getsockname(), Counter())
    dead = SimpleNamespace(county=SimpleNamespace(watched=None, is_dead=True))
    cable.wait = partial(Schedule._let_county_go_on, dead)
    heard = []
    asking = Thread(target=lambda: heard.append(cable.send(Request("/mirror/ask", b""))), daemon=True)
    asking.start()
    asking.join(30)
    cable.close()
    door.close()
    assert heard == [b""]
