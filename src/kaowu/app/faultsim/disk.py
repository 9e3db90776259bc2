"""The disk under a node, seen and spoilt call by call (磁盘故障).

A node that is *watched* asks before each call that changes a file: a seccomp filter hands `pwrite`,
`fsync`, `fdatasync` and `ftruncate` to the simulator, which lets them pass, fails them, writes half of
what was to be written, or ends the node right there. The simulator remembers what was written since
the last fsync of each file, so a power cut can take away what no fsync had made lasting: in any
selection, as disks do. Linux alone has this; `why_not` says what is missing.
"""

import ctypes
import errno
import os
import platform
import select
import signal
import socket
import struct
from dataclasses import dataclass, field
from fcntl import ioctl
from multiprocessing.connection import Connection
from random import Random
from tempfile import NamedTemporaryFile

PASS, KILL, TEAR, FAIL, FULL = "pass", "kill", "tear", "fail", "full"

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101
_NOTICE = struct.Struct("=QIIiIQ6Q")
_REPLY = struct.Struct("=QqiI")
_GO_ON = 1
_ALLOW, _ASK = 0x7FFF0000, 0x7FC00000
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06


Other = Connection | socket.socket


@dataclass(frozen=True, slots=True)
class _Machine:
    """Numbers of the calls on one kind of machine."""

    arch: int
    seccomp: int
    pwrite: int
    fsync: int
    fdatasync: int
    ftruncate: int
    sendto: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, 18, 74, 75, 77, 44),
    "aarch64": _Machine(0xC00000B7, 277, 68, 82, 83, 46, 206),
}


def why_not() -> str:
    """Why calls cannot be watched here; empty if they can."""
    if platform.system() != "Linux" or platform.machine() not in _MACHINES:
        return f"seccomp of {platform.system()} {platform.machine()} is not known"
    ours, theirs = socket.socketpair()
    with ours, theirs, NamedTemporaryFile() as file:
        child = os.fork()
        if child == 0:
            try:
                watch_me(theirs)
                theirs.shutdown(socket.SHUT_WR)
                os._exit(0 if os.pwrite(file.fileno(), b"tried", 0) else 1)
            except OSError as error:
                os._exit(error.errno or 1)
        theirs.close()
        seen = _one_write_of(child, ours)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code > 0:
        return f"seccomp: {os.strerror(code)}"
    return "" if seen == b"tried" else "the memory of a process cannot be read"


def _one_write_of(child: int, channel: socket.socket) -> bytes:
    """What a watched child wants to write; empty where that cannot be seen. It may write, or is dead."""
    try:
        watched = Watched.take(channel, child)
    except (IndexError, OSError):
        return b""  # it could not be watched and says why
    try:
        watched.answer()
        return b"".join(one.content for written in watched.unsynced.values() for one in written)
    except OSError:
        os.kill(child, signal.SIGKILL)
        return b""
    finally:
        watched.close()


def watch_me(channel: socket.socket, *, network: bool = False) -> None:
    """From here on this process asks before it changes a file (with `network`, before it sends)."""
    machine = _MACHINES[platform.machine()]
    calls = [machine.sendto] if network else _disk_calls(machine)
    code = [(_LOAD, 0, 0, 0)]
    code += [(_EQUAL, len(calls) - place, 0, number) for place, number in enumerate(calls)]
    code += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ASK)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
    filter = struct.pack("@HP", len(code), ctypes.addressof(program))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    listener = libc.syscall(machine.seccomp, _SET_MODE_FILTER, _NEW_LISTENER, filter)
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    socket.send_fds(channel, [b"w"], [listener])
    os.close(listener)


def _disk_calls(machine: _Machine) -> list[int]:
    return [machine.pwrite, machine.fsync, machine.fdatasync, machine.ftruncate]


@dataclass(slots=True)
class _Written:
    offset: int
    content: bytes
    before: bytes
    length_before: int


@dataclass(slots=True)
class Plan:
    """What happens at which call."""

    at: int = 0
    """The call at which it happens, counted from one; 0: at none."""
    act: str = PASS
    only: str = ""
    """Count only these: "write" or "sync"; empty: all."""
    share: float = 0.5
    """How much of a torn write reaches the disk."""
    for_ever: bool = False
    """Whether every later call meets the same."""


