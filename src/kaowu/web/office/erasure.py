"""Erasing the personal fields beside one record: two officers prove themselves; the erasure is a fact."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from kaowu.basics.errors import Refused
from kaowu.facts.record import PersonalDataErased
from kaowu.store.models import JournalEntry
from kaowu.store.queries import personal as holding
from kaowu.web.access import permitted
from kaowu.web.counter import record
from kaowu.web.day.hand_in import Signed, proven_by
from kaowu.web.office.exam_here import actor_of, own_exam, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.two_persons import DualSignForm, authenticate_pair

_ERASE = "personal.erase"
MENU = MenuEntry("settle", _("Erase personal data"), view="erasures", permission=_ERASE, order=80, whole=True)


class EraseForm(DualSignForm):
    """Which record, and on what ground."""

    record = forms.UUIDField(label=_("Id of the record"))
    grounds = forms.ChoiceField(label=_("Ground"))

    field_order = ("record", "grounds")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        [spec] = [one for one in PersonalDataErased.kind.fields if one.name == "grounds"]
        zh = (get_language() or "zh").startswith("zh")
        self.fields["grounds"].choices = [  # type: ignore[attr-defined]
            (value, said.zh if zh else said.en) for value, said in spec.choices
        ]


@permitted(_ERASE)
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "erasure")


@permitted(_ERASE, unscoped=("exam",))
@never_cache
@sensitive_post_parameters("own_password", "second_password")
def erasure(request: HttpRequest, exam: str) -> HttpResponse:
    line = own_exam(request, exam, _ERASE)
    form = EraseForm(request.POST or None, initial={"record": request.GET.get("record", "")[:36]})
    refused = None
    if request.method == "POST":
        pair = authenticate_pair(
            request, form, permission=_ERASE, place=line.organisation_path, different_posts=False
        )
        if pair is not None:
            try:
                record(
                    PersonalDataErased(
                        record=str(form.cleaned_data["record"]), grounds=form.cleaned_data["grounds"]
                    ),
                    *(actor_of(one, _ERASE, line.organisation_path) for one in pair),
                    exam=exam,
                    subject=exam,
                    proven=proven_by([Signed(one, method="password") for one in pair]),
                )
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Erased. The record and every proof stand as before."))
                return redirect("erasure", exam=exam)
    kept = JournalEntry.objects.filter(exam=exam)
    about = request.GET.get("about", "").strip()[:64]
    context = {
        "line": line,
        "form": form,
        "refused": refused,
        "about": about,
        "rows": holding.records_with_fields(exam, about),
        "with_personal": holding.count_with_fields(exam),
        "erased": kept.filter(kind__in=holding.ERASURES).count(),
    }
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "kaowu/settle/erasure.html", context, status=status)


urlpatterns = [
    path("office/erasure/", lists, name="erasures"),
    path("office/erasure/<str:exam>/", erasure, name="erasure"),
]
