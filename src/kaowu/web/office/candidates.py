"""Candidates of the exam: search, one candidate, a number revealed with a reason, export with a watermark."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import exam_time
from kaowu.facts.roster import RecordsExported
from kaowu.store.models import AccessLog
from kaowu.store.queries import candidates as rows
from kaowu.store.queries import exams, places, seat_plans
from kaowu.store.queries.candidates import CandidateLine, Wanted
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import Scope, log, permitted
from kaowu.web.counter import record
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import Watermark, attachment, workbook
from kaowu.web.templatetags.components import masked_id, masked_phone
from kaowu.web.works.exam_setup import document_kinds, said_of

MENU = MenuEntry("prepare", _("Candidates"), view="candidate_lists", permission="roster.see", order=30)

_PER_PAGE = 50
SHORTEST_REASON = 4
_HEADER = (
    "考生号", "姓名", "性别", "证件类型", "证件号码", "出生日期", "学校", "县区", "科目", "外语语种", "联系电话", "合理便利",
    "准考证号", "考点", "考场", "座位",
)  # fmt: skip
_WIDTHS = (17, 14, 6, 14, 22, 12, 28, 10, 40, 10, 14, 20, 20, 10, 8, 6)


class ReasonForm(forms.Form):
    """Why personal records leave the house."""

    reason = forms.CharField(label=_("Reason"), min_length=SHORTEST_REASON, max_length=200)


@permitted("roster.see")
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "candidates")


@permitted("roster.see", unscoped=("exam",))
@never_cache
def candidates(request: HttpRequest, exam: str) -> HttpResponse:
    line = exam_here(request, exam)
    wanted = _wanted(request, line)
    found = rows.find(exam, wanted)
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    lines: list[CandidateLine] = list(page)
    context = {
        "line": line,
        "page": page,
        "wanted": wanted,
        "schools": rows.schools(exam, wanted),
        "sites": places.site_names({one.site for one in lines if one.site}),
        "counties": rows.county_names({one.county for one in lines}),
        "words": _accommodation_words(exam),
        "form": ReasonForm(),
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
    }
    return render(request, "kaowu/roster/candidates.html", context)


@permitted("roster.see", unscoped=("exam", "number"))
@never_cache
def candidate(request: HttpRequest, exam: str, number: str) -> HttpResponse:
    line = exam_here(request, exam)
    one = rows.candidate(exam, number, _bounds(request, line))
    if one is None:
        raise Http404
    taking = [held for held in exams.sittings(exam) if set(held.subjects) & set(one.subjects)]
    context = {
        "line": line,
        "one": one,
        "kinds": document_kinds(said_of(exam)),
        "county": rows.county_names([one.county]).get(one.county, one.county),
        "site": places.site_names([one.site]).get(one.site, ""),
        "place": places.rooms(one.site).get(one.room) if one.site else None,
        "words": _accommodation_words(exam),
        "taking": taking,
        "planned": seat_plans.shown(exam) is not None,
    }
    return render(request, "kaowu/roster/candidate.html", context)


@permitted("candidate.reveal", unscoped=("exam", "number"))
@require_POST
@never_cache
def reveal(request: HttpRequest, exam: str, number: str) -> HttpResponse:
    """Show a sealed number for half a minute, after its reason is in the access log."""
    one = rows.candidate(exam, number, _bounds(request, exam_here(request, exam)))
    name, reason = request.POST.get("field", ""), request.POST.get("reason", "").strip()
    if one is None or name not in {"phone", "id_number"}:
        raise Http404
    value = getattr(one, name)
    masked = masked_phone(value) if name == "phone" else masked_id(value)
    context: dict[str, Any] = {"exam": exam, "one": one, "field": name, "masked": masked, "reason": reason}
    if len(reason) < SHORTEST_REASON:
        return render(request, "kaowu/roster/reveal.html", context | {"refused": True}, status=422)
    log(request, AccessLog.Outcome.REVEALED, "candidate.reveal", f"{exam}/{number}/{name}", reason=reason)
    return render(request, "kaowu/roster/reveal.html", context | {"shown": value})


@permitted("roster.export", unscoped=("exam",))
@require_POST
def export(request: HttpRequest, exam: str) -> HttpResponse:
    """The candidates that were searched for, as a workbook with a watermark; a fact says who and why."""
    line = exam_here(request, exam)
    form = ReasonForm(request.POST)
    wanted = _wanted(request, line)
    found = rows.find(exam, wanted)
    if not form.is_valid():
        return render(request, "kaowu/roster/export_refused.html", {"line": line, "form": form}, status=422)
    reason, taken = form.cleaned_data["reason"], list(found)
    mark = take_out(request, line, "roster.export", "candidates", len(taken), reason)
    words = _accommodation_words(exam)
    names = {code: said.zh for code, said in document_kinds(said_of(exam)).items()}
    counties = rows.county_names({one.county for one in taken})
    lines = (_exported(one, words, names, counties) for one in taken)
    content = workbook(f"{line.name} 考生名单", _HEADER, lines, mark, _WIDTHS)
    return attachment(content, f"{line.name}_考生名单_{mark.at:%Y%m%d}.xlsx")


def take_out(
    request: HttpRequest, line: ExamLine, permission: str, what: str, number: int, reason: str
) -> Watermark:
    """Put on record that personal records leave the house; returns the mark that they carry."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    place = line.organisation_path if scope.covers(line.organisation_path) else scope.paths[0]
    actor = acting(request, permission, place)
    fact = RecordsExported(what=what, rows=number, reason=reason)
    receipt = record(fact, actor, exam=line.code, subject=line.code)
    log(request, AccessLog.Outcome.EXPORTED, permission, f"{line.code}/{what}", reason=reason, rows=number)
    at = exam_time(exam_time_now(line.code).now)
    return Watermark(request.user.name, actor.account, at, reason, str(receipt.id)[-12:])  # type: ignore[union-attr]


