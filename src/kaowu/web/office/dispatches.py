"""Dispatches up and down the tree (联动消息): sending one, signing for one, and how far each has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Refused
from kaowu.basics.ids import FactId, new_fact_id
from kaowu.exam.dispatches import (
    DELIVERED,
    LEVELS,
    ON_THE_WAY,
    SENT,
    SIGNED,
    Standing,
    Unit,
    first_of,
    is_addressed,
    standing,
)
from kaowu.facts.dispatches import DispatchSent, DispatchSigned
from kaowu.store.models import Account
from kaowu.store.queries import dispatches as kept
from kaowu.store.queries import places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import Scope, grants_of, permitted, require_place
from kaowu.web.counter import clock, record
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.permissions import PERMISSIONS

_SEE, _SEND, _SIGN = "dispatch.see", "dispatch.send", "dispatch.sign"
MENU = MenuEntry("conduct", _("Dispatches"), view="dispatch_lists", permission=_SEE, order=55)


class SendForm(forms.Form):
    """One dispatch."""

    fact_id = forms.UUIDField(widget=forms.HiddenInput)
    sender = forms.ChoiceField(label=_("From"))
    to = forms.ChoiceField(label=_("To"))
    named = forms.MultipleChoiceField(
        label=_("Named units"), required=False, widget=forms.SelectMultiple(attrs={"size": 8})
    )
    urgency = forms.ChoiceField(label=_("Urgency"))
    sign_within = forms.IntegerField(
        label=_("To be signed within, minutes; 0 for no limit"), min_value=0, max_value=10_080, initial=10
    )
    title = forms.CharField(label=_("In short, without names"), max_length=80)
    body = forms.CharField(label=_("Text"), max_length=3000, widget=forms.Textarea(attrs={"rows": 6}))

    def __init__(self, senders: list[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        along = {unit: name for sender in senders for unit, name in places.units_along(sender.path)}
        self._paths = {unit.code: unit.path for unit in along}
        fields["sender"].choices = [(sender.path, along.get(sender, sender.code)) for sender in senders]
        others = sorted(unit for unit in along if unit not in senders)
        fields["named"].choices = [
            (unit.code, f"{'　' * (unit.path.count('/') - 1)}{along[unit]}") for unit in others
        ]
        below = {unit.level for unit in others if any(unit.path.startswith(one.path) for one in senders)}
        fields["to"].choices = [
            (to, words)
            for to, words in _choices("to")
            if to == "named" or (below and LEVELS.get(to, to) in {"below", *below})
        ]
        if not below:
            self.initial["named"] = [unit.code for unit in others[-1:]]  # a site tells the unit above it
        fields["urgency"].choices = _choices("urgency")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (said.get("to") == "named") != bool(said.get("named")):
            self.add_error("named", _t("Choose units here if it goes to named units, and only then."))
        sender = said.get("sender", "")
        named = [self._paths[code] for code in said.get("named", ())]
        if not all(path.startswith(sender) or sender.startswith(path) for path in named):
            # Nobody between the two would be given it, and none of its lists would show it.
            self.add_error("named", _t("Only units above or below the sender can be named."))
        return said


MOST_ROWS = 60
_WORST_FIRST = (SENT, ON_THE_WAY, DELIVERED, SIGNED)


@dataclass(frozen=True, slots=True)
class Row:
    """How far a dispatch has come to one unit: in words where it lies, and what the unit replied."""

    standing: Standing
    name: str
    where: str
    signature: kept.Signature | None
    who: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One dispatch as one person sees it: how far it has come to the units in sight, worst first."""

    dispatch: kept.Dispatch
    sender: str
    urgency: str
    to: str
    rows: list[Row]
    mine: list[tuple[Unit, str]]
    """The units for which this person has still to sign."""
    all_shown: bool

    @property
    def shown_rows(self) -> list[Row]:
        """Every unit, or of very many the first of those that have not signed."""
        return (
            self.rows if self.all_shown else [row for row in self.rows if row.signature is None][:MOST_ROWS]
        )

    def count(self, *reached: str) -> int:
        return sum(row.standing.reached in reached for row in self.rows)

    @property
    def signed(self) -> int:
        """How many have signed."""
        return self.count(SIGNED)

    @property
    def delivered(self) -> int:
        """How many have it, or read it at the node above theirs, and have not signed."""
        return self.count(DELIVERED, ON_THE_WAY)

    @property
    def silent(self) -> int:
        """Of how many nothing was heard."""
        return self.count(SENT)

    @property
    def late(self) -> int:
        """How many are late and have not signed."""
        return sum(row.standing.is_late and row.standing.reached != SIGNED for row in self.rows)


