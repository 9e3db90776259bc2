"""Seats changed by hand: swap, move, lock, on one page without dragging; and the plan back from a workbook."""

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

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seat_grid import seat_of_text
from kaowu.facts.envelope import Actor
from kaowu.loop.prepare.seat_table import SeatLine
from kaowu.loop.prepare.seat_workbook import read_seat_workbook
from kaowu.store.queries import candidates, exams, registers
from kaowu.store.queries.exams import ExamLine
from kaowu.web import uploads
from kaowu.web.access import permitted
from kaowu.web.office.exam_here import actor_of, own_exam
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import seat_changes
from kaowu.web.works.seat_changes import HandChange, Standing

_ARRANGE = "seats.arrange"
_MOST_BYTES = 60_000_000
_ISSUES_SHOWN = 30

ACTS = (
    ("swap", _("Swap two candidates")),
    ("move", _("Move to a free seat")),
    ("lock", _("Lock the seat")),
    ("unlock", _("Unlock the seat")),
)


class HandForm(forms.Form):
    """What somebody wants done, by numbers as they stand on tickets and doors."""

    act = forms.ChoiceField(label=_("What to do"), choices=ACTS, initial="swap", widget=forms.RadioSelect)
    seating = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    one = forms.CharField(
        label=_("Candidate"), max_length=40, help_text=_("Candidate number or admission number.")
    )
    other = forms.CharField(
        label=_("With"),
        max_length=40,
        required=False,
        help_text=_("The other candidate's number, for a swap."),
    )
    site = forms.CharField(label=_("To site"), max_length=20, required=False)
    room = forms.CharField(label=_("To room"), max_length=10, required=False)
    seat = forms.CharField(label=_("To seat"), max_length=4, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        act = given.get("act")
        if act == "swap" and not given.get("other"):
            self.add_error("other", _t("Name the other candidate."))
        if act == "move" and not (given.get("room") and given.get("seat")):
            self.add_error("seat", _t("Name room and seat."))
        seat = given.get("seat", "")
        if seat and not (seat.isascii() and seat.isdigit() and int(seat)):
            self.add_error("seat", _t("This is no seat number."))
        return given


class ReasonForm(DualSignForm):
    """Why, signed by two."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, min_length=4, widget=forms.Textarea(attrs={"rows": 2})
    )


@permitted(_ARRANGE, unscoped=("exam",))
@never_cache
def hand(request: HttpRequest, exam: str) -> HttpResponse:
    """Ask on the left, see who would sit where and what the verifier says, sign by two."""
    line = own_exam(request, exam, _ARRANGE)
    now, refused = _standing(exam)
    asked = HandForm(
        request.GET if request.GET.get("show") else None, initial={"act": "swap", **request.GET.dict()}
    )
    change = one = None
    if now is not None and asked.is_bound and asked.is_valid():
        try:
            one = _find(now, asked.cleaned_data["one"], asked.cleaned_data["seating"])
            change = _change(now, one, asked.cleaned_data)
        except Refused as why:
            refused = why
    signing = ReasonForm(request.POST or None)
    if request.method == "POST" and now is not None and one is not None:
        pair = authenticate_pair(
            request, signing, permission=_ARRANGE, place=line.organisation_path, different_posts=False
        )
        if pair is not None:
            first, second = (actor_of(each, _ARRANGE, line.organisation_path) for each in pair)
            try:
                _record(
                    now,
                    one,
                    change,
                    asked.cleaned_data["act"],
                    (first, second),
                    signing.cleaned_data["reason"],
                )
            except Refused as why:
                refused = why
            else:
                messages.success(request, _t("Recorded. The seats in force are changed."))
                return redirect("seats_changes", exam=exam, number=len(exams.plan(exam).seat_changes))
    context = {
        "line": line,
        "asked": asked,
        "change": change,
        "one": one,
        "act": asked.cleaned_data.get("act") if asked.is_bound and asked.is_valid() else "",
        "signing": signing,
        "refused": refused,
        "picked": request.GET.get("one", ""),
        "people": _people(now, request.GET.get("site", ""), request.GET.get("room", "")),
        "locked": _described(exam, sorted(now.locked)) if now else [],
        "seatings": sorted({each.sitting for each in now.coming}) if now else [],
        **_shown(exam, change),
    }
    status = 422 if refused or (request.method == "POST") else 200
    return render(request, "kaowu/seats/hand.html", context, status=status)


@permitted(_ARRANGE, unscoped=("exam",))
@require_POST
def upload(request: HttpRequest, exam: str) -> HttpResponse:
    """A seat plan that somebody changed in a workbook is kept until two have signed what differs."""
    line = own_exam(request, exam, _ARRANGE)
    try:
        kept = uploads.keep(request, request.FILES.get("file"), _MOST_BYTES)
    except Refused as refused:
        return render(request, "kaowu/seats/workbook.html", {"line": line, "refused": refused}, status=422)
    return redirect("seats_workbook", exam=exam, token=kept.token)


@permitted(_ARRANGE, unscoped=("exam", "token"))
@never_cache
def workbook(request: HttpRequest, exam: str, token: str) -> HttpResponse:
    """What differs in a workbook from the seats in force; recorded like a change on the page."""
    line = own_exam(request, exam, _ARRANGE)
    kept = uploads.kept(request, token)
    context: dict[str, Any] = {"line": line, "name": kept.name, "token": token}
    signing, change = ReasonForm(request.POST or None), None
    try:
        now = seat_changes.standing(exam)
        names = candidates.names(exam)
        read = read_seat_workbook(kept.read(), kept.name, now.coming, _rooms(line), names, now.over)
        if read.targets and not read.issues:
            change = seat_changes.by_hand(now, read.targets)
        context |= {"read": read, "issues": read.issues[:_ISSUES_SHOWN], "change": change}
        if request.method == "POST" and change is not None:
            pair = authenticate_pair(
                request, signing, permission=_ARRANGE, place=line.organisation_path, different_posts=False
            )
            if pair is not None:
                first, second = (actor_of(each, _ARRANGE, line.organisation_path) for each in pair)
                seat_changes.record_by_hand(
                    change, (first, second), signing.cleaned_data["reason"], source="workbook"
                )
                uploads.forget(request, kept)
                messages.success(request, _t("Recorded. The seats in force are changed."))
                return redirect("seats_changes", exam=exam, number=len(exams.plan(exam).seat_changes))
    except Refused as refused:
        context["refused"] = refused
    context |= {"signing": signing, **_shown(exam, change)}
    status = 422 if context.get("refused") or request.method == "POST" else 200
    return render(request, "kaowu/seats/workbook.html", context, status=status)


def _standing(exam: str) -> tuple[Standing | None, Refused | None]:
    try:
        return seat_changes.standing(exam), None
    except Refused as refused:
        return None, refused


def _find(now: Standing, number: str, seating: str) -> SeatLine:
    wanted = number.strip()
    for each in now.coming:
        if wanted in (each.candidate, each.admission_number) and seating in ("", each.sitting):
            return each
    raise Refused(
        "no_such_candidate",
        Sentence(f"没有可改动的座位：{wanted}。", f"No seat that can still change has the number {wanted}."),
        remedy=Sentence("请核对考生号或准考证号。", "Check the candidate or admission number."),
    )


def _change(now: Standing, one: SeatLine, given: dict[str, Any]) -> HandChange | None:
    match given["act"]:
        case "swap":
            other = _find(now, given["other"], one.sitting)
            return seat_changes.by_hand(now, seat_changes.swap(now, one, other))
        case "move":
            desk = (given["site"].strip() or one.site, given["room"].strip(), seat_of_text(given["seat"]))
            return seat_changes.by_hand(now, {(one.sitting, one.candidate): desk})
    return None


def _record(
    now: Standing,
    one: SeatLine,
    change: HandChange | None,
    act: str,
    signed: tuple[Actor, Actor],
    reason: str,
) -> None:
    if change is not None:
        seat_changes.record_by_hand(change, signed, reason)
    elif act == "lock":
        seat_changes.record_locks(now, signed, reason, locked=(one.candidate,))
    else:
        seat_changes.record_locks(now, signed, reason, unlocked=(one.candidate,))


def _people(now: Standing | None, site: str, room: str) -> list[tuple[SeatLine, str]]:
    """The people of one room, to choose from by keyboard."""
    if now is None or not room:
        return []
    here = [each for each in now.coming if (each.site, each.room) == (site, room)]
    names = candidates.names(now.exam, [each.candidate for each in here])
    return [(each, names.get(each.candidate, "")) for each in sorted(here, key=lambda each: each.seat)]


def _described(exam: str, numbers: list[str]) -> list[tuple[str, str]]:
    names = candidates.names(exam, numbers)
    return [(number, names.get(number, "")) for number in numbers]


def _shown(exam: str, change: HandChange | None) -> dict[str, Any]:
    """The moves of a change with whom they move."""
    if change is None:
        return {"moves": []}
    names = candidates.names(exam, [move.candidate for move in change.moves])
    return {"moves": [(move, names.get(move.candidate, "")) for move in change.moves]}


def _rooms(line: ExamLine) -> frozenset[tuple[str, str]]:
    sites = registers.sites_below(line.organisation_path)
    return frozenset((site.code, room.number) for site in sites for room in site.rooms)


urlpatterns = [
    path("office/seats/<str:exam>/hand/", hand, name="seats_hand"),
    path("office/seats/<str:exam>/workbook/upload/", upload, name="seats_upload"),
    path("office/seats/<str:exam>/workbook/<str:token>/", workbook, name="seats_workbook"),
]
