"""One door: long-lived streams under /live/ are answered by the small live application, all else by Django.

Pages run in Django's synchronous way inside a pool of threads; only the streams, which would each hold a
thread for hours, are asynchronous.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaowu.app.settings")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from kaowu.app.collector import leave_what_is_loaded

_pages = WSGIMiddleware(get_wsgi_application(), workers=12)

from kaowu.web.cockpit.live import live  # noqa: E402  Django must be set up before its models are imported

_ = get_resolver().url_patterns
leave_what_is_loaded()


async def application(scope, receive, send):  # type: ignore[no-untyped-def]
    """Lifespan and /live/ go to the live application, everything else to the pages."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    elif scope["type"] == "http":
        await _pages(scope, _as_coroutine(receive), _as_coroutine(send))


def _as_coroutine(call):  # type: ignore[no-untyped-def]
    """Granian hands out futures; the bridge to WSGI wants coroutines."""

    async def called(*arguments):  # type: ignore[no-untyped-def]
        return await call(*arguments)

    return called


async def _lifespan(receive, send):  # type: ignore[no-untyped-def]
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
