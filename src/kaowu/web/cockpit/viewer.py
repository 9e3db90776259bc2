"""Who looks at a live screen: the login of the pages, its limits and its scope, read without a request."""

import time
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from kaowu.store.models import AccessLog
from kaowu.store.queries import exams, places
from kaowu.web.access import log, scope_of
from kaowu.web.cockpit.snapshot import View

PERMISSION = "cockpit.see"


class NotShown(Exception):
    """The screen is not shown; the status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def view_of(headers: dict[str, str], query: str, path: str, address: str) -> View:
    """The view that was asked for; NotShown unless the login is good and the place lies in its scope."""
    cookies = _cookies(headers.get("cookie", ""))
    request = _request(cookies, path, address)
    if not request.user.is_authenticated:
        raise NotShown(401)
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    scope = scope_of(request.user, PERMISSION)
    site = asked.get("site") or None
    line = exams.exam(asked.get("exam", ""))
    known = line is not None and asked.get("sitting") in {held.id for held in exams.sittings(line.code)}
    place = places.site(site) if site else None
    if not known or (site and place is None):
        raise NotShown(404)
    if not scope.paths or (place is not None and not scope.covers(place.path)):
        log(request, AccessLog.Outcome.REFUSED, PERMISSION, path, reason="不在负责范围内")
        raise NotShown(403)
    language = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    return View(asked["exam"], asked["sitting"], site, scope, language)


def _request(cookies: dict[str, str], path: str, address: str) -> Any:
    request = HttpRequest()
    request.method, request.path = "GET", path
    request.META["REMOTE_ADDR"] = address
    request.session = SessionStore(cookies.get(settings.SESSION_COOKIE_NAME) or None)  # type: ignore[assignment]
    request.user = get_user(request)
    now = int(time.time())
    idle = now - request.session.get("login_seen", now) > settings.LOGIN_IDLE_MINUTES * 60
    over = now - request.session.get("login_since", now) > settings.LOGIN_ABSOLUTE_HOURS * 3600
    if idle or over:
        raise NotShown(401)
    return request


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}
