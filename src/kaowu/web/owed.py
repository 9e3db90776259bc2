"""What somebody who signed in owes before anything else (登录后须先办): a second factor, or a password of their own that is not too old."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kaowu.store.models import Account
from kaowu.web import second_factor

OWED = "owed"
PASSWORD, FACTOR = "password", "second_factor"
_OPEN = ("/account/", "/static/")


def owed_by(account: Account) -> str:
    """What the account has to see to first; empty if nothing."""
    if account.password_is_given or _is_too_old(account):
        return PASSWORD
    return FACTOR if second_factor.is_asked_of(account) and not second_factor.holds(account) else ""


def note(request: HttpRequest) -> None:
    """Work out anew what whoever is signed in owes."""
    request.session[OWED] = owed_by(request.user)  # type: ignore[arg-type]


class OwedFirst:
    """Leads to the page where it can be seen to, until it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        owed = request.session.get(OWED, "") if request.user.is_authenticated else ""
        if owed and not request.path.startswith(_OPEN):
            messages.info(request, _why(owed))
            return redirect(owed)
        return self.get_response(request)


def _is_too_old(account: Account) -> bool:
    days = settings.PASSWORD_DAYS
    return bool(days > 0 and timezone.now() - account.password_set_at > timedelta(days=days))


def _why(owed: str) -> str:
    if owed == PASSWORD:
        return _("Please choose a password of your own first: this one was given to you, or is too old.")
    return _("Your post asks for a second factor at sign-in. Please set it up first.")
