"""Sites and their rooms: the list, one site, and both forms."""

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.store.models import Organisation, Room, School, Site
from kaowu.web.access import permitted
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.registers import page_of, save_change

MENU = MenuEntry(
    "registry", _("Sites and rooms"), view="sites", permission="registry.see", order=20, icon="site"
)

_STANDARD = Q(rooms__kind="standard")


class SiteForm(forms.ModelForm[Site]):
    """A site; its node of the organisation tree is made and renamed with it."""

    county = forms.ModelChoiceField(Organisation.objects.none(), label=_("County"))

    class Meta:
        model = Site
        fields = (
            "code", "second_code", "name", "county", "school", "longitude", "latitude", "buildings", "backup_power",
            "medical_point", "jammers_per_floor", "listening_systems", "watch_phone",
        )  # fmt: skip

    def __init__(self, *args: Any, scope: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = School.objects.filter(scope.over())  # type: ignore[attr-defined]
        self.fields["county"].queryset = Organisation.objects.filter(scope.over("path"), level="county")  # type: ignore[attr-defined]
        if not self.instance._state.adding:
            del self.fields["code"], self.fields["county"]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if Organisation.objects.filter(code=code).exists():
            raise forms.ValidationError(_t("This code is taken by another organisation."))
        return code

    def save(self, commit: bool = True) -> Site:
        with transaction.atomic():
            if self.instance._state.adding:
                given = self.cleaned_data
                self.instance.organisation = Organisation.objects.create(
                    code=given["code"], name=given["name"], level="site", parent=given["county"]
                )
            elif "name" in self.changed_data:
                Organisation.objects.filter(pk=self.instance.organisation_id).update(
                    name=self.cleaned_data["name"]
                )
            return super().save(commit)


@permitted("registry.see")
def sites(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    rows = Site.objects.filter(request.scope.over()).select_related("organisation__parent")  # type: ignore[attr-defined]
    if query:
        rows = rows.filter(
            Q(name__icontains=query) | Q(code__startswith=query) | Q(second_code__startswith=query)
        )
    rows = rows.annotate(
        standard=Count("rooms", filter=_STANDARD),
        spare=Count("rooms", filter=Q(rooms__kind="spare")),
        isolation=Count("rooms", filter=Q(rooms__kind="isolation")),
        seats=Sum("rooms__capacity", filter=_STANDARD),
    ).order_by("code")
    sums = rows.aggregate(s=Sum("standard"), p=Sum("spare"), i=Sum("isolation"), seats_sum=Sum("seats"))
    counted = [sums["s"] or 0, sums["p"] or 0, sums["i"] or 0]
    terms = [
        {"label": _t("Rooms in all"), "value": sum(counted)},
        {"label": _t("Standard rooms"), "value": counted[0], "sign": "="},
        {"label": _t("Spare rooms"), "value": counted[1], "sign": "+"},
        {"label": _t("Isolation rooms"), "value": counted[2], "sign": "+"},
    ]
    context = {
        "page": page_of(request, rows),
        "q": query,
        "terms": terms,
        "seats": sums["seats_sum"] or 0,
        "sums": sums,
    }
    return render(request, "kaowu/registry/sites.html", context)


@permitted("registry.see")
def site_page(request: HttpRequest, site: str) -> HttpResponse:
    row = get_object_or_404(Site.objects.select_related("organisation__parent", "school"), code=site)
    kind, building = request.GET.get("kind", ""), request.GET.get("building", "")
    rooms = Room.objects.filter(site=row)
    buildings = list(rooms.order_by("building").values_list("building", flat=True).distinct())
    if kind in Room.Kind.values:
        rooms = rooms.filter(kind=kind)
    if building in buildings:
        rooms = rooms.filter(building=building)
    context = {
        "site": row, "page": page_of(request, rooms), "kinds": Room.Kind.choices, "kind": kind,
        "buildings": buildings, "building": building, "entrances": row.entrances.all(),
        "seats": rooms.filter(kind="standard").aggregate(n=Sum("capacity"))["n"] or 0,
    }  # fmt: skip
    return render(request, "kaowu/registry/site.html", context)


@permitted("registry.change")
def site_new(request: HttpRequest) -> HttpResponse:
    form = SiteForm(request.POST or None, scope=request.scope)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        row = save_change(request, form, "sites", form.cleaned_data["code"], form.cleaned_data["county"])
        return redirect("site", site=row.code)
    return _form_page(request, form, _t("New site"))


@permitted("registry.change")
def site_edit(request: HttpRequest, site: str) -> HttpResponse:
    row = get_object_or_404(Site, code=site)
    form = SiteForm(request.POST or None, instance=row, scope=request.scope)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        save_change(request, form, "sites", row.code, row.organisation)
        return redirect("site", site=row.code)
    return _form_page(request, form, row.name)


def _form_page(request: HttpRequest, form: forms.BaseForm, heading: str) -> HttpResponse:
    context = {"form": form, "heading": heading, "up": "sites", "up_label": _t("Sites and rooms")}
    return render(request, "kaowu/registry/form.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("office/sites/", sites, name="sites"),
    path("office/sites/new/", site_new, name="site_new"),
    path("office/sites/<str:site>/", site_page, name="site"),
    path("office/sites/<str:site>/edit/", site_edit, name="site_edit"),
]
