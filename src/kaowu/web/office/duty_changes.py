"""Changing duties by hand: swap two, put somebody into a place, or send the whole list back as a workbook.

Look first: every difference, and what the verifier says. Then two persons sign.
Nothing is kept between the two steps but what the form itself carries, so the
change is worked out anew and from the list that then holds.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.engines.draw import Duty
from kaowu.loop.prepare.duty_findings import REPEATS, findings
from kaowu.loop.prepare.duty_workbook import HEADER, WIDTHS
from kaowu.loop.prepare.post_brief import post_title
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import duties, exams, places
from kaowu.store.queries.exams import ExamLine
from kaowu.web import uploads
from kaowu.web.access import permitted
from kaowu.web.office.candidates import ReasonForm, take_out
from kaowu.web.office.exam_here import actor_of, exam_here
from kaowu.web.office.workbooks import attachment, workbook
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import duty_changes, duty_lists
from kaowu.web.works.duty_changes import PLACE, SWAP, Change
from kaowu.web.works.duty_lists import InForce

_CHANGE = "duties.change"
MOST_BYTES = 10_000_000


class SignForm(DualSignForm):
    """Why the list is changed, signed by two; `before` names the list that was looked at."""

    before = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=4)


class WishForm(forms.Form):
    """What shall change: a duty, and either another duty to swap with or a person to put there."""

    way = forms.ChoiceField(choices=((SWAP, SWAP), (PLACE, PLACE)))
    duty = forms.CharField(max_length=120)
    other = forms.CharField(max_length=120, required=False)
    person = forms.CharField(max_length=32, required=False)
    repeats = forms.BooleanField(required=False)


@permitted(_CHANGE, unscoped=("exam",))
@never_cache
def change(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Say what shall change; look at what it does; sign."""
    line, place, listed, sitting = _list(request, exam, site)
    wish = WishForm(request.POST or None)
    if request.method != "POST":
        return _wishes(request, line, place, listed, sitting)
    if not wish.is_valid():
        return _wishes(request, line, place, listed, sitting, status=422)
    try:
        wanted = _wanted(listed, sitting, wish.cleaned_data)
    except Refused as refused:
        return _wishes(request, line, place, listed, sitting, refused, 422)
    return _look(request, line, place, wanted, sitting, {"wish": wish.cleaned_data})


