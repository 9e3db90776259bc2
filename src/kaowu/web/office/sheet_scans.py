"""三核对一扫描: bags of answer sheets by site and subject, from the check of three fields to the handover."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Receipt
from kaowu.store.models import AccessLog
from kaowu.store.queries import exams, places, sheet_bags
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web import jobs, uploads
from kaowu.web.access import log, permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import acting, actor_of, exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.sheet_scan_forms import HandOverForm, SealForm, SettleForm, TripleCheckForm
from kaowu.web.office.sheet_scan_pages import (
    SCAN_JOB,
    page_name,
    place_of,
    render_bag,
    render_site,
    running_scan,
)
from kaowu.web.office.sheet_scan_words import STAGES
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import sheet_crops
from kaowu.web.works import sheet_scans as works

MENU = MenuEntry("settle", _("Scan answer sheets"), view="sheet_scans", permission="sheets.scan", order=20)

_SCAN = "sheets.scan"


@permitted(_SCAN)
def choose(request: HttpRequest) -> HttpResponse:
    return to_current(request, "sheet_scans_exam")


@permitted(_SCAN, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """Sites by subjects: how many bags are scanned, sealed, handed over."""
    line = exam_here(request, exam)
    subjects = [subject for sitting in exams.sittings(exam) for subject in sitting.subjects]
    sites = exams.sites(exam)
    paths = places.site_paths(site for site, *_rest in sites)
    own = [site for site, *_rest in sites if request.scope.covers(paths.get(site, ""))]  # type: ignore[attr-defined]
    stages: dict[tuple[str, str], dict[str, int]] = {}
    for view in sheet_bags.bags_of(exam, subjects, own.__contains__):
        counts = stages.setdefault((view.key.site, view.subject), dict.fromkeys(STAGES, 0))
        counts[view.stage] += 1
    context = {
        "line": line,
        "subjects": subjects,
        "approved": exams.plan(exam).sheets,
        "rows": [
            {
                "site": site,
                "name": name,
                "cells": [(subject, _summed(stages.get((site, subject), {}))) for subject in subjects],
            }
            for site, name, *_rest in sites
            if site in own
        ],
        "backup": settings.SHEET_BACKUP,
    }
    return render(request, "kaowu/sheet_scans/overview.html", context)


@permitted(_SCAN, unscoped=("exam", "subject"))
@never_cache
def site_page(request: HttpRequest, exam: str, site: str, subject: str) -> HttpResponse:
    """The bags of a site for one subject, in the order of the rooms."""
    return render_site(request, exam, site, subject)


@permitted(_SCAN, unscoped=("exam", "subject", "room"))
@never_cache
def bag_page(request: HttpRequest, exam: str, site: str, subject: str, room: str) -> HttpResponse:
    """One bag."""
    return render_bag(request, _view(request, exam, site, subject, room))


@permitted(_SCAN, unscoped=("exam", "subject", "room"))
@require_POST
def check(request: HttpRequest, exam: str, site: str, subject: str, room: str) -> HttpResponse:
    """The three fields, typed from the bag."""
    view = _view(request, exam, site, subject, room)
    form = TripleCheckForm(request.POST, language=request.LANGUAGE_CODE)
    if not form.is_valid():
        return render_bag(request, view, check=form, status=422)
    given = {
        name: value.strip() if isinstance(value, str) else value for name, value in form.cleaned_data.items()
    }
    try:
        receipt = works.check(view, given, _actor(request, site))
    except Refused as refused:
        return render_bag(request, view, check=form, refused=refused, status=422)
    _say(request, receipt, _t("The three fields agree. Scan the bag now."))
    return _to_bag(view)


@permitted(_SCAN, unscoped=("exam", "subject", "room"))
@require_POST
def upload(request: HttpRequest, exam: str, site: str, subject: str, room: str) -> HttpResponse:
    """Take a folder of pictures, or files of several pages, and read them as a job."""
    view = _view(request, exam, site, subject, room)
    files = request.FILES.getlist("files")
    try:
        if not view.bag.is_open:
            raise _not_open()
        works.require_here(view)
        _require_sheets([file.name or "" for file in files])
    except Refused as refused:
        return render_bag(request, view, refused=refused, status=422)
    if running_scan(view) is None:
        kept = [uploads.keep_for_job(file) for file in files]
        actor = _actor(request, site)
        job = jobs.start(
            request,
            SCAN_JOB,
            Sentence(f"扫描入库　{subject} {room} 考场", f"Read the sheets of {subject}, room {room}"),
            exam=exam,
            key=str(view.key),
            subject=subject,
            files=[[one.token, one.name] for one in kept],
            account=actor.account,
            post=actor.post,
        )
        job.refresh_from_db()
    return _to_bag(view)


@long_job(SCAN_JOB)
def scan_job(
    progress: Progress, exam: str, key: str, subject: str, files: list[list[str]], account: str, post: str
) -> Outcome:
    """Read every page, keep the originals, copy them, put the readings on record."""
    kept = [uploads.Upload(token, name) for token, name in files]
    view = works.bag_view(exam, RoomSittingKey.read(key), subject)
    progress.step(1, 1, Sentence("逐页识别", "read page by page"))

    def tell(done: int, total: int) -> None:
        progress.done(done, total)

    try:
        works.receive(view, [(one.name, one.path) for one in kept], Actor(account, post), tell)
    finally:
        for one in kept:
            one.path.unlink(missing_ok=True)
    now = works.bag_view(exam, view.key, subject)
    scan = now.bag.scans[-1]
    said = Sentence(
        f"扫描 {scan.pages} 页：读出 {scan.read}，退回 {scan.rejected}，待判读 {scan.doubtful} 处，待认定 {now.account.open} 项。",
        f"{scan.pages} pages: {scan.read} read, {scan.rejected} rejected, {scan.doubtful} marks in doubt, {now.account.open} to settle.",
    )
    return Outcome(said, f"/office/sheet-scans/{exam}/{view.key.site}/{subject}/{view.key.room}/")


@permitted(_SCAN, unscoped=("exam", "subject", "room"))
@require_POST
def settle(request: HttpRequest, exam: str, site: str, subject: str, room: str) -> HttpResponse:
    """Say what one sheet is."""
    view = _view(request, exam, site, subject, room)
    form = SettleForm(request.POST, language=request.LANGUAGE_CODE, target=request.POST.get("target", ""))
    if not form.is_valid():
        return render_bag(request, view, settle=form, status=422)
    given = form.cleaned_data
    try:
        receipt = works.settle(
            view, given["target"], given["state"], given["reason"].strip(), _actor(request, site)
        )
    except Refused as refused:
        return render_bag(request, view, settle=form, refused=refused, status=422)
    _say(request, receipt, _t("Recorded."))
    return _to_bag(view)


@permitted(_SCAN, unscoped=("exam", "subject"))
@require_POST
def seal(request: HttpRequest, exam: str, site: str, subject: str) -> HttpResponse:
    """Two sign the accounts of the chosen bags, one of them the leader."""
    form = SealForm(request.POST)
    return _signed(request, exam, site, subject, form, "seal", "scanned")


@permitted(_SCAN, unscoped=("exam", "subject"))
@require_POST
def hand_over(request: HttpRequest, exam: str, site: str, subject: str) -> HttpResponse:
    """Two parties sign for the chosen bags."""
    form = HandOverForm(request.POST)
    return _signed(request, exam, site, subject, form, "hand_over", "sealed")


@permitted(_SCAN, unscoped=("exam", "subject", "room", "page"))
@never_cache
def picture(request: HttpRequest, exam: str, site: str, subject: str, room: str, page: str) -> HttpResponse:
    """The picture of one page, small. It shows a name, so looking at it is written down."""
    view = _view(request, exam, site, subject, room)
    found = view.page(page_name(page))
    content = sheet_crops.whole(found) if found is not None and view.pictured(found) else None
    if content is None:
        raise Http404
    log(
        request,
        AccessLog.Outcome.REVEALED,
        _SCAN,
        f"{exam}/{view.key}/{page[:16]}",
        reason=_t("Answer sheet"),
    )
    return HttpResponse(content, content_type="image/png")


def _summed(counts: dict[str, int]) -> dict[str, int]:
    return {
        "bags": sum(counts.values()),
        "scanned": sum(counts.get(stage, 0) for stage in ("scanned", "sealed", "handed_over")),
        "sealed": sum(counts.get(stage, 0) for stage in ("sealed", "handed_over")),
        "handed_over": counts.get("handed_over", 0),
    }


# ---- acts ----


def _signed(
    request: HttpRequest, exam: str, site: str, subject: str, form: DualSignForm, act: str, stage: str
) -> HttpResponse:
    """Two sign for several bags; the first refusal stops, what was signed before stays."""
    exam_here(request, exam)
    place, chosen = place_of(site), request.POST.getlist("room")
    pair = authenticate_pair(request, form, permission=_SCAN, place=place.path, different_posts=False)
    if pair is None:
        return render_site(request, exam, site, subject, forms={act: form}, chosen=chosen)
    signed = (actor_of(pair[0], _SCAN, place.path), actor_of(pair[1], _SCAN, place.path))
    views = [
        view
        for view in sheet_bags.bags(exam, subject, lambda one: one == site)
        if view.key.room in chosen and view.stage == stage
    ]
    given = form.cleaned_data
    try:
        if not views:
            raise Refused("no_bag_chosen", Sentence("没有选中可以办理的袋。", "No bag was chosen."))
        for view in views:
            if act == "seal":
                receipt = works.seal(view, signed, given["remark"].strip())
            else:
                receipt = works.hand_over(view, given["to"].strip(), given["seal"].strip(), signed)
            for found in receipt.findings:
                said = found.sentence.in_language(request.LANGUAGE_CODE)
                messages.warning(request, f"{view.key.room}：{said}")
    except Refused as refused:
        return render_site(request, exam, site, subject, forms={act: form}, refused=refused, chosen=chosen)
    said = _t("%(n)d bags are sealed.") if act == "seal" else _t("%(n)d bags are handed over.")
    messages.success(request, said % {"n": len(views)})
    return redirect("sheet_scans_site", exam=exam, site=site, subject=subject)


def _say(request: HttpRequest, receipt: Receipt, said: str) -> None:
    messages.success(request, said)
    for found in receipt.findings:
        messages.warning(request, found.sentence.in_language(request.LANGUAGE_CODE))


def _require_sheets(names: list[str]) -> None:
    """Only what may hold sheets is taken in at all."""
    if not names:
        raise Refused("upload.empty", Sentence("没有收到文件。", "No file arrived."))
    strange = [name for name in names if not name.lower().endswith(works.SUFFIXES)]
    if strange:
        raise Refused(
            "scan.kind",
            Sentence(
                f"“{strange[0]}”不是图像、TIFF 或 PDF 文件，整批没有收下。",
                f"{strange[0]} is no image, TIFF or PDF file; nothing was taken in.",
            ),
            remedy=Sentence("只选扫描仪输出的文件夹。", "Choose the folder that the scanner writes."),
        )


def _not_open() -> Refused:
    return Refused(
        "bag_not_checked",
        Sentence("不能扫描：本袋没有三核对，或已封存。", "Cannot scan: no triple check yet, or sealed."),
    )


def _view(request: HttpRequest, exam: str, site: str, subject: str, room: str) -> BagView:
    exam_here(request, exam)
    sitting = sheet_bags.sitting_of(exam, subject)
    view = sheet_bags.bag(exam, RoomSittingKey(sitting.id, site, room), subject) if sitting else None
    if view is None:
        raise Http404
    return view


def _to_bag(view: BagView) -> HttpResponse:
    return redirect(
        "sheet_scans_bag", exam=view.exam, site=view.key.site, subject=view.subject, room=view.key.room
    )


def _actor(request: HttpRequest, site: str) -> Actor:
    return acting(request, _SCAN, place_of(site).path)


_AT = "office/sheet-scans/<str:exam>/<str:site>/<str:subject>/"
_BAG = _AT + "<str:room>/"
urlpatterns = [
    path("office/sheet-scans/", choose, name="sheet_scans"),
    path("office/sheet-scans/<str:exam>/", overview, name="sheet_scans_exam"),
    path(_AT, site_page, name="sheet_scans_site"),
    path(_AT + "seal-bags/", seal, name="sheet_scans_seal"),
    path(_AT + "hand-over-bags/", hand_over, name="sheet_scans_hand_over"),
    path(_BAG, bag_page, name="sheet_scans_bag"),
    path(_BAG + "check/", check, name="sheet_scans_check"),
    path(_BAG + "upload/", upload, name="sheet_scans_upload"),
    path(_BAG + "settle/", settle, name="sheet_scans_settle"),
    path(_BAG + "page/<str:page>.png", picture, name="sheet_scans_picture"),
]
