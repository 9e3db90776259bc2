"""Distribution of scores by room and site, and where violations gather: leads, worded as such, and on paper."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _t
from django.views.decorators.cache import never_cache

from kaowu.engines.scores import written
from kaowu.store.models import AccessLog
from kaowu.store.queries import places
from kaowu.web.access import log, permitted
from kaowu.web.office.exam_here import exam_here, own_exam
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import score_alike as alike_works
from kaowu.web.works import score_spread as works
from kaowu.web.works.score_totals import subjects_of

_SEE = "scores.see"


@permitted(_SEE, unscoped=("exam",))
@never_cache
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """One subject over its rooms or sites, inside the scope."""
    line = exam_here(request, exam)
    subjects, rows = subjects_of(exam), works.frozen_rows(exam)
    subject = request.GET.get("subject", subjects[0] if subjects else "")
    by_room = request.GET.get("by", "room") == "room"
    if subject and subject not in subjects:
        raise Http404
    spread = works.spread(exam, subject, rows, by_room) if rows else None
    violations, findings = works.violations(exam, by_room), works.sheet_findings(exam, by_room)
    sites = {row.site for row in rows}
    sites |= {
        group.partition("/")[0] for one in (violations, findings) for group, _cases, _people in one.rates
    }
    paths, names = places.site_paths(sites), places.site_names(sites)

    def mine(group: str) -> bool:
        return bool(request.scope.covers(paths.get(group.partition("/")[0], "")))  # type: ignore[attr-defined]

    def gathered(one: works.Gathered) -> dict[str, Any]:
        return {
            "rates": [
                {**_named(group, names), "cases": cases, "people": people, "rate": f"{1000 * cases / people:.1f}" if people else "—"}
                for group, cases, people in one.rates
                if mine(group)
            ],
            "clusters": [{**_named(one.group, names), "one": one, "expected": f"{one.expected:.2f}"} for one in one.clusters if mine(one.group)],
        }  # fmt: skip

    context: dict[str, Any] = {
        "line": line,
        "subjects": subjects,
        "subject": subject,
        "by_room": by_room,
        "spread": spread,
        "bands": [
            {"low": written(low), "high": written(high), "count": count, "share": round(100 * count / spread.most) if spread and spread.most else 0}
            for low, high, count in (spread.bands if spread else ())
        ],
        "mean": written(round(spread.mean)) if spread else "",
        "full": written(spread.full) if spread else "",
        "groups": [_group(one, names) for one in (spread.groups if spread else ()) if mine(one.group)],
        "leads": [
            {**_named(one.group, names), "people": one.candidates, "mean": written(round(one.mean)), "far": f"{one.deviations:+.1f}"}
            for one in (spread.leads if spread else ())
            if mine(one.group)
        ],
        "violations": gathered(violations),
        "sheet_findings": gathered(findings),
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "kaowu/scores/spread.html", context)


@permitted(_SEE, unscoped=("exam",))
def paper(request: HttpRequest, exam: str) -> HttpResponse:
    """The distribution on paper; figures only, and still written down."""
    line, rows = own_exam(request, exam, _SEE), works.frozen_rows(exam)
    if not rows:
        raise Http404
    log(request, AccessLog.Outcome.EXPORTED, _SEE, exam, reason=_t("Distribution of scores"))
    return attachment(works.as_pdf(exam, rows), f"{line.name}_成绩分布表.pdf", "application/pdf")


@permitted(_SEE, unscoped=("exam", "subject"))
@never_cache
def alike(request: HttpRequest, exam: str, subject: str, site: str) -> HttpResponse:
    """Pairs of one site that share more wrong answers than chance lets one expect."""
    line, place = exam_here(request, exam), places.site(site)
    if subject not in subjects_of(exam) or place is None:
        raise Http404
    log(request, AccessLog.Outcome.REVEALED, _SEE, f"{exam}/{subject}/{site}", reason=_t("Answers alike"))
    found, sheets = alike_works.screened(exam, subject, site)
    shown = [{"line": one, "expected": f"{one.pair.expected:.1f}"} for one in found]
    context = {"line": line, "subject": subject, "site": place, "pairs": shown, "sheets": sheets}
    return render(request, "kaowu/scores/alike.html", context)


def _group(one: works.GroupLine, names: dict[str, str]) -> dict[str, Any]:
    return {
        **_named(one.group, names),
        "one": one,
        "mean": written(round(one.mean)) if one.candidates else "—",
    }


def _named(group: str, names: dict[str, str]) -> dict[str, str]:
    site, _, room = group.partition("/")
    return {"site": site, "name": names.get(site, site), "room": room}


urlpatterns = [
    path("office/scores/<str:exam>/spread/", overview, name="score_spread"),
    path("office/scores/<str:exam>/alike/<str:subject>/<str:site>/", alike, name="score_alike"),
    path("office/scores/<str:exam>/spread.pdf", paper, name="score_spread_paper"),
]
