"""The exam switcher in the top bar: which exam the office pages speak of.

Pages with the exam in their address take it from there; the others ask `current_exam(request)`, which is the
one chosen last, or the latest that this account may see. The switcher changes the exam, never the page.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from kaowu.basics.clock import exam_time
from kaowu.store.queries import exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import Scope, permitted, scope_of

_SESSION = "exam"


@dataclass(frozen=True, slots=True)
class Switch:
    """What the top bar shows: the chosen exam, where it stands, and all choices."""

    current: exams.ExamLine
    context: str
    choices: tuple[exams.ExamLine, ...]


def exams_within(scope: Scope) -> list[exams.ExamLine]:
    """Exams of organisations inside the scope or above it: a site works in its city's exam."""
    return [line for line in exams.exams() if _concerns(line.organisation_path, scope)]


def current_exam(request: HttpRequest) -> exams.ExamLine | None:
    """The exam that the office speaks of now; None while there is none."""
    switch = switch_for(request)
    return switch.current if switch else None


def switch_for(request: HttpRequest) -> Switch | None:
    """The switcher, read once per request."""
    if not hasattr(request, "_exam_switch"):
        request._exam_switch = _switch(request)  # type: ignore[attr-defined]
    return request._exam_switch  # type: ignore[attr-defined, no-any-return]


@permitted("exam.see")
@require_POST
def switch_exam(request: HttpRequest) -> HttpResponse:
    wanted, there = request.POST.get("exam", ""), request.POST.get("next", "")
    known = {line.code for line in exams_within(request.scope)}  # type: ignore[attr-defined]
    before = current_exam(request)
    if wanted in known:
        request.session[_SESSION] = wanted
    if not url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}):
        return redirect("home")
    if before is not None and f"/{before.code}/" in there:
        there = there.replace(f"/{before.code}/", f"/{wanted}/", 1)
    return redirect(there)


def _switch(request: HttpRequest) -> Switch | None:
    choices = exams_within(scope_of(request.user, "exam.see"))
    if not choices:
        return None
    match = request.resolver_match
    asked = (match.kwargs.get("exam") if match else None) or request.session.get(_SESSION)
    current = next((line for line in choices if line.code == asked), choices[0])
    return Switch(current, _context(current), tuple(choices))


def _context(line: exams.ExamLine) -> str:
    """Phase and days to the first sitting."""
    if line.archived:
        return _t("Archived")
    if line.starts_at is None or line.ends_at is None:
        return _t("Prepare")
    now = exam_time_now(line.code).now
    if now < line.starts_at:
        days = (exam_time(line.starts_at).date() - exam_time(now).date()).days
        left = ngettext("%(n)d day to the first sitting", "%(n)d days to the first sitting", days) % {
            "n": days
        }
        return f"{_t('Prepare')} · {left}"
    return _t("Conduct") if now <= line.ends_at else _t("Settle")


def _concerns(path_of_exam: str, scope: Scope) -> bool:
    return scope.covers(path_of_exam) or any(own.startswith(path_of_exam) for own in scope.paths)


urlpatterns = [path("office/exam/", switch_exam, name="exam_switch")]
