"""A wire between two machines: the lower one in a network namespace of its own, where this machine allows it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.failures.two_nodes import HERE, Node
from tests.failures.warm import Machine


class Loopback:
    """Both ends are this machine: nothing to lay, nothing to cut."""

    upper = "127.0.0.1"
    lower_end = HERE

    @contextmanager
    def cut(self, above: Node) -> Iterator[None]:
        """What a cut wire looks like from below: nobody answers above, which does not run meanwhile."""
        above.stop()
        yield
        above.start()


class Wire:
    """From this machine, its upper end, to a namespace."""

    def __init__(self) -> None:
        number = os.getpid() & 0x3FFF
        network, host = f"10.{213 + (number >> 12)}.{number >> 4 & 255}", (number & 15) * 4
        self.upper, self._lower = f"{network}.{host + 1}", f"{network}.{host + 2}"
        self._space, self._end, self._far_end = (f"{kind}{number}" for kind in ("kaowu", "kwu", "kwl"))
        self.lower_end = Machine(("ip", "netns", "exec", self._space))

    @classmethod
    @contextmanager
    def laid(cls) -> Iterator["Wire | Loopback"]:
        """A wire for as long as it is needed; the loopback where the machine allows no namespaces."""
        wire = cls()
        try:
            wire._lay()
        except (OSError, subprocess.CalledProcessError):
            wire._take_up()
            yield Loopback()
            return
        try:
            yield wire
        finally:
            wire.lower_end.close()
            wire._take_up()

    @contextmanager
    def cut(self, above: Node) -> Iterator[None]:
        """The node above runs, nothing reaches it, and nobody is told why."""
        _ip("link", "set", self._end, "down")
        try:
            yield
        finally:
            _ip("link", "set", self._end, "up")

    def _lay(self) -> None:
        _ip("netns", "add", self._space)
        _ip("-n", self._space, "link", "set", "lo", "up")
        _ip("link", "add", self._end, "type", "veth", "peer", "name", self._far_end, "netns", self._space)
        _ip("address", "add", f"{self.upper}/30", "dev", self._end)
        _ip("-n", self._space, "address", "add", f"{self._lower}/30", "dev", self._far_end)
        _ip("-n", self._space, "link", "set", self._far_end, "up")
        _ip("link", "set", self._end, "up")

    def _take_up(self) -> None:
        # The wire goes with the namespace; where `ip` is not there, nothing was laid.
        try:
            subprocess.run(["ip", "netns", "delete", self._space], capture_output=True, check=False)
        except FileNotFoundError:
            return


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)
