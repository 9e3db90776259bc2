"""Printing: the documents there are, a print pack for each site as a job, single papers for one room."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.envelope import Actor
from kaowu.reports.document import Paper, Scope
from kaowu.store import artefacts
from kaowu.store.models import AccessLog, Job
from kaowu.store.queries import exams, papers, places, seat_plans
from kaowu.store.queries.papers import PackLine
from kaowu.web import jobs
from kaowu.web.access import log, permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import packs, reprints
from kaowu.web.works.reprints import Stale

MENU = MenuEntry("prepare", _("Print and packs"), view="printing", permission="papers.print", order=70)

_PRINT = "papers.print"
_SCOPES = {
    Scope.EXAM: _("per exam"),
    Scope.SITE: _("per site"),
    Scope.ROOM: _("per room"),
    Scope.CANDIDATE: _("per candidate"),
    Scope.POST: _("per post"),
    Scope.PERSON: _("per person"),
}
_PAPERS = {Paper.A4: "A4", Paper.A4_LANDSCAPE: _("A4 landscape"), Paper.A3_LANDSCAPE: _("A3 landscape")}
_FINDINGS_SHOWN = 20


@permitted(_PRINT)
def printing(request: HttpRequest) -> HttpResponse:
    return to_current(request, "papers")


@permitted(_PRINT, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """What can be printed, and the pack of each site inside the scope."""
    line, plan = exam_here(request, exam), exams.plan(exam)
    sites = exams.sites(exam)
    paths = places.site_paths(site for site, *_rest in sites)
    made, running, more = papers.packs(exam), _running(exam), papers.supplements(exam)
    rows = [
        {
            "site": site,
            "name": name,
            "rooms": rooms,
            "people": people,
            "pack": made.get(site),
            "changed": (changed := _changed(exam, made.get(site))),
            "more": more.get(site),
            "stale": changed is not None and (site not in more or more[site].plan != plan.seats_now),
            "job": running.get(site),
        }
        for site, name, rooms, people in sites
        if request.scope.covers(paths.get(site, ""))  # type: ignore[attr-defined]
    ]
    documents = [
        {"document": each, "scope": _SCOPES[each.scope], "paper": _PAPERS[each.paper]}
        for each in packs.offered()
    ]
    context = {
        "line": line,
        "plan": plan,
        "rows": rows,
        "documents": documents,
        "jobs": list(running.values()),
    }
    return render(request, "kaowu/papers/overview.html", context)


@permitted(_PRINT, unscoped=("exam",))
@require_POST
def pack(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Start making a site's pack; asking twice while it runs leads to the same job."""
    exam_here(request, exam)
    place = places.site(site)
    if place is None:
        raise Http404
    running = _running(exam).get(site)
    if running is None:
        actor = acting(request, _PRINT, place.path)
        made = papers.packs(exam).get(site)
        since = made.plan.hex() if made and request.POST.get("only") == "changed" else ""
        title = Sentence(f"生成打印包　{place.name}", f"Print pack of {place.name}")
        if since:
            title = Sentence(f"生成补印包　{place.name}", f"Changed papers of {place.name}")
        job = jobs.start(
            request,
            "papers.pack",
            title,
            exam=exam,
            site=site,
            account=actor.account,
            post=actor.post,
            since=since,
        )
        return redirect("job", job=job.pk)
    return redirect("papers", exam=exam)


@long_job("papers.pack")
def pack_job(progress: Progress, exam: str, site: str, account: str, post: str, since: str = "") -> Outcome:
    """Set every page of a site's pack, or only what changed since the last one, and keep it."""
    progress.step(1, 1, Sentence("逐页排版", "set page by page"))

    def tell(done: int, total: int) -> None:
        progress.done(done, total)

    made = packs.make_pack(exam, site, Actor(account, post), tell, bytes.fromhex(since) if since else None)
    pages, findings = made.summary.pages, len(made.summary.findings)
    said = Sentence(
        f"打印包 {pages:,} 页已制成，{findings} 处须看。"
        if findings
        else f"打印包 {pages:,} 页已制成，没有问题。",
        f"The pack of {pages:,} pages is made; {findings} things to look at.",
    )
    return Outcome(said, f"/office/print/{exam}/{site}/")


