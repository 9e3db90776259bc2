"""One roster under examination: its files beside the upload, and the two jobs that check and write it.

    <token>.upload          the file itself
    <token>-state.upload    what the page decided: exam, mapping, jobs
    <token>-found.upload    what the check found, written by the worker

All of them go when the roster was written or given up, or after a day.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.private_files import write_private
from kaowu.engines.roster import Mapping
from kaowu.facts.envelope import Actor
from kaowu.store.models import Job
from kaowu.web import jobs, uploads
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.uploads import Upload
from kaowu.web.works import roster
from kaowu.web.works.roster_findings import findings_of


@dataclass(frozen=True, slots=True)
class RosterUpload:
    """What is known about one upload apart from its bytes."""

    token: str
    name: str
    exam: str
    photos: str = ""
    mapping: dict[str, Any] | None = None
    check_job: str = ""
    write_job: str = ""

    def save(self) -> None:
        _write(_state(self.token), asdict(self))

    @property
    def content(self) -> bytes:
        return Upload(self.token, self.name).read()

    @property
    def photo_bytes(self) -> bytes | None:
        return Upload(self.photos, "").read() if self.photos else None

    @property
    def corrected(self) -> Mapping | None:
        return Mapping.from_dict(self.mapping) if self.mapping else None

    @property
    def found(self) -> dict[str, Any] | None:
        """What the check found; None while it has not ended."""
        path = _found(self.token)
        return json.loads(path.read_text("utf-8")) if path.exists() else None


def begin(request: HttpRequest, exam: str, upload: Upload, photos: Upload | None) -> RosterUpload:
    """A new upload, and its check under way."""
    one = RosterUpload(upload.token, upload.name, exam, photos.token if photos else "")
    one.save()
    return check_again(request, one, None)


def check_again(request: HttpRequest, one: RosterUpload, mapping: Mapping | None) -> RosterUpload:
    """Check with this mapping; what an earlier check found no longer counts."""
    _found(one.token).unlink(missing_ok=True)
    one = replace(one, mapping=mapping.as_dict() if mapping else one.mapping)
    one.save()
    title = Sentence(f"核对名册 {one.name}", f"Check roster {one.name}")
    job = jobs.start(request, "roster.check", title, token=one.token)
    one = replace(one, check_job=str(job.pk))
    one.save()
    return one


def write(request: HttpRequest, one: RosterUpload, actor: Actor) -> RosterUpload:
    """Start writing; asking twice while it runs starts nothing new."""
    running = Job.objects.filter(
        pk=one.write_job or None, state__in=(Job.State.WAITING, Job.State.RUNNING, Job.State.DONE)
    )
    if running.exists():
        return one
    title = Sentence(f"写入名册 {one.name}", f"Import roster {one.name}")
    job = jobs.start(request, "roster.write", title, token=one.token, account=actor.account, post=actor.post)
    one = replace(one, write_job=str(job.pk))
    if _state(one.token).exists():  # an immediate worker may have finished and cleaned up already
        one.save()
    return one


def kept(request: HttpRequest, exam: str, token: str) -> RosterUpload:
    """The upload of this login and exam; Http404 otherwise."""
    uploads.kept(request, token)
    one = _read(token)
    if one is None or one.exam != exam:
        raise Http404
    return one


def give_up(request: HttpRequest, one: RosterUpload) -> None:
    """Delete the file and all that belongs to it."""
    for job in (one.check_job, one.write_job):
        found = Job.objects.filter(pk=job).first() if job else None
        if found is not None:
            jobs.cancel(found, by=request.user.name)  # type: ignore[union-attr]
    uploads.forget(request, Upload(one.token, one.name))
    _clean_up(one)


@long_job("roster.check")
def check_job(progress: Progress, token: str) -> Outcome:
    """Read the file and write down what was found; writes nothing else."""
    one = _read(token)
    if one is None:
        raise _gone()
    begun = time.monotonic()
    progress.step(1, 2, Sentence("读取文件", "read the file"))
    content, photos = one.content, one.photo_bytes

    def tell(done: int, total: int) -> bool:
        progress.done(done, total)
        return True

    progress.step(2, 2, Sentence("逐行核对", "check row by row"))
    try:
        checked = roster.check_upload(
            one.exam, content, one.name, mapping=one.corrected, photos=photos, progress=tell
        )
    except Refused as refused:
        _write(_found(token), {"refused": refused.as_dict()})
        raise
    progress.check()
    view = findings_of(checked, content, time.monotonic() - begun)
    _write(_found(token), view)
    said = Sentence(
        f"{view['rows']:,} 行：可写入 {view['accepted']:,}，须改 {view['rejected']:,}。",
        f"{view['rows']:,} rows: {view['accepted']:,} ready, {view['rejected']:,} to correct.",
    )
    return Outcome(said, f"/office/roster/{one.exam}/{token}/")


@long_job("roster.write")
def write_job(progress: Progress, token: str, account: str, post: str) -> Outcome:
    """Check the same bytes once more and hand the roster to the desk, whole or not at all."""
    one = _read(token)
    if one is None:
        raise _gone()
    content, photos = one.content, one.photo_bytes

    def tell(done: int, total: int) -> bool:
        progress.done(done, total)
        return True

    progress.step(1, 2, Sentence("再核对一遍", "check once more"))
    checked = roster.check_upload(
        one.exam, content, one.name, mapping=one.corrected, photos=photos, progress=tell
    )
    progress.step(2, 2, Sentence("整份写入", "write the whole roster"))
    roster.take_roster(one.exam, checked.check, content, one.name, Actor(account, post), photos)
    Upload(one.token, one.name).path.unlink(missing_ok=True)
    _clean_up(one)
    number = len(checked.check.accepted)
    said = Sentence(f"已写入名册 {number:,} 人。", f"Roster of {number:,} candidates imported.")
    return Outcome(said, f"/office/candidates/{one.exam}/")


def _gone() -> Refused:
    return Refused(
        "upload_gone",
        Sentence("上传的文件已过期或已删除。", "The uploaded file has expired or was deleted."),
        remedy=Sentence("请重新上传。", "Upload it again."),
    )


def _clean_up(one: RosterUpload) -> None:
    for path in (_state(one.token), _found(one.token)):
        path.unlink(missing_ok=True)
    if one.photos:
        Upload(one.photos, "").path.unlink(missing_ok=True)


def _read(token: str) -> RosterUpload | None:
    path = _state(token)
    return RosterUpload(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def _write(path: Path, value: Any) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    write_private(draft, json.dumps(value, ensure_ascii=False).encode())
    draft.replace(path)


def _state(token: str) -> Path:
    return settings.DATA.uploads / f"{token}-state.upload"


def _found(token: str) -> Path:
    return settings.DATA.uploads / f"{token}-found.upload"
