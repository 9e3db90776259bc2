"""Video invigilation: who has which rooms on the screen in a sitting, and the log of what was seen and handled."""

from datetime import time
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

from kaowu.basics.clock import Instant, exam_time, instant
from kaowu.basics.errors import Sentence
from kaowu.exam.plan import Sitting
from kaowu.facts.catalogue import Fact
from kaowu.facts.subjects import RoomSittingKey
from kaowu.facts.video import VideoIssueHandled, VideoIssueSeen
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import duties, exams, places, video
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.places import SitePlace
from kaowu.store.queries.video import Issue
from kaowu.web.access import permitted
from kaowu.web.counter import record
from kaowu.web.day.where import sitting_of
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works.staff_papers import watches_of

MENU = MenuEntry("conduct", _("Video watch"), view="video", permission="video.see", order=40)

_SEE, _RECORD = "video.see", "video.record"


class SeenForm(forms.Form):
    """What was seen, in which room, when, and who was told."""

    room = forms.ChoiceField(label=_("Room"))
    matter = forms.ChoiceField(label=_("Matter"))
    what = forms.CharField(label=_("What was seen"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    told = forms.ChoiceField(label=_("Told"))
    at = forms.TimeField(
        label=_("Seen at"),
        required=False,
        help_text=_("Leave it empty for now; give the time when you copy from paper."),
        widget=forms.TimeInput(attrs={"type": "time", "step": "1"}),
    )

    def __init__(self, data: Any, *, rooms: list[str], language: str) -> None:
        super().__init__(data)
        _choices(self, "room", [(room, room) for room in rooms])
        _words(self, "matter", VideoIssueSeen, language)
        _words(self, "told", VideoIssueSeen, language)


class HandledForm(forms.Form):
    """What came of an issue, who saw to it and when."""

    outcome = forms.ChoiceField(label=_("Outcome"))
    handled_by = forms.ChoiceField(label=_("Handled by"))
    at = forms.TimeField(
        label=_("Handled at"), required=False, widget=forms.TimeInput(attrs={"type": "time", "step": "1"})
    )
    note = forms.CharField(label=_("Remark"), max_length=500, required=False)

    def __init__(self, data: Any, *, language: str) -> None:
        super().__init__(data)
        _words(self, "outcome", VideoIssueHandled, language)
        _words(self, "handled_by", VideoIssueHandled, language)


@permitted(_SEE)
def choose(request: HttpRequest) -> HttpResponse:
    return to_current(request, "video_exam")


@permitted(_SEE, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """Sites by sittings: rooms, people at the screens, issues and how they were handled."""
    line, sittings = exam_here(request, exam), exams.sittings(exam)
    sites = [site for site, *_rest in exams.sites(exam)]
    sites += [one.site for one in duties.sites(exam) if one.site not in sites]
    paths, names = places.site_paths(sites), places.site_names(sites)
    own = [site for site in sites if request.scope.covers(paths.get(site, ""))]  # type: ignore[attr-defined]
    if len(own) == 1 and sittings:
        return redirect("video_sitting", exam=exam, sitting=_nearest(exam, sittings).id, site=own[0])
    context = {
        "line": line,
        "sittings": sittings,
        "rows": [
            {"site": site, "name": names.get(site, ""), "cells": [_cell(exam, one, site) for one in sittings]}
            for site in own
        ],
    }
    return render(request, "kaowu/video/overview.html", context)


@permitted(_SEE, unscoped=("exam", "sitting"))
@never_cache
def sitting_page(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    """Who watches which rooms, and the log."""
    return _page(request, exam, sitting, site)


@permitted(_RECORD, unscoped=("exam", "sitting"))
@require_POST
def seen(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    """Something was seen."""
    held = _held(request, exam, sitting)
    form = SeenForm(request.POST, rooms=_rooms(exam, sitting, site), language=request.LANGUAGE_CODE)
    if not form.is_valid():
        return _page(request, exam, sitting, site, seen_form=form)
    given = form.cleaned_data
    fact = VideoIssueSeen(
        matter=given["matter"],
        seen_at=_at(exam, held, given["at"]),
        told=given["told"],
        what=given["what"].strip(),
    )
    _record(request, fact, exam, RoomSittingKey(sitting, site, given["room"]))
    return redirect("video_sitting", exam=exam, sitting=sitting, site=site)


@permitted(_RECORD, unscoped=("exam", "sitting", "issue"))
def handled(request: HttpRequest, exam: str, sitting: str, site: str, issue: str) -> HttpResponse:
    """How one issue was handled."""
    held = _held(request, exam, sitting)
    found = next((one for one in video.issues(exam, sitting, site) if one.id == issue), None)
    if found is None or found.handled is not None:
        raise Http404
    form = HandledForm(request.POST or None, language=request.LANGUAGE_CODE)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        fact = VideoIssueHandled(
            issue=found.id,
            seen_at=found.seen.seen_at,
            handled_at=_at(exam, held, given["at"]),
            handled_by=given["handled_by"],
            outcome=given["outcome"],
            note=given["note"].strip(),
        )
        _record(request, fact, exam, RoomSittingKey(sitting, site, found.room))
        return redirect("video_sitting", exam=exam, sitting=sitting, site=site)
    context = {
        "line": exam_here(request, exam),
        "sitting": held,
        "site": _place(site),
        "issue": found,
        "words": _said(found),
        "form": form,
        "clock": exam_time_now(exam),
    }
    return render(request, "kaowu/video/handled.html", context, status=422 if form.errors else 200)


def _page(
    request: HttpRequest, exam: str, sitting: str, site: str, *, seen_form: SeenForm | None = None
) -> HttpResponse:
    line, held, place = exam_here(request, exam), _held(request, exam, sitting), _place(site)
    profile, rooms = profile_of(exams.plan(exam)), _rooms(exam, sitting, site)
    assert profile is not None
    listed = duties.of_site(exam, site)
    watches = watches_of(profile, listed, sitting)
    logged, most = video.issues(exam, sitting, site), profile.number("incident_handled_minutes")
    context = {
        "line": line,
        "sitting": held,
        "sittings": exams.sittings(exam),
        "site": place,
        "clock": exam_time_now(exam),
        "watches": watches,
        "drawn": bool(listed),
        "people": duties.people(watch.person for watch in watches.watches),
        "each": profile.line("rooms_per_video_invigilator"),
        "allowed": profile.line("incident_handled_minutes"),
        "figures": video.handling(logged, most),
        "log": [
            {
                "issue": one,
                "words": _said(one),
                "watched_by": watches.of_room(one.room),
                "late": one.minutes is not None and one.minutes > most,
            }
            for one in reversed(logged)
        ],
        "form": seen_form or SeenForm(None, rooms=rooms, language=request.LANGUAGE_CODE),
    }
    return render(request, "kaowu/video/sitting.html", context, status=422 if seen_form else 200)


def _cell(exam: str, sitting: Sitting, site: str) -> dict[str, Any]:
    return {"sitting": sitting, "log": video.handling(video.issues(exam, sitting.id, site), 0)}


def _record(request: HttpRequest, fact: Fact, exam: str, key: RoomSittingKey) -> None:
    actor = acting(request, _RECORD, _place(key.site).path)
    receipt = record(fact, actor, exam=exam, subject=str(key), site=key.site)
    messages.success(request, _t("Recorded."))
    for one in receipt.findings:
        messages.warning(request, one.sentence.in_language(request.LANGUAGE_CODE))


def _rooms(exam: str, sitting: str, site: str) -> list[str]:
    """The rooms of a sitting: those of the drawn list, else those that are seated."""
    drawn = {duty.room for duty in duties.of_site(exam, site) if duty.sitting == sitting and duty.room}
    return sorted(drawn or exams.seats_of_site(exam, site).keys())


def _at(exam: str, sitting: Sitting, given: time | None) -> Instant:
    """A time of the sitting's day; now if none was given."""
    if given is None:
        return exam_time_now(exam).now
    day = exam_time(sitting.starts_at)
    return instant(day.replace(hour=given.hour, minute=given.minute, second=given.second, microsecond=0))


def _held(request: HttpRequest, exam: str, sitting: str) -> Sitting:
    exam_here(request, exam)
    return sitting_of(exam, sitting)


def _nearest(exam: str, sittings: list[Sitting]) -> Sitting:
    now = exam_time_now(exam).now
    return min(
        sittings, key=lambda one: 0 if one.starts_at <= now <= one.ends_at else abs(one.starts_at - now)
    )


def _said(issue: Issue) -> dict[str, Sentence]:
    """The choices of an issue in words."""
    words = {"matter": _word(VideoIssueSeen, "matter", issue.seen.matter)}
    words["told"] = _word(VideoIssueSeen, "told", issue.seen.told)
    if issue.handled is not None:
        words["outcome"] = _word(VideoIssueHandled, "outcome", issue.handled.outcome)
        words["handled_by"] = _word(VideoIssueHandled, "handled_by", issue.handled.handled_by)
    return words


def _word(kind: type[Fact], name: str, code: str) -> Sentence:
    spec = next(spec for spec in kind.kind.fields if spec.name == name)
    return dict(spec.choices).get(code, Sentence(code, code))


def _words(form: forms.Form, name: str, kind: type[Fact], language: str) -> None:
    """The choices of a fact's field, in the language of the page."""
    spec = next(spec for spec in kind.kind.fields if spec.name == name)
    _choices(form, name, [(code, said.in_language(language)) for code, said in spec.choices])


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def _place(site: str) -> SitePlace:
    place = places.site(site)
    if place is None:
        raise Http404
    return place


_AT = "office/video/<str:exam>/<str:sitting>/<str:site>/"
urlpatterns = [
    path("office/video/", choose, name="video"),
    path("office/video/<str:exam>/", overview, name="video_exam"),
    path(_AT, sitting_page, name="video_sitting"),
    path(_AT + "seen/", seen, name="video_seen"),
    path(_AT + "<str:issue>/handled/", handled, name="video_handled"),
]
