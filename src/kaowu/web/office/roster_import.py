"""Import of candidates: choose the file, see which column is what, check the problems, write. All or nothing."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.roster import Mapping
from kaowu.engines.roster.error_workbook import write_error_workbook
from kaowu.engines.roster.headers import FIELDS
from kaowu.store.models import AccessLog, Job
from kaowu.store.queries import exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web import uploads
from kaowu.web.access import log, permitted
from kaowu.web.office import roster_upload
from kaowu.web.office.exam_here import acting, own_exam, to_current
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.roster_upload import RosterUpload
from kaowu.web.works import roster
from kaowu.web.works.exam_setup import description_of
from kaowu.web.works.roster_findings import SHOWN

MENU = MenuEntry(
    "prepare", _("Import roster"), view="rosters", permission="roster.import", order=20, whole=True
)

PERMISSION = "roster.import"
MOST_BYTES = 100_000_000
MOST_PHOTO_BYTES = 180_000_000
_PER_PAGE = 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STEPS = (_("Choose file"), _("Match columns"), _("Check problems"), _("Write"))

FIELD_NAMES = {
    "name": pgettext_lazy("person", "Name"), "sex": _("Sex"), "id_number": _("Document number"), "id_type": _("Kind of document"),
    "school": _("School"), "subjects": _("Subjects"), "foreign_language": _("Foreign language"), "phone": _("Telephone"),
    "registration_number": _("Registration number"), "birth_date": _("Date of birth"), "birth_year": _("Year of birth"),
    "birth_month": _("Month of birth"), "birth_day": _("Day of birth"), "county": _("County"),
    "accommodation": _("Accommodations asked for"), "remark": _("Remarks"), "serial": _("Running number"), "photo": _("Photograph"),
}  # fmt: skip
_REASONS = {
    "other_person": _("another person's"), "not_needed": _("not needed"), "second_column": _("another column is read"),
    "unknown": _("not recognised"), "person": _("by hand"),
}  # fmt: skip


@permitted(PERMISSION)
def rosters(request: HttpRequest) -> HttpResponse:
    return to_current(request, "roster")


@permitted(PERMISSION, unscoped=("exam",))
def choose(request: HttpRequest, exam: str) -> HttpResponse:
    line, plan = own_exam(request, exam, PERMISSION), exams.plan(exam)
    refused, status = None, 200
    if request.method == "POST":
        try:
            return _begin(request, exam)
        except Refused as reason:
            refused, status = reason, 422
    context = {
        "line": line,
        "plan": plan,
        "refused": refused,
        "limit": MOST_BYTES // 1_000_000,
        "photo_limit": MOST_PHOTO_BYTES // 1_000_000,
        "steps": STEPS,
    }
    return render(request, "kaowu/roster/choose.html", context, status=status)


@permitted(PERMISSION, unscoped=("exam", "token"))
@never_cache
def result(request: HttpRequest, exam: str, token: str) -> HttpResponse:
    """The check under way, or its problems."""
    line = own_exam(request, exam, PERMISSION)
    one = roster_upload.kept(request, exam, token)
    found = one.found
    writing = Job.objects.filter(pk=one.write_job or None).first()
    context: dict[str, Any] = {"line": line, "upload": one, "steps": STEPS}
    if found is None or (writing is not None and view_of(writing)["running"]):
        job = writing or Job.objects.filter(pk=one.check_job or None).first()
        context |= {"job": view_of(job) if job else None, "step": 4 if writing else 3}
        return render(request, "kaowu/roster/working.html", context)
    if "refused" in found:
        context |= {"refused": found["refused"], "step": 1}
        return render(request, "kaowu/roster/unreadable.html", context, status=422)
    _log_what_is_shown(request, one)
    context |= _problems(request, found) | {"found": found, "terms": _terms(found)}
    context |= {"sheet_rows": sum(sheet["rows"] for sheet in found["sheets"])}
    context |= {"failed": writing if writing and writing.state == Job.State.FAILED else None}
    context |= {"sealed": exams.plan(exam).seat_plan is not None, "field_names": FIELD_NAMES}
    return render(request, "kaowu/roster/check.html", context)


@permitted(PERMISSION, unscoped=("exam", "token"))
@never_cache
def columns(request: HttpRequest, exam: str, token: str) -> HttpResponse:
    """Which column is what; a person may say otherwise, and the check runs again."""
    line = own_exam(request, exam, PERMISSION)
    one = roster_upload.kept(request, exam, token)
    found = one.found
    if found is None or "refused" in found:
        return redirect("roster_check", exam=exam, token=token)
    if request.method == "POST":
        corrected = _corrected(found, request.POST)
        roster_upload.check_again(request, one, corrected)
        return redirect("roster_check", exam=exam, token=token)
    context = {
        "line": line,
        "upload": one,
        "found": found,
        "steps": STEPS,
        "choices": [*((name, FIELD_NAMES[name]) for name in FIELDS), *_ticks(exam)],
        "reasons": _REASONS,
        "shown": SHOWN,
    }
    return render(request, "kaowu/roster/columns.html", context)


@permitted(PERMISSION, unscoped=("exam", "token"))
@require_POST
def write(request: HttpRequest, exam: str, token: str) -> HttpResponse:
    line = own_exam(request, exam, PERMISSION)
    one = roster_upload.kept(request, exam, token)
    found = one.found
    if found is None or "refused" in found or found["rejected"]:
        messages.error(request, _t("Cannot write: rows must be corrected first, or the check has not ended."))
        return redirect("roster_check", exam=exam, token=token)
    one = roster_upload.write(request, one, acting(request, PERMISSION, line.organisation_path))
    return redirect("job", job=one.write_job)


@permitted(PERMISSION, unscoped=("exam", "token"))
@require_POST
def discard(request: HttpRequest, exam: str, token: str) -> HttpResponse:
    own_exam(request, exam, PERMISSION)
    roster_upload.give_up(request, roster_upload.kept(request, exam, token))
    messages.info(request, _t("The file is deleted. Nothing was written."))
    return redirect("roster", exam=exam)


@permitted(PERMISSION, unscoped=("exam", "token"))
@never_cache
def error_workbook(request: HttpRequest, exam: str, token: str) -> HttpResponse:
    """Their file again, with a red column that says what is wrong."""
    own_exam(request, exam, PERMISSION)
    one = roster_upload.kept(request, exam, token)
    content = one.content
    checked = roster.check_upload(exam, content, one.name, mapping=one.corrected)
    with tempfile.TemporaryDirectory(prefix="kaowu-errors-") as folder:
        out = Path(folder) / "errors.xlsx"
        write_error_workbook(content, checked.check, out, checked.workbook)
        response = HttpResponse(out.read_bytes(), content_type=_XLSX)
    day = exam_time(exam_time_now(exam).now)
    name = f"{Path(one.name).stem}_{_t('error workbook')}_{day:%Y%m%d}.xlsx"
    log(request, AccessLog.Outcome.EXPORTED, PERMISSION, f"{exam}/{one.name}", reason="错误工作簿")
    response.headers["Content-Disposition"] = _attachment(name)
    return response


def _begin(request: HttpRequest, exam: str) -> HttpResponse:
    description_of(exam)  # without subjects and schools there is nothing to check against
    upload = uploads.keep(request, request.FILES.get("file"), MOST_BYTES)  # type: ignore[arg-type]
    photos = None
    if request.FILES.get("photos"):
        photos = uploads.keep(request, request.FILES.get("photos"), MOST_PHOTO_BYTES)  # type: ignore[arg-type]
    roster_upload.begin(request, exam, upload, photos)
    return redirect("roster_check", exam=exam, token=upload.token)


def _problems(request: HttpRequest, found: dict[str, Any]) -> dict[str, Any]:
    """The page of problem rows that was asked for, and the row that stands at the right."""
    only, code = request.GET.get("only", ""), request.GET.get("code", "")
    rows = found["problems"]
    must = sum(row["rejected"] for row in rows)
    if only in ("reject", "flag"):
        rows = [row for row in rows if row["rejected"] == (only == "reject")]
    if code:
        rows = [row for row in rows if any(issue["code"] == code for issue in row["issues"])]
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.get("row", "")
    chosen = next((row for row in rows if _key(row) == asked), None) or next(iter(page), None)
    for row in page:
        row["key"] = _key(row)
        row["bad"] = {issue["field"] for issue in row["issues"] if issue["rejects"]}
        row["odd"] = {issue["field"] for issue in row["issues"]} - row["bad"]
        row["first"] = row["issues"][0]
    if chosen is not None:
        chosen["key"] = _key(chosen)
    query = request.GET.copy()
    query.pop("row", None)
    columns = [column for table in found["tables"] for column in table["columns"] if column["header"]]
    return {
        "page": page,
        "only": only,
        "code": code,
        "chosen": chosen,
        "query": query.urlencode(),
        "counts": {"all": len(found["problems"]), "reject": must, "flag": len(found["problems"]) - must},
        "matched": sum(bool(column["field"]) for column in columns),
        "guessed": sum(
            column["certainty"] in ("guess", "content") and bool(column["field"]) for column in columns
        ),
        "passed_over": sum(not column["field"] for column in columns),
        "several_sheets": len(found["sheets"]) > 1,
    }


def _key(row: dict[str, Any]) -> str:
    return f"{row['sheet']}:{row['row']}"


def _terms(found: dict[str, Any]) -> list[dict[str, Any]]:
    """文件行数 = 可写入 + 待确认 + 须改; a row to review can be written, so it is counted apart."""
    ready = found["accepted"] - found["flagged"]
    return [
        {"label": _t("File rows"), "value": found["rows"]},
        {"label": _t("Ready"), "value": ready, "sign": "="},
        {
            "label": _t("To review"),
            "value": found["flagged"],
            "sign": "+",
            "state": 1 if found["flagged"] else "",
        },
        {
            "label": _t("To correct"),
            "value": found["rejected"],
            "sign": "+",
            "state": 3 if found["rejected"] else "",
        },
    ]


def _corrected(found: dict[str, Any], given: Any) -> Mapping:
    """The mapping with the choices of the form; every column that was left as a guess is now confirmed."""
    mapping = Mapping.from_dict(found["mapping"])
    place: dict[str, int] = {}
    for number, table in enumerate(found["tables"]):
        at = place[table["sheet"]] = place.get(table["sheet"], -1) + 1
        for column in table["columns"]:
            chosen = given.get(f"c{number}-{column['index']}")
            changed = chosen is not None and chosen != column["field"]
            guessed = bool(chosen) and column["certainty"] in ("guess", "content")
            if chosen is not None and (changed or guessed) and _is_field(chosen):
                mapping = mapping.with_column(table["sheet"], column["index"], chosen, table=at)
    return mapping


def _is_field(name: str) -> bool:
    return not name or name in FIELDS or name.startswith("tick:")


def _ticks(exam: str) -> list[tuple[str, str]]:
    names = [subject["name"] for subject in description_of(exam)["subjects"]]
    return [(f"tick:{name}", _t("Column of ticks: %(subject)s") % {"subject": name}) for name in names]


def _log_what_is_shown(request: HttpRequest, one: RosterUpload) -> None:
    """Cells at fault are shown in full, or nobody could see the fault; once per upload that is written down."""
    seen = request.session.get("roster_seen", [])
    if one.token not in seen:
        reason = Sentence("核对名册问题", "checking a roster")
        log(request, AccessLog.Outcome.REVEALED, PERMISSION, f"{one.exam}/{one.name}", reason=reason.zh)
        request.session["roster_seen"] = [*seen, one.token][-20:]


def _attachment(name: str) -> str:
    return content_disposition_header(True, name) or ""


urlpatterns = [
    path("office/roster/", rosters, name="rosters"),
    path("office/roster/<str:exam>/", choose, name="roster"),
    path("office/roster/<str:exam>/<str:token>/", result, name="roster_check"),
    path("office/roster/<str:exam>/<str:token>/columns/", columns, name="roster_columns"),
    path("office/roster/<str:exam>/<str:token>/write/", write, name="roster_write"),
    path("office/roster/<str:exam>/<str:token>/discard/", discard, name="roster_discard"),
    path("office/roster/<str:exam>/<str:token>/errors.xlsx", error_workbook, name="roster_errors"),
]