@permitted(_PRINT, unscoped=("exam",))
def pack_page(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """What the latest pack of a site holds: counts and findings."""
    line, place = exam_here(request, exam), places.site(site)
    made = papers.packs(exam).get(site)
    if place is None or made is None:
        raise Http404
    summary = packs.summary_of(made.summary) if made.summary else {"counts": [], "findings": []}
    names = {each.id: each for each in packs.offered()}
    context = {
        "line": line,
        "site": place,
        "pack": made,
        "counts": [{"of": names.get(one["document"]), **one} for one in summary["counts"]],
        "findings": summary["findings"][:_FINDINGS_SHOWN],
        "more": max(len(summary["findings"]) - _FINDINGS_SHOWN, 0),
    }
    return render(request, "kaowu/papers/pack.html", context)


@permitted(_PRINT, unscoped=("exam",))
@never_cache
def pack_file(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """The pack itself. It holds names and numbers, so taking it is written down."""
    line, place = exam_here(request, exam), places.site(site)
    only = request.GET.get("only") == "changed"
    made = (papers.supplements(exam) if only else papers.packs(exam)).get(site)
    if place is None or made is None:
        raise Http404
    log(request, AccessLog.Outcome.EXPORTED, _PRINT, f"{exam}/{site}/{made.pack.hex()[:16]}", reason="打印包")
    day = exam_time(made.made_at)
    return attachment(
        artefacts.read(made.pack),
        f"{line.name}_{place.name}_{'补印包' if only else '打印包'}_{day:%Y%m%d}.pdf",
        "application/pdf",
    )


@permitted(_PRINT, unscoped=("exam", "room"))
@never_cache
def room_papers(request: HttpRequest, exam: str, site: str, room: str) -> HttpResponse:
    """The papers of one room, sitting by sitting; one of them is set on request."""
    line, place = exam_here(request, exam), places.site(site)
    seated = exams.seats(exam, site, room)
    if place is None or not seated:
        raise Http404
    refused = None
    if request.method == "POST":
        chosen = next((d for d in packs.offered() if d.id == request.POST.get("document")), None)
        held = next((s for s in exams.sittings(exam) if s.id == request.POST.get("sitting")), None)
        if chosen is None or held is None:
            raise Http404
        try:
            content = packs.single(exam, site, room, held.id, chosen)
        except Refused as reason:
            refused = reason
        else:
            log(
                request,
                AccessLog.Outcome.EXPORTED,
                _PRINT,
                f"{exam}/{held.id}/{site}/{room}",
                reason=chosen.zh,
            )
            name = f"{line.name}_{site}_{room}_{chosen.zh}.pdf"
            return attachment(content, name, "application/pdf")
    taken = {subject for one in seated for subject in one.subjects}
    context: dict[str, Any] = {
        "line": line,
        "site": place,
        "room": room,
        "people": len(seated),
        "sittings": [held for held in exams.sittings(exam) if taken & set(held.subjects)],
        "documents": [each for each in packs.offered() if each.scope in (Scope.ROOM, Scope.CANDIDATE)],
        "planned": seat_plans.shown(exam) is not None,
        "refused": refused,
    }
    return render(request, "kaowu/papers/room.html", context, status=422 if refused else 200)


def _changed(exam: str, made: PackLine | None) -> Stale | None:
    """What a site's pack no longer says right; None while it says all of it."""
    return reprints.since(exam, made.plan).get(made.site) if made is not None else None


def _running(exam: str) -> dict[str, dict[str, Any]]:
    rows = Job.objects.filter(
        work="papers.pack", arguments__exam=exam, state__in=(Job.State.WAITING, Job.State.RUNNING)
    )
    return {row.arguments["site"]: view_of(row) for row in rows}


urlpatterns = [
    path("office/print/", printing, name="printing"),
    path("office/print/<str:exam>/", overview, name="papers"),
    path("office/print/<str:exam>/<str:site>/", pack_page, name="papers_pack"),
    path("office/print/<str:exam>/<str:site>/make/", pack, name="papers_make"),
    path("office/print/<str:exam>/<str:site>/pack.pdf", pack_file, name="papers_file"),
    path("office/print/<str:exam>/<str:site>/room/<str:room>/", room_papers, name="papers_room"),
]
