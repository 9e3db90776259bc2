"""The two nodes of a rehearsal, the one that is tried as `kaowu run` starts it, and the cable between them, which can be pulled."""

import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from kaowu.app.rehearsal.scene import NotMade, Scene, environment

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""To a node on this machine, whatever proxy the machine has for others."""

STARTS_WITHIN_S = 120
ENDS_WITHIN_S = 30
_LOG = "log"


class Node:
    """One node: its data folder, and what lies in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """Read the database file with plain SQL, while the node works or afterwards."""
        with closing(
            sqlite3.connect(f"file:{self.folder}/kaowu.sqlite3?mode=ro", uri=True, timeout=20)
        ) as file:
            return file.execute(sql, arguments).fetchall()

    def write(self, sql: str, *arguments: Any) -> None:
        """Change a row while the node works: its hands of the clock."""
        with closing(sqlite3.connect(self.folder / "kaowu.sqlite3", timeout=20)) as file, file:
            file.execute(sql, arguments)


class RunningNode(Node):
    """The node itself at work, as `kaowu run` starts it."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        super().__init__(folder)
        self.port = 0
        """Where it listens, while it runs."""
        workers = {} if scene.bags else {"KAOWU_WORKERS": "0"}  # only sheets are read by a long job
        self._environment = environment(folder, scene, KAOWU_SCRUB_HOURS="0", **workers)

    @contextmanager
    def running(self) -> Iterator[None]:
        """At work meanwhile. Raises NotMade if it does not answer."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with (self.folder / _LOG).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "kaowu.cli.main", "run"],
                env=self._environment | {"KAOWU_PORT": str(self.port)},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                self._await(process)
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(ENDS_WITHIN_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        address, deadline = (
            f"http://127.0.0.1:{self.port}/account/sign-in/",
            time.monotonic() + STARTS_WITHIN_S,
        )
        while time.monotonic() < deadline and process.poll() is None:
            try:
                _DIRECT.open(address, timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        said = (self.folder / _LOG).read_text("utf-8", "replace").strip().splitlines()
        raise NotMade(said[-1] if said else "no answer")


class Cable:
    """What carries bytes from the node to the one above it, until somebody pulls it."""

    def __init__(self) -> None:
        self.far = 0
        """The port at its upper end, once there is one."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pulled = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def pull(self) -> None:
        """Nothing passes any more; what was on its way breaks off."""
        with self._lock:
            self._pulled = True
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def put_back(self) -> None:
        """Everything passes again."""
        self._pulled = False

    def close(self) -> None:
        """Away with it."""
        self._listener.close()
        self.pull()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(near,), daemon=True).start()

    def _pass(self, near: socket.socket) -> None:
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self.far)) as far:
            with self._lock:
                if self._pulled:
                    return
                self._open |= {near, far}
            back = threading.Thread(target=_pour, args=(far, near), daemon=True)
            back.start()
            _pour(near, far)
            back.join()
            with self._lock:
                self._open -= {near, far}


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
