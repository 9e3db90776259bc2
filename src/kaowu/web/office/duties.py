"""Who has which duty: the sealed draw by site, sitting, room and person, and why somebody is not elsewhere."""

from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.engines.draw import WhyNot, why_not, why_not_drawn, why_not_sent
from kaowu.engines.draw.quality import together
from kaowu.loop.prepare.drawn_posts import DRAWN_POSTS
from kaowu.loop.prepare.post_brief import brief
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.models import AccessLog
from kaowu.store.queries import day, duties, exams, places
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import log, permitted
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.registers import page_of
from kaowu.web.templatetags.components import masked_phone
from kaowu.web.works import duty_changes, duty_lists
from kaowu.web.works.duty_lists import InForce

MENU = MenuEntry("prepare", _("Duties"), view="duties", permission="duties.see", order=57)

_SEE = "duties.see"
_SHORTEST_REASON = 4
_SITES_PER_PAGE = 25  # their lists are read for the quality figures
_WAITING = [post.id for post in DRAWN_POSTS.values() if post.waits]


@permitted(_SEE)
def duties_of_exam(request: HttpRequest) -> HttpResponse:
    return to_current(request, "duties_exam")


@permitted(_SEE, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """Search over all duties in the scope, or the sites with their quality."""
    line = exam_here(request, exam)
    text = request.GET.get("q", "").strip()
    sites = _own_sites(request, exam)
    codes = [one.site for one in sites]
    context: dict[str, Any] = {"line": line, "q": text, "sites": len(sites)}
    if text:
        page = page_of(request, duties.search(exam, text, codes))
        found = duties.lines_of(page.object_list)
        context |= {"page": page, "found": found, "people": duties.people(one.person for one in found)}
        context["names"] = places.site_names({one.site for one in found})
        return render(request, "kaowu/duties/found.html", context)
    page = Paginator(sites, _SITES_PER_PAGE).get_page(request.GET.get("page"))
    lists = duty_lists.of_sites(exam, [one.site for one in page])
    qualities = {one.site: together(map(duty_lists.quality_of, lists.get(one.site, ()))) for one in page}
    context |= {
        "page": page,
        "shown": [{"site": one, "quality": qualities[one.site]} for one in page],
        "names": places.site_names(one.site for one in page),
        "rooms": sum(one.rooms for one in sites),
        "people": sum(one.people for one in sites),
        "duties": sum(one.duties for one in sites),
        "together": together(qualities.values()),
        "spread": duties.spread(exam, codes, waiting=_WAITING),
    }
    return render(request, "kaowu/duties/overview.html", context)


@permitted(_SEE, unscoped=("exam",))
def site(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """One site in one sitting: rooms with their teams, posts of the site, quality and the chain of lists."""
    view = _view(request, exam, site)
    listed, sitting = view.listed, view.sitting
    by_room = duties.by_room(exam, site, sitting)
    changes = listed.draw.since_sealed.changes
    numbers = {one.person for lines in by_room.values() for one in lines}
    numbers |= {name for name, _ in listed.plan.sent}
    sealed_by = str(listed.draw.since_sealed.sealed_by)
    posts = _room_posts(by_room, [one.post for one in listed.problem.rules.staffing])
    rows = [
        {
            "room": room,
            "changed": any(one.since != sealed_by for one in lines),
            "cells": [[one for one in lines if one.post == post] for post in posts],
        }
        for room, lines in by_room.items()
        if room
    ]
    staffed, in_use = set(by_room) - {""}, {one.key.room for one in day.rooms(exam, sitting, site)}
    context = view.context | {
        "rows": rows,
        "without_candidates": sorted(staffed - in_use) if in_use else [],
        "without_staff": sorted(in_use - staffed),
        "room_posts": posts,
        "outside": by_room.get("", []),
        "people": duties.people(numbers),
        "listed": listed,
        "quality": duty_lists.quality_of(listed),
        "changes": changes,
        "locked": set(listed.draw.since_sealed.locked_in(sitting)),
        "reasons": [reason for reason in listed.plan.reasons if reason.sitting == sitting],
    }
    return render(request, "kaowu/duties/site.html", context)


@permitted(_SEE, unscoped=("exam", "number"))
def person(request: HttpRequest, exam: str, site: str, number: str) -> HttpResponse:
    """One person at a site: every duty with what it asks, when it reports and when it hands over."""
    line, place = exam_here(request, exam), _place(site)
    own = [one for one in duties.of_person(exam, number) if one.site == site]
    who = duties.people([number]).get(number)
    if not own and number not in duties.sent_to(exam, site):
        raise Http404
    profile = profile_of(exams.plan(exam))
    held = {one.id: one for one in exams.sittings(exam)}
    first = min(held.values(), key=lambda one: one.starts_at).id if held else ""
    own.sort(key=lambda one: held[one.sitting].starts_at)
    partners = {
        one.sitting: [
            other
            for other in duties.by_room(exam, site, one.sitting).get(one.room, [])
            if other.person != number
        ]
        for one in own
        if one.room
    }
    lists = duty_lists.of_site(exam, site)
    locked = {at for listed in lists for at, name in listed.draw.since_sealed.locked if name == number}
    context = {
        "line": line,
        "site": place,
        "number": number,
        "who": who,
        "duties": [
            {
                "line": one,
                "sitting": held[one.sitting],
                "brief": brief(one.post, profile, held[one.sitting], is_first=one.sitting == first)
                if profile
                else None,
                "partners": partners.get(one.sitting, []),
                "locked": one.sitting in locked,
            }
            for one in own
        ],
        "people": duties.people(other.person for team in partners.values() for other in team),
        "telephone": places.watch_phone(site),
        "rooms": sorted({room.room for listed in lists for room in listed.problem.rooms}),
    }
    return render(request, "kaowu/duties/person.html", context)


@permitted("duties.change", unscoped=("exam", "number"))
@require_POST
def lock(request: HttpRequest, exam: str, site: str, number: str) -> HttpResponse:
    """Keep somebody at the place of one sitting, or let them go."""
    exam_here(request, exam)
    sitting, locked = request.POST.get("sitting", ""), request.POST.get("locked") == "1"
    actor = acting(request, "duties.change", _place(site).path)
    try:
        listed = duty_lists.in_force(exam, site, sitting)
        reason = request.POST.get("reason", "").strip()
        if len(reason) < 2:
            reason = (
                _t("locked on the page of the person") if locked else _t("unlocked on the page of the person")
            )
        duty_changes.lock(listed, sitting, number, locked, reason, actor)
    except Refused as refused:
        return _refused(request, exam, refused)
    return redirect("duties_person", exam=exam, site=site, number=number)


@permitted("person.reveal", unscoped=("exam", "number"))
@require_POST
def phone(request: HttpRequest, exam: str, site: str, number: str) -> HttpResponse:
    """The telephone of somebody on the site's lists, for half a minute, its reason in the access log."""
    line, place = exam_here(request, exam), _place(site)
    who = duties.people([number]).get(number)
    here = {one.site for one in duties.of_person(exam, number)}
    if who is None or (site not in here and number not in duties.sent_to(exam, site)):
        raise Http404
    reason = request.POST.get("reason", "").strip()
    context = {
        "line": line,
        "site": place,
        "number": number,
        "masked": masked_phone(who.phone),
        "reason": reason,
    }
    if len(reason) < _SHORTEST_REASON:
        return render(request, "kaowu/duties/phone.html", context, status=422)
    log(request, AccessLog.Outcome.REVEALED, "person.reveal", f"people/{number}/phone", reason=reason)
    return render(request, "kaowu/duties/phone.html", context | {"shown": who.phone})


@permitted(_SEE, unscoped=("exam",))
def why(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Why somebody is not in a room, not at this site, or not drawn at all."""
    view = _view(request, exam, site)
    listed, sitting = view.listed, view.sitting
    number, room = request.GET.get("person", "").strip(), request.GET.get("room", "").strip()
    answers: list[dict[str, Any]] = []
    if number:
        answers = list(_answers(exam, listed, sitting, number, room))
    numbers = {number, *(name for name, _ in listed.plan.sent)}
    context = view.context | {
        "number": number,
        "room": room,
        "rooms": sorted({one.room for one in listed.problem.rooms if one.sitting == sitting}),
        "answers": answers,
        "people": duties.people(numbers),
    }
    return render(request, "kaowu/duties/why.html", context)


def _answers(exam: str, listed: InForce, sitting: str, number: str, room: str) -> Any:
    dispatch = duty_lists.sent(exam)
    if dispatch is not None:
        yield _answer(
            _t("Sent to this site"), why_not_sent(dispatch.problem, dispatch.plan, number, listed.site)
        )
    known = any(one.id == number for one in listed.problem.people)
    if not known and dispatch is not None:
        drawn = replace(dispatch.plan, duties=listed.plan.duties)
        yield _answer(_t("Drawn at all"), why_not_drawn(dispatch.problem, drawn, number))
        return
    yield _answer(_t("Drawn at all"), why_not_drawn(listed.problem, listed.plan, number))
    for duty in listed.in_sitting(sitting):
        if room and duty.room == room:
            answer = why_not(listed.problem, listed.plan, number, duty, listed.gone)
            yield _answer(room, answer, duty.post, duty.person)


def _answer(asked: str, answer: WhyNot, post: str = "", there: str = "") -> dict[str, Any]:
    return {"asked": asked, "answer": answer, "post": post, "there": there}


@dataclass(frozen=True)
class _View:
    """What a page of one site looks at: the list of one sitting, among all lists of the site."""

    line: ExamLine
    place: places.SitePlace
    lists: list[InForce]
    listed: InForce
    sitting: str

    @property
    def context(self) -> dict[str, Any]:
        """What the tabs over the page need."""
        held = {sitting for listed in self.lists for sitting in listed.sittings}
        sittings = [one for one in exams.sittings(self.line.code) if one.id in held]
        return {"line": self.line, "site": self.place, "sitting": self.sitting, "sittings": sittings}


def _view(request: HttpRequest, exam: str, site: str) -> _View:
    """The list of the sitting asked for, or of the first one; Http404 before anything is sealed."""
    line, place = exam_here(request, exam), _place(site)
    lists = duty_lists.of_site(exam, site)
    sitting = request.GET.get("sitting", "") or (lists[0].sittings[0] if lists else "")
    found = next((one for one in lists if sitting in one.sittings), None)
    if found is None:
        raise Http404
    return _View(line, place, lists, found, sitting)


def _room_posts(by_room: dict[str, list[duties.DutyLine]], order: list[str]) -> list[str]:
    inside = {one.post for room, lines in by_room.items() if room for one in lines}
    return [post for post in dict.fromkeys(order) if post in inside]


def _own_sites(request: HttpRequest, exam: str) -> list[duties.SiteDuties]:
    found = duties.sites(exam)
    paths = places.site_paths(one.site for one in found)
    return [one for one in found if request.scope.covers(paths.get(one.site, ""))]  # type: ignore[attr-defined]


def _place(site: str) -> places.SitePlace:
    found = places.site(site)
    if found is None:
        raise Http404
    return found


def _refused(request: HttpRequest, exam: str, refused: Refused) -> HttpResponse:
    context = {"line": exam_here(request, exam), "refused": refused}
    return render(request, "kaowu/duties/refused.html", context, status=422)


urlpatterns = [
    path("office/duties/", duties_of_exam, name="duties"),
    path("office/duties/<str:exam>/", overview, name="duties_exam"),
    path("office/duties/<str:exam>/<str:site>/", site, name="duties_site"),
    path("office/duties/<str:exam>/<str:site>/why/", why, name="duties_why"),
    path("office/duties/<str:exam>/<str:site>/of/<str:number>/", person, name="duties_person"),
    path("office/duties/<str:exam>/<str:site>/of/<str:number>/lock/", lock, name="duties_lock"),
    path("office/duties/<str:exam>/<str:site>/of/<str:number>/phone/", phone, name="duties_phone"),
]
