"""Streams for the live screens: a plain ASGI application outside Django's request cycle."""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

#: Path below /live/ → the application that answers it.
STREAMS: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {}


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand the request to the stream of its path; an unknown path is answered with 404."""
    stream = STREAMS.get(scope["path"].removeprefix("/live/"))
    if stream is not None:
        await stream(scope, receive, send)
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": "没有这个实时数据流。No such live stream.\n".encode()})
