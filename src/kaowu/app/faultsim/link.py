"""A cable that fails in the ways that cables fail (坏线路): a TCP proxy that understands requests.

The site's carrier connects to it as to the county. Each request that passes may be
lost on the way up or its answer on the way back, meet silence, be cut in the
middle, arrive twice, arrive late (an old one again, or after the one that
followed it), be shortened or changed; and the node above may answer with a lie.
"""

import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

CUT = "link cut"
CUT_SHORT = "link cut in the middle of a request"
ANSWER_CUT = "link cut in the middle of an answer"
ANSWER_LOST = "answer lost"
HALF_OPEN = "half open: silence"
DELAYED = "delayed"
TWICE = "sent twice"
LATE = "old request again"
OVERTAKEN = "overtaken by the next request"
CHANGED = "bit flipped on the way"
SHORT = "cut short on the way"
LIE = "lie from above"
FAULTS = (
    CUT,
    CUT_SHORT,
    ANSWER_CUT,
    ANSWER_LOST,
    HALF_OPEN,
    DELAYED,
    TWICE,
    LATE,
    OVERTAKEN,
    CHANGED,
    SHORT,
    LIE,
)
_REMEMBERED = 12
_LONGEST_DELAY_S = 0.01


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came from the site."""

    path: str
    body: bytes

    def to_bytes(self, body: bytes | None = None) -> bytes:
        """The request as it goes up, perhaps with less body than it promises."""
        head = f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {len(self.body)}\r\n\r\n"
        return head.encode() + (self.body if body is None else body)


class Cable:
    """Between a site and a county; the simulator calls `pass_on` when somebody connects."""

    def __init__(self, chance: Random, county: tuple[str, int], happened: Counter[str]) -> None:
        self._chance = chance
        self._county = county
        self._happened = happened
        self._passed: list[Request] = []
        self._held: list[Request] = []
        self._silent: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.faulty = 0.0
        """How likely a request meets a fault."""
        self.silent = False
        """Whether every request meets silence; the site must be impatient then."""
        self.meanwhile: Callable[[], object] = lambda: None
        """Called when the county has a request and has not answered."""
        self.wait: Callable[[socket.socket], bool] = lambda answer: True
        """Called before an answer is read, where the county cannot go on by itself; false if none will come."""

    @property
    def url(self) -> str:
        """Where the site believes the county to be."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/mirror"

    def close(self) -> None:
        """Take the cable away."""
        self.let_go()
        self.listener.close()

    def let_go(self) -> None:
        """End the silence."""
        while self._silent:
            _reset(self._silent.pop())

    def pass_on(self) -> None:
        """Take one request from the site and let happen to it what does."""
        site, _ = self.listener.accept()
        request = _read_request(site)
        if request is None:
            site.close()
            return
        faults = [fault for fault in FAULTS if fault != HALF_OPEN]
        fault = self._chance.choice(faults) if self._chance.random() < self.faulty else ""
        fault = HALF_OPEN if self.silent else fault
        if fault:
            self._happened[fault] += 1
        answer = self._carried(request, fault)
        if fault == HALF_OPEN:
            self._silent.append(site)
        elif answer is None:
            _reset(site)
        else:
            with site, suppress(OSError):
                site.sendall(answer)
                site.shutdown(socket.SHUT_RDWR)

    def _carried(self, request: Request, fault: str) -> bytes | None:
        """The answer that reaches the site; None: the connection breaks."""
        chance = self._chance
        if fault == CUT or (fault == HALF_OPEN and chance.random() < 0.5):
            return None
        if fault == OVERTAKEN:
            self._held.append(request)
            return None
        if fault == LATE and self._passed:
            self.send(chance.choice(self._passed))
        if fault == DELAYED:
            time.sleep(chance.random() * _LONGEST_DELAY_S)
        if fault == CUT_SHORT:
            self.send(request, request.body[: chance.randrange(len(request.body) or 1)])
            return None
        if fault == CHANGED and request.body:
            request = Request(request.path, flipped(request.body, chance))
        if fault == SHORT and request.body:
            request = Request(request.path, request.body[: chance.randrange(len(request.body))])
        self._passed = [*self._passed[-_REMEMBERED:], request]
        answer = self.send(request)
        if fault == TWICE:
            answer = self.send(request)
        while self._held:
            self.send(self._held.pop(0))
        if fault == ANSWER_LOST or not answer:
            return None
        if fault == ANSWER_CUT:
            return answer[: chance.randrange(len(answer))]
        return self._lie(answer) if fault == LIE else answer

    def send(self, request: Request, body: bytes | None = None) -> bytes:
        """Bring a request to the county; what it answers, nothing if it died over it."""
        try:
            with socket.create_connection(self._county) as up:
                up.sendall(request.to_bytes(body))
                self.meanwhile()
                answer = self._answer(up) if body is None else b""
                _hang_up(up)
                return answer
        except OSError:
            return b""

    def _answer(self, up: socket.socket) -> bytes:
        parts = []
        while self.wait(up) and (part := up.recv(65_536)):
            parts.append(part)
        return b"".join(parts)

    def _lie(self, answer: bytes) -> bytes:
        size = self._chance.randrange(10_000)
        lies = [
            (200, b""),
            (200, b"ok\n"),
            (200, "— county/mirror AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n".encode()),
            (202, f"{size}\n{size}\n\n".encode()),
            (409, f"{size}\n{size}\n\n".encode()),
            (409, f"{size}\n".encode()),
            (500, b"<html>"),
        ]
        _, _, body = answer.partition(b"\r\n\r\n")
        if body:
            lies.append((200, flipped(body, self._chance)))
        status, said = self._chance.choice(lies)
        return f"HTTP/1.1 {status} Lie\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said


def parted(answer: bytes) -> tuple[int, bytes] | None:
    """Status and body of an answer; None where there is none."""
    head, parted, body = answer.partition(b"\r\n\r\n")
    return (int(head.split(b" ", 2)[1]), body) if parted else None


def flipped(content: bytes, chance: Random) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _read_request(site: socket.socket) -> Request | None:
    content = b""
    while b"\r\n\r\n" not in content:
        part = site.recv(65_536)
        if not part:
            return None
        content += part
    head, _, body = content.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = int(fields.get("content-length", "0"))
    while len(body) < length:
        part = site.recv(65_536)
        if not part:
            return None
        body += part
    return Request(lines[0].split(" ")[1], body)


def _hang_up(connection: socket.socket) -> None:
    # A node that was started meanwhile was forked with a copy of the socket: closing ours tells nobody.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _reset(connection: socket.socket) -> None:
    _hang_up(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
