"""A node at work: database brought up to date, then a server and its workers, until somebody says stop.

The supervisor makes the first start's accounts, starts server and workers as processes of their own session, and on
Ctrl-C or SIGTERM ends them in order. If one of them ends by itself the others are ended too: half a node
would look alive and lose work.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STARTS_WITHIN_S = 300
ENDS_WITHIN_S = 12
LOOKS_AFTER_BOOKS_EVERY_S = 60

Say = Callable[[str], None]


class CannotStart(Exception):
    """The node cannot start; the message says why and what to do."""


def run(say: Say) -> int:
    """Run the node until it is told to stop; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaowu.app.settings")
    import django
    from django.conf import settings

    from kaowu.app import first_start

    host, port = settings.HOST, settings.PORT
    _require_free(host, port)
    django.setup()
    prepare_database()
    accounts = first_start.prepare(say)
    stopping = _Stopping()
    with (
        stopping.on_signals(),
        _children(host, port, bool(settings.IDENTITY.role), settings.WORKERS) as children,
    ):
        if not _answers(_address(host, port), children, stopping):
            return 0 if stopping.asked else _first_exit(children, say)
        say(first_start.welcome(_address(host, port), accounts, settings.DATA))
        looked_at = 0.0
        while not stopping.asked:
            if time.monotonic() - looked_at >= LOOKS_AFTER_BOOKS_EVERY_S:
                looked_at = time.monotonic()
                _look_after_books(settings.SCRUB_HOURS)
            if any(child.poll() is not None for child in children.values()):
                return _first_exit(children, say)
            time.sleep(0.2)
        say("正在停止 · stopping …")
    return 0


def _look_after_books(hours: int) -> None:
    """Let the worker read the books again when it is time; the node goes on whatever comes of it."""
    from django.db import DatabaseError, connection

    from kaowu.web.works.scrubbing import read_if_due

    try:
        read_if_due(hours)
    except DatabaseError as error:
        print(f"scrub: {error}", file=sys.stderr)
    finally:
        connection.close()


def prepare_database() -> None:
    """Bring the tables up to date and open the node's journal; quick when both already are."""
    from django.core.management import call_command

    from kaowu.store import append_only
    from kaowu.store.journal import open_book
    from kaowu.store.personal import destroy_doomed
    from kaowu.web.node_key import origin

    if _lacks_tables():  # asking costs a third of what the command costs that finds nothing to do
        call_command("migrate", verbosity=0, interactive=False)
    append_only.install()
    open_book(origin())
    destroy_doomed()


def _lacks_tables() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class _Stopping:
    """Turns signals into a wish that the loop reads."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._ask) for number in wanted}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


@contextmanager
def _children(
    host: str, port: int, is_node: bool, workers: int
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    # Its checks would load every page, three quarters of what a worker costs before its first job.
    worker = [
        *(sys.executable, "-m", "django", "db_worker", "--skip-checks"),
        *("--no-startup-delay", "--verbosity", "0"),
    ]
    commands = {
        "server": [
            *(sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port)),
            *("--no-ws", "--workers", "1", "--log-level", "warning", "--workers-kill-timeout", "5"),
            *_tls_options(),
            "kaowu.app.asgi:application",
        ],
        **{f"worker {number}": worker for number in range(1, workers + 1)},
    }
    if is_node:
        commands["carrier"] = [sys.executable, "-m", "kaowu.cli.main", "node", "carry"]
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # A session of its own, so that Ctrl-C reaches the supervisor alone and the order stays ours.
            started[name] = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
        yield started
    finally:
        _end(list(started.values()))


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + ENDS_WITHIN_S
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _answers(address: str, children: dict[str, subprocess.Popen[bytes]], stopping: _Stopping) -> bool:
    """Wait until the sign-in page opens."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and not stopping.asked:
        if any(child.poll() is not None for child in children.values()):
            return False
        try:
            with urllib.request.urlopen(f"{address}account/sign-in/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True  # it answers, and it will say in the browser what is wrong
        except OSError:
            time.sleep(0.1)
    return False


def _first_exit(children: dict[str, subprocess.Popen[bytes]], say: Say) -> int:
    for name, child in children.items():
        code = child.poll()
        if code is not None:
            say(f"{name} 已退出（{code}），节点停止 · {name} ended ({code}), the node stops")
            return 1
    say(f"服务没有在 {STARTS_WITHIN_S} 秒内启动 · the server did not start within {STARTS_WITHIN_S} s")
    return 1


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"不能启动：{host}:{port} 已被占用或不可用。请换一个端口，如 KAOWU_PORT={port + 1}。\n"
                f"Cannot start: {host}:{port} is taken or not available ({error.strerror}). "
                f"Choose another port, such as KAOWU_PORT={port + 1}."
            ) from error


def _address(host: str, port: int) -> str:
    scheme = "https" if os.environ.get("KAOWU_TLS_CERT") else "http"
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port}/"


def _tls_options() -> list[str]:
    certificate, key = os.environ.get("KAOWU_TLS_CERT"), os.environ.get("KAOWU_TLS_KEY")
    if not certificate:
        return []
    if not key:
        raise CannotStart("KAOWU_TLS_CERT 需要 KAOWU_TLS_KEY · KAOWU_TLS_CERT needs KAOWU_TLS_KEY")
    return ["--ssl-certificate", certificate, "--ssl-keyfile", key]
