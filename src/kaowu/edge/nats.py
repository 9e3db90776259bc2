"""Mirroring over NATS JetStream: a leaf server at the site, a hub at the centre, one stream of requests.

The broker only carries. A request may be stored, lost, doubled or late, the
mirror judges it like any other, and only its cosignature counts; so nothing
here rests on what the broker promises. A message is acknowledged to the broker
after the mirror has committed.

    nats://127.0.0.1:4222/NAME   the leaf at this machine; NAME is the node above
    tls://hub.example:4222/NAME  a server elsewhere; plain nats:// is refused there
"""

import asyncio
import secrets
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig

from kaowu.edge.carriers import Answer, LinkDown
from kaowu.edge.https import AddressUnsafe, is_here

STREAM = "KAOWU_UP"
REQUEST_BYTES = 700_000
"""Requests and parts of answers stay below the megabyte that a server takes as one message."""
LEAST_VERSION = (2, 12)
_KEPT_S = 14 * 86_400
_ENDPOINT, _ANSWER_TO, _STATUS, _PART, _PARTS = (
    "Kaowu-Endpoint",
    "Kaowu-Answer-To",
    "Kaowu-Status",
    "Kaowu-Part",
    "Kaowu-Parts",
)

Door = Callable[[str, bytes], tuple[int, bytes]]
"""What the node above answers to one request: a status and a body."""
T = TypeVar("T")


