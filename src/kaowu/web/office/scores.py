"""Scores of an exam at a glance: how far each subject is, what stands against freezing, freeze, approve, release."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import Instant, instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.scores import UNDECIDED, State
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import ScoresFrozen
from kaowu.store.models import Job
from kaowu.store.queries import places, scores
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.exams import ExamLine
from kaowu.web import jobs
from kaowu.web.access import permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import acting, actor_of, exam_here, own_exam, to_current
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import score_totals as works

MENU = MenuEntry("settle", _("Scores"), view="current_scores", permission="scores.see", order=30)

_SEE, _DECIDE, _RELEASE = "scores.see", "scores.decide", "scores.release"
_FREEZE_JOB, _APPROVE_JOB = "scores.freeze", "scores.approve"

STATES = {
    State.SCORED: _("Scored"),
    State.ABSENT: _("Absent"),
    State.VOID: _("Cancelled"),
    State.EXEMPT: _("Exempt"),
    State.NOT_SCANNED: _("Not scanned"),
    State.NOT_ENTERED: _("Not entered"),
    State.NOT_HERE: _("Not on this node"),
    State.IN_REVIEW: _("In review"),
}
"""Every state in words; none of them is a zero."""


class FreezeForm(forms.Form):
    """Why the scores are frozen again."""

    reason = forms.CharField(
        label=_("Reason for freezing again"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class ReleaseForm(DualSignForm):
    """For whom, from when, and until when rechecks may be asked for."""

    counties = forms.MultipleChoiceField(
        label=_("Counties"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all candidates."),
    )  # fmt: skip
    opens_at = forms.DateTimeField(
        label=_("Open from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip
    recheck_until = forms.DateTimeField(
        label=_("Rechecks until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip

    def __init__(self, *arguments: Any, counties: dict[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["counties"].choices = sorted(counties.items())  # type: ignore[attr-defined]

    def instant_of(self, field: str) -> Instant:
        """What was typed is exam time."""
        return instant(self.cleaned_data[field])


@permitted(_SEE)
def current(request: HttpRequest) -> HttpResponse:
    return to_current(request, "scores")


@permitted(_SEE, unscoped=("exam",))
@never_cache
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    return _page(request, exam_here(request, exam))


@permitted(_DECIDE, unscoped=("exam",))
@require_POST
def freeze(request: HttpRequest, exam: str) -> HttpResponse:
    """Start freezing; asking twice while it runs leads to the same job."""
    line = own_exam(request, exam, _DECIDE)
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return _page(request, line, freeze=form, status=422)
    actor = acting(request, _DECIDE, line.organisation_path)
    _start(
        request,
        _FREEZE_JOB,
        Sentence("冻结成绩", "Freeze the scores"),
        exam,
        [actor],
        reason=form.cleaned_data["reason"],
    )
    return redirect("scores", exam=exam)


@long_job(_FREEZE_JOB)
def freeze_job(progress: Progress, exam: str, signed: list[list[str]], reason: str) -> Outcome:
    """Work everything out, and bind it by one fact."""

    def tell(subject: str, number: int, of: int) -> None:
        progress.step(number, of + 1, Sentence(f"合成 {subject}", f"work out {subject}"))

    receipt = works.freeze_now(exam, reason, Actor(*signed[0]), tell)
    said = Sentence(f"成绩已冻结，记录 {receipt.index}。", f"The scores are frozen, record {receipt.index}.")
    return Outcome(said, f"/office/scores/{exam}/")


@permitted(_RELEASE, unscoped=("exam",))
@require_POST
def approve(request: HttpRequest, exam: str) -> HttpResponse:
    """Both prove who they are; then the record is worked out once more and compared with what was frozen."""
    line = own_exam(request, exam, _RELEASE)
    form = DualSignForm(request.POST)
    signed = _signed(request, line, form)
    if signed is None:
        return _page(request, line, approve=form, status=422)
    if any(actor.account == by.account for by in _frozen_by(exam) for actor in signed):
        form.add_error("second_number", _("Whoever froze the scores does not approve them."))
        return _page(request, line, approve=form, status=422)
    _start(request, _APPROVE_JOB, Sentence("审定成绩", "Approve the scores"), exam, signed)
    return redirect("scores", exam=exam)


@long_job(_APPROVE_JOB)
def approve_job(progress: Progress, exam: str, signed: list[list[str]]) -> Outcome:
    """Compare what was frozen with what the record makes now, then put the approval on record."""
    progress.step(1, 1, Sentence("与流水比对", "compare with the journal"))
    first, second = (Actor(account, post) for account, post in signed)
    works.approve(exam, (first, second))
    said = Sentence("成绩已审定，可以发布。", "The scores are approved and can be released.")
    return Outcome(said, f"/office/scores/{exam}/")


@permitted(_RELEASE, unscoped=("exam",))
@require_POST
def release(request: HttpRequest, exam: str) -> HttpResponse:
    """Open enquiry from a time on, under two names."""
    line = own_exam(request, exam, _RELEASE)
    form = ReleaseForm(request.POST, counties=_counties(exam))
    signed = _signed(request, line, form)
    if signed is None:
        return _page(request, line, release=form, status=422)
    try:
        works.release(
            exam,
            form.cleaned_data["counties"],
            form.instant_of("opens_at"),
            form.instant_of("recheck_until"),
            signed,
        )
    except Refused as refused:
        return _page(request, line, release=form, refused=refused, status=422)
    messages.success(request, _t("Recorded. Enquiry opens at the time given."))
    return redirect("scores", exam=exam)


@permitted(_RELEASE, unscoped=("exam", "number"))
@require_POST
def stop(request: HttpRequest, exam: str, number: int) -> HttpResponse:
    """Shut enquiry of one release again."""
    line = own_exam(request, exam, _RELEASE)
    reason = request.POST.get("reason", "").strip()[:500]
    try:
        works.stop(
            exam, number, reason or _t("no reason given"), acting(request, _RELEASE, line.organisation_path)
        )
    except Refused as refused:
        return _page(request, line, refused=refused, status=422)
    messages.success(request, _t("Recorded. Enquiry of this release is shut."))
    return redirect("scores", exam=exam)


def _page(
    request: HttpRequest, line: ExamLine, status: int = 200, refused: Refused | None = None, **given: Any
) -> HttpResponse:
    state, standings = scores.scores(line.code), works.standings(line.code)
    running = _running(line.code)
    now = exam_time_now(line.code).now
    counties = _counties(line.code)
    # One node alone never has a score elsewhere: the column is there where it says something.
    shown = [
        state for state in STATES if state is not State.NOT_HERE or any(one.count(state) for one in standings)
    ]
    context = {
        "line": line,
        "state": state,
        "columns": [STATES[state] for state in shown],
        "rows": [_row(one, shown) for one in standings],
        "not_here": State.NOT_HERE in shown,
        "undecided": sum(one.undecided for one in standings),
        "unplanned": [one.subject for one in standings if one.plan is None],
        "undecided_violations": len(_undecided_violations(line.code)),
        "gaps": works.release_gaps(line.code, state) if state.approved else [],
        "releases": [
            {
                "fact": one,
                "number": number,
                "stopped": number in state.stopped,
                "open": one.opens_at <= now and number not in state.stopped,
                "counties": [counties.get(code, code) for code in one.counties],
            }
            for number, one in state.releases.items()
        ],
        "waiting_rechecks": sum(one.answered is None for one in state.rechecks.values()),
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "working": view_of(running) if running else None,
        "last_job": _last_refusal(line.code) if running is None else None,
        "frozen_by": [actor.account for actor in _frozen_by(line.code)],
        "freeze_form": given.get("freeze") or FreezeForm(),
        "approve_form": given.get("approve") or DualSignForm(),
        "release_form": given.get("release") or ReleaseForm(counties=counties),
        "refused": refused,
    }
    return render(request, "kaowu/scores/overview.html", context, status=status)


def _row(one: works.SubjectStanding, shown: list[State]) -> dict[str, Any]:
    return {
        "standing": one,
        "entered": bool(one.plan and one.plan.items),
        "imported": bool(one.plan and one.plan.imported_items),
        "figures": [(one.counts.get(state, 0), state in UNDECIDED) for state in shown],
    }


def _undecided_violations(exam: str) -> list[Any]:
    """Violations on record without any decision about the candidate's scores."""
    state, found = scores.scores(exam), scores.violations(exam)
    owner = scores.candidates_by_ticket(exam, [one.fact.admission_number for one in found])
    return [one for one in found if owner.get(one.fact.admission_number) not in state.cancelled]


