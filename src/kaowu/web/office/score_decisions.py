"""What is decided about single candidates: scores cancelled, rechecks answered, scores corrected or erased."""

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
from kaowu.engines.scores import State, written
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import (
    RECHECK_SCOPE,
    CancellationLifted,
    RecheckAsked,
    ScoreCancelled,
)
from kaowu.facts.subjects import SCORES
from kaowu.loop.settle.score_rows import SubjectScore
from kaowu.store.models import AccessLog
from kaowu.store.queries import candidates, places, scores
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import log, permitted
from kaowu.web.counter import record
from kaowu.web.office.exam_here import actor_of, own_exam
from kaowu.web.office.scores import STATES
from kaowu.web.office.workbooks import attachment
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import score_answers as works
from kaowu.web.works.score_totals import subjects_of

_DECIDE, _RELEASE = "scores.decide", "scores.release"
SCOPE = {code: (zh, en) for code, zh, en in RECHECK_SCOPE}
CAUSES = (
    ("recheck", _("Recheck")),
    ("violation", _("Violation")),
    ("own_finding", _("Own finding")),
    ("court", _("Reconsideration or court")),
)


class CancelForm(DualSignForm):
    """Whose scores, by which decision."""

    candidate = forms.CharField(label=_("Candidate number or admission number"), max_length=40)
    subjects = forms.MultipleChoiceField(
        label=_("Subjects"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: all subjects.")
    )  # fmt: skip
    clause = forms.CharField(label=_("Clause"), max_length=40)
    document = forms.CharField(label=_("Number of the decision"), max_length=80)
    record = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput())

    def __init__(self, *arguments: Any, subjects: list[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["subjects"].choices = [(one, one) for one in subjects]  # type: ignore[attr-defined]


class CorrectForm(DualSignForm):
    """The new score, why, and by which request."""

    after = forms.CharField(
        label=_("Score now"), max_length=12,
        help_text=_("Points, or absent, void, exempt."),
    )  # fmt: skip
    cause = forms.ChoiceField(label=_("Cause"), choices=CAUSES)
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class EraseForm(DualSignForm):
    """Why one candidate's scores are destroyed."""

    retained = forms.BooleanField(label=_("The retention period is over"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(DualSignForm):
    """What the candidate is told."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=(("no_change", _("nothing to change")), ("corrected", _("the score was corrected")), ("out_of_scope", _("not what a recheck looks at"))),
    )  # fmt: skip
    reply = forms.CharField(
        label=_("Reply to the candidate"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@permitted(_DECIDE, unscoped=("exam",))
@never_cache
def cancellations(request: HttpRequest, exam: str) -> HttpResponse:
    """Violations on record, and the scores that decisions have taken."""
    line = own_exam(request, exam, _DECIDE)
    form = CancelForm(request.POST or None, subjects=subjects_of(exam), initial=_offered(request))
    refused, status = None, 200
    if request.method == "POST":
        status = 422
        signed = _signed(request, line, form, _DECIDE)
        number = works.number_of(exam, request.POST.get("candidate", "").strip())
        if signed and number is None:
            form.add_error("candidate", _("Nobody of this number is on the roster."))
        elif signed and number:
            given = form.cleaned_data
            fact = ScoreCancelled(
                candidate=number,
                subjects=tuple(given["subjects"]),
                clause=given["clause"],
                document=given["document"],
                record=given["record"],
            )
            try:
                record(fact, *signed, exam=exam, subject=str(SCORES))
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. The scores are cancelled."))
                return redirect("score_cancellations", exam=exam)
    return _cancellations(request, line, form, refused, status)


@permitted(_DECIDE, unscoped=("exam", "candidate"))
@require_POST
def lift(request: HttpRequest, exam: str, candidate: str) -> HttpResponse:
    """Put a decision aside, under two names."""
    line, sign = own_exam(request, exam, _DECIDE), DualSignForm(request.POST)
    signed = _signed(request, line, sign, _DECIDE)
    form = CancelForm(subjects=subjects_of(exam))
    if signed is None:
        return _cancellations(request, line, form, None, 422, lift=(candidate, sign))
    fact = CancellationLifted(
        candidate=candidate, document=request.POST.get("document", "").strip()[:80] or "—"
    )
    try:
        record(fact, *signed, exam=exam, subject=str(SCORES))
    except Refused as refused:
        return _cancellations(request, line, form, refused, 422)
    return redirect("score_cancellations", exam=exam)


@permitted(_RELEASE, unscoped=("exam",))
@never_cache
def rechecks(request: HttpRequest, exam: str) -> HttpResponse:
    """Every request, those without an answer first."""
    line, state = own_exam(request, exam, _RELEASE), scores.scores(exam)
    asked_at = {
        step.fact.request: step.at for step in scores.steps(exam) if isinstance(step.fact, RecheckAsked)
    }
    names = candidates.names(exam, [one.asked.candidate for one in state.rechecks.values()])
    rows: list[dict[str, Any]] = [
        {"one": one, "at": asked_at.get(number), "name": names.get(one.asked.candidate, ""), "scope": _scope(one.asked.scope)}
        for number, one in state.rechecks.items()
    ]  # fmt: skip
    rows.sort(key=lambda row: row["one"].answered is not None)
    until = max((one.recheck_until for one in state.releases.values()), default=None)
    return render(request, "kaowu/scores/rechecks.html", {"line": line, "rows": rows, "until": until})


@permitted(_RELEASE, unscoped=("exam", "number"))
@never_cache
def recheck(request: HttpRequest, exam: str, number: str) -> HttpResponse:
    """One request with the candidate's score: correct it if need be, then answer."""
    line, state = own_exam(request, exam, _RELEASE), scores.scores(exam)
    one = state.rechecks.get(number)
    if one is None:
        raise Http404
    form, refused, status = AnswerForm(request.POST or None), None, 200
    if request.method == "POST":
        status, signed = 422, _signed(request, line, form, _RELEASE)
        if signed:
            try:
                works.answer_recheck(
                    exam, number, form.cleaned_data["outcome"], form.cleaned_data["reply"], signed
                )
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. The candidate can read the answer."))
                return redirect("score_recheck", exam=exam, number=number)
    stored = works.stored_row(exam, one.asked.candidate, state)
    context = {
        "line": line,
        "one": one,
        "name": candidates.names(exam, [one.asked.candidate]).get(one.asked.candidate, ""),
        "scope": _scope(one.asked.scope),
        "stored": stored,
        "score": stored.row.of(one.asked.subject) if stored else None,
        "corrections": [c for c in state.corrections.get(one.asked.candidate, ()) if c.request == number],
        "form": form,
        "refused": refused,
    }
    return render(request, "kaowu/scores/recheck.html", context, status=status)


@permitted(_RELEASE, unscoped=("exam",))
@never_cache
def candidate(request: HttpRequest, exam: str) -> HttpResponse:
    """One candidate's scores as they stand, with what was corrected; looking is written down."""
    return _candidate(request, own_exam(request, exam, _RELEASE), request.GET.get("candidate", "").strip())


def _candidate(
    request: HttpRequest, line: ExamLine, wanted: str, form: EraseForm | None = None, status: int = 200
) -> HttpResponse:
    exam, state = line.code, scores.scores(line.code)
    number = works.number_of(exam, wanted) if wanted else None
    stored = works.stored_row(exam, number, state) if number else None
    if stored is not None:
        log(
            request,
            AccessLog.Outcome.REVEALED,
            _RELEASE,
            f"{exam}/{number}",
            reason=_t("Scores of a candidate"),
        )
        if request.GET.get("file") and state.frozen is not None:
            return attachment(
                works.proof_file(exam, state, stored), f"{exam}-{number}-score-proof.json", "application/json"
            )
    context = {
        "line": line,
        "wanted": wanted,
        "number": number,
        "name": candidates.names(exam, [number]).get(number, "") if number else "",
        "stored": stored,
        "scores": [(one, spoken(one)) for one in stored.row.scores] if stored else [],
        "total": written(stored.row.total) if stored else "",
        "corrections": state.corrections.get(number or "", ()),
        "erased": number in state.erased,
        "approved": state.approved is not None,
        "form": form or EraseForm(),
    }
    return render(request, "kaowu/scores/candidate.html", context, status=status)


@permitted(_RELEASE, unscoped=("exam", "number", "subject"))
@never_cache
def correct(request: HttpRequest, exam: str, number: str, subject: str) -> HttpResponse:
    """Correct one score, under two names; the old value stays on record."""
    line, state = own_exam(request, exam, _RELEASE), scores.scores(exam)
    stored = works.stored_row(exam, number, state)
    score = stored.row.of(subject) if stored else None
    if score is None or state.approved is None:
        raise Http404
    asked = request.GET.get("request", "")
    form, refused, status = CorrectForm(request.POST or None), None, 200
    if request.method == "POST":
        status, signed = 422, _signed(request, line, form, _RELEASE)
        if signed:
            try:
                works.correct(exam, number, subject, form.cleaned_data["after"].strip(), cause=form.cleaned_data["cause"], reason=form.cleaned_data["reason"], request=asked, signed=signed)  # fmt: skip
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. The score is corrected."))
                if asked in state.rechecks:
                    return redirect("score_recheck", exam=exam, number=asked)
                return redirect(f"/office/scores/{exam}/candidate/?candidate={number}")
    context = {
        "line": line,
        "number": number,
        "subject": subject,
        "score": score,
        "spoken": spoken(score),
        "full": written(state.plans[subject].full) if subject in state.plans else "",
        "asked": asked,
        "form": form,
        "refused": refused,
    }
    return render(request, "kaowu/scores/correct.html", context, status=status)


@permitted(_RELEASE, unscoped=("exam", "number"))
@require_POST
def erase(request: HttpRequest, exam: str, number: str) -> HttpResponse:
    """Destroy one candidate's row and salt, under two names."""
    line, form = own_exam(request, exam, _RELEASE), EraseForm(request.POST)
    signed = _signed(request, line, form, _RELEASE)
    if signed is None:
        return _candidate(request, line, number, form, 422)
    given = form.cleaned_data
    try:
        works.erase(exam, number, given["retained"], given["reason"], signed)
    except Refused as refused:
        form.add_error(None, refused.sentence.zh)
        return _candidate(request, line, number, form, 422)
    messages.success(request, _t("Recorded. Row and salt are destroyed."))
    return redirect(f"/office/scores/{exam}/candidate/?candidate={number}")


def spoken(score: SubjectScore) -> Any:
    """A score for people: points, or the state in words."""
    return written(score.points) if score.state is State.SCORED else STATES[score.state]


def _cancellations(
    request: HttpRequest,
    line: ExamLine,
    form: CancelForm,
    refused: Refused | None,
    status: int,
    lift: tuple[str, DualSignForm] | None = None,
) -> HttpResponse:
    state, found = scores.scores(line.code), scores.violations(line.code)
    owner = scores.candidates_by_ticket(line.code, [one.fact.admission_number for one in found])
    sites = places.site_names({one.key.site for one in found})
    context = {
        "line": line,
        "form": form,
        "violations": [
            {
                "one": one,
                "site": sites.get(one.key.site, one.key.site),
                "candidate": owner.get(one.fact.admission_number, ""),
                "decided": owner.get(one.fact.admission_number, "") in state.cancelled,
            }
            for one in reversed(found)
        ],
        "cancelled": [
            {"candidate": number, "facts": facts, "form": lift[1] if lift and lift[0] == number else DualSignForm(auto_id=f"lift_{number}_%s")}
            for number, facts in state.cancelled.items()
        ],
        "closed": state.approved is not None,
        "refused": refused,
    }  # fmt: skip
    return render(request, "kaowu/scores/cancellations.html", context, status=status)


def _offered(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "")[:80] for name in ("candidate", "clause", "record")}


def _scope(codes: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"zh": SCOPE[code][0], "en": SCOPE[code][1]} for code in codes if code in SCOPE]


def _signed(
    request: HttpRequest, line: ExamLine, form: DualSignForm, permission: str
) -> tuple[Actor, Actor] | None:
    place = line.organisation_path
    pair = authenticate_pair(request, form, permission=permission, place=place, different_posts=False)
    return (actor_of(pair[0], permission, place), actor_of(pair[1], permission, place)) if pair else None


urlpatterns = [
    path("office/scores/<str:exam>/cancelled/", cancellations, name="score_cancellations"),
    path("office/scores/<str:exam>/cancelled/<str:candidate>/lift/", lift, name="score_lift"),
    path("office/scores/<str:exam>/rechecks/", rechecks, name="score_rechecks"),
    path("office/scores/<str:exam>/rechecks/<str:number>/", recheck, name="score_recheck"),
    path("office/scores/<str:exam>/candidate/", candidate, name="score_candidate"),
    path("office/scores/<str:exam>/erase/<str:number>/", erase, name="score_erase"),
    path("office/scores/<str:exam>/correct/<str:number>/<str:subject>/", correct, name="score_correct"),
]
