"""Distribution of scores by room and site, and where violations gather: leads, worded as such, and on paper."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Sentence
from kaowu.engines.scores import written
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.profile import AUTHORITY
from kaowu.store.models import AccessLog, Job
from kaowu.store.queries import exams, places
from kaowu.web import jobs
from kaowu.web.access import log, permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import exam_here, own_exam
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import score_alike as alike_works
from kaowu.web.works import score_spread as works
from kaowu.web.works.score_plans import plan_of
from kaowu.web.works.score_totals import subjects_of

_SEE = "scores.see"
_SCREEN_JOB = "scores.screen"


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
    screening = alike_works.all_sites(exam, subject)
    alike = works.answers_alike(exam, screening, by_room) if screening else works.Gathered((), ())
    sites_alike = works.sites_alike(exam, screening) if screening else []
    sites = {row.site for row in rows} | {one.site for one in sites_alike}
    sites |= {
        group.partition("/")[0]
        for one in (violations, findings, alike)
        for group, _cases, _people in one.rates
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
        "screening": screening,
        "alike": gathered(alike),
        "sites_alike": [{"name": names.get(one.site, one.site), "one": one} for one in sites_alike if mine(one.site)],
        "alike_clause": _cited(exam),
        "screened": subject in _with_keys(exam, subjects),
        "working": view_of(running) if (running := _running(exam)) else None,
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
    found = alike_works.screened(exam, subject, site)
    shown = [{"line": one, "expected": f"{one.pair.expected:.1f}"} for one in found.lines]
    context = {
        "line": line,
        "subject": subject,
        "site": place,
        "pairs": shown,
        "sheets": found.sheets.total(),
    }
    return render(request, "kaowu/scores/alike.html", context)


@permitted(_SEE, unscoped=("exam", "subject"))
@require_POST
def screen(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Screen every site of the exam in one subject; the figures stand on the page of the distribution."""
    own_exam(request, exam, _SEE)
    if subject not in _with_keys(exam, subjects_of(exam)):
        raise Http404
    if _running(exam) is None:
        title = Sentence(f"雷同筛查：{subject}", f"Screen {subject} for answers alike")
        jobs.start(request, _SCREEN_JOB, title, exam=exam, subject=subject)
    return redirect(f"{reverse('score_spread', args=(exam,))}?{urlencode({'subject': subject})}")


@long_job(_SCREEN_JOB)
def screen_job(progress: Progress, exam: str, subject: str) -> Outcome:
    """Compare the sheets of every room of every site."""
    progress.step(1, 1, Sentence(f"比较 {subject} 答题卡", f"compare the sheets of {subject}"))
    found = alike_works.screen_all(exam, subject, progress.done)
    named = sum(count for count, _sheets in found.rooms.values())
    said = Sentence(
        f"{subject} 筛查完毕：{named} 人的答案与同考场另一人雷同，线索不是结论。",
        f"{subject} is screened: the answers of {named} are alike with another's in the room; leads, no proof.",
    )
    return Outcome(said, f"/office/scores/{exam}/spread/?subject={subject}")


def _running(exam: str) -> Job | None:
    wanted = Job.objects.filter(work=_SCREEN_JOB, arguments__exam=exam)
    return wanted.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).first()


def _with_keys(exam: str, subjects: list[str]) -> list[str]:
    """Subjects that are scored by a key: only there can answers be compared."""
    return [one for one in subjects if (plan := plan_of(exam, one)) and plan.keys]


def _cited(exam: str) -> str:
    profile = profile_of(exams.plan(exam))
    line = profile.line("alike_rooms_percent") if profile else None
    return line.cited if line and line.source != AUTHORITY else ""


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
    path("office/scores/<str:exam>/screen/<str:subject>/", screen, name="score_screen"),
    path("office/scores/<str:exam>/spread.pdf", paper, name="score_spread_paper"),
]