@permitted(_CHANGE, unscoped=("exam",))
@require_POST
def take_workbook(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """The list in force as a workbook with a watermark."""
    line, place, listed, _sitting = _list(request, exam, site)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return render(request, "kaowu/roster/export_refused.html", {"line": line, "form": form}, status=422)
    mark = take_out(request, line, _CHANGE, "duties", len(listed.plan.duties), form.cleaned_data["reason"])
    people = duties.people(duty.person for duty in listed.plan.duties)
    locked = listed.draw.since_sealed.locked
    sexes = {"male": "男", "female": "女"}

    def row(duty: Duty) -> tuple[str, ...]:
        who = people.get(duty.person)
        title = post_title(duty.post).zh
        name, sex, unit = (who.name, sexes.get(who.sex, ""), who.unit) if who else ("", "", "")
        kept = "是" if (duty.sitting, duty.person) in locked else ""
        return (duty.sitting, duty.site, duty.room, title, duty.post, duty.person, name, sex, unit, kept)

    content = workbook(f"{place.code} 监考安排", HEADER, map(row, listed.plan.duties), mark, WIDTHS)
    name = f"{line.name}_{place.code}_监考安排_{mark.at:%Y%m%d}.xlsx"
    return attachment(content, name)


@permitted(_CHANGE, unscoped=("exam",))
def upload(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Choose the workbook that comes back."""
    line, place, listed, sitting = _list(request, exam, site)
    refused, status = None, 200
    if request.method == "POST":
        try:
            kept = uploads.keep(request, request.FILES.get("file"), MOST_BYTES)
            try:
                duty_changes.read_workbook(listed, kept.read(), kept.name)
            except Refused:
                uploads.forget(request, kept)
                raise
            address = reverse("duties_check", kwargs={"exam": exam, "site": site, "token": kept.token})
            return redirect(f"{address}?sitting={sitting}")
        except Refused as reason:
            refused, status = reason, 422
    context = {
        "line": line,
        "site": place,
        "sitting": sitting,
        "refused": refused,
        "limit": MOST_BYTES // 1_000_000,
    }
    return render(request, "kaowu/duties/upload.html", context, status=status)


@permitted(_CHANGE, unscoped=("exam", "token"))
@never_cache
def check(request: HttpRequest, exam: str, site: str, token: str) -> HttpResponse:
    """Every difference of the workbook, every break by row and column; then sign."""
    line, place, listed, sitting = _list(request, exam, site)
    kept = uploads.kept(request, token)
    read = duty_changes.read_workbook(listed, kept.read(), kept.name)
    repeats = bool(request.POST.get("repeats") or request.GET.get("repeats"))
    wanted = duty_changes.from_workbook(listed, read, repeats)
    more = {"upload": kept, "issues": read.issues, "file_rows": len(read.duties)}
    return _look(request, line, place, wanted, sitting, more, lambda: uploads.forget(request, kept))


def _look(
    request: HttpRequest,
    line: ExamLine,
    place: places.SitePlace,
    wanted: Change,
    sitting: str,
    more: dict[str, Any],
    afterwards: Callable[[], None] = lambda: None,
) -> HttpResponse:
    """The proposed list beside the one in force; recorded once two have signed it."""
    signing = "own_password" in request.POST
    form = SignForm(request.POST if signing else None, initial={"before": wanted.listed.digest})
    refused = None
    if signing:
        pair = authenticate_pair(request, form, permission=_CHANGE, place=place.path, different_posts=False)
        if pair is not None and not more.get("issues"):
            signed = [actor_of(one, _CHANGE, place.path) for one in pair]
            given = form.cleaned_data
            try:
                duty_changes.record_change(wanted, given["before"], given["reason"], signed)
            except Refused as reason:
                refused = reason
            else:
                afterwards()
                messages.success(request, _t("Recorded. This is the list that holds now."))
                return redirect(f"{reverse('duties_site', args=(line.code, place.code))}?sitting={sitting}")
    profile = profile_of(exams.plan(line.code))
    breaks = findings(wanted.judgement.new, profile)
    numbers = {name for name, _ in wanted.listed.plan.sent} | set(wanted.people)
    context = {
        "line": line,
        "site": place,
        "sitting": sitting,
        "change": wanted,
        "breaks": [
            {"found": found, "row": wanted.row_of(one)}
            for found, one in zip(breaks, wanted.judgement.new, strict=True)
        ],
        "standing": findings(wanted.judgement.standing, profile, 1),
        "repeats_would_do": {one.code for one in wanted.judgement.new} & REPEATS,
        "people": duties.people(numbers),
        "form": form,
        "refused": refused,
        "issues": (),
        "may_record": wanted.may_be_recorded and not more.get("issues"),
    } | more
    status = 422 if refused or form.errors else 200
    return render(request, "kaowu/duties/look.html", context, status=status)


def _wishes(
    request: HttpRequest,
    line: ExamLine,
    place: places.SitePlace,
    listed: InForce,
    sitting: str,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    lists = duty_lists.of_site(line.code, place.code)
    held = {one for each in lists for one in each.sittings}
    here = sorted(listed.in_sitting(sitting), key=lambda duty: (duty.room == "", duty.room, duty.post))
    context = {
        "line": line,
        "site": place,
        "sitting": sitting,
        "sittings": [one for one in exams.sittings(line.code) if one.id in held],
        "duties": here,
        "places": [*listed.vacant(sitting), *here],
        "chosen": request.GET.get("place", ""),
        "people": duties.people({name for name, _ in listed.plan.sent}),
        "free": sorted({name for name, _ in listed.plan.sent} - {duty.person for duty in here}),
        "locked": set(listed.draw.since_sealed.locked_in(sitting)),
        "refused": refused,
        "listed": listed,
    }
    return render(request, "kaowu/duties/change.html", context, status=status)


def _wanted(listed: InForce, sitting: str, given: dict[str, Any]) -> Change:
    duty = _duty(listed, sitting, given["duty"])
    if given["way"] == SWAP:
        return duty_changes.swap(listed, duty, _duty(listed, sitting, given["other"]), given["repeats"])
    return duty_changes.place(listed, duty, given["person"].strip(), given["repeats"])


def _duty(listed: InForce, sitting: str, text: str) -> Duty:
    """A duty as the form's options write it: room|post|person."""
    try:
        room, post, person = text.split("|")
    except ValueError:
        raise BadRequest("no duty") from None
    return duty_changes.duty_at(listed, sitting, room, post, person)


def _list(request: HttpRequest, exam: str, site: str) -> tuple[ExamLine, places.SitePlace, InForce, str]:
    line, place = exam_here(request, exam), places.site(site)
    lists = duty_lists.of_site(exam, site)
    sitting = request.GET.get("sitting", "") or (lists[0].sittings[0] if lists else "")
    found = next((one for one in lists if sitting in one.sittings), None)
    if place is None or found is None:
        raise Http404
    return line, place, found, sitting


urlpatterns = [
    path("office/duties/<str:exam>/<str:site>/change/", change, name="duties_change"),
    path("office/duties/<str:exam>/<str:site>/workbook/", take_workbook, name="duties_workbook"),
    path("office/duties/<str:exam>/<str:site>/workbook/back/", upload, name="duties_upload"),
    path("office/duties/<str:exam>/<str:site>/workbook/back/<str:token>/", check, name="duties_check"),
]