@permitted(_SEE)
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "dispatches")


@permitted(_SEE, unscoped=("exam",))
@never_cache
def dispatches(request: HttpRequest, exam: str) -> HttpResponse:
    fresh = {"fact_id": new_fact_id(clock.now())}
    return _page(request, exam, SendForm(own_units(request, _SEND), initial=fresh))


@permitted(_SEND, unscoped=("exam",))
@require_POST
def send(request: HttpRequest, exam: str) -> HttpResponse:
    """Put a dispatch on record; from there it goes its way. The same form again sends nothing."""
    exam_here(request, exam)
    form = SendForm(own_units(request, _SEND), request.POST)
    if not form.is_valid():
        return _page(request, exam, form, 422)
    said = form.cleaned_data
    id = FactId(said.pop("fact_id"))
    if any(one.id == str(id) for one in kept.dispatches(exam)):
        return redirect("dispatches", exam=exam)
    fact = DispatchSent(**said | {"named": tuple(said["named"]), "number": _number(exam, said["sender"])})
    try:
        record(fact, acting(request, _SEND, fact.sender), exam=exam, subject=kept.SUBJECT, id=id)
    except Refused as reason:
        form.add_error(None, reason.sentence.zh if _is_chinese() else reason.sentence.en)
        return _page(request, exam, form, 409)
    messages.success(
        request, _t("%(number)s is sent. Who has it and who signed is shown below.") % {"number": fact.number}
    )
    return redirect("dispatches", exam=exam)


@permitted(_SIGN, unscoped=("exam", "dispatch"))
@require_POST
def sign(request: HttpRequest, exam: str, dispatch: str) -> HttpResponse:
    """Sign for a dispatch in the name of a unit; the same again changes nothing."""
    exam_here(request, exam)
    one = next((one for one in kept.dispatches(exam) if one.id == dispatch), None)
    unit = places.unit(_code(request.POST.get("unit", "")))
    if one is None or unit is None or not is_addressed(one.fact, unit):
        raise Http404
    # Not the whole scope of the post: whoever stands above a unit does not answer in its name.
    in_whose_name = tuple(one.path for one in own_units(request, _SIGN) if one == unit)
    require_place(request, _SIGN, Scope(in_whose_name), unit.path)
    signed = kept.receipts(exam, [one])[one.id].signed
    if unit.path not in signed:
        record(
            DispatchSigned(
                number=one.fact.number,
                dispatch=one.id,
                sender=one.fact.sender,
                unit=unit.path,
                reply=request.POST.get("reply", "").strip()[:1000],
            ),
            acting(request, _SIGN, unit.path),
            exam=exam,
            subject=kept.receipts_of(one.fact.number),
        )
    messages.success(request, _t("Signed for %(number)s.") % {"number": one.fact.number})
    return redirect("dispatches", exam=exam)


@permitted(_SIGN, unscoped=("exam",))
@never_cache
def waiting(request: HttpRequest, exam: str) -> HttpResponse:
    """What this person has still to sign for, as a line over every page; the page asks for it again by itself."""
    exam_here(request, exam)
    units = own_units(request, _SIGN)
    mine = [one for one in kept.dispatches(exam) if any(is_addressed(one.fact, unit) for unit in units)]
    receipts = kept.receipts(exam, mine)
    now = exam_time_now(exam).now
    open_ones = []
    for one in mine:
        asked = [unit for unit in units if is_addressed(one.fact, unit)]
        rows = [row for row in _standings(one, asked, receipts[one.id], now) if row.reached != SIGNED]
        if rows:
            open_ones.append((one, any(row.is_late for row in rows)))
    return render(request, "kaowu/conduct/dispatches_waiting.html", {"exam": exam, "waiting": open_ones})


def own_units(request: HttpRequest, permission: str) -> list[Unit]:
    """The units in whose name an account may act: those over which its posts were given."""
    posts = PERMISSIONS[permission].posts
    codes = sorted({_code(path) for post, path in grants_of(request.user) if post in posts})
    return [unit for unit in map(places.unit, codes) if unit is not None]


def _page(request: HttpRequest, exam: str, form: SendForm, status: int = 200) -> HttpResponse:
    line = exam_here(request, exam)
    context = {
        "line": line,
        "shown": _seen(request, exam),
        "form": form,
        "can_send": bool(own_units(request, _SEND)),
    }
    return render(request, "kaowu/conduct/dispatches.html", context, status=status)


