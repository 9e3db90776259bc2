"""Devices with keys of their own: make a one-time code, see whose chain stands where, revoke."""

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
from kaowu.facts.devices import DeviceRevoked
from kaowu.store import devices
from kaowu.store.models import AccessLog
from kaowu.store.queries import exams, places
from kaowu.web.access import log, permitted
from kaowu.web.counter import clock, record
from kaowu.web.day.hand_in import DEVICE_NAME
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("prepare", _("Devices"), view="device_lists", permission="devices.see", order=85)

_CHANGE = "devices.change"


class CodeForm(forms.Form):
    """One device, at one site."""

    device = forms.CharField(label=_("Name of the device"), max_length=64)
    site = forms.ChoiceField(label=_("Site"))
    hours = forms.IntegerField(
        label=_("Valid for how many hours"), min_value=1, max_value=devices.LONGEST_HOURS, initial=12
    )

    def clean_device(self) -> str:
        name: str = self.cleaned_data["device"].strip()
        if not DEVICE_NAME.match(name):
            raise forms.ValidationError(_("A device's name uses letters, digits and . _ : - only."))
        return name


@permitted("devices.see")
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "devices")


@permitted("devices.see", unscoped=("exam",))
@never_cache
def device_list(request: HttpRequest, exam: str) -> HttpResponse:
    return _page(request, exam, CodeForm())


@permitted(_CHANGE, unscoped=("exam",))
@require_POST
@never_cache
def make_code(request: HttpRequest, exam: str) -> HttpResponse:
    """The code is shown once, on this very page."""
    line = exam_here(request, exam)
    form = CodeForm(request.POST)
    form.fields["site"].choices = _choices(request, exam)  # type: ignore[attr-defined]
    if not form.is_valid():
        return _page(request, exam, form, 422)
    name, site = form.cleaned_data["device"], form.cleaned_data["site"]
    actor = acting(request, _CHANGE, places.site_paths([site])[site])
    try:
        code = devices.make_code(
            clock,
            device=name,
            exam=line.code,
            site=site,
            made_by=actor.account,
            made_post=actor.post,
            hours=form.cleaned_data["hours"],
        )
    except ValueError:
        form.add_error("device", _t("This name was used before. Choose another."))
        return _page(request, exam, form, 422)
    log(request, AccessLog.Outcome.CHANGED, _CHANGE, f"device {name}", reason="code made")
    return _page(request, exam, CodeForm(), fresh=(name, code))


@permitted(_CHANGE, unscoped=("exam", "device"))
@require_POST
def revoke(request: HttpRequest, exam: str, device: str) -> HttpResponse:
    """From here on the device's key counts for nothing."""
    exam_here(request, exam)
    known = devices.device(device)
    path_of = places.site_paths([known.site]).get(known.site, "") if known and known.exam == exam else ""
    if known is None or not path_of or not request.scope.covers(path_of):  # type: ignore[attr-defined]
        messages.error(request, _t("There is no such device within your scope."))
        return redirect("devices", exam=exam)
    reason = request.POST.get("reason", "").strip()[:200]
    if len(reason) < 2:
        messages.error(request, _t("Say why the device is revoked."))
        return redirect("devices", exam=exam)
    try:
        record(
            DeviceRevoked(device=device, reason=reason),
            acting(request, _CHANGE, path_of),
            exam=exam,
            subject=f"device/{device}",
            site=known.site,
        )
    except Refused as refused:
        messages.error(request, refused.sentence.in_language(request.LANGUAGE_CODE))
    else:
        messages.success(request, _t("Revoked. What the device signs from now on does not count."))
    return redirect("devices", exam=exam)


def _page(
    request: HttpRequest, exam: str, form: CodeForm, status: int = 200, fresh: tuple[str, str] | None = None
) -> HttpResponse:
    line = exam_here(request, exam)
    choices = _choices(request, exam)
    sites = {code for code, _label in choices}
    form.fields["site"].choices = choices  # type: ignore[attr-defined]
    known = [one for one in devices.devices_of(exam) if one.site in sites]
    refused = devices.refused_runs([one.device for one in known])
    context = {
        "line": line,
        "form": form,
        "fresh": fresh,
        "names": dict(choices),
        "devices": [(one, refused.get(one.device, 0)) for one in known],
        "codes": [one for one in devices.open_codes(exam, clock) if one.site in sites],
    }
    return render(request, "kaowu/office/devices.html", context, status=status)


def _choices(request: HttpRequest, exam: str) -> list[tuple[str, str]]:
    codes = [site for site, *_rest in exams.sites(exam)]
    names, paths = places.site_names(codes), places.site_paths(codes)
    scope = request.scope  # type: ignore[attr-defined]
    return [(code, f"{code} {names.get(code, '')}") for code in codes if scope.covers(paths.get(code, ""))]


urlpatterns = [
    path("office/devices/", lists, name="device_lists"),
    path("office/devices/<str:exam>/", device_list, name="devices"),
    path("office/devices/<str:exam>/code/", make_code, name="device_code"),
    path("office/devices/<str:exam>/<str:device>/revoke/", revoke, name="device_revoke"),
]
