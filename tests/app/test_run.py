"""A node from the outside: first start, second start, stopping, a port that is taken."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from django.core.management import call_command


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """`kaowu run` as a process of its own."""

    def __init__(self, folder, port):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("KAOWU", "DJANGO"))}
        environment |= {"KAOWU_DATA": str(folder), "KAOWU_PORT": str(port), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-c", "from kaowu.cli.main import main; main()", "run"]
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def until(self, words, within=300):
        deadline = time.monotonic() + within
        while words not in self.said:
            line = self.process.stdout.readline()
            assert line or self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            self.said += line
        return self.said

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=120)
        self.said += rest
        return self.process.returncode


@pytest.fixture
def node(tmp_path):
    started = []

    def start(port=None):
        started.append(Node(tmp_path / "node", port or free_port()))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()


def test_a_node_starts_shows_its_accounts_once_made_and_stops_cleanly(node, tmp_path):
    port = free_port()
    first = node(port)
    said = first.until("Ctrl-C")
    accounts = dict(re.findall(r"^\s+([a-z0-9-]+)\s+([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})\s", said, re.M))
    assert {
        "city",
        "county",
        "chief",
        "inv-a",
        "inv-b",
        "vault",
        "auditor",
        "system",
        "security",
        "audit",
    } <= set(accounts)
    assert (tmp_path / "node" / "accounts.txt").stat().st_mode & 0o077 == 0
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/account/sign-in/") as page:
        assert "登录" in page.read().decode()
    with pytest.raises(urllib.error.HTTPError) as gone:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/live/nothing")
    assert gone.value.code in {401, 403, 404}
    assert first.stop() == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
    second = node(port)
    again = second.until("Ctrl-C")
    assert (
        dict(re.findall(r"^\s+([a-z0-9-]+)\s+([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})\s", again, re.M))
        == accounts
    )
    assert "首次启动" not in again
    assert second.stop(signal.SIGTERM) == 0


def test_a_taken_port_is_said_with_the_way_out(node):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one = node(port)
        said = one.until("is taken")
        assert one.process.wait(120) == 1
    assert "已被占用" in said and "is taken" in said


def test_the_framework_finds_no_fault_in_pages_tables_and_settings():
    call_command("check", fail_level="WARNING", verbosity=0)
