"""Services that some tests need: each test run starts its own and destroys it at the end.

Where a program is not installed, the test is skipped with a line that names the Debian package.
`KAOWU_REQUIRE=postgres,browser,nats` (any of these) turns such skips into failures.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGES = {"postgres": "postgresql", "browser": "chromium", "nats": "nats-server"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DATABASE_USER = "kaowu"
START_WITHIN_S = 120
SLOW_MS = 120_000
"""How long a test waits for a page: a busy machine is slow, not wrong."""


def required() -> set[str]:
    """The services whose absence is a failure."""
    names = {name for name in os.environ.get("KAOWU_REQUIRE", "").split(",") if name}
    if names - PACKAGES.keys():
        raise pytest.UsageError(
            f"KAOWU_REQUIRE knows {', '.join(PACKAGES)}, not {', '.join(names - PACKAGES.keys())}"
        )
    return names


def missing(service: str) -> None:
    """Skip the test, or fail it if the service was required."""
    sentence = f"{service} is not installed: apt-get install {PACKAGES[service]}"
    if service in required():
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def find_postgres() -> Path | None:
    """The newest installed folder of PostgreSQL's server programs."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    candidates = [*folders, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in candidates if (folder / "initdb").is_file()), None)


@contextmanager
def postgres_cluster(programs: Path, *, durable: bool = False) -> Iterator[str]:
    """A temporary PostgreSQL server on a socket of its own; yields its URL.

    PostgreSQL refuses to run as root, so root starts it as another user. Without `durable`
    nothing is forced to disk, which tests of durability must not accept.
    """
    folder = Path(tempfile.mkdtemp(prefix="kaowu-postgres-", dir="/tmp"))  # a socket's path must be short
    as_user = _another_user() if os.geteuid() == 0 else {}
    if as_user:
        os.chown(folder, as_user["user"], as_user["group"])
    data = folder / "data"
    creation = [
        "--auth=trust",
        f"--username={DATABASE_USER}",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    settings = [
        "-c",
        "listen_addresses=",
        "-c",
        f"unix_socket_directories={folder}",
        "-c",
        "max_connections=60",
    ]
    if not durable:
        settings += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, *creation],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **as_user,
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *settings], stdout=log, stderr=log, cwd=folder, **as_user
            )
        try:
            _wait_until_ready(programs, folder, server)
            yield f"postgresql://{DATABASE_USER}@/postgres?host={folder}"
        finally:
            server.terminate() if durable else server.send_signal(3)  # SIGQUIT: leave at once
            server.wait(timeout=START_WITHIN_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _another_user() -> dict[str, int | list[int]]:
    """What `subprocess` needs to run a program as a user other than root."""
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("no user to run PostgreSQL as: neither postgres nor nobody exists")


def _wait_until_ready(programs: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    ready = [programs / "pg_isready", "--quiet", f"--host={folder}", f"--username={DATABASE_USER}"]
    while subprocess.run([*ready, "--dbname=postgres"]).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("PostgreSQL did not start:\n" + (folder / "log").read_text(errors="replace"))
        time.sleep(0.1)


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The URL of a PostgreSQL server of this test process's own, without durability."""
    programs = find_postgres()
    if programs is None:
        missing("postgres")
    else:
        with postgres_cluster(programs) as dsn:
            yield dsn


@contextmanager
def nats_server(config: str = "") -> Iterator[str]:
    """A NATS server with JetStream on a free port and a folder of its own; yields its URL."""
    program = shutil.which("nats-server") or missing("nats")
    folder = Path(tempfile.mkdtemp(prefix="kaowu-nats-", dir="/tmp"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = f'port: {port}\nhost: "127.0.0.1"\njetstream {{ store_dir: "{folder}/store" }}\n{config}'
    (folder / "server.conf").write_text(settings)
    try:
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([str(program), "-c", folder / "server.conf"], stdout=log, stderr=log)
        try:
            _wait_for_port(port, server, folder / "log")
            yield f"nats://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=START_WITHIN_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_port(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("nats-server did not start:\n" + log.read_text(errors="replace"))
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nats-server does not answer")


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """The URL of a NATS server of this test process's own."""
    with nats_server() as url:
        yield url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium, to be started by Playwright: `launch(executable_path=…, args=CHROMIUM_FLAGS)`."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        missing("browser")
    from playwright.sync_api import expect

    expect.set_options(timeout=SLOW_MS)
    return str(found)
