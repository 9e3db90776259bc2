"""Lessons: what this exam taught, and what its plan made of what earlier ones taught."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.facts.catalogue import Fact
from kaowu.facts.lessons import LessonAnswered, LessonRecorded
from kaowu.store.queries import lessons as kept
from kaowu.web.access import permitted
from kaowu.web.counter import record
from kaowu.web.day.where import exams_in_scope
from kaowu.web.office.exam_here import acting, exam_here, own_exam, to_current
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("improve", _("Lessons"), view="lesson_lists", permission="lessons.see", order=10)

_SEE, _RECORD, _ANSWER = "lessons.see", "lessons.record", "lessons.answer"


class _FactForm(forms.Form):
    """Choices in the words of the fact."""

    def choose(self, fact: type[Fact], name: str) -> None:
        [spec] = [one for one in fact.kind.fields if one.name == name]
        zh = (get_language() or "zh").startswith("zh")
        field: Any = self.fields[name]
        field.choices = [(value, said.zh if zh else said.en) for value, said in spec.choices]


class LessonForm(_FactForm):
    """What happened, and what to do next time."""

    phase = forms.ChoiceField(label=_("Part of the loop"))
    title = forms.CharField(label=_("In short"), max_length=120)
    story = forms.CharField(
        label=_("What happened and why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    advice = forms.CharField(
        label=_("What to do next time"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    seen_in = forms.UUIDField(label=_("Id of a record that shows it"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose(LessonRecorded, "phase")


class AnswerForm(_FactForm):
    """What the plan of this exam makes of it."""

    outcome = forms.ChoiceField(label=_("What the plan makes of it"))
    changed_in = forms.ChoiceField(label=_("Record in which it was changed"), required=False)
    words = forms.CharField(label=_("In words"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, exam: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose(LessonAnswered, "outcome")
        zh = (get_language() or "zh").startswith("zh")
        records = [
            (
                one.id,
                f"{one.index} · {one.label.zh if zh else one.label.en} · {one.line.zh if zh else one.line.en}",
            )
            for one in kept.plan_records(exam)
        ]
        field: Any = self.fields["changed_in"]
        field.choices = [("", "—"), *records]


@permitted(_SEE)
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "lessons")


@permitted(_SEE, unscoped=("exam",))
@never_cache
def lessons(request: HttpRequest, exam: str) -> HttpResponse:
    # A finding or an incident leads here with what shows it already filled in.
    known = {name: request.GET[name] for name in ("title", "seen_in") if name in request.GET}
    return _page(request, exam, LessonForm(initial=known))


@permitted(_RECORD, unscoped=("exam",))
@require_POST
def tell(request: HttpRequest, exam: str) -> HttpResponse:
    """Put a lesson on record."""
    line, form = exam_here(request, exam), LessonForm(request.POST)
    if not form.is_valid():
        return _page(request, exam, form, 422)
    values = form.cleaned_data | {"seen_in": str(form.cleaned_data["seen_in"] or "")}
    actor = acting(request, _RECORD, line.organisation_path)
    if actor.post == "none":  # a chief's scope lies below the exam's unit
        actor = acting(request, _RECORD, request.scope.paths[0])  # type: ignore[attr-defined]
    record(LessonRecorded(**values), actor, exam=exam, subject=exam)
    messages.success(request, _t("Recorded."))
    return redirect("lessons", exam=exam)


@permitted(_ANSWER, unscoped=("exam", "lesson"))
@never_cache
def answer(request: HttpRequest, exam: str, lesson: UUID) -> HttpResponse:
    """One lesson of an earlier exam, and what the plan of this one makes of it."""
    line = own_exam(request, exam, _ANSWER)
    of = next((one for one in kept.lessons() if one.id == str(lesson) and one.exam != exam), None)
    if of is None or of.exam not in _in_scope(request):
        raise Http404
    form = AnswerForm(exam, request.POST or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        fact = LessonAnswered(lesson=of.id, of_exam=of.exam, **form.cleaned_data)
        try:
            record(fact, acting(request, _ANSWER, line.organisation_path), exam=exam, subject=exam)
        except Refused as reason:
            refused = reason
        else:
            messages.success(request, _t("Recorded: the lesson now shows what this plan made of it."))
            return redirect("lessons", exam=exam)
    status = 409 if refused else 422 if form.errors else 200
    context = {"line": line, "lesson": of, "form": form, "refused": refused}
    return render(request, "kaowu/improve/answer.html", context, status=status)


def _in_scope(request: HttpRequest) -> set[str]:
    return {line.code for line in exams_in_scope(request.scope)}  # type: ignore[attr-defined]


def _page(request: HttpRequest, exam: str, form: LessonForm, status: int = 200) -> HttpResponse:
    line = exam_here(request, exam)
    context = {
        "line": line,
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "form": form,
        "taught": kept.of_exam(exam),
        "waiting": [one for one in kept.waiting(exam) if one.exam in _in_scope(request)],
        "answered": kept.answered(exam),
    }
    return render(request, "kaowu/improve/lessons.html", context, status=status)


urlpatterns = [
    path("office/lessons/", lists, name="lesson_lists"),
    path("office/lessons/<str:exam>/", lessons, name="lessons"),
    path("office/lessons/<str:exam>/tell", tell, name="lesson_tell"),
    path("office/lessons/<str:exam>/<uuid:lesson>/", answer, name="lesson_answer"),
]
