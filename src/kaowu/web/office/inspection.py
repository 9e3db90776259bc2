"""Resident inspection teams: one for every site, who was there, which items hold, what was found."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.facts.inspection import InspectionFindingRecorded
from kaowu.store.models import AccessLog
from kaowu.store.queries import duties, exams, inspection, places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.places import SitePlace
from kaowu.web.access import log, permitted
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import inspection as works

MENU = MenuEntry("conduct", _("Resident teams"), view="inspection", permission="inspection.see", order=60)

_SEE, _ASSIGN, _RECORD = "inspection.see", "inspection.assign", "inspection.record"


class TeamForm(forms.Form):
    """Who leads, with which office, and who goes along."""

    leader = forms.CharField(label=_("Leader, staff number"), max_length=32)
    office = forms.CharField(
        label=_("Office of the leader"), max_length=60, help_text=_("A leader of the bureau leads the team.")
    )
    members = forms.CharField(
        label=_("Members, staff numbers"),
        max_length=400,
        required=False,
        help_text=_("Separated by commas or spaces."),
    )

    def clean_members(self) -> list[str]:
        """The numbers one by one."""
        return self.cleaned_data["members"].replace("，", " ").replace("、", " ").replace(",", " ").split()  # type: ignore[no-any-return]


class WithdrawForm(forms.Form):
    """Why a team does not go."""

    reason = forms.CharField(label=_("Reason"), max_length=500, min_length=2)


class FindingForm(forms.Form):
    """What was found, whom it was told, and what the team advises."""

    found = forms.CharField(
        label=_("What was found"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    room = forms.CharField(label=_("Room"), max_length=10, required=False)
    told = forms.CharField(label=_("Told at once"), max_length=60)
    advice = forms.CharField(
        label=_("Advice"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


@permitted(_SEE)
def choose(request: HttpRequest) -> HttpResponse:
    return to_current(request, "inspection_exam")


@permitted(_SEE, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """Every site inside the scope with its team; those without one first."""
    line, plan, sites = exam_here(request, exam), exams.plan(exam), _own_sites(request, exam)
    teams = {site: plan.inspection_teams[site] for site, _name in sites if site in plan.inspection_teams}
    seen = inspection.sites_inspected(exam)
    rows = [_row(exam, site, name, teams.get(site), site in seen) for site, name in sites]
    context = {
        "line": line,
        "rows": sorted(rows, key=lambda row: row["team"] is not None),
        "people": works.people_of(teams.values()),
        "items": len(works.items()),
        "terms": [
            {"label": _t("Sites"), "value": len(sites)},
            {"label": _t("with a team"), "value": len(teams), "sign": "="},
            {"label": _t("without a team"), "value": len(sites) - len(teams), "sign": "+"},
        ],
    }
    return render(request, "kaowu/inspection/overview.html", context)


@permitted(_SEE, unscoped=("exam",))
@never_cache
def teams_list(request: HttpRequest, exam: str) -> HttpResponse:
    """The list of teams on paper."""
    line = exam_here(request, exam)
    log(request, AccessLog.Outcome.EXPORTED, _SEE, f"{exam}/inspection", reason="驻点检查组名单")
    content = works.list_of(exam, _own_sites(request, exam))
    return attachment(content, f"{line.name}_驻点检查组名单.pdf", "application/pdf")


@permitted(_SEE, unscoped=("exam",))
def site_page(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """The team of a site, its presence, its list and its findings."""
    return _site_page(request, exam, site)


@permitted(_ASSIGN, unscoped=("exam",))
@require_POST
def assign(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """One team for a site."""
    exam_here(request, exam)
    place, form = _place(site), TeamForm(request.POST)
    if not form.is_valid():
        return _site_page(request, exam, site, team_form=form)
    given, actor = form.cleaned_data, acting(request, _ASSIGN, place.path)
    try:
        works.assign(exam, site, given["leader"].strip(), given["office"].strip(), given["members"], actor)
    except Refused as refused:
        return _site_page(request, exam, site, team_form=form, refused=refused)
    messages.success(request, _t("Recorded. The team stays at this site for the whole exam."))
    return redirect("inspection_site", exam=exam, site=site)


@permitted(_ASSIGN, unscoped=("exam",))
@require_POST
def withdraw(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Take a team back, so that another may go."""
    exam_here(request, exam)
    place, form = _place(site), WithdrawForm(request.POST)
    if not form.is_valid():
        return _site_page(request, exam, site, withdraw_form=form)
    try:
        works.withdraw(exam, site, form.cleaned_data["reason"], acting(request, _ASSIGN, place.path))
    except Refused as refused:
        return _site_page(request, exam, site, refused=refused)
    messages.success(request, _t("Recorded. The site has no team now."))
    return redirect("inspection_site", exam=exam, site=site)


@permitted(_RECORD, unscoped=("exam", "sitting"))
@require_POST
def present(request: HttpRequest, exam: str, site: str, sitting: str) -> HttpResponse:
    """Somebody of the team is there in this sitting."""
    exam_here(request, exam)
    place, person = _place(site), request.POST.get("person", "").strip()
    if not person or sitting not in exams.plan(exam).sittings:
        raise Http404
    receipt = works.note_present(exam, site, sitting, person, acting(request, _RECORD, place.path))
    _say(request, receipt.findings)
    return _back(exam, site, sitting)


