"""Plan packages: which site has which, made as a job, downloaded for the stick or fetched by the site itself."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.nodes import PlanPackageTaken
from kaowu.store import neighbours
from kaowu.store.models import AccessLog, Arrival, Job, MirroredLog
from kaowu.store.queries import places
from kaowu.web import jobs
from kaowu.web.access import log, permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import acting, exam_here, own_exam, to_current
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import plan_packages as works

MENU = MenuEntry("prepare", _("Plan packages"), view="plan_packages", permission="packages.see", order=80)

_MAKE = "packages.make"


@permitted("packages.see")
def plan_packages(request: HttpRequest) -> HttpResponse:
    return to_current(request, "packages")


@permitted("packages.see", unscoped=("exam",))
@never_cache
def packages(request: HttpRequest, exam: str) -> HttpResponse:
    """Each site of the exam: its node, its latest package, and whether the site works under it."""
    line = exam_here(request, exam)
    made, taken = works.latest(exam), _taken(exam)
    sites = works.sites_of(exam)
    paths, names = places.site_paths(sites), places.site_names(sites)
    rows = []
    for site in sites:
        if not request.scope.covers(paths.get(site, "")):  # type: ignore[attr-defined]
            continue
        latest = made.get(site)
        nodes = neighbours.nodes_of(site)
        rows.append(
            {
                "site": site,
                "name": names[site],
                "nodes": [node.origin for node in nodes],
                "latest": latest,
                "digest": latest.package.hex() if latest else "",
                "made_at": Instant(latest.number) if latest else None,
                "in_force": bool(latest) and taken.get(site) == latest.package if latest else False,
                "heard_at": _heard(site),
            }
        )
    running = _running(exam)
    context: dict[str, Any] = {"line": line, "rows": rows, "job": view_of(running) if running else None}
    return render(request, "kaowu/office/packages.html", context)


@permitted(_MAKE, unscoped=("exam",))
@require_POST
def make(request: HttpRequest, exam: str) -> HttpResponse:
    """Make packages for every site that has a node; asking twice while it runs leads to the same job."""
    line = own_exam(request, exam, _MAKE)
    running = _running(exam)
    if running is None:
        actor = acting(request, _MAKE, line.organisation_path)
        title = Sentence(f"制作计划包　{line.name}", f"Plan packages of {line.name}")
        running = jobs.start(request, _MAKE, title, exam=exam, account=actor.account, post=actor.post)
    return redirect("job", job=running.pk)


@long_job(_MAKE)
def make_job(progress: Progress, exam: str, account: str, post: str) -> Outcome:
    """One sealed and signed file for each site."""
    progress.step(1, 1, Sentence("逐个考点汇集、加密、签名", "gather, seal and sign, site by site"))
    made, without = works.make_for_all(exam, Actor(account, post), progress.done)
    said = Sentence(f"已为 {made} 个考点制作计划包。", f"Packages made for {made} sites.")
    if without:
        said = Sentence(
            f"{said.zh}{len(without)} 个考点还没有登记节点：{'、'.join(without[:8])}。",
            f"{said.en} {len(without)} sites have no node enrolled yet: {', '.join(without[:8])}.",
        )
    return Outcome(said, f"/office/packages/{exam}/")


@permitted(_MAKE, unscoped=("exam",))
@never_cache
def download(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """The file for the stick. It is sealed to the site's node, so nobody else can read it."""
    own_exam(request, exam, _MAKE)
    kept = works.kept_for(site, exam)
    if kept is None:
        raise Http404
    log(request, AccessLog.Outcome.EXPORTED, _MAKE, f"{exam}/{site}", reason="计划包")
    return attachment(kept[1], kept[0], "application/octet-stream")


def _taken(exam: str) -> dict[str, bytes]:
    """The package that each site says it works under."""
    found = {}
    rows = Arrival.objects.filter(exam=exam, kind=PlanPackageTaken.kind.name).order_by("number")
    for entry in rows.values_list("entry", flat=True):
        fact = Envelope.from_bytes(bytes(entry)).fact()
        assert isinstance(fact, PlanPackageTaken)
        found[fact.organisation] = fact.package
    return found


def _heard(site: str) -> Instant | None:
    at = (
        MirroredLog.objects.filter(organisation=site)
        .order_by("-heard_at")
        .values_list("heard_at", flat=True)
        .first()
    )
    return Instant(at) if at else None


def _running(exam: str) -> Job | None:
    return Job.objects.filter(
        work=_MAKE, arguments__exam=exam, state__in=(Job.State.WAITING, Job.State.RUNNING)
    ).first()


urlpatterns = [
    path("office/packages/", plan_packages, name="plan_packages"),
    path("office/packages/<str:exam>/", packages, name="packages"),
    path("office/packages/<str:exam>/make/", make, name="packages_make"),
    path("office/packages/<str:exam>/<str:site>.kwp", download, name="package_file"),
]
