"""The journal on a memory stick: two persons export it, carry it, and take it in at the other node."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.engines.ledger.runs import Proven
from kaowu.store.models import AccessLog, MirroredLog
from kaowu.store.queries.carried import carried
from kaowu.store.queries.copies import copies
from kaowu.web.access import log, permitted
from kaowu.web.counter import clock
from kaowu.web.office.exam_here import actor_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import bundles as works
from kaowu.web.works.bundles import BundleFile, Pair

MENU = MenuEntry("conduct", _("Memory stick"), view="bundles", permission="bundles.carry", order=90)

_CARRY = "bundles.carry"
_MOST_BYTES = 150_000_000


class OutForm(DualSignForm):
    """Which node the stick is for."""

    peer = forms.ChoiceField(label=_("Other node"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["peer"].choices = _peers()  # type: ignore[attr-defined]


class InForm(DualSignForm):
    """The file from the stick."""

    file = forms.FileField(label=_("Bundle or receipt (.exb)"))


@permitted(_CARRY)
@never_cache
def bundles(request: HttpRequest) -> HttpResponse:
    return _page(request)


@permitted(_CARRY)
@require_POST
@never_cache
def out(request: HttpRequest) -> HttpResponse:
    """Write what a node above lacks, or the receipt of a node below, into one sealed file."""
    form = OutForm(request.POST)
    pair = _pair(request, form)
    if pair is None:
        return _page(request, out_form=form, status=400)
    peer = form.cleaned_data["peer"]
    try:
        made = works.make_receipt(peer, pair) if "/" in peer else works.make_up(peer, pair)
    except Refused as refused:
        return _page(request, refused=refused, status=409)
    return _sent(request, made)


@permitted(_CARRY)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take a bundle or a receipt in; the same file again changes nothing."""
    form = InForm(request.POST, request.FILES)
    pair = _pair(request, form)
    if pair is None:
        return _page(request, in_form=form, status=400)
    file = form.cleaned_data["file"]
    try:
        if file.size > _MOST_BYTES:
            raise works.too_large(_MOST_BYTES)
        done = works.take(file.read(), pair)
    except Refused as refused:
        return _page(request, refused=refused, status=409)
    if isinstance(done, int):
        messages.success(request, _t("Receipt taken: acknowledged up to %(n)d.") % {"n": done})
    else:
        said = _t("Taken: %(n)d new records of %(log)s, cosigned up to %(size)d.")
        messages.success(request, said % {"n": done.new, "log": done.origin, "size": done.cosigned})
    return redirect("bundles")


def _peers() -> list[tuple[str, str]]:
    """Nodes above with what they lack, logs below that wait for a receipt."""
    up = [
        (one.name, _t("%(name)s, %(n)d records waiting") % {"name": one.name, "n": one.waiting})
        for one in copies()
    ]
    below = MirroredLog.objects.filter(closed_at=0).exclude(card="").order_by("origin")
    down = [(log.origin, _t("Receipt for %(name)s") % {"name": log.origin}) for log in below]
    return [*up, *down]


def _page(
    request: HttpRequest,
    out_form: OutForm | None = None,
    in_form: InForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "out_form": out_form or OutForm(auto_id="out_%s"),
        "in_form": in_form or InForm(auto_id="in_%s"),
        "me": request.user,
        "refused": refused,
        "carried": carried(),
    }
    return render(request, "kaowu/office/bundles.html", context, status=status)


def _pair(request: HttpRequest, form: DualSignForm) -> Pair | None:
    accounts = authenticate_pair(request, form, permission=_CARRY, different_posts=False)
    if accounts is None:
        return None
    at = clock.now()
    proven = tuple(Proven(one.number, f"account/{one.number}", "password", at) for one in accounts)
    return Pair([_actor(one) for one in accounts], proven)


def _actor(account: Any) -> Any:
    place = account.organisation.path if account.organisation else ""
    return actor_of(account, _CARRY, place)


def _sent(request: HttpRequest, made: BundleFile) -> HttpResponse:
    log(request, AccessLog.Outcome.EXPORTED, _CARRY, made.name, reason=made.digest.hex())
    return attachment(made.content, made.name, "application/octet-stream")


urlpatterns = [
    path("office/bundles/", bundles, name="bundles"),
    path("office/bundles/out/", out, name="bundle_out"),
    path("office/bundles/in/", take, name="bundle_in"),
]
