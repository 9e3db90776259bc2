"""Streams for the live screens: a plain ASGI application outside Django's request cycle.

/live/cockpit?exam=…&sitting=…[&site=…] sends server-sent events: `snapshot` with the panels that
are drawn otherwise than before (all of them at first); `ping` when they have not, so that the wall knows that it is not stale.
The login is checked when the stream opens and again every half minute; when it has ended, so has the stream.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kaowu.web.cockpit.hub import Hubs, in_thread
from kaowu.web.cockpit.snapshot import View
from kaowu.web.cockpit.viewer import NotShown, view_of

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PING_S = 5.0
CHECK_S = 30.0
MOST_VIEWERS = 400

_WORDS = {
    401: "请先登录。Sign in first.\n",
    403: "不在您负责的范围内。Outside your area of duty.\n",
    404: "没有这个实时数据流。No such live stream.\n",
    405: "只能读取。Read only.\n",
    503: "观看的屏幕太多，请稍后重连。Too many screens; connect again later.\n",
}

hubs = Hubs()


async def cockpit(scope: Scope, receive: Receive, send: Send) -> None:
    """The stream of one wall."""
    if scope["method"] != "GET":
        return await _say(send, 405)
    if hubs.viewers >= MOST_VIEWERS:
        return await _say(send, 503)
    try:
        view = await in_thread(view_of, *_asked(scope))
    except NotShown as reason:
        return await _say(send, reason.status)
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.create_task(_until_gone(receive))
    stream = asyncio.create_task(_stream(scope, view, send))
    try:
        await asyncio.wait({gone, stream}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (gone, stream):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
    return None


#: Path below /live/ → the application that answers it.
STREAMS: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {"cockpit": cockpit}


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand the request to the stream of its path; an unknown path is answered with 404."""
    stream = STREAMS.get(scope["path"].removeprefix("/live/"))
    if stream is None:
        await _say(send, 404)
    else:
        await stream(scope, receive, send)


async def _stream(scope: Scope, view: View, send: Send) -> None:
    hub = hubs.enter(view)
    version, checked_at = "", time.monotonic()
    shown: Mapping[str, str] = {}
    try:
        await _event(send, "hello", {"ping_s": PING_S})
        while True:
            newest = await hub.newer_than(version, PING_S)
            if newest is None:
                await _event(send, "ping", {"version": version})
            else:
                version = newest.version
                await _write(send, f"event: snapshot\nid: {version}\ndata: {newest.to_json(shown)}\n\n")
                shown = newest.panels
            if time.monotonic() - checked_at >= CHECK_S:
                checked_at = time.monotonic()
                if await in_thread(_still_shown, scope, view) is False:
                    await _event(send, "ended", {})
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    return
    finally:
        hubs.leave(view)


def _still_shown(scope: Scope, view: View) -> bool:
    try:
        return view_of(*_asked(scope)) == view
    except NotShown:
        return False


def _asked(scope: Scope) -> tuple[dict[str, str], str, str, str]:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    address = (scope.get("client") or ("",))[0]
    return headers, scope["query_string"].decode("latin-1"), scope["path"], address


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _event(send: Send, name: str, content: dict[str, Any]) -> None:
    await _write(send, f"event: {name}\ndata: {json.dumps(content)}\n\n")


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _say(send: Send, status: int) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": _WORDS[status].encode()})
