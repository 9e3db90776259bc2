"""Exam staff: search, one person, the form, and revealing a number with a reason."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kaowu.store.models import AccessLog, Organisation, Person, School
from kaowu.store.sealed import blind_index
from kaowu.web.access import log, permitted
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.registers import page_of, save_change
from kaowu.web.templatetags.components import masked_id, masked_phone

MENU = MenuEntry("registry", _("People"), view="people", permission="registry.see", order=30, icon="people")

_CERTIFICATES = {"valid": _("valid"), "expired": _("expired"), "none": _("without")}
_SHORTEST_REASON = 4


class PersonForm(forms.ModelForm[Person]):
    """A member of the staff. Sealed numbers start empty: what is not typed stays as it was."""

    class Meta:
        model = Person
        fields = (
            "number", "name", "sex", "organisation", "school", "intended_post", "phone", "id_number", "subject", "grade",
            "class_head", "years_teaching", "years_invigilating", "certified", "certificate_until_on", "secrecy_pledged",
            "relative_in_exam", "relative_candidate_number", "relation", "spouse_number", "breach_on", "in_service",
        )  # fmt: skip
        widgets = {
            "phone": forms.TextInput, "id_number": forms.TextInput,
            "certificate_until_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "breach_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }  # fmt: skip

    def __init__(self, *args: Any, scope: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(scope.over("path"))  # type: ignore[attr-defined]
        self.fields["school"].queryset = School.objects.filter(scope.over())  # type: ignore[attr-defined]
        if not self.instance._state.adding:
            del self.fields["number"]
            self._kept = {"phone": self.instance.phone, "id_number": self.instance.id_number}
            self.initial |= {"phone": "", "id_number": ""}
            self.fields["phone"].help_text = masked_phone(self._kept["phone"])
            self.fields["id_number"].help_text = masked_id(self._kept["id_number"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name, value in getattr(self, "_kept", {}).items():
            given[name] = given.get(name) or value
        if given.get("certificate_until_on") and not given.get("certified"):
            self.add_error("certified", _t("A date is given, so a certificate must be held."))
        return given


@permitted("registry.see")
def people(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    certificate, unit = request.GET.get("certificate", ""), request.GET.get("unit", "")
    rows = Person.objects.filter(request.scope.over()).select_related("organisation", "school")  # type: ignore[attr-defined]
    rows = _certified(_found(rows, query), certificate)
    units = Organisation.objects.filter(request.scope.over("path"), level="county")  # type: ignore[attr-defined]
    if unit:
        rows = rows.filter(organisation__code=unit)
    context = {
        "page": page_of(request, rows), "q": query, "certificate": certificate, "unit": unit, "units": units,
        "certificates": _CERTIFICATES.items(), "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "kaowu/registry/people.html", context)


@permitted("registry.see")
def person_page(request: HttpRequest, person: str) -> HttpResponse:
    row = get_object_or_404(Person.objects.select_related("organisation", "school"), number=person)
    return render(request, "kaowu/registry/person.html", {"person": row, "today": timezone.localdate()})


@permitted("registry.change")
def person_new(request: HttpRequest) -> HttpResponse:
    form = PersonForm(request.POST or None, scope=request.scope)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        row = save_change(
            request, form, "people", form.cleaned_data["number"], form.cleaned_data["organisation"]
        )
        return redirect("person", person=row.number)
    return _form_page(request, form, _t("New person"))


@permitted("registry.change")
def person_edit(request: HttpRequest, person: str) -> HttpResponse:
    row = get_object_or_404(Person, number=person)
    form = PersonForm(request.POST or None, instance=row, scope=request.scope)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        save_change(request, form, "people", row.number, form.cleaned_data["organisation"])
        return redirect("person", person=row.number)
    return _form_page(request, form, row.name)


@permitted("person.reveal")
@require_POST
def person_reveal(request: HttpRequest, person: str) -> HttpResponse:
    """Show a sealed number for half a minute, after its reason is in the access log."""
    row = get_object_or_404(Person, number=person)
    name, reason = request.POST.get("field", ""), request.POST.get("reason", "").strip()
    if name not in {"phone", "id_number"}:
        raise Http404
    mask = masked_phone if name == "phone" else masked_id
    value = getattr(row, name)
    context = {"masked": mask(value), "field": name, "person": row, "reason": reason}
    if len(reason) < _SHORTEST_REASON:
        return render(request, "kaowu/registry/reveal.html", context | {"refused": True}, status=422)
    log(request, AccessLog.Outcome.REVEALED, "person.reveal", f"people/{row.number}/{name}", reason=reason)
    return render(request, "kaowu/registry/reveal.html", context | {"shown": value})


def _found(rows: QuerySet[Person], query: str) -> QuerySet[Person]:
    """By name or staff number; a whole telephone or document number is found through its blind index."""
    if not query:
        return rows
    whole = Q(phone_index=blind_index(query, "phone")) | Q(
        id_number_index=blind_index(query.upper(), "id_number")
    )
    return rows.filter(Q(name__contains=query) | Q(number__istartswith=query) | whole)


def _certified(rows: QuerySet[Person], certificate: str) -> QuerySet[Person]:
    today = timezone.localdate()
    if certificate == "none":
        return rows.filter(certified=False)
    if certificate == "expired":
        return rows.filter(certified=True, certificate_until_on__lt=today)
    if certificate == "valid":
        return rows.filter(certified=True).exclude(certificate_until_on__lt=today)
    return rows


def _form_page(request: HttpRequest, form: forms.BaseForm, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "up": "people", "up_label": _t("People")}
    return render(request, "kaowu/registry/form.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("office/people/", people, name="people"),
    path("office/people/new/", person_new, name="person_new"),
    path("office/people/<str:person>/", person_page, name="person"),
    path("office/people/<str:person>/edit/", person_edit, name="person_edit"),
    path("office/people/<str:person>/reveal/", person_reveal, name="person_reveal"),
]
