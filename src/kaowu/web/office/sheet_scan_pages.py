"""What the pages of a site's bags and of one bag show."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _t

from kaowu.basics.errors import Refused
from kaowu.exam.sheet_account import Account
from kaowu.store.models import Job
from kaowu.store.queries import exams, places, sheet_bags
from kaowu.store.queries.places import SitePlace
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web.office.exam_here import exam_here
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.sheet_scan_forms import HandOverForm, SealForm, SettleForm, TripleCheckForm
from kaowu.web.office.sheet_scan_words import DIFFERENCES, OBSTACLES, RECORD, STAGES, STATES, error_words
from kaowu.web.two_persons import DualSignForm
from kaowu.web.works import sheet_scans as works

SCAN_JOB = "sheets.scan"
_RUNNING = (Job.State.WAITING, Job.State.RUNNING)


def render_site(
    request: HttpRequest,
    exam: str,
    site: str,
    subject: str,
    *,
    forms: dict[str, DualSignForm] | None = None,
    refused: Refused | None = None,
    chosen: list[str] | None = None,
) -> HttpResponse:
    """The bags of a site for one subject, with the forms of sealing and handing over."""
    line, place = exam_here(request, exam), place_of(site)
    views = list(sheet_bags.bags(exam, subject, lambda one: one == site))
    if not views:
        raise Http404
    rows = [_row(view) for view in views]
    given = forms or {}
    context = {
        "line": line,
        "site": place,
        "subject": subject,
        "subjects": [one for sitting in exams.sittings(exam) for one in sitting.subjects],
        "sitting": sheet_bags.sitting_of(exam, subject),
        "rows": rows,
        "next": next((row for row in rows if row["view"].stage in ("waiting", "checked")), None),
        "ready": [row for row in rows if row["ready"]],
        "sealed": [row for row in rows if row["view"].stage == "sealed"],
        "chosen": chosen,
        "seal_form": given.get("seal") or SealForm(),
        "hand_over_form": given.get("hand_over") or HandOverForm(),
        "refused": refused,
        "backup": settings.SHEET_BACKUP,
        "terms": _terms([view.account for view in views]),
        "difference": _difference([view.account for view in views]),
    }
    status = 422 if refused is not None or forms else 200
    return render(request, "kaowu/sheet_scans/site.html", context, status=status)


def render_bag(
    request: HttpRequest,
    view: BagView,
    *,
    check: TripleCheckForm | None = None,
    settle: SettleForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """One bag: what is to be done next, its account, and what one sheet is."""
    account, target = view.account, request.GET.get("target", request.POST.get("target", ""))
    running = running_scan(view)
    context = {
        "line": exam_here(request, view.exam),
        "view": view,
        "site": place_of(view.key.site),
        "stage": STAGES[view.stage],
        "account": account,
        "terms": _terms([account]),
        "difference": _difference([account]),
        "seats": [
            {
                "seat": one,
                "state": STATES[one.state],
                "obstacle": OBSTACLES.get(one.obstacle),
                "differences": [DIFFERENCES[code] for code in one.differences if code != one.obstacle],
                "target": f"seat/{one.seat}",
            }
            for one in account.seats
        ],
        "loose": [
            {
                "page": one,
                "state": STATES[one.state],
                "obstacle": error_words(one.read.error)
                if one.obstacle == "rejected"
                else OBSTACLES.get(one.obstacle),
                "target": f"page/{one.read.page.hex()}",
            }
            for one in account.loose
        ],
        "record": [RECORD[code] for code in account.room_record],
        "job": view_of(running) if running is not None else None,
        "check": check or TripleCheckForm(language=request.LANGUAGE_CODE),
        "again": "again" in request.GET and view.stage in ("sealed", "handed_over"),
        "target": target,
        "about": _about(view, target),
        "pictures": _pictures(view, target),
        "settle": settle or (SettleForm(language=request.LANGUAGE_CODE, target=target) if target else None),
        "refused": refused,
        "accept": ",".join(works.SUFFIXES),
        "limit": settings.REQUEST_LIMIT_BYTES // 1_000_000,
        "files_limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "steps": [
            _t("Triple check"),
            _t("Scan"),
            _t("Account of the bag"),
            _t("Seal the bag"),
            _t("Hand over"),
        ],
        "step": {"waiting": 1, "checked": 2, "scanned": 3, "sealed": 5, "handed_over": 6}[view.stage],
        "backup": settings.SHEET_BACKUP,
    }
    return render(request, "kaowu/sheet_scans/bag.html", context, status=status)


def _about(view: BagView, target: str) -> str:
    """Which sheet is meant, as people call it: by its seat or by its file."""
    what, _, which = target.partition("/")
    if what == "page":
        page = view.page(page_name(which))
        return page.name if page is not None else ""
    return f"{_t('Seat')} {which}" if which else ""


def _pictures(view: BagView, target: str) -> list[str]:
    """Which pages to show beside the question what a sheet is."""
    what, _, which = target.partition("/")
    if what == "page":
        page = view.page(page_name(which))
        return [which] if page is not None and view.pictured(page) else []
    lines = [one for one in view.account.seats if one.seat == which]
    return [page.read.page.hex() for line in lines for page in line.pages if view.pictured(page.read)]


def _row(view: BagView) -> dict[str, Any]:
    account = view.account
    return {
        "view": view,
        "stage": STAGES[view.stage],
        "account": account,
        "present": account.count("present"),
        "absent": account.count("absent"),
        "ready": view.stage == "scanned" and not account.open and not view.scanned_elsewhere,
        "differences": sum(bool(line.differences) for line in account.seats),
    }


def _terms(accounts: list[Account]) -> list[tuple[Any, ...]]:
    """应有＝有效＋缺考＋作废＋缺失"""

    def count(state: str) -> int:
        return sum(account.count(state) for account in accounts)

    terms: list[tuple[Any, ...]] = [
        (_t("Expected sheets"), sum(len(account.seats) for account in accounts)),
        (_t("Present sheets"), count("present"), "="),
        (_t("Absent"), count("absent"), "+"),
        (_t("Void"), count("void"), "+"),
        (_t("Missing"), count("missing"), "+"),
    ]
    left = count("open")
    return [*terms, (_t("To settle"), left, "+", "unknown")] if left else terms


def _difference(accounts: list[Account]) -> int | None:
    return None if any(account.open for account in accounts) else 0


def running_scan(view: BagView) -> Job | None:
    """The job that reads this bag now; None if there is none."""
    wanted = {
        "arguments__exam": view.exam,
        "arguments__key": str(view.key),
        "arguments__subject": view.subject,
    }
    return Job.objects.filter(work=SCAN_JOB, state__in=_RUNNING, **wanted).first()


def place_of(site: str) -> SitePlace:
    """The site, or Http404."""
    place = places.site(site)
    if place is None:
        raise Http404
    return place


def page_name(text: str) -> bytes:
    """A page's digest from an address, or Http404."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Http404 from None