def _frozen_by(exam: str) -> tuple[Actor, ...]:
    made = [step for step in scores.steps(exam) if isinstance(step.fact, ScoresFrozen)]
    return made[-1].actors if made else ()


def _signed(request: HttpRequest, line: ExamLine, form: DualSignForm) -> tuple[Actor, Actor] | None:
    pair = authenticate_pair(
        request, form, permission=_RELEASE, place=line.organisation_path, different_posts=False
    )
    if pair is None:
        return None
    return actor_of(pair[0], _RELEASE, line.organisation_path), actor_of(
        pair[1], _RELEASE, line.organisation_path
    )


def _start(request: HttpRequest, work: str, title: Sentence, exam: str, signed: Any, **more: Any) -> None:
    if _running(exam) is None:
        names = [[actor.account, actor.post] for actor in signed]
        jobs.start(request, work, title, exam=exam, signed=names, **more)


def _running(exam: str) -> Job | None:
    rows = Job.objects.filter(work__in=(_FREEZE_JOB, _APPROVE_JOB), arguments__exam=exam)
    return rows.filter(state__in=(Job.State.WAITING, Job.State.RUNNING)).first()


def _last_refusal(exam: str) -> dict[str, Any] | None:
    """What the latest of these jobs says, if it was refused."""
    rows = Job.objects.filter(work__in=(_FREEZE_JOB, _APPROVE_JOB), arguments__exam=exam)
    last = rows.order_by("-asked_at").first()
    return view_of(last) if last is not None and last.state == Job.State.FAILED else None


def _counties(exam: str) -> dict[str, str]:
    codes = scores.counties(exam)
    return {code: places.county_names([code]).get(code, code) for code in codes}


urlpatterns = [
    path("office/scores/", current, name="current_scores"),
    path("office/scores/<str:exam>/", overview, name="scores"),
    path("office/scores/<str:exam>/freeze/", freeze, name="scores_freeze"),
    path("office/scores/<str:exam>/approve/", approve, name="scores_approve"),
    path("office/scores/<str:exam>/release/", release, name="scores_release"),
    path("office/scores/<str:exam>/release/<int:number>/stop/", stop, name="scores_stop"),
]
