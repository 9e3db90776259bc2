"""The ceremony of a draw, step by step: commit, hands of chance, draw, seal, publish; and its projector view."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.lots import BITS_AT_LEAST
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import DrawKey
from kaowu.loop.desk import Receipt
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import artefacts
from kaowu.store.models import AccessLog, Job
from kaowu.store.queries import exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.exams import ExamLine
from kaowu.web import jobs
from kaowu.web.access import log, permitted, scope_of
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.draw_here import DrawHere, draw_here
from kaowu.web.office.exam_here import acting, actor_of, exam_here
from kaowu.web.office.job_pages import view_of as job_view
from kaowu.web.office.lots_forms import METHODS_IN_WORDS, CommitForm, HandForm, PublishForm
from kaowu.web.office.workbooks import attachment
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import draw_minutes, draw_papers, lots, lots_views, staffing_views
from kaowu.web.works.draw_kinds import kind_of, sitting_of

_SEE, _HOLD, _WITNESS = "staffing.see", "draw.hold", "draw.witness"
_DRAW_JOB, _SEAL_JOB = "lots.draw", "lots.seal"


@permitted(_SEE, unscoped=("exam", "draw"))
@never_cache
def ceremony(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    return _page(request, _here(request, exam, draw, _SEE))


@permitted(_HOLD, unscoped=("exam", "draw"))
@require_POST
def commit(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    """Fix the input of the next attempt, under two names."""
    here = _here(request, exam, draw, _HOLD)
    form = CommitForm(request.POST)
    signed = _signed(request, here, form)
    if signed is None:
        return _page(request, here, commit=form, status=422)

    def act() -> Receipt:
        problem = here.kind.prepare(exam, here.key)
        reason, beacon = form.cleaned_data["reason"], form.cleaned_data["beacon"]
        return lots.commit(exam, here.key, problem, here.kind.engine, signed, reason, beacon)

    return _answered(request, here, act, _t("Committed. Nobody can change the input now."), commit=form)


@permitted(_HOLD, unscoped=("exam", "draw"))
@require_POST
def give(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    """Put one hand of chance on record."""
    here = _here(request, exam, draw, _HOLD)
    form = HandForm(request.POST, beacon=_names_beacon(here), language=request.LANGUAGE_CODE)
    if not form.is_valid():
        return _page(request, here, hand=form, status=422)
    given, actor = form.cleaned_data, acting(request, _HOLD, here.place)

    def act() -> Receipt:
        return lots.give(exam, here.key, given["method"], given["digits"], given["witness"], (actor,))

    return _answered(request, here, act, _t("Recorded. This hand can no longer be taken back."), hand=form)


@permitted(_HOLD, unscoped=("exam", "draw"))
@require_POST
def draw_now(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    """Both prove who they are; then the draw is worked out as a job."""
    here = _here(request, exam, draw, _HOLD)
    form = DualSignForm(request.POST)
    signed = _signed(request, here, form)
    if signed is None:
        return _page(request, here, draw=form, status=422)
    running = _running(exam, here.key)
    if running is None:
        try:
            lots.seed_of(exam, here.key)
        except Refused as refused:
            return _page(request, here, draw=form, refused=refused, status=422)
        jobs.start(
            request,
            _DRAW_JOB,
            Sentence(f"抽签：{here.title.zh}", f"Draw: {here.title.en}"),
            exam=exam,
            draw=str(here.key),
            signed=[[actor.account, actor.post] for actor in signed],
        )
    return redirect("lots", exam=exam, draw=draw)


@long_job(_DRAW_JOB)
def draw_job(progress: Progress, exam: str, draw: str, signed: list[list[str]]) -> Outcome:
    """Work the draw out, let the verifier judge it, and put it on record under both names."""
    key = DrawKey.read(draw)
    kind = kind_of(key)
    names, current = list(kind.stages), ""

    def tell(stage: str, done: int, of: int) -> None:
        nonlocal current
        if stage != current:
            current = stage
            progress.step(names.index(stage) + 1, len(names), kind.stages[stage], total=of)
        progress.done(done, of)

    actors = [Actor(account, post) for account, post in signed]
    lots.draw(exam, key, lambda problem, seed: kind.solve(problem, seed, tell), actors)
    if kind.came_about is not None:
        kind.came_about(exam, key, actors)
    said = Sentence(
        "抽签完成，通过核验，等待封存。", "Drawn and accepted by the verifier; it waits to be sealed."
    )
    return Outcome(said, f"/office/staffing/{exam}/lots/{draw}/")


@permitted(_HOLD, unscoped=("exam", "draw"))
@require_POST
def seal(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    """Put the result in force, with the sealed file for discipline inspection."""
    here = _here(request, exam, draw, _HOLD)
    form = DualSignForm(request.POST)
    signed = _signed(request, here, form)
    if signed is None:
        return _page(request, here, seal=form, status=422)
    if here.kind.seal_at_length is not None:
        if _running(exam, here.key) is None:
            jobs.start(
                request,
                _SEAL_JOB,
                Sentence(f"封存：{here.title.zh}", f"Seal: {here.title.en}"),
                exam=exam,
                draw=str(here.key),
                signed=[[actor.account, actor.post] for actor in signed],
            )
        return redirect("lots", exam=exam, draw=draw)

    def act() -> Receipt:
        return lots.seal(exam, here.key, signed, draw_minutes.as_pdf(exam, here.key))

    return _answered(request, here, act, _t("Sealed. The result is in force."), seal=form)


@long_job(_SEAL_JOB)
def seal_job(progress: Progress, exam: str, draw: str, signed: list[list[str]]) -> Outcome:
    """Bind exactly what was drawn; a city has a row for every seat."""
    key = DrawKey.read(draw)
    sealing = kind_of(key).seal_at_length
    assert sealing is not None
    progress.step(1, 1, Sentence("封存结果", "seal the result"))
    actors = [Actor(account, post) for account, post in signed]
    sealing(exam, key, actors, draw_minutes.as_pdf(exam, key))
    said = Sentence("已封存并公开，结果生效。", "Sealed and published. The result is in force.")
    return Outcome(said, f"/office/staffing/{exam}/lots/{draw}/")


@permitted(_HOLD, unscoped=("exam", "draw"))
@require_POST
def publish(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    """Open seed, salts and hands, so that anybody can work the draw out again."""
    here = _here(request, exam, draw, _HOLD)
    form = PublishForm(request.POST)
    signed = _signed(request, here, form)
    if signed is None:
        return _page(request, here, publish=form, status=422)

    def act() -> Receipt:
        return lots.publish(exam, here.key, signed, form.cleaned_data["reason"])

    return _answered(request, here, act, _t("Published. Anybody can work it out again."), publish=form)


@permitted(_SEE, unscoped=("exam", "draw", "attempt", "which"))
def file(request: HttpRequest, exam: str, draw: str, attempt: int, which: str) -> HttpResponse:
    """The files of an attempt: the commitment at once, the sealed file to those who hold, the rest once published."""
    here = _here(request, exam, draw, _SEE)
    line = next(
        (one for one in lots_views.ceremony(exam, here.key).lines if one.attempt.number == attempt), None
    )
    if line is None:
        raise Http404
    made = _FILES.get(which)
    content = made(here, line) if made else None
    if content is None:
        raise Http404
    if which in _FOR_HOLDERS:
        if not scope_of(request.user, _HOLD).covers(here.place):
            raise Http404
        log(request, AccessLog.Outcome.REVEALED, _HOLD, f"{exam}/{here.key}/{attempt}/{which}")
    name = f"{exam}-{str(here.key).replace('/', '-')}-{attempt}-{which}"
    return attachment(content, name, _TYPES[which.rpartition(".")[2]])


@permitted(_SEE, unscoped=("exam", "draw"))
@never_cache
def projector(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    """What everybody in the room sees: large, live, and without names of anybody drawn."""
    here = _here(request, exam, draw, _SEE)
    return render(request, "kaowu/lots/projector.html", _projected(request, here))


@permitted(_SEE, unscoped=("exam", "draw"))
@never_cache
def projector_live(request: HttpRequest, exam: str, draw: str) -> HttpResponse:
    """The stage of the projector view alone, for those who poll."""
    here = _here(request, exam, draw, _SEE)
    return render(request, "kaowu/lots/stage.html", _projected(request, here))


def _here(request: HttpRequest, exam: str, draw: str, permission: str) -> DrawHere:
    return draw_here(request, exam_here(request, exam), draw, permission)


def _signed(request: HttpRequest, here: DrawHere, form: DualSignForm) -> list[Actor] | None:
    pair = authenticate_pair(request, form, permission=_WITNESS, place=here.place, different_posts=False)
    if pair is None:
        return None
    return [actor_of(pair[0], _HOLD, here.place), actor_of(pair[1], _WITNESS, here.place)]


def _answered(request: HttpRequest, here: DrawHere, act: Any, said: str, **forms: Any) -> HttpResponse:
    """Do it and go back to the page, or stay with the reason why not."""
    try:
        act()
    except Refused as refused:
        return _page(request, here, refused=refused, status=422, **forms)
    messages.success(request, said)
    return redirect("lots", exam=here.line.code, draw=str(here.key))


def _page(
    request: HttpRequest, here: DrawHere, status: int = 200, refused: Refused | None = None, **given: Any
) -> HttpResponse:
    shown = lots_views.ceremony(here.line.code, here.key)
    latest = shown.latest
    running = _running(here.line.code, here.key)
    context: dict[str, Any] = {
        "line": here.line,
        "here": here,
        "draw": str(here.key),
        "shown": shown,
        "latest": latest,
        "steps_words": [step.in_language(request.LANGUAGE_CODE) for step in lots_views.STEPS],
        "methods": dict(METHODS_IN_WORDS),
        "needed": BITS_AT_LEAST,
        "working": job_view(running) if running else None,
        "may_hold": scope_of(request.user, _HOLD).covers(here.place),
        "refused": refused,
        "commit": given.get("commit") or CommitForm(),
        "hand": given.get("hand") or HandForm(beacon=_names_beacon(here), language=request.LANGUAGE_CODE),
        "draw_form": given.get("draw") or DualSignForm(),
        "seal_form": given.get("seal") or DualSignForm(),
        "publish_form": given.get("publish") or PublishForm(),
        "again": "commit" in given and shown.step > 0,
        "early": not _over(here.line),
    }
    if latest is not None:
        context["asked"] = here.kind.asked(artefacts.read(latest.attempt.committed.problem))
        if latest.attempt.drawn is not None:
            context["came"] = here.kind.came(artefacts.read(latest.attempt.drawn.plan))
    if shown.step == 0 and here.key.kind != "seats":
        context |= _shortage(here)
    return render(request, "kaowu/lots/ceremony.html", context, status=status)


def _shortage(here: DrawHere) -> dict[str, Any]:
    """What is missing before the input is committed, and what would help."""
    found = staffing_views.staffing(here.line.code, here.key)
    profile = profile_of(exams.plan(here.line.code))
    return {
        "not_yet": found.refused,
        "conflicts": staffing_views.conflict_sentences(found),
        "offers": staffing_views.offers(found, profile) if profile else (),
    }


def _projected(request: HttpRequest, here: DrawHere) -> dict[str, Any]:
    shown = lots_views.ceremony(here.line.code, here.key)
    latest = shown.latest
    running = _running(here.line.code, here.key)
    context: dict[str, Any] = {
        "line": here.line,
        "here": here,
        "draw": str(here.key),
        "sitting": sitting_of(here.line.code, here.key),
        "shown": shown,
        "latest": latest,
        "steps_names": lots_views.STEPS,
        "methods": dict(METHODS_IN_WORDS),
        "needed": BITS_AT_LEAST,
        "now": exam_time_now(here.line.code).now,
        "working": job_view(running) if running else None,
    }
    if latest is not None:
        context["asked"] = here.kind.asked(artefacts.read(latest.attempt.committed.problem))
        if latest.attempt.drawn is not None:
            context["came"] = here.kind.came(artefacts.read(latest.attempt.drawn.plan))
    return context


def _names_beacon(here: DrawHere) -> bool:
    latest = lots_views.ceremony(here.line.code, here.key).latest
    return latest is not None and bool(latest.attempt.committed.beacon)


def _over(line: ExamLine) -> bool:
    return line.ends_at is not None and line.ends_at <= exam_time_now(line.code).now


def _running(exam: str, key: DrawKey) -> Job | None:
    states = (Job.State.WAITING, Job.State.RUNNING)
    wanted = {"arguments__exam": exam, "arguments__draw": str(key)}
    return Job.objects.filter(work__startswith="lots.", state__in=states, **wanted).first()


def _commitment_file(here: DrawHere, line: lots_views.AttemptLine) -> bytes:
    return lots_views.commitment_slip(here.line.name, here.title, line).encode()


def _once_published(what: str) -> Any:
    def made(here: DrawHere, line: lots_views.AttemptLine) -> bytes | None:
        published = line.attempt.published
        if published is None:
            return None
        found = {
            "problem": line.attempt.committed.problem,
            "plan": published.plan,
            "ceremony": published.ceremony,
        }
        return artefacts.read(found[what])

    return made


def _sealed_file(here: DrawHere, line: lots_views.AttemptLine) -> bytes | None:
    return artefacts.read(line.attempt.sealed.sealed_file) if line.attempt.sealed else None


_FILES: dict[str, Any] = {
    "commitment.txt": _commitment_file,
    "minutes.pdf": lambda here, line: draw_minutes.as_pdf(here.line.code, here.key),
    "sealed.zip": _sealed_file,
    "cover.pdf": lambda here, line: draw_papers.cover(here.line.code, here.key, line),
    "problem.json": _once_published("problem"),
    "plan.json": _once_published("plan"),
    "ceremony.json": _once_published("ceremony"),
}
_FOR_HOLDERS = ("sealed.zip", "minutes.pdf", "cover.pdf")
_TYPES = {
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "zip": "application/zip",
    "json": "application/json",
}

_LOTS = "office/staffing/<str:exam>/"
urlpatterns = [
    path(_LOTS + "lots/<path:draw>/", ceremony, name="lots"),
    path(_LOTS + "commit-lots/<path:draw>/", commit, name="lots_commit"),
    path(_LOTS + "give-lots/<path:draw>/", give, name="lots_give"),
    path(_LOTS + "draw-lots/<path:draw>/", draw_now, name="lots_draw"),
    path(_LOTS + "seal-lots/<path:draw>/", seal, name="lots_seal"),
    path(_LOTS + "publish-lots/<path:draw>/", publish, name="lots_publish"),
    path(_LOTS + "lots-file/<int:attempt>/<str:which>/<path:draw>/", file, name="lots_file"),
    path(_LOTS + "projector/<path:draw>/", projector, name="lots_projector"),
    path(_LOTS + "projector-live/<path:draw>/", projector_live, name="lots_projector_live"),
]
