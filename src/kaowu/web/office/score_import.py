"""Importing points from a marking system: choose the file, match columns, look at the problems, take it over."""

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.loop.settle.import_table import ColumnMap
from kaowu.store.models import AccessLog
from kaowu.store.queries import scores
from kaowu.web import uploads
from kaowu.web.access import log, permitted
from kaowu.web.office.exam_here import actor_of, own_exam
from kaowu.web.office.workbooks import attachment
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.uploads import Upload
from kaowu.web.works import score_import as works
from kaowu.web.works.score_plans import plan_of

_DECIDE = "scores.decide"
_STEPS = (_("Choose file"), _("Match columns"), _("Check problems"), _("Import"))
_SHOWN = 200


class TakeForm(DualSignForm):
    """Which system it came from; both sign."""

    system = forms.CharField(label=_("Marking system"), max_length=60)


@permitted(_DECIDE, unscoped=("exam", "subject"))
def choose(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """The file; a file that is no table is refused at once."""
    line, plan = own_exam(request, exam, _DECIDE), plan_of(exam, subject)
    if plan is None or not plan.imported_items:
        raise Http404
    refused, status = None, 200
    if request.method == "POST":
        try:
            upload = uploads.keep(request, request.FILES.get("file"), works.MOST_BYTES)
            try:
                works.check(exam, subject, upload.read(), upload.name, {})
            except Refused:
                uploads.forget(request, upload)
                raise
            return redirect("score_import_check", exam=exam, subject=subject, token=upload.token)
        except Refused as reason:
            refused, status = reason, 422
    context = {
        "line": line,
        "subject": subject,
        "items": plan.imported_items,
        "last": scores.scores(exam).imports.get(subject),
        "refused": refused,
        "steps": _STEPS,
        "limit": works.MOST_BYTES // 1_000_000,
    }
    return render(request, "kaowu/scores/import_choose.html", context, status=status)


@permitted(_DECIDE, unscoped=("exam", "subject", "token"))
@never_cache
def check(request: HttpRequest, exam: str, subject: str, token: str) -> HttpResponse:
    """Columns and problems; nothing is written."""
    return _page(request, exam, subject, uploads.kept(request, token))


@permitted(_DECIDE, unscoped=("exam", "subject", "token"))
@require_POST
def take(request: HttpRequest, exam: str, subject: str, token: str) -> HttpResponse:
    """Both prove who they are; the file is judged once more and taken over whole."""
    line, upload, form = (
        own_exam(request, exam, _DECIDE),
        uploads.kept(request, token),
        TakeForm(request.POST),
    )
    place = line.organisation_path
    pair = authenticate_pair(request, form, permission=_DECIDE, place=place, different_posts=False)
    if pair is None:
        return _page(request, exam, subject, upload, form=form, status=422)
    signed = (actor_of(pair[0], _DECIDE, place), actor_of(pair[1], _DECIDE, place))
    try:
        works.take(
            exam,
            subject,
            form.cleaned_data["system"],
            upload.read(),
            upload.name,
            _chosen(request.POST),
            signed,
        )
    except Refused as refused:
        return _page(request, exam, subject, upload, form=form, refused=refused, status=422)
    uploads.forget(request, upload)
    messages.success(request, _t("Recorded. The points are imported."))
    return redirect("scores", exam=exam)


@permitted(_DECIDE, unscoped=("exam", "subject", "token"))
@never_cache
def error_workbook(request: HttpRequest, exam: str, subject: str, token: str) -> HttpResponse:
    """Their file again, with a red column that says what is wrong."""
    own_exam(request, exam, _DECIDE)
    upload = uploads.kept(request, token)
    with tempfile.TemporaryDirectory(prefix="kaowu-errors-") as folder:
        out = Path(folder) / "errors.xlsx"
        works.error_workbook(exam, subject, upload.read(), upload.name, _chosen(request.GET), out)
        content = out.read_bytes()
    log(request, AccessLog.Outcome.EXPORTED, _DECIDE, f"{exam}/{subject}/{upload.name}", reason="错误工作簿")
    return attachment(content, f"{Path(upload.name).stem}_{_t('error workbook')}.xlsx")


def _page(
    request: HttpRequest,
    exam: str,
    subject: str,
    upload: Upload,
    *,
    form: TakeForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    line = own_exam(request, exam, _DECIDE)
    chosen = _chosen(request.POST if request.method == "POST" else request.GET)
    found = works.check(exam, subject, upload.read(), upload.name, chosen)
    table = found.table
    columns = list(enumerate(found.header.names))
    context = {
        "line": line,
        "subject": subject,
        "upload": upload,
        "found": found,
        "columns": columns,
        "wanted": [("", found.mapping.ticket), *found.mapping.items.items()],
        "fields": [
            {"name": f"c{number}", "item": item, "at": at, "samples": found.samples[at] if at >= 0 else ()}
            for number, (item, at) in enumerate([("", found.mapping.ticket), *found.mapping.items.items()])
        ],
        "table": table,
        "terms": _terms(table) if table else (),
        "issues": table.issues[:_SHOWN] if table else [],
        "more": max(table.faults - _SHOWN, 0) if table else 0,
        "steps": _STEPS,
        "chosen": urlencode(_given(found.mapping)),
        "step": 2 if table is None else 3 if table.faults else 4,
        "form": form or TakeForm(),
        "refused": refused,
    }
    return render(request, "kaowu/scores/import_check.html", context, status=status)


def _terms(table: Any) -> list[dict[str, Any]]:
    """The rows of the file, each counted once."""
    return [
        {"label": _t("Rows read"), "value": table.read},
        {"label": _t("Ready"), "value": len(table.rows), "sign": "="},
        {"label": _t("Absent"), "value": table.absent, "sign": "+"},
        {"label": _t("At fault"), "value": table.read - len(table.rows) - table.absent, "sign": "+"},
    ]


def _given(mapping: ColumnMap) -> list[tuple[str, Any]]:
    """The columns as `_chosen` reads them, for the address of the workbook."""
    pairs = [("", mapping.ticket), *mapping.items.items()]
    return [one for n, (item, at) in enumerate(pairs) for one in ((f"i{n}", item), (f"c{n}", at))]


def _chosen(given: Any) -> dict[str, int]:
    """Columns that a person chose: the item's name stands beside its column."""
    found = {}
    for name in given:
        if name.startswith("c") and name[1:].isdigit():
            item, at = given.get(f"i{name[1:]}", ""), given.get(name, "")
            if at.lstrip("-").isdigit() and len(at) < 5:
                found[item] = int(at)
    return found


urlpatterns = [
    path("office/scores/<str:exam>/import/<str:subject>/", choose, name="score_import"),
    path("office/scores/<str:exam>/import/<str:subject>/<str:token>/", check, name="score_import_check"),
    path(
        "office/scores/<str:exam>/import/<str:subject>/<str:token>/errors.xlsx",
        error_workbook,
        name="score_import_errors",
    ),
    path("office/scores/<str:exam>/import/<str:subject>/<str:token>/take/", take, name="score_import_take"),
]
