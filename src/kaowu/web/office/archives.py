"""The archive: close the book as a job, download it, and print the key and the note by which anybody checks it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Sentence
from kaowu.facts.envelope import Actor
from kaowu.store.models import AccessLog, Job
from kaowu.store.queries import archives as kept
from kaowu.store.queries import findings
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web import jobs
from kaowu.web.access import log, permitted
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.node_key import verifying_key
from kaowu.web.office.exam_here import acting, exam_here, own_exam, to_current
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works.archive import ClosedArchive, close_archive, write_archive

MENU = MenuEntry("settle", _("Archive"), view="archives", permission="settle.see", order=40)

_MAKE, _COPY = "archive.make", "archive.open_copy"


@permitted("settle.see")
def archives(request: HttpRequest) -> HttpResponse:
    return to_current(request, "archive")


@permitted("settle.see", unscoped=("exam",))
@never_cache
def archive(request: HttpRequest, exam: str) -> HttpResponse:
    line = exam_here(request, exam)
    running = _running(exam)
    files = [
        {"name": file.name, "size": file.stat().st_size, "at": Instant(int(file.stat().st_mtime * 1000))}
        for file in sorted(_folder(exam).glob("*.kwa"), reverse=True)
    ]
    head = kept.journal_head()
    context: dict[str, Any] = {
        "line": line,
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "files": files,
        "facts": kept.facts_by_kind(exam),
        "head": head,
        "key": verifying_key().to_text(),
        "note": kept.last_note(),
        "signed": len(findings.signed_sittings(exam)),
        "room_sittings": kept.room_sittings(exam),
        "job": view_of(running) if running else None,
    }
    return render(request, "kaowu/settle/archive.html", context)


@permitted(_MAKE, unscoped=("exam",))
@require_POST
def make(request: HttpRequest, exam: str) -> HttpResponse:
    """Start closing the archive; asking twice while it runs leads to the same job."""
    line = own_exam(request, exam, _MAKE)
    running = _running(exam)
    if running is None:
        actor = acting(request, _MAKE, line.organisation_path)
        title = Sentence(f"归档　{line.name}", f"Archive of {line.name}")
        running = jobs.start(request, _MAKE, title, exam=exam, account=actor.account, post=actor.post)
    return redirect("job", job=running.pk)


@long_job(_MAKE)
def make_job(progress: Progress, exam: str, account: str, post: str) -> Outcome:
    """Record the closing and write the one file."""
    progress.step(1, 1, Sentence("写入档案文件", "write the archive"))

    def tell(done: int, total: int) -> None:
        progress.done(done, total)

    return _outcome(exam, close_archive(exam, _new_file(exam), Actor(account, post), tell))


@permitted(_MAKE, unscoped=("exam",))
@require_POST
def copy(request: HttpRequest, exam: str) -> HttpResponse:
    """Start writing the open copy: the journal as it was last signed, without persons."""
    line = own_exam(request, exam, _MAKE)
    running = _running(exam)
    if running is None:
        title = Sentence(f"公开版归档　{line.name}", f"Open copy of the archive of {line.name}")
        running = jobs.start(request, _COPY, title, exam=exam)
    return redirect("job", job=running.pk)


@long_job(_COPY)
def copy_job(progress: Progress, exam: str) -> Outcome:
    """Write the open copy."""
    progress.step(1, 1, Sentence("写入公开版", "write the open copy"))

    def tell(done: int, total: int) -> None:
        progress.done(done, total)

    return _outcome(exam, write_archive(exam, _new_file(exam, "-open"), tell, without_persons=True))


def _outcome(exam: str, closed: ClosedArchive) -> Outcome:
    megabytes = closed.path.stat().st_size / 1e6
    zh = f"已归档：{closed.artefacts} 份材料、{closed.documents} 份文件，{megabytes:.1f} MB"
    en = f"Archived: {closed.artefacts} artefacts, {closed.documents} documents, {megabytes:.1f} MB"
    if closed.withheld:
        zh += f"；涉及个人的 {closed.withheld} 份材料未随附"
        en += f"; {closed.withheld} artefacts that speak of persons are withheld"
    return Outcome(Sentence(f"{zh}。", f"{en}."), f"/office/archive/{exam}/")


@permitted(_MAKE, unscoped=("exam", "name"))
@never_cache
def download(request: HttpRequest, exam: str, name: str) -> HttpResponse | FileResponse:
    """The file. But for an open copy it is complete, personal data included, so taking it is written down."""
    own_exam(request, exam, _MAKE)
    file = next((one for one in _folder(exam).glob("*.kwa") if one.name == name), None)
    if file is None:
        raise Http404
    log(request, AccessLog.Outcome.EXPORTED, _MAKE, f"{exam}/{name}", reason="归档文件")
    return FileResponse(
        file.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )


@permitted("settle.see", unscoped=("exam",))
@never_cache
def note(request: HttpRequest, exam: str) -> HttpResponse:
    """The last checkpoint note as a file, for `kaowu verify --checkpoint`."""
    exam_here(request, exam)
    response = HttpResponse(kept.last_note(), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{exam}-checkpoint.txt"'
    return response


def _folder(exam: str) -> Path:
    folder: Path = settings.DATA.root / "archives" / exam
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _new_file(exam: str, kind: str = "") -> Path:
    return _folder(exam) / f"{exam}-{exam_time(exam_time_now(exam).now):%Y%m%d-%H%M%S}{kind}.kwa"


def _running(exam: str) -> Job | None:
    return Job.objects.filter(
        work__in=(_MAKE, _COPY), arguments__exam=exam, state__in=(Job.State.WAITING, Job.State.RUNNING)
    ).first()


urlpatterns = [
    path("office/archive/", archives, name="archives"),
    path("office/archive/<str:exam>/", archive, name="archive"),
    path("office/archive/<str:exam>/make/", make, name="archive_make"),
    path("office/archive/<str:exam>/open-copy/", copy, name="archive_copy"),
    path("office/archive/<str:exam>/checkpoint.txt", note, name="archive_note"),
    path("office/archive/<str:exam>/file/<str:name>", download, name="archive_file"),
]
