"""Slips: what waits for the signatures of persons who hold keys of their own, and the page on which they sign."""

import base64
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from kaowu.basics.clock import Instant
from kaowu.basics.suites import deployed
from kaowu.facts.catalogue import kind_named
from kaowu.loop.duty import duty_that_records
from kaowu.store.models import Slip
from kaowu.web import slips
from kaowu.web.access import permitted, signed_in
from kaowu.web.counter import clock
from kaowu.web.day.fact_form import said
from kaowu.web.day.terminal_pages import script_words
from kaowu.web.office.menu import MenuEntry
from kaowu.web.permissions import POSTS

MENU = MenuEntry(
    "conduct",
    _("Waiting for signatures"),
    view="slips",
    permission="day.see",
    order=88,
    count=lambda request: len(slips.waiting_for(request.user.number, clock.now())),
)


@permitted("day.see")
@never_cache
def waiting(request: HttpRequest) -> HttpResponse:
    found = [
        {
            "slip": slip,
            "label": kind_named(slip.kind).label,
            "at": Instant(slip.made_at),
            "missing": _missing(slip),
        }
        for slip in slips.waiting_for(request.user.number, clock.now())
    ]
    return render(request, "kaowu/terminal/slips.html", {"found": found})


@signed_in("only who is named on the slip sees it")
@never_cache
def slip(request: HttpRequest, slip: uuid.UUID) -> HttpResponse:
    found = slips.of(slip, request.user.number)
    if found is None:
        raise Http404
    if found.recorded_index is not None:
        return redirect(slips.next_of(found))
    intent = slips.intent_of(found)
    kind = intent.fact.kind
    duty = duty_that_records(kind.name)
    context = {
        "slip": found,
        "kind": kind,
        "duty": duty,
        "line": kind.say(intent.fact),
        "stamped_at": intent.stamped_at,
        "expires_at": Instant(found.expires_at),
        "is_late": clock.now() > found.expires_at,
        "persons": _persons(found, intent),
        "content": {
            "deed": base64.b64encode(bytes(found.deed)).decode(),
            "persons": found.persons,
            "signed": sorted(found.signatures),
            "exam": found.exam,
            "label": said(kind.label),
            "labels": {spec.name: said(spec.label) for spec in kind.fields},
            "posts": {post: str(label) for post, label in POSTS.items()},
        },
        "words": script_words(),
        "suite": deployed().name,
    }
    return render(request, "kaowu/terminal/slip.html", context)


def _persons(found: Slip, intent: Any) -> list[dict[str, Any]]:
    methods = {one.account: one.method for one in intent.proven}
    return [
        {
            "account": account,
            "post": POSTS.get(post, post),
            "by_key": by_key,
            "signed": account in found.signatures,
            "method": methods.get(account, ""),
        }
        for account, post, by_key in found.persons
    ]


def _missing(found: Slip) -> list[str]:
    return [account for account, _post, by_key in found.persons if by_key and account not in found.signatures]


urlpatterns = [
    path("office/slips/", waiting, name="slips"),
    path("office/slips/<uuid:slip>/", slip, name="slip"),
]