@permitted(_RECORD, unscoped=("exam", "sitting", "item"))
@require_POST
def check(request: HttpRequest, exam: str, site: str, sitting: str, item: str) -> HttpResponse:
    """An item of the list holds, or it does not."""
    exam_here(request, exam)
    place = _place(site)
    if item not in [one.code for one in works.items()] or sitting not in exams.plan(exam).sittings:
        raise Http404
    holds, note = request.POST.get("holds") == "yes", request.POST.get("note", "").strip()[:500]
    receipt = works.check_item(exam, site, sitting, item, holds, note, acting(request, _RECORD, place.path))
    _say(request, receipt.findings)
    return _back(exam, site, sitting)


@permitted(_RECORD, unscoped=("exam", "sitting"))
@require_POST
def finding(request: HttpRequest, exam: str, site: str, sitting: str) -> HttpResponse:
    """What the team found, told at once and written down."""
    exam_here(request, exam)
    place, form = _place(site), FindingForm(request.POST)
    if sitting not in exams.plan(exam).sittings:
        raise Http404
    if not form.is_valid():
        return _site_page(request, exam, site, sitting=sitting, finding_form=form)
    fact = InspectionFindingRecorded(sitting=sitting, **form.cleaned_data)
    receipt = works.note_finding(exam, site, fact, acting(request, _RECORD, place.path))
    _say(request, receipt.findings)
    return _back(exam, site, sitting)


def _site_page(
    request: HttpRequest,
    exam: str,
    site: str,
    *,
    sitting: str = "",
    refused: Refused | None = None,
    **forms_given: forms.Form,
) -> HttpResponse:
    line, plan, place = exam_here(request, exam), exams.plan(exam), _place(site)
    sittings = exams.sittings(exam)
    asked = sitting or request.GET.get("sitting", "")
    shown = next((one for one in sittings if one.id == asked), sittings[0] if sittings else None)
    team, seen = plan.inspection_teams.get(site), inspection.of_site(exam, site)
    numbers = [team.leader, *team.members] if team else []
    context: dict[str, Any] = {
        "line": line,
        "site": place,
        "sittings": sittings,
        "sitting": shown,
        "clock": exam_time_now(exam),
        "team": team,
        "people": duties.people([*numbers, *(one.person for one in seen.present)]),
        "refused": refused,
        "members": [
            {"number": number, "leads": number == numbers[0], "there": seen.was_there(shown.id, number)}
            for number in numbers
        ]
        if shown
        else [],
        "items": [{"item": item, "checked": seen.checked.get(item.code)} for item in works.items()],
        "found": seen.found,
        "team_form": TeamForm(),
        "withdraw_form": WithdrawForm(),
        "finding_form": FindingForm(initial={"told": "主考"}),
        **forms_given,
    }
    failed = refused is not None or bool(forms_given)
    return render(request, "kaowu/inspection/site.html", context, status=422 if failed else 200)


def _row(exam: str, site: str, name: str, team: Any, seen: bool) -> dict[str, Any]:
    found = inspection.of_site(exam, site) if seen else inspection.Inspected()
    checked = found.checked.values()
    return {
        "site": site,
        "name": name,
        "team": team,
        "present": len({one.person for one in found.present}),
        "people": 1 + len(team.members) if team else 0,
        "checked": len(found.checked),
        "broken": sum(not one.holds for one in checked),
        "found": len(found.found),
    }


def _own_sites(request: HttpRequest, exam: str) -> list[tuple[str, str]]:
    sites = works.sites_of(exam)
    paths = places.site_paths(site for site, _name in sites)
    return [one for one in sites if request.scope.covers(paths.get(one[0], ""))]  # type: ignore[attr-defined]


def _say(request: HttpRequest, findings: Any) -> None:
    """Recorded, and what the rules say beside it."""
    messages.success(request, _t("Recorded."))
    for one in findings:
        messages.warning(request, one.sentence.in_language(request.LANGUAGE_CODE))


def _back(exam: str, site: str, sitting: str) -> HttpResponse:
    response = redirect("inspection_site", exam=exam, site=site)
    response["Location"] += f"?sitting={sitting}"
    return response


def _place(site: str) -> SitePlace:
    place = places.site(site)
    if place is None:
        raise Http404
    return place


_AT = "office/inspection/<str:exam>/<str:site>/"
urlpatterns = [
    path("office/inspection/", choose, name="inspection"),
    path("office/inspection/<str:exam>/", overview, name="inspection_exam"),
    path("office/inspection/<str:exam>/teams.pdf", teams_list, name="inspection_list"),
    path(_AT, site_page, name="inspection_site"),
    path(_AT + "assign/", assign, name="inspection_assign"),
    path(_AT + "withdraw/", withdraw, name="inspection_withdraw"),
    path(_AT + "<str:sitting>/present/", present, name="inspection_present"),
    path(_AT + "<str:sitting>/check/<str:item>/", check, name="inspection_check"),
    path(_AT + "<str:sitting>/finding/", finding, name="inspection_finding"),
]
