"""Findings of the exam: worst first, filtered by severity, site, code and whether they are open."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kaowu.facts.subjects import RoomSittingKey
from kaowu.store.queries import exams, findings, places
from kaowu.store.queries.exams import ExamLine
from kaowu.store.queries.findings import FindingLine
from kaowu.web.access import Scope, permitted
from kaowu.web.office.exam_here import exam_here, to_current
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("settle", _("Findings"), view="finding_lists", permission="settle.see", order=20)

_PER_PAGE = 50
_SEVERITIES = ((3, _("urgent")), (2, _("act")), (1, _("attention")))


@permitted("settle.see")
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "findings")


@permitted("settle.see", unscoped=("exam",))
def finding_list(request: HttpRequest, exam: str) -> HttpResponse:
    line = exam_here(request, exam)
    sites = _sites(request.scope, line)  # type: ignore[attr-defined]
    given = {name: request.GET.get(name, "") for name in ("severity", "site", "code", "state")}
    severity = int(given["severity"]) if given["severity"] in ("1", "2", "3") else 0
    found = findings.find(
        exam, sites, severity=severity, site=given["site"], code=given["code"], state=given["state"]
    )
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    counts = findings.counts(exam, sites)
    names = places.site_names(site for site, _number in counts["site"] if site)
    context = {
        "line": line,
        "page": page,
        "rows": [{"line": one, "room": _room(one)} for one in page],
        "given": given,
        "severities": [
            (level, label, dict(counts["severity"]).get(level, 0)) for level, label in _SEVERITIES
        ],
        "codes": counts["code"],
        "sites": [(site, names.get(site, ""), number) for site, number in counts["site"] if site],
        "filtered": any(given.values()),
    }
    return render(request, "kaowu/settle/findings.html", context)


def _sites(scope: Scope, line: ExamLine) -> list[str] | None:
    if scope.covers(line.organisation_path):
        return None
    codes = [site for site, *_rest in exams.sites(line.code)]
    return [site for site, path in places.site_paths(codes).items() if scope.covers(path)]


def _room(one: FindingLine) -> RoomSittingKey | None:
    try:
        return RoomSittingKey.read(one.subject)
    except ValueError:
        return None


urlpatterns = [
    path("office/findings/", lists, name="finding_lists"),
    path("office/findings/<str:exam>/", finding_list, name="findings"),
]
