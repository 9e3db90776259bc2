"""A foreign form, described over the scan of its blank: boxes on the picture, a trial reading, approval by two.

Until two have approved it nothing is recorded; the blocks travel with the page
from step to step.
"""

import base64
from dataclasses import replace
from typing import Any

import cv2
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.engines.omr.describe import Block
from kaowu.engines.omr.layout import Box, Layout
from kaowu.engines.omr.page import page_of
from kaowu.engines.omr.pictures import Stage, picture
from kaowu.engines.omr.read import Reader
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import permitted
from kaowu.web.office.exam_here import actor_of, exam_here, own_exam
from kaowu.web.office.sheet_describe_forms import BlockForm, Described, ScanForm
from kaowu.web.office.sheet_scan_words import ERRORS
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import foreign_forms as works
from kaowu.web.works.sheet_crops import IDENTITY_AREA, identity_areas
from kaowu.web.works.sheets import sitting_of

_SEE, _APPROVE = "sheets.see", "sheets.approve"
_STAGES = {
    Stage.PAGE: _("As it was scanned"),
    Stage.REGISTERED: _("Where the bubbles are"),
    Stage.SCORED: _("How dark they are"),
    Stage.DECIDED: _("What they say"),
}


@permitted(_APPROVE, unscoped=("exam", "subject"))
def start(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Ask for the scan of a blank."""
    line = _line(request, exam, subject)
    return _start(request, line, subject, ScanForm())


@permitted(_APPROVE, unscoped=("exam", "subject"))
@require_POST
def keep(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Keep the scan of the blank and go on to its picture."""
    line = _line(request, exam, subject)
    form = ScanForm(request.POST, request.FILES)
    if not form.is_valid():
        return _start(request, line, subject, form, status=422)
    sent = form.cleaned_data["scan"]
    try:
        blank = works.keep_blank(exam, sent.name, sent.read())
    except Refused as refused:
        return _start(request, line, subject, form, refused, 422)
    return redirect("sheet_describe_blank", exam=exam, subject=subject, blank=blank.hex())


@permitted(_APPROVE, unscoped=("exam", "subject", "blank"))
def desk(request: HttpRequest, exam: str, subject: str, blank: str) -> HttpResponse:
    """The picture with the blocks over it. A post adds or takes away a block; nothing is recorded."""
    line, digest = _line(request, exam, subject), _blank(exam, blank)
    if request.method != "POST":
        return _desk(request, line, subject, digest, Described(), BlockForm())
    try:
        drawn = _drawn(request)
    except Refused as refused:
        return _desk(request, line, subject, digest, Described(), BlockForm(), refused=refused, status=422)
    if "remove" in request.POST:
        gone = request.POST["remove"]
        kept = drawn.without(int(gone)) if gone.isdecimal() else drawn
        return _desk(request, line, subject, digest, kept, BlockForm())
    form = BlockForm(request.POST)
    if not form.is_valid():
        return _desk(request, line, subject, digest, drawn, form, status=422)
    if form.cleaned_data["type"] == IDENTITY_AREA:
        more, after = replace(drawn, covered=(*drawn.covered, form.rectangle)), BlockForm()
    else:
        added = form.block(works.blank_of(digest).grey)
        if added is None:
            return _desk(request, line, subject, digest, drawn, form, status=422)
        more, after = replace(drawn, blocks=(*drawn.blocks, added)), _next(added, form)
    try:
        _layout(subject, digest, more)
    except Refused as refused:
        return _desk(request, line, subject, digest, drawn, form, refused=refused, status=422)
    return _desk(request, line, subject, digest, more, after)


@permitted(_APPROVE, unscoped=("exam", "subject", "blank"))
@require_POST
def try_out(request: HttpRequest, exam: str, subject: str, blank: str) -> HttpResponse:
    """Read another scan by what was described, with a picture of each stage."""
    line, digest = _line(request, exam, subject), _blank(exam, blank)
    scan = ScanForm(request.POST, request.FILES)
    drawn = Described()
    try:
        drawn = _drawn(request)
        layout = _layout(subject, digest, drawn)
        if not scan.is_valid():
            return _desk(request, line, subject, digest, drawn, BlockForm(), scan=scan, status=422)
        page = works.readable(scan.cleaned_data["scan"].read())
    except Refused as refused:
        return _desk(request, line, subject, digest, drawn, BlockForm(), refused=refused, status=422)
    reading = Reader(layout, works.blank_of(digest).grey).read(page_of(page.grey))
    pictures = [
        {"name": name, "data": base64.b64encode(made).decode()}
        for stage, name in _STAGES.items()
        if (made := picture(page, layout, reading, stage)) is not None
    ]
    trial = {
        "error": ERRORS.get(reading.error) if reading.error else None,
        "rejected": reading.error is not None,
        "answers": reading.answers,
        "flagged": sum(answer.flag for answer in reading.answers),
        "pictures": pictures,
    }
    return _desk(request, line, subject, digest, drawn, BlockForm(), trial=trial)


@permitted(_APPROVE, unscoped=("exam", "subject", "blank"))
@require_POST
def approve(request: HttpRequest, exam: str, subject: str, blank: str) -> HttpResponse:
    """Two prove who they are; the form as described is put on record under both names."""
    line, digest = _line(request, exam, subject), _blank(exam, blank)
    sign = DualSignForm(request.POST)
    drawn = Described()
    try:
        drawn = _drawn(request)
        layout = _layout(subject, digest, drawn)
        pair = authenticate_pair(
            request, sign, permission=_APPROVE, place=line.organisation_path, different_posts=False
        )
        if pair is None:
            return _desk(request, line, subject, digest, drawn, BlockForm(), sign=sign, status=422)
        first, second = (actor_of(one, _APPROVE, line.organisation_path) for one in pair)
        works.approve(exam, subject, works.ForeignForm(layout.id, layout, digest), (first, second))
    except Refused as refused:
        return _desk(
            request, line, subject, digest, drawn, BlockForm(), sign=sign, refused=refused, status=422
        )
    return redirect("sheets", exam=exam)


@permitted(_SEE, unscoped=("exam", "blank"))
@never_cache
def blank_picture(request: HttpRequest, exam: str, blank: str) -> HttpResponse:
    """The scan of a blank as a picture that any browser shows."""
    exam_here(request, exam)
    content = cv2.imencode(".png", works.blank_of(_blank(exam, blank)).grey)[1]
    return HttpResponse(content.tobytes(), content_type="image/png")


def _line(request: HttpRequest, exam: str, subject: str) -> ExamLine:
    line = own_exam(request, exam, _APPROVE)
    if sitting_of(exam, subject) is None:
        raise Http404
    return line


def _blank(exam: str, named: str) -> bytes:
    try:
        digest = bytes.fromhex(named)
    except ValueError:
        raise Http404 from None
    if not works.has_blank(exam, digest):
        raise Http404
    return digest


def _drawn(request: HttpRequest) -> Described:
    return Described.read(request.POST.get("blocks", "[]"))


def _layout(subject: str, blank: bytes, drawn: Described) -> Layout:
    return drawn.layout(f"{subject}答题卡", works.blank_of(blank).grey)


def _next(added: Block, form: BlockForm) -> BlockForm:
    """The form for the next block: the same words, counted on."""
    given = form.cleaned_data
    return BlockForm(
        initial={
            "begins": given["begins"],
            "first_number": given["first_number"] + len(added.fields),
            "values": " ".join(added.values),
            "type": added.type,
            "options_run": given["options_run"],
        }
    )


def _start(
    request: HttpRequest,
    line: ExamLine,
    subject: str,
    form: ScanForm,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"line": line, "subject": subject, "form": form, "refused": refused}
    return render(request, "kaowu/sheets/describe_start.html", context, status=status)


def _desk(
    request: HttpRequest,
    line: ExamLine,
    subject: str,
    blank: bytes,
    drawn: Described,
    form: BlockForm,
    *,
    refused: Refused | None = None,
    sign: DualSignForm | None = None,
    scan: ScanForm | None = None,
    trial: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    image = works.blank_of(blank)
    layout = _layout(subject, blank, drawn)
    scale = max(image.size) / max(layout.width, layout.height)
    context = {
        "line": line,
        "subject": subject,
        "blank": blank.hex(),
        "picture": reverse("sheet_describe_picture", kwargs={"exam": line.code, "blank": blank.hex()}),
        "width": str(image.size[0]),
        "height": str(image.size[1]),
        "blocks": [
            {
                "first": block.fields[0],
                "last": block.fields[-1],
                "values": " ".join(block.values),
                "bubbles": len(block.fields) * len(block.values),
            }
            for block in drawn.blocks
        ],
        "covered": [len(drawn.blocks) + at for at in range(len(drawn.covered))],
        "spelt": drawn.spelt(),
        "boxes": [
            {**_shown(option.box, scale), "said": f"{field.id} {option.value}"}
            for field in layout.fields
            for option in field.options
        ],
        "identity": [_shown(box, scale) for box in identity_areas(layout)],
        "fields": len(layout.fields),
        "form": form,
        "scan": scan or ScanForm(),
        "sign": sign or DualSignForm(),
        "trial": trial,
        "refused": refused,
    }
    return render(request, "kaowu/sheets/describe.html", context, status=status)


def _shown(box: Box, scale: float) -> dict[str, str]:
    """A box in pixels of the scan."""
    sides = {"x": box.x, "y": box.y, "w": box.w, "h": box.h}
    return {name: f"{side * scale:.1f}" for name, side in sides.items()}


_SUBJECT = "office/sheets/<str:exam>/subject/<str:subject>/describe/"
urlpatterns = [
    path(_SUBJECT, start, name="sheet_describe"),
    path(f"{_SUBJECT}keep/", keep, name="sheet_describe_keep"),
    path(f"{_SUBJECT}<str:blank>/", desk, name="sheet_describe_blank"),
    path(f"{_SUBJECT}<str:blank>/try/", try_out, name="sheet_describe_try"),
    path(f"{_SUBJECT}<str:blank>/approve/", approve, name="sheet_describe_approve"),
    path("office/sheets/<str:exam>/blank/<str:blank>.png", blank_picture, name="sheet_describe_picture"),
]