@dataclass
class Watched:
    """A process that asks; whoever waits for it must call `answer` when `descriptor` can be read."""

    process: int
    descriptor: int
    plan: Plan = field(default_factory=Plan)
    seen: int = 0
    happened: bool = False
    unsynced: dict[str, list[_Written]] = field(default_factory=dict)

    @classmethod
    def take(cls, channel: socket.socket, process: int, plan: Plan | None = None) -> "Watched":
        """The other end of `watch_me`."""
        _, descriptors, *_ = socket.recv_fds(channel, 1, 1)
        return cls(process, descriptors[0], plan or Plan())

    def close(self) -> None:
        """Stop watching; the process must be dead by now."""
        os.close(self.descriptor)

    def answer(self) -> str:
        """Decide over the call that waits; returns what was done."""
        notice = bytearray(_NOTICE.size)
        try:
            ioctl(self.descriptor, _RECEIVE, notice)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return PASS
            raise
        id, _, _, number, _, _, *arguments = _NOTICE.unpack(notice)
        machine = _MACHINES[platform.machine()]
        is_write = number in (machine.pwrite, machine.ftruncate)
        act = self._act(is_write)
        if act in (KILL, TEAR):
            if act == TEAR and number == machine.pwrite:
                self._tear(arguments)
            return act
        if act in (FAIL, FULL):
            self._reply(id, -(errno.EIO if act == FAIL else errno.ENOSPC), 0)
            return act
        if number == machine.pwrite:
            self._remember(arguments)
        elif number in (machine.fsync, machine.fdatasync):
            self.unsynced.pop(self._path(arguments[0]), None)
        self._reply(id, 0, _GO_ON)
        return PASS

    def wait(self, *others: Other, timeout_s: float) -> Other | None:
        """Answer calls until one of the others has something to say, the process is to die, or time is up."""
        waiting = select.poll()
        waiting.register(self.descriptor, select.POLLIN)
        for other in others:
            waiting.register(other, select.POLLIN | select.POLLHUP)
        while True:
            ready = dict(waiting.poll(timeout_s * 1000))
            for other in others:
                if other.fileno() in ready:
                    return other
            if not ready:
                return None
            if ready.get(self.descriptor, 0) & select.POLLIN:
                if self.answer() in (KILL, TEAR):
                    return None
            else:
                # Nobody asks any more, and what was said is there at once.
                waiting.unregister(self.descriptor)
                timeout_s = min(timeout_s, 2)

    def lose_power(self, chance: Random) -> int:
        """The process is dead: take from the disk what no fsync had made lasting, or a part of it."""
        lost = 0
        for path, written in self.unsynced.items():
            kept = [chance.random() < 0.5 for _ in written]
            lost += kept.count(False)
            with open(path, "r+b") as file:
                for one in reversed(written):
                    file.seek(one.offset)
                    file.write(one.before)
                    file.truncate(one.length_before)
                for one, stays in zip(written, kept, strict=True):
                    if stays:
                        file.seek(one.offset)
                        file.write(one.content)
        self.unsynced.clear()
        return lost

    def _act(self, is_write: bool) -> str:
        plan = self.plan
        if plan.only and is_write != (plan.only == "write"):
            return PASS
        self.seen += 1
        if not plan.at or (self.seen < plan.at if plan.for_ever else self.seen != plan.at):
            return PASS
        self.happened = True
        return plan.act

    def _remember(self, arguments: list[int]) -> None:
        path, content, offset = (
            self._path(arguments[0]),
            self._memory(arguments[1], arguments[2]),
            arguments[3],
        )
        with open(path, "rb") as file:
            length = os.fstat(file.fileno()).st_size
            file.seek(offset)
            before = file.read(len(content))
        self.unsynced.setdefault(path, []).append(_Written(offset, content, before, length))

    def _tear(self, arguments: list[int]) -> None:
        content = self._memory(arguments[1], arguments[2])
        with open(self._path(arguments[0]), "r+b") as file:
            file.seek(arguments[3])
            file.write(content[: int(len(content) * self.plan.share)])

    def _path(self, descriptor: int) -> str:
        return os.readlink(f"/proc/{self.process}/fd/{descriptor}")

    def _memory(self, address: int, length: int) -> bytes:
        with open(f"/proc/{self.process}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(length)

    def _reply(self, id: int, error: int, flags: int) -> None:
        try:
            ioctl(self.descriptor, _ANSWER, _REPLY.pack(id, 0, error, flags))
        except OSError as gone:
            if gone.errno != errno.ENOENT:
                raise
