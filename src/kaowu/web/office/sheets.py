"""Answer sheets: which sheet each subject is written on, designed and approved by two, printed site by site."""

from typing import Any

import cv2
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.envelope import Actor
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.designs import DESIGNS
from kaowu.store import artefacts
from kaowu.store.models import AccessLog, Job
from kaowu.store.queries import exams, places, sheets
from kaowu.store.queries.exams import ExamLine
from kaowu.web import jobs
from kaowu.web.access import log, permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import acting, actor_of, exam_here, own_exam, to_current
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.sheet_form import SheetForm, house_sheet, told, values_of
from kaowu.web.office.workbooks import attachment
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import sheets as works
from kaowu.web.works.paper_heads import printed_at

MENU = MenuEntry("prepare", _("Answer sheets"), view="answer_sheets", permission="sheets.see", order=68)

_SEE, _APPROVE, _PRINT = "sheets.see", "sheets.approve", "papers.print"
_JOB = "sheets.print"
_PREVIEW_DPI = 75


@permitted(_SEE)
def current(request: HttpRequest) -> HttpResponse:
    return to_current(request, "sheets")


@permitted(_SEE, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """Every subject with its sheet, and what was printed for each site inside the scope."""
    line, plan = exam_here(request, exam), exams.plan(exam)
    subjects = [subject for sitting in plan.in_order() for subject in sitting.subjects]
    paths = places.site_paths(site for site, *_rest in exams.sites(exam))
    made, running = sheets.printed(exam), _running(exam)
    context = {
        "line": line,
        "plan": plan,
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "subjects": [{"name": subject, "sheet": plan.sheets.get(subject)} for subject in subjects],
        "sites": [
            {
                "site": site,
                "name": name,
                "people": people,
                "cells": [
                    {
                        "subject": subject,
                        "made": (run := made.get((site, subject))),
                        "stale": run is not None
                        and (
                            run.fact.plan != plan.seats_now or run.fact.design != plan.sheets[subject].design
                        ),
                        "job": running.get((site, subject)),
                    }
                    for subject in subjects
                    if subject in plan.sheets
                ],
            }
            for site, name, _rooms, people in exams.sites(exam)
            if request.scope.covers(paths.get(site, ""))  # type: ignore[attr-defined]
        ],
        "jobs": list(running.values()),
    }
    return render(request, "kaowu/sheets/overview.html", context)


@permitted(_SEE, unscoped=("exam", "subject"))
def design(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Compose the sheet of a subject and look at every page of it."""
    line = exam_here(request, exam)
    approved = works.design_of(exam, subject)
    if "single" in request.GET:
        form = SheetForm(request.GET)
    elif "base" in request.GET or approved is None:
        values = values_of(house_sheet(request.GET.get("base", "")), f"{subject}答题卡")
        form = SheetForm({**values, "number_digits": works.ticket_digits(exam) or values["number_digits"]})
    else:
        form = SheetForm(values_of(approved))
    return _design(request, line, subject, form)


@permitted(_APPROVE, unscoped=("exam", "subject"))
@require_POST
def approve(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Two prove who they are; the sheet that was shown is put on record under both names."""
    line = own_exam(request, exam, _APPROVE)
    form, sign = SheetForm(request.POST), DualSignForm(request.POST)
    if not form.is_valid():
        return _design(request, line, subject, form, sign, status=422)
    pair = authenticate_pair(
        request, sign, permission=_APPROVE, place=line.organisation_path, different_posts=False
    )
    if pair is None:
        return _design(request, line, subject, form, sign, status=422)
    first, second = (actor_of(one, _APPROVE, line.organisation_path) for one in pair)
    try:
        works.approve(exam, subject, form.cleaned_data["spec"], (first, second))
    except Refused as reason:
        return _design(request, line, subject, form, sign, reason, 422)
    return redirect("sheets", exam=exam)


def _design(
    request: HttpRequest,
    line: ExamLine,
    subject: str,
    form: SheetForm,
    sign: DualSignForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    if works.sitting_of(line.code, subject) is None:
        raise Http404
    query = QueryDict(mutable=True)
    if form.is_valid():
        query.update({name: _sent(form[name].value()) for name in SheetForm.base_fields})
    preview = reverse("sheets_preview", kwargs={"exam": line.code})
    context: dict[str, Any] = {
        "line": line,
        "subject": subject,
        "approved": exams.plan(line.code).sheets.get(subject),
        "form": form,
        "sign": sign or DualSignForm(),
        "refused": refused,
        "house": [(spec, told(spec)) for spec in DESIGNS.values()],
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "previews": [
            {
                "page": page.page,
                "address": f"{preview}?page={page.page}&{query.urlencode()}",
                "wide": page.width > page.height,
            }
            for page in (blank.layouts(form.cleaned_data["spec"]) if form.is_valid() else ())
        ],
        "query": query.urlencode(),
    }
    return render(request, "kaowu/sheets/design.html", context, status=status)


def _sent(value: object) -> str:
    """A value of the form as an address carries it: what is not ticked or not given is empty, nought is 0."""
    return "" if value is None or value is False else str(value)


@permitted(_SEE, unscoped=("exam",))
def preview(request: HttpRequest, exam: str) -> HttpResponse:
    """A page of a sheet as it would be printed, as a picture; or all of it as a PDF."""
    exam_here(request, exam)
    form = SheetForm(request.GET)
    if not form.is_valid():
        raise Http404
    spec = form.cleaned_data["spec"]
    content = blank.pdf(spec, printed_at(exam))
    if request.GET.get("as") == "pdf":
        return attachment(content, f"{spec.title}.pdf", "application/pdf")
    page = request.GET.get("page", "1")
    if not page.isascii() or not page.isdigit() or not 1 <= int(page) <= len(blank.layouts(spec)):
        raise Http404
    _ok, picture = cv2.imencode(".png", blank.raster(content, int(page) - 1, _PREVIEW_DPI))
    return HttpResponse(picture.tobytes(), content_type="image/png")


@permitted(_SEE, unscoped=("exam", "subject", "page"))
def layout_file(request: HttpRequest, exam: str, subject: str, page: int) -> HttpResponse:
    """The layout of one page of an approved sheet, for whoever reads the scans."""
    exam_here(request, exam)
    pages = works.layouts_of(exam, subject)
    if not 1 <= page <= len(pages):
        raise Http404
    return attachment(pages[page - 1].to_bytes(), f"{exam}-{subject}-{page}.json", "application/json")


@permitted(_PRINT, unscoped=("exam", "subject"))
@require_POST
def make(request: HttpRequest, exam: str, site: str, subject: str) -> HttpResponse:
    """Start printing a site's sheets; asking twice while it runs leads to the same job."""
    exam_here(request, exam)
    place = places.site(site)
    if place is None or subject not in exams.plan(exam).sheets:
        raise Http404
    if (site, subject) not in _running(exam):
        actor = acting(request, _PRINT, place.path)
        title = Sentence(f"印制{subject}答题卡　{place.name}", f"Answer sheets of {subject}, {place.name}")
        job = jobs.start(
            request,
            _JOB,
            title,
            exam=exam,
            site=site,
            subject=subject,
            account=actor.account,
            post=actor.post,
        )
        return redirect("job", job=job.pk)
    return redirect("sheets", exam=exam)


@long_job(_JOB)
def print_job(progress: Progress, exam: str, site: str, subject: str, account: str, post: str) -> Outcome:
    """Set every sheet, room by room, and keep the file."""
    progress.step(1, 1, Sentence("逐考场排版", "set room by room"))

    def tell(done: int, total: int) -> None:
        progress.done(done, total)

    works.print_site(exam, site, subject, Actor(account, post), tell)
    count = sheets.printed(exam)[(site, subject)].fact.sheets
    said = Sentence(
        f"{subject}答题卡 {count:,} 份已制成。", f"{count:,} answer sheets of {subject} are made."
    )
    return Outcome(said, f"/office/sheets/{exam}/")


@permitted(_PRINT, unscoped=("exam", "subject"))
@never_cache
def file(request: HttpRequest, exam: str, site: str, subject: str) -> HttpResponse:
    """The printed sheets. They hold numbers of candidates, so taking them is written down."""
    line, place = exam_here(request, exam), places.site(site)
    made = sheets.printed(exam).get((site, subject))
    if place is None or made is None:
        raise Http404
    log(
        request,
        AccessLog.Outcome.EXPORTED,
        _PRINT,
        f"{exam}/{site}/{made.fact.file.hex()[:16]}",
        reason=_t("Answer sheets"),
    )
    return attachment(
        artefacts.read(made.fact.file), f"{line.name}_{place.name}_{subject}_答题卡.pdf", "application/pdf"
    )


def _running(exam: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = Job.objects.filter(
        work=_JOB, arguments__exam=exam, state__in=(Job.State.WAITING, Job.State.RUNNING)
    )
    return {(row.arguments["site"], row.arguments["subject"]): view_of(row) for row in rows}


urlpatterns = [
    path("office/sheets/", current, name="answer_sheets"),
    path("office/sheets/<str:exam>/", overview, name="sheets"),
    path("office/sheets/<str:exam>/preview/", preview, name="sheets_preview"),
    path("office/sheets/<str:exam>/subject/<str:subject>/", design, name="sheets_design"),
    path("office/sheets/<str:exam>/subject/<str:subject>/approve/", approve, name="sheets_approve"),
    path("office/sheets/<str:exam>/subject/<str:subject>/<int:page>.json", layout_file, name="sheets_layout"),
    path("office/sheets/<str:exam>/site/<str:site>/<str:subject>/make/", make, name="sheets_make"),
    path("office/sheets/<str:exam>/site/<str:site>/<str:subject>.pdf", file, name="sheets_file"),
]
