"""Which exam a page speaks of, who acts there, and the switcher in the top bar.

The exam stands in the address, so that two windows may show two exams and no
act ever lands in the wrong one. The switcher only remembers where a menu line
leads; it changes the exam and never the page.
"""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, Resolver404, path, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Sentence
from kaowu.facts.envelope import Actor
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import grants_of, permitted, refuse, scope_of
from kaowu.web.day.where import exam_in_scope, exams_in_scope
from kaowu.web.permissions import PERMISSIONS

_KEPT = "exam"


def exam_here(request: HttpRequest, code: str) -> ExamLine:
    """The exam of the address as somebody with a concern in it may see it; Http404 otherwise."""
    return exam_in_scope(request.scope, code)  # type: ignore[attr-defined]


def own_exam(request: HttpRequest, code: str, permission: str) -> ExamLine:
    """The exam, for acts on the whole of it: it must lie inside the scope, else refused and logged."""
    line = exam_here(request, code)
    if not request.scope.covers(line.organisation_path):  # type: ignore[attr-defined]
        refuse(
            request,
            permission,
            Sentence(
                f"不能办理：这场考试由{line.organisation_name}主办，不在您负责的范围内。",
                f"Not allowed: this exam is organised by {line.organisation_name}, outside your area of duty.",
            ),
        )
    return line


def acting(request: HttpRequest, permission: str, place: str) -> Actor:
    """The account in the post by which it holds a permission over a place."""
    return actor_of(request.user, permission, place)


def actor_of(account: Any, permission: str, place: str) -> Actor:
    """The same for an account that signed beside."""
    posts = PERMISSIONS[permission].posts
    held = [post for post, own in grants_of(account) if post in posts and place.startswith(own)]
    return Actor(account.number, held[0] if held else "none")


def to_current(request: HttpRequest, view: str) -> HttpResponse:
    """From a menu line to the page of the current exam, or to the list if there is none."""
    current = _current(request, exams_in_scope(request.scope))  # type: ignore[attr-defined]
    return redirect(view, exam=current.code) if current else redirect("exams")


def switcher(request: HttpRequest) -> dict[str, Any] | None:
    """What the top bar shows; nothing where no exam is in sight."""
    choices = exams_in_scope(scope_of(request.user, "exam.see"))
    current = _current(request, choices)
    if current is None:
        return None
    if current.code != request.session.get(_KEPT):
        request.session[_KEPT] = current.code  # so that the menu leads on from the exam that is shown
    return {
        "code": current.code,
        "name": current.name,
        "path": current.organisation_path,
        "context": phase_in_words(current),
        "choices": [
            {"code": line.code, "name": line.name, "context": phase_in_words(line)} for line in choices
        ],
    }


def phase_in_words(line: ExamLine) -> str:
    """考前筹备 · 距首场 50 天"""
    now = exam_time_now(line.code).now
    if line.archived and line.ends_at is not None and now > line.ends_at:
        return _("Archived")
    if line.starts_at is None or line.ends_at is None:
        return _("Prepare · no sitting scheduled yet")
    if now < line.starts_at:
        days = (exam_time(line.starts_at).date() - exam_time(now).date()).days
        if days:
            return ngettext(
                "Prepare · %(n)d day to the first sitting", "Prepare · %(n)d days to the first sitting", days
            ) % {"n": days}
    return _("Conduct") if now <= line.ends_at else _("Settle")


@permitted("exam.see")
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Remember the chosen exam and show the same page of it, as far as that page exists there."""
    chosen = exam_here(request, request.POST.get("exam", ""))
    request.session[_KEPT] = chosen.code
    return redirect(_same_page(urlsplit(request.POST.get("next", "")).path, chosen.code))


def _same_page(address: str, exam: str) -> str:
    try:
        match = resolve(address)
    except Resolver404:
        return reverse("home")
    if "exam" not in match.kwargs:
        return address
    try:
        return reverse(match.view_name, kwargs={"exam": exam})
    except NoReverseMatch:
        first, second, *_rest = [*address.strip("/").split("/"), ""]
        return f"/{first}/" if first == "day" else f"/{first}/{second}/"


def _current(request: HttpRequest, choices: list[ExamLine]) -> ExamLine | None:
    match = request.resolver_match
    named = (match.kwargs.get("exam") if match else None) or request.session.get(_KEPT)
    return next((line for line in choices if line.code == named), choices[0] if choices else None)


urlpatterns = [path("office/exam-switch/", switch, name="exam_switch")]
