"""核对答题卡条码: an invigilator scans the sheet at each seat before the start and is told at once whether it is right."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.sheet_bags import SheetCodeChecked
from kaowu.web.access import permitted
from kaowu.web.day.room_view import RoomView, room_view
from kaowu.web.office.exam_here import acting
from kaowu.web.works import sheet_codes as works

_RECORD = "day.record"
_WORDS = dict(next(spec.choices for spec in SheetCodeChecked.kind.fields if spec.name == "outcome"))


class CodeForm(forms.Form):
    """Which seat, and what the scanner reads there."""

    seat = forms.CharField(label=_("Seat"), max_length=10)
    code = forms.CharField(
        label=_("Code of the sheet: scan or type"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "data-search": ""}),
    )


@permitted(_RECORD, unscoped=("exam", "sitting", "room"))
@never_cache
def sheet_codes(request: HttpRequest, exam: str, sitting: str, site: str, room: str) -> HttpResponse:
    """The seats of a room, the field of the scanner, and the answer to the last sheet."""
    view = room_view(request, exam, sitting, site, room)
    refused = None
    form = CodeForm(request.POST or None, initial={"seat": works.next_seat(view.state)})
    if request.method == "POST" and form.is_valid():
        seat, code = form.cleaned_data["seat"].strip(), form.cleaned_data["code"].strip()
        if seat not in [one.seat_number for one in view.state.seats.values()]:
            raise Http404
        try:
            works.check(exam, view.state, seat, code, acting(request, _RECORD, view.site.path))
        except Refused as reason:
            refused = reason
        else:
            return redirect(f"{request.path}?{urlencode({'done': seat})}")
    return render(
        request,
        "kaowu/day/sheet_codes.html",
        _context(request, view, form, refused),
        status=409 if refused else 422 if form.errors else 200,
    )


def _context(
    request: HttpRequest, view: RoomView, form: CodeForm, refused: Refused | None
) -> dict[str, object]:
    numbers = sorted(one.seat_number for one in view.state.seats.values())
    rows = [(number, view.state.codes.get(number)) for number in numbers]
    done = view.state.codes.get(request.GET.get("done", ""))
    return {
        "view": view,
        "form": form,
        "refused": refused,
        "done": (done, _said(done)) if done is not None else None,
        "rows": [(number, checked, _said(checked)) for number, checked in rows],
        "right": sum(checked is not None and checked.outcome == "agrees" for _number, checked in rows),
        "wrong": sum(checked is not None and checked.outcome != "agrees" for _number, checked in rows),
        "seats": len(rows),
    }


def _said(checked: SheetCodeChecked | None) -> Sentence:
    return _WORDS[checked.outcome] if checked is not None else Sentence("未核对", "not checked")


urlpatterns = [
    path(
        "day/<str:exam>/<str:sitting>/<str:site>/<str:room>/sheet-codes/check/",
        sheet_codes,
        name="sheet_codes",
    )
]