class _Loop:
    """A thread with an event loop, for callers that know nothing of it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True, name="nats")
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """The outcome of some work on the loop."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            future.cancel()
            raise

    def stop(self) -> None:
        """End the thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)


class NatsCarrier:
    """Requests by way of a stream; answers by a subject of their own."""

    def __init__(self, address: str, *, timeout_s: float = 20.0) -> None:
        self._server, self._above = _parts(address)
        self._timeout_s = timeout_s
        self._loop: _Loop | None = None
        self._client: Client | None = None

    def carry(self, endpoint: str, body: bytes) -> Answer:
        """Publish the request and wait for the answer; raises LinkDown when none came."""
        if self._loop is None:
            self._loop = _Loop()
        try:
            return self._loop.wait(self._carry(endpoint, body), self._timeout_s + 5)
        except (NatsError, OSError, TimeoutError) as error:
            raise LinkDown(str(error) or type(error).__name__) from error

    async def _carry(self, endpoint: str, body: bytes) -> Answer:
        client = await self._connected()
        inbox = f"kaowu.answer.{secrets.token_hex(12)}"
        answers = await client.subscribe(inbox)
        try:
            await client.jetstream(timeout=self._timeout_s).publish(
                f"kaowu.up.{self._above}",
                body,
                headers={_ENDPOINT: endpoint, _ANSWER_TO: inbox},
                stream=STREAM,
            )
            parts: list[bytes] = []
            while True:
                message = await answers.next_msg(self._timeout_s)
                head = message.headers or {}
                parts.append(message.data)
                if len(parts) == int(head[_PARTS]):
                    return Answer(int(head[_STATUS]), b"".join(parts))
        finally:
            with suppress(NatsError):
                await answers.unsubscribe()

    async def _connected(self) -> Client:
        if self._client is None or not self._client.is_connected:
            await self._close()
            self._client = await _connect(self._server, self._timeout_s)
        return self._client

    async def _close(self) -> None:
        if self._client is not None:
            with suppress(NatsError, OSError):
                await self._client.close()
            self._client = None

    def close(self) -> None:
        """Give the connection back."""
        if self._loop is not None:
            with suppress(TimeoutError):
                self._loop.wait(self._close(), 5)
            self._loop.stop()
            self._loop = None


class NatsDoor:
    """The node above at its hub: takes requests off the stream, in order, and answers them."""

    def __init__(self, server: str, name: str, door: Door) -> None:
        self._server, self._name = _parts(f"{server.rstrip('/')}/{name}")
        self._door = door
        self._loop = _Loop()
        self._running = True
        self._task = asyncio.run_coroutine_threadsafe(self._serve(), self._loop.loop)

    async def _serve(self) -> None:
        while self._running:
            try:
                client = await _connect(self._server, 10)
                try:
                    await self._serve_with(client)
                finally:
                    await client.close()
            except (NatsError, OSError, TimeoutError):
                await asyncio.sleep(1)  # our own loop, so that a server that comes back is found again

    async def _serve_with(self, client: Client) -> None:
        stream = client.jetstream()
        await ensure_stream(client)
        durable = "mirror-" + "".join(c if c.isalnum() else "-" for c in self._name)
        pulled = await stream.pull_subscribe(
            f"kaowu.up.{self._name}",
            durable=durable,
            stream=STREAM,
            config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=60, max_ack_pending=64),
        )
        while self._running and client.is_connected:
            try:
                messages = await pulled.fetch(8, timeout=1)
            except TimeoutError:
                continue
            for message in messages:
                await self._answer(client, message)

    async def _answer(self, client: Client, message: Msg) -> None:
        head = message.headers or {}
        loop = asyncio.get_running_loop()
        status, body = await loop.run_in_executor(None, self._door, head.get(_ENDPOINT, ""), message.data)
        inbox = head.get(_ANSWER_TO, "")
        if inbox.startswith("kaowu.answer."):
            parts = [body[n : n + REQUEST_BYTES] for n in range(0, len(body), REQUEST_BYTES)] or [b""]
            for number, part in enumerate(parts):
                said = {_STATUS: str(status), _PART: str(number), _PARTS: str(len(parts))}
                await client.publish(inbox, part, headers=said)
            await client.flush()
        await message.ack()  # after the commit, and after the answer is on its way

    def close(self) -> None:
        """Stop listening."""
        self._running = False
        with suppress(Exception):
            self._task.result(15)
        self._loop.stop()


async def ensure_stream(client: Client) -> None:
    """The stream of requests: it only grows within its limits, and refuses rather than forgets."""
    wanted = StreamConfig(
        name=STREAM,
        subjects=["kaowu.up.>"],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        max_age=_KEPT_S,
        max_bytes=2_000_000_000,
        deny_delete=True,
        deny_purge=True,
    )
    stream = client.jetstream()
    try:
        await stream.stream_info(STREAM)
    except NatsError:
        await stream.add_stream(wanted)


def server_findings(address: str) -> list[dict[str, str]]:
    """What is to be put right at the server of this address before the exam."""
    server, _ = _parts(address)
    loop = _Loop()
    try:
        version = loop.wait(_version(server), 8)
    except (NatsError, OSError, TimeoutError):
        return [
            {
                "code": "nats_server_silent",
                "zh": f"连不上 NATS 服务器 {server}。",
                "en": f"The NATS server {server} does not answer.",
            }
        ]
    finally:
        loop.stop()
    if version_of(version) >= LEAST_VERSION:
        return []
    return [
        {
            "code": "nats_server_old",
            "zh": f"NATS 服务器版本 {version} 低于 2.12：可能丢失已确认的消息，请升级（流水不受影响）。",
            "en": f"NATS server {version} is older than 2.12 and may lose acknowledged messages; upgrade it (the journal is not affected).",
        }
    ]


def version_of(text: str) -> tuple[int, ...]:
    """Major and minor number of a server's version."""
    numbers = text.lstrip("v").split("-")[0].split(".")
    return tuple(int(number) for number in numbers[:2] if number.isdigit())


async def _version(server: str) -> str:
    client = await _connect(server, 5)
    try:
        return str(client.connected_server_version)
    finally:
        await client.close()


async def _connect(server: str, timeout_s: float) -> Client:
    # Reconnecting is ours: a request that met a cut link is asked again by whoever sent it.
    return await nats.connect(
        server,
        connect_timeout=max(1, int(timeout_s)),
        allow_reconnect=False,
        max_reconnect_attempts=0,
        error_cb=_quiet,
    )


async def _quiet(error: Exception) -> None:
    """Errors come out where they matter: at the request."""


def _parts(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    name = parts.path.strip("/")
    here = is_here(parts.hostname or "")
    if parts.scheme not in ("nats", "tls") or not parts.hostname or not (parts.scheme == "tls" or here):
        raise AddressUnsafe(f"not a tls:// address, nor nats:// on this machine: {address}")
    if not name or set(name) & set(" .*>\t\r\n/"):
        raise ValueError(f"the address names the node above after a slash, without dots: {address}")
    return urlunsplit((parts.scheme, parts.netloc, "", "", "")), name