def _exported(
    one: CandidateLine, words: dict[str, str], kinds: dict[str, str], counties: dict[str, str]
) -> tuple[str, ...]:
    return (
        one.number, one.name, one.sex, kinds.get(one.id_type, one.id_type), one.id_number, one.birth_on, one.school,
        counties.get(one.county, one.county), "、".join(one.subjects), one.foreign_language, one.phone,
        "、".join(words.get(code, code) for code in one.accommodation), one.admission_number, one.site, one.room, one.seat,
    )  # fmt: skip


def _wanted(request: HttpRequest, line: ExamLine) -> Wanted:
    bounds = _bounds(request, line)
    return Wanted(
        text=request.GET.get("q", "").strip(),
        school=request.GET.get("school", ""),
        accommodation=request.GET.get("accommodation") == "1",
        counties=bounds.counties,
        sites=bounds.sites,
    )


def _bounds(request: HttpRequest, line: ExamLine) -> Wanted:
    """Whoever answers for a part of the exam sees that part: its counties' candidates and its sites' seats."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    if scope.covers(line.organisation_path):
        return Wanted()
    counties, sites = rows.bounds(scope.paths)
    return Wanted(counties=counties, sites=sites)


def _accommodation_words(exam: str) -> dict[str, str]:
    return {code: words[0] for code, words in (said_of(exam).get("accommodations") or {}).items()}


urlpatterns = [
    path("office/candidates/", lists, name="candidate_lists"),
    path("office/candidates/<str:exam>/", candidates, name="candidates"),
    path("office/candidates/<str:exam>/export/", export, name="candidates_export"),
    path("office/candidates/<str:exam>/of/<str:number>/", candidate, name="candidate"),
    path("office/candidates/<str:exam>/of/<str:number>/reveal/", reveal, name="candidate_reveal"),
]
