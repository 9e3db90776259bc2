"""A login ends after half an hour without use, and in any case after twelve hours."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

_SINCE, _SEEN = "login_since", "login_seen"
_ASKED_BY_THE_PAGE = "/office/waiting-"  # a page that asks by itself is no sign that somebody is there
_SEEN_STEP = 60  # seconds; noting every request would turn every page view into a write


class LoginLimits:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._check(request, request.session, int(time.time()))
        return self.get_response(request)

    def _check(self, request: HttpRequest, session: Any, now: int) -> None:
        since = session.setdefault(_SINCE, now)
        seen = session.setdefault(_SEEN, now)
        if now - seen > settings.LOGIN_IDLE_MINUTES * 60:
            logout(request)
            messages.info(
                request, _("You were signed out after %d minutes without use.") % settings.LOGIN_IDLE_MINUTES
            )
        elif now - since > settings.LOGIN_ABSOLUTE_HOURS * 3600:
            logout(request)
            messages.info(
                request,
                _("A login lasts %d hours at most. Please sign in again.") % settings.LOGIN_ABSOLUTE_HOURS,
            )
        elif now - seen >= _SEEN_STEP and not request.path.startswith(_ASKED_BY_THE_PAGE):
            session[_SEEN] = now
