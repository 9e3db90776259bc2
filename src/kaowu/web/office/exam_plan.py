"""The plan of one exam: its profile lines with their source, the minutes of each sitting, and overrides."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.errors import Refused
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.line import Shape
from kaowu.rules.load import rulebook
from kaowu.rules.profile import Line, ResolvedProfile
from kaowu.store.queries import exams
from kaowu.web.access import permitted
from kaowu.web.day.where import sitting_of
from kaowu.web.office.exam_here import acting, actor_of, exam_here, own_exam, phase_in_words
from kaowu.web.permissions import POSTS
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import exam_setup


class OverrideForm(DualSignForm):
    """The new value of a line and why, signed by two."""

    value = forms.CharField(label=_("New value"), max_length=200)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, min_length=4, widget=forms.Textarea(attrs={"rows": 3})
    )


@permitted("exam.see", unscoped=("exam",))
def exam_page(request: HttpRequest, exam: str) -> HttpResponse:
    line, plan = exam_here(request, exam), exams.plan(exam)
    profile = _profile(exam)
    only = request.GET.get("only", "")
    groups = [
        {"label": label, "lines": [one for one in profile.lines.values() if _shown(one, key, only)]}
        for key, label in rulebook().groups.items()
    ]
    context = {
        "line": line,
        "plan": plan,
        "profile": profile,
        "phase": phase_in_words(line),
        "groups": [group for group in groups if group["lines"]],
        "only": only,
        "sittings": exams.sittings(exam),
        "overrides": plan.overrides,
        "overridden": {override.key for override in profile.overrides},
        "to_confirm": sum(one.to_confirm for one in profile.lines.values()),
        "digest": profile.digest.hex(),
        "description": plan.description.hex() if plan.description else "",
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
    }
    return render(request, "kaowu/exams/exam.html", context)


@permitted("exam.see", unscoped=("exam", "sitting"))
def minutes(request: HttpRequest, exam: str, sitting: str) -> HttpResponse:
    """The minute script of one sitting (当日流程), with who does what."""
    line, held = exam_here(request, exam), sitting_of(exam, sitting)
    profile, sittings = _profile(exam), exams.sittings(exam)
    rows = profile.timetable(held.starts_at, held.ends_at, held.subjects, is_first=held.id == sittings[0].id)
    shown = [
        {
            "at": at,
            "step": step,
            "post": POSTS.get(step.post, _OTHER_POSTS.get(step.post, step.post)),
            "offset": (at - held.starts_at) // 60_000,
        }
        for at, step in rows
    ]
    context = {"line": line, "sitting": held, "sittings": sittings, "rows": shown, "script": profile.script}
    return render(request, "kaowu/exams/minutes.html", context)


@permitted("exam.approve", unscoped=("exam", "key"))
def override(request: HttpRequest, exam: str, key: str) -> HttpResponse:
    """One line is different for this exam: proposed by one, approved by another."""
    line = own_exam(request, exam, "exam.approve")
    profile = _profile(exam)
    if key not in profile.lines:
        raise Http404
    form = OverrideForm(request.POST or None)
    refused = None
    if request.method == "POST":
        pair = authenticate_pair(
            request, form, permission="exam.approve", place=line.organisation_path, different_posts=False
        )
        if pair is not None:
            first, second = (actor_of(one, "exam.approve", line.organisation_path) for one in pair)
            try:
                exam_setup.override_line(
                    exam, key, form.cleaned_data["value"], form.cleaned_data["reason"], first, second
                )
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. The line holds for this exam from now on."))
                return redirect("exam", exam=exam)
    known = profile.lines[key]
    context = {
        "line": line,
        "known": known,
        "kind": rulebook().profile(profile.id).lines[key],
        "choices": list(known.spec.choices.values()) if known.spec.shape is Shape.CHOICE else (),
        "form": form,
        "refused": refused,
    }
    return render(
        request, "kaowu/exams/override.html", context, status=200 if request.method == "GET" else 422
    )


class DescriptionForm(forms.Form):
    """Another description for an exam whose roster was not read yet."""

    description = forms.FileField(label=_("Description (JSON)"))


@permitted("exam.set_up", unscoped=("exam",))
def describe(request: HttpRequest, exam: str) -> HttpResponse:
    line = own_exam(request, exam, "exam.set_up")
    form = DescriptionForm(request.POST or None, request.FILES or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            content = form.cleaned_data["description"].read(exam_setup.MOST_BYTES)
            exam_setup.describe(exam, content, acting(request, "exam.set_up", line.organisation_path))
        except Refused as reason:
            refused = reason
        else:
            messages.success(request, _t("Recorded."))
            return redirect("exam", exam=exam)
    context = {"line": line, "form": form, "refused": refused}
    return render(
        request, "kaowu/exams/describe.html", context, status=200 if request.method == "GET" else 422
    )


def _profile(exam: str) -> ResolvedProfile:
    profile = profile_of(exams.plan(exam))
    if profile is None:
        raise Http404
    return profile


def _shown(line: Line, group: str, only: str) -> bool:
    if line.spec.group != group:
        return False
    if only == "overridden":
        return line.source.startswith("fact ")
    return line.to_confirm if only == "confirm" else True


_OTHER_POSTS = {"site_office": _("Site exam office")}

urlpatterns = [
    path("office/exams/<str:exam>/", exam_page, name="exam"),
    path("office/exams/<str:exam>/description/", describe, name="exam_describe"),
    path("office/exams/<str:exam>/minutes/<str:sitting>/", minutes, name="exam_minutes"),
    path("office/exams/<str:exam>/lines/<str:key>/", override, name="exam_override"),
]
