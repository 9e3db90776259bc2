"""Incidents: the story of each, entry by entry with attachments, and its way into the review."""

from datetime import datetime
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

from kaowu.basics.clock import exam_time, instant
from kaowu.facts.incidents import IncidentTold
from kaowu.store import artefacts
from kaowu.store.models import AccessLog
from kaowu.store.queries import incidents as kept
from kaowu.store.queries import places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import log, permitted
from kaowu.web.counter import clock, record
from kaowu.web.day.where import exam_in_scope
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("conduct", _("Incidents told"), view="incident_lists", permission="incident.see", order=60)

_SEE, _REPORT = "incident.see", "incident.report"
MOST_BYTES, MOST_FILES = 20_000_000, 8


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class TellForm(forms.Form):
    """One entry of an incident's story."""

    incident = forms.CharField(label=_("Incident number; empty for a new one"), max_length=32, required=False)
    title = forms.CharField(label=_("Incident in short"), max_length=80)
    stage = forms.ChoiceField(label=_("Stage"))
    place = forms.CharField(label=_("Place"), max_length=80)
    happened_at = forms.DateTimeField(
        label=_("At"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    story = forms.CharField(
        label=_("What happened"), max_length=3000, widget=forms.Textarea(attrs={"rows": 5})
    )
    site = forms.ChoiceField(label=_("Site"), required=False)

    def __init__(self, sites: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        [spec] = [one for one in IncidentTold.kind.fields if one.name == "stage"]
        zh = (get_language() or "zh").startswith("zh")
        fields: Any = self.fields
        fields["stage"].choices = [(value, said.zh if zh else said.en) for value, said in spec.choices]
        fields["site"].choices = [("", "—"), *sites]


@permitted(_SEE)
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "incidents")


@permitted(_SEE, unscoped=("exam",))
@never_cache
def incidents(request: HttpRequest, exam: str) -> HttpResponse:
    return _page(request, exam, _form(request, exam))


@permitted(_REPORT, unscoped=("exam",))
@require_POST
def tell(request: HttpRequest, exam: str) -> HttpResponse:
    """Put an entry on record, with what shows it."""
    line = exam_here(request, exam)
    form = _form(request, exam, request.POST)
    files = request.FILES.getlist("files")
    if form.is_valid() and (len(files) > MOST_FILES or sum(file.size or 0 for file in files) > MOST_BYTES):
        form.add_error(None, _t("At most 8 files and 20 MB at once."))
    covers_all = request.scope.covers(line.organisation_path)  # type: ignore[attr-defined]
    if form.is_valid() and not form.cleaned_data["site"] and not covers_all:
        form.add_error("site", _t("Choose your site."))
    if not form.is_valid():
        return _page(request, exam, form, 422)
    said = form.cleaned_data
    site = said.pop("site") or None
    place = places.site_paths([site]).get(site, "") if site else line.organisation_path
    digests = {
        artefacts.keep(file.read(), kind=kept.KIND, at=clock.now(), exam=exam, name=file.name or "")
        for file in files
    }
    happened: datetime = said.pop("happened_at")
    fact = IncidentTold(
        **said | {"incident": said["incident"] or _number(exam)},
        happened_at=instant(happened.replace(tzinfo=None)),
        files=len(digests),
    )
    record(
        fact,
        acting(request, _REPORT, place),
        exam=exam,
        subject=exam,
        site=site,
        attachments=tuple(sorted(digests)),
    )
    messages.success(request, _t("Recorded. It cannot be changed; tell more in a further entry."))
    return redirect("incidents", exam=exam)


@permitted(_SEE, unscoped=("exam", "digest"))
@never_cache
def attachment(request: HttpRequest, exam: str, digest: str) -> HttpResponse:
    """One attachment, if it belongs to an incident that this person may see; taking it is written down."""
    shown = [file for one in _seen(request, exam) for told in one.told for file in told.files]
    file = next((file for file in shown if file.digest == digest), None)
    if file is None or not file.size:
        raise Http404
    log(request, AccessLog.Outcome.EXPORTED, _SEE, f"{exam}/{digest[:16]}", reason="事件附件")
    response = HttpResponse(artefacts.read(bytes.fromhex(digest)), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{digest[:16]}{_suffix(file.name)}"'
    return response


def _suffix(name: str) -> str:
    suffix = "." + name.rpartition(".")[2].lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 6 else ""


def _number(exam: str) -> str:
    """The next free number of the day."""
    day = f"{exam_time(exam_time_now(exam).now):%Y%m%d}"
    taken = {one.number for one in kept.incidents(exam)}
    return next(number for n in range(1, 10_000) if (number := f"{day}-{n:02d}") not in taken)


def _sites(request: HttpRequest, exam: str) -> list[tuple[str, str]]:
    exam_in_scope(request.scope, exam)  # type: ignore[attr-defined]
    return places.sites_within(request.scope.over())  # type: ignore[attr-defined]


def _form(request: HttpRequest, exam: str, data: Any = None) -> TellForm:
    now = exam_time(exam_time_now(exam).now).replace(tzinfo=None, second=0, microsecond=0)
    return TellForm(_sites(request, exam), data, initial={"happened_at": now})


def _seen(request: HttpRequest, exam: str) -> list[kept.Incident]:
    scope = request.scope  # type: ignore[attr-defined]
    line = exam_here(request, exam)
    found = kept.incidents(exam)
    if scope.covers(line.organisation_path):
        return found
    paths = places.site_paths({one.site for one in found if one.site})
    return [one for one in found if scope.covers(paths.get(one.site, "?"))]


def _page(request: HttpRequest, exam: str, form: TellForm, status: int = 200) -> HttpResponse:
    line = exam_here(request, exam)
    context = {"line": line, "incidents": _seen(request, exam), "form": form}
    return render(request, "kaowu/settle/incidents.html", context, status=status)


urlpatterns = [
    path("office/incidents/", lists, name="incident_lists"),
    path("office/incidents/<str:exam>/", incidents, name="incidents"),
    path("office/incidents/<str:exam>/tell", tell, name="incident_tell"),
    path("office/incidents/<str:exam>/file/<str:digest>", attachment, name="incident_file"),
]
