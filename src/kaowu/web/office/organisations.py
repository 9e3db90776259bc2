"""The organisation tree: province, city, county, site."""

from typing import Any

from django import forms
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.store.models import Organisation
from kaowu.web.access import permitted
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.registers import save_change

MENU = MenuEntry(
    "registry", _("Organisations"), view="organisations", permission="registry.see", order=10, icon="flag"
)

_BELOW = {"province": "city", "city": "county"}  # sites are made on their own page


class OrganisationForm(forms.ModelForm[Organisation]):
    """A new city or county under a parent; later only its name changes."""

    class Meta:
        model = Organisation
        fields = ("code", "name", "parent")

    def __init__(self, *args: Any, parents: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = parents  # type: ignore[attr-defined]
        self.fields["parent"].required = True
        if not self.instance._state.adding:
            del self.fields["code"], self.fields["parent"]

    def save(self, commit: bool = True) -> Organisation:
        if self.instance._state.adding:
            self.instance.level = _BELOW[self.cleaned_data["parent"].level]
        return super().save(commit)


@permitted("registry.see")
def organisations(request: HttpRequest) -> HttpResponse:
    rows = Organisation.objects.filter(request.scope.over("path")).annotate(  # type: ignore[attr-defined]
        staff=Count("people", distinct=True), school_count=Count("schools", distinct=True)
    )
    rooms = dict(
        Organisation.objects.filter(level="site")
        .annotate(n=Count("site__rooms", filter=Q(site__rooms__kind="standard")))
        .values_list("path", "n")
    )
    seats = dict(
        Organisation.objects.filter(level="site")
        .annotate(n=Sum("site__rooms__capacity", filter=Q(site__rooms__kind="standard")))
        .values_list("path", "n")
    )
    table = [
        {
            "row": row,
            "depth": row.path.count("/") - 1,
            "rooms": sum(n for path_, n in rooms.items() if path_.startswith(row.path)),
            "seats": sum(n or 0 for path_, n in seats.items() if path_.startswith(row.path)),
        }
        for row in rows
    ]
    return render(request, "kaowu/registry/organisations.html", {"table": table})


@permitted("registry.change")
def organisation_new(request: HttpRequest) -> HttpResponse:
    parents = Organisation.objects.filter(request.scope.over("path"), level__in=_BELOW)  # type: ignore[attr-defined]
    form = OrganisationForm(request.POST or None, parents=parents)
    if request.method == "POST" and form.is_valid():
        parent = form.cleaned_data["parent"]
        save_change(request, form, "organisations", form.cleaned_data["code"], parent)
        return redirect("organisations")
    return _form_page(request, form, _t("New organisation"))


@permitted("registry.change")
def organisation_edit(request: HttpRequest, organisation: str) -> HttpResponse:
    row = get_object_or_404(Organisation, code=organisation)
    form = OrganisationForm(request.POST or None, instance=row, parents=Organisation.objects.none())
    if request.method == "POST" and form.is_valid():
        save_change(request, form, "organisations", row.code, row)
        return redirect("organisations")
    return _form_page(request, form, row.name)


def _form_page(request: HttpRequest, form: forms.BaseForm, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "up": "organisations", "up_label": _t("Organisations")}
    return render(request, "kaowu/registry/form.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("office/organisations/", organisations, name="organisations"),
    path("office/organisations/new/", organisation_new, name="organisation_new"),
    path("office/organisations/<str:organisation>/edit/", organisation_edit, name="organisation_edit"),
]
