"""Where an act waits for the persons' own keys, the person at the screen is led to its slip."""

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from kaowu.loop.signed import fault
from kaowu.web import slips
from kaowu.web.counter import clock


class KeySlips:
    """Opens a slip for whatever a view handed in that needs keys, after the view's own transaction has ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, slips.WaitsForKeys):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse(fault("person_must_sign").as_dict(), status=409)
        address = slip_address(
            exception, request.user.number, urlsplit(request.headers.get("Referer", "")).path
        )
        if getattr(request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(address)


def slip_address(waits: slips.WaitsForKeys, made_by: str, back_to: str = "") -> str:
    """The page of the slip that is opened for an act."""
    here = f"/{back_to.lstrip('/')}" if back_to else ""  # two slashes would lead to another host
    slip = slips.open_slip(waits, made_by, here, secrets.token_bytes, clock.now())
    return reverse("slip", kwargs={"slip": slip.pk})