def _seen(request: HttpRequest, exam: str) -> list[Shown]:
    """The dispatches that went from or to a unit in sight."""
    scope = request.scope  # type: ignore[attr-defined]
    signing = {unit.path for unit in own_units(request, _SIGN)}
    now, taking_part = exam_time_now(exam).now, kept.taking_part(exam)
    found = kept.dispatches(exam)
    receipts = kept.receipts(exam, found)
    along = {path: places.units_along(path) for path in {one.fact.sender for one in found}}
    shown = []
    for one in found:
        sent_from_here = scope.covers(one.fact.sender)
        in_sight = {
            unit: name
            for unit, name in along[one.fact.sender]
            if is_addressed(one.fact, unit)
            and _takes_part(unit, one.fact, taking_part)
            and (sent_from_here or scope.covers(unit.path))
        }
        if in_sight or sent_from_here:
            everybody = request.GET.get("all") == one.id
            shown.append(_shown(one, in_sight, receipts[one.id], now, signing, everybody))
    return shown


def _shown(
    one: kept.Dispatch,
    units: Mapping[Unit, str],
    receipts: kept.Receipts,
    now: Instant,
    signing: set[str],
    all_shown: bool,
) -> Shown:
    by_unit = {signature.fact.unit: signature for signature in reversed(receipts.signatures)}
    found = sorted(
        _standings(one, units, receipts, now), key=lambda row: (_WORST_FIRST.index(row.reached), row.unit)
    )
    names = places.unit_names({one.fact.sender, *(row.where for row in found)})
    people = _names(receipts.signatures)
    rows = [
        Row(
            row,
            units[row.unit],
            names.get(row.where, row.where),
            signature,
            people.get(signature.id, "") if signature else "",
        )
        for row in found
        for signature in [by_unit.get(row.unit.path)]
    ]
    mine = [
        (row.unit, units[row.unit]) for row in found if row.reached != SIGNED and row.unit.path in signing
    ]
    return Shown(
        one,
        names.get(one.fact.sender, one.fact.sender),
        dict(_choices("urgency"))[one.fact.urgency],
        dict(_choices("to"))[one.fact.to],
        rows,
        mine,
        all_shown or len(rows) <= MOST_ROWS,
    )


def _names(signatures: list[kept.Signature]) -> dict[str, str]:
    """Who signed, by the id of the signature."""
    numbers = {actor.account for one in signatures for actor in one.actors}
    known = dict(Account.objects.filter(number__in=numbers).values_list("number", "name"))
    return {
        one.id: " · ".join(f"{known.get(actor.account, '')} {actor.account}".strip() for actor in one.actors)
        for one in signatures
    }


def _standings(
    one: kept.Dispatch, units: Iterable[Unit], receipts: kept.Receipts, now: Instant
) -> list[Standing]:
    delivered, signed = first_of([*one.held, *receipts.delivered]), receipts.signed
    return [standing(one.fact, one.at, unit, delivered, signed, now) for unit in units]


def _takes_part(unit: Unit, sent: DispatchSent, sites: set[str] | None) -> bool:
    """Whether a unit has to do with the exam; one that is named has."""
    return sites is None or sent.to == "named" or any(site.startswith(unit.path) for site in sites)


def _number(exam: str, sender: str) -> str:
    """The sender's next free number of the day."""
    start = f"{_code(sender)}-{exam_time(exam_time_now(exam).now):%m%d}"
    taken = {one.fact.number for one in kept.dispatches(exam)}
    return next(number for n in range(1, 10_000) if (number := f"{start}-{n:02d}") not in taken)


def _choices(field: str) -> list[tuple[str, str]]:
    [spec] = [one for one in DispatchSent.kind.fields if one.name == field]
    return [(value, said.zh if _is_chinese() else said.en) for value, said in spec.choices]


def _is_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _code(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


urlpatterns = [
    path("office/dispatches/", lists, name="dispatch_lists"),
    path("office/dispatches/<str:exam>/", dispatches, name="dispatches"),
    path("office/dispatches/<str:exam>/send", send, name="dispatch_send"),
    path("office/dispatches/<str:exam>/sign/<str:dispatch>", sign, name="dispatch_sign"),
    path("office/waiting-dispatches/<str:exam>/", waiting, name="dispatches_waiting"),
]
