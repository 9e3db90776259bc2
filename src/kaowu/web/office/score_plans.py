"""The score plan of a subject: parts and keys as typed, approved by two; and faulty questions regraded."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import QuestionRegraded
from kaowu.loop.settle.score_plan import SubjectPlan
from kaowu.loop.settle.score_plan_text import keys_as_text, parts_as_text
from kaowu.store.queries import scores
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import permitted
from kaowu.web.office.exam_here import actor_of, exam_here, own_exam
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import score_plans as works
from kaowu.web.works.score_totals import subjects_of

_SEE, _DECIDE = "scores.see", "scores.decide"
_ROUNDINGS = (
    ("1", _("to hundredths")),
    ("10", _("to tenths")),
    ("50", _("to halves")),
    ("100", _("to whole points")),
)


class PlanForm(forms.Form):
    """Parts, keys for each paper type, rounding."""

    parts = forms.CharField(
        label=_("Parts"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5, "class": "mono"}),
        help_text=_("A line each: name | 答题卡, 录入 or 导入 | questions, or item=worth | 权重 n | 免考"),
    )  # fmt: skip
    rounded_to = forms.ChoiceField(label=_("Totals are rounded"), choices=_ROUNDINGS)

    def __init__(self, *arguments: Any, subject: str, kinds: tuple[str, ...], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.subject, self.kinds = subject, kinds
        for at, kind in enumerate(kinds):
            self.fields[f"keys{at}"] = forms.CharField(
                label=_("Keys of paper %(kind)s") % {"kind": kind} if kind else _("Keys"),
                required=False, max_length=20_000,
                widget=forms.Textarea(attrs={"rows": 6, "class": "mono"}),
                help_text=_("A line each: 1-20 单选 1.5 ABCDA BCDAB …; 21-25 多选 4 AB ACD … 少选 2"),
            )  # fmt: skip

    @property
    def key_fields(self) -> list[Any]:
        """The fields of the keys, for the template."""
        return [self[f"keys{at}"] for at in range(len(self.kinds))]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        keys = {kind: given.get(f"keys{at}", "") for at, kind in enumerate(self.kinds)}
        try:
            given["plan"] = works.read(
                self.subject, given.get("parts", ""), keys, int(given.get("rounded_to", 1))
            )
        except Refused as refused:
            self.add_error(None, str(refused.sentence.zh if _chinese() else refused.sentence.en))
        return given


class RegradeForm(DualSignForm):
    """What becomes of a faulty question."""

    question = forms.IntegerField(label=_("Question"), min_value=1, max_value=500)
    paper_type = forms.CharField(label=_("Paper type"), max_length=4, required=False)
    how = forms.ChoiceField(
        label=_("How"),
        choices=(("give_all", _("given to all")), ("also_right", _("another answer is right, too")), ("drop", _("dropped"))),
    )  # fmt: skip
    answer = forms.CharField(label=_("Right answer"), max_length=10, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@permitted(_SEE, unscoped=("exam", "subject"))
def plan(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """The plan as it was approved, or as the subject's sheet suggests it."""
    return _page(request, exam_here(request, exam), subject, _form(exam, subject))


@permitted(_DECIDE, unscoped=("exam", "subject"))
@require_POST
def approve(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Two prove who they are; the plan that stands on the page is put on record under both names."""
    line = own_exam(request, exam, _DECIDE)
    form, sign = (
        PlanForm(request.POST, subject=subject, kinds=_kinds(exam, subject)),
        DualSignForm(request.POST),
    )
    if not form.is_valid():
        return _page(request, line, subject, form, sign=sign, status=422)
    if request.POST.get("look"):
        return _page(request, line, subject, form)
    signed = _signed(request, line, sign)
    if signed is None:
        return _page(request, line, subject, form, sign=sign, status=422)
    try:
        works.approve(exam, form.cleaned_data["plan"], signed)
    except Refused as refused:
        return _page(request, line, subject, form, refused=refused, status=422)
    return redirect("score_plan", exam=exam, subject=subject)


@permitted(_DECIDE, unscoped=("exam", "subject"))
@require_POST
def regrade(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Decide about one question, under two names."""
    line = own_exam(request, exam, _DECIDE)
    form = RegradeForm(request.POST)
    signed = _signed(request, line, form)
    if signed is None:
        return _page(request, line, subject, _form(exam, subject), regrade=form, status=422)
    given = form.cleaned_data
    fact = QuestionRegraded(
        subject=subject,
        paper_type=given["paper_type"].strip().upper(),
        question=given["question"],
        how=given["how"],
        answer=given["answer"].strip().upper(),
        reason=given["reason"],
    )
    try:
        works.regrade(exam, fact, signed)
    except Refused as refused:
        return _page(request, line, subject, _form(exam, subject), regrade=form, refused=refused, status=422)
    return redirect("score_plan", exam=exam, subject=subject)


def _form(exam: str, subject: str) -> PlanForm:
    approved, (parts, kinds) = works.approved_plan(exam, subject), works.proposed(exam, subject)
    if approved is None:
        return PlanForm(initial={"parts": parts}, subject=subject, kinds=kinds)
    kinds = tuple(approved.keys) or kinds
    values: dict[str, Any] = {"parts": parts_as_text(approved), "rounded_to": str(approved.rounded_to)}
    values |= {f"keys{at}": keys_as_text(approved.keys.get(kind, ())) for at, kind in enumerate(kinds)}
    return PlanForm(initial=values, subject=subject, kinds=kinds)


def _kinds(exam: str, subject: str) -> tuple[str, ...]:
    approved = works.approved_plan(exam, subject)
    return (tuple(approved.keys) if approved else ()) or works.proposed(exam, subject)[1]


def _page(
    request: HttpRequest,
    line: ExamLine,
    subject: str,
    form: PlanForm,
    *,
    sign: DualSignForm | None = None,
    regrade: RegradeForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    if subject not in subjects_of(line.code):
        raise Http404
    state = scores.scores(line.code)
    shown: SubjectPlan | None = works.approved_plan(line.code, subject)
    if form.is_bound and form.is_valid():
        shown = form.cleaned_data["plan"]
    context = {
        "line": line,
        "subject": subject,
        "form": form,
        "sign": sign or DualSignForm(),
        "regrade_form": regrade or RegradeForm(),
        "approved": state.plans.get(subject),
        "regraded": [one for one in state.regraded if one.subject == subject],
        "shown": shown,
        "parts": [(part, shown.full_of(part)) for part in shown.parts] if shown else [],
        "closed": state.approved is not None,
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "refused": refused,
    }
    return render(request, "kaowu/scores/plan.html", context, status=status)


def _signed(request: HttpRequest, line: ExamLine, form: DualSignForm) -> tuple[Actor, Actor] | None:
    place = line.organisation_path
    pair = authenticate_pair(request, form, permission=_DECIDE, place=place, different_posts=False)
    return (actor_of(pair[0], _DECIDE, place), actor_of(pair[1], _DECIDE, place)) if pair else None


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


urlpatterns = [
    path("office/scores/<str:exam>/plan/<str:subject>/", plan, name="score_plan"),
    path("office/scores/<str:exam>/plan/<str:subject>/approve/", approve, name="score_plan_approve"),
    path("office/scores/<str:exam>/plan/<str:subject>/regrade/", regrade, name="score_plan_regrade"),
]
