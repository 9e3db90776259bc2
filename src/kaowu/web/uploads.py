"""Files under examination: kept in the data folder between upload and decision, seen by nobody else.

A token in the login's own session leads to the file; it is deleted when it was written or a day later.
"""

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.private_files import write_private

_KEPT_FOR_S = 24 * 3600
_SESSION = "uploads"


@dataclass(frozen=True, slots=True)
class Upload:
    """One kept file and the name it came with."""

    token: str
    name: str

    @property
    def path(self) -> Path:
        return settings.DATA.uploads / f"{self.token}.upload"

    def read(self) -> bytes:
        return self.path.read_bytes()


def keep(request: HttpRequest, file: UploadedFile | None, most_bytes: int) -> Upload:
    """Keep an uploaded file; refused if there is none or it is larger than agreed."""
    if file is None or not file.size:
        raise Refused(
            "upload.empty", Sentence("没有收到文件，或文件是空的。", "No file arrived, or it is empty.")
        )
    if file.size > most_bytes:
        megabytes = most_bytes // 1_000_000
        raise Refused(
            "upload.too_large",
            Sentence(f"文件超过 {megabytes} MB。", f"The file is larger than {megabytes} MB."),
            remedy=Sentence("请拆成几份分别上传。", "Split it and send the parts."),
        )
    _sweep()
    upload = Upload(secrets.token_hex(16), (file.name or "")[:120])
    write_private(upload.path, file.read())
    request.session[_SESSION] = {**request.session.get(_SESSION, {}), upload.token: upload.name}
    return upload


def keep_for_job(file: UploadedFile) -> Upload:
    """Keep one of several files for a job that deletes them; no login needs to find it again."""
    _sweep()
    upload = Upload(secrets.token_hex(16), (file.name or "")[:120])
    write_private(upload.path, file.read())
    return upload


def kept(request: HttpRequest, token: str) -> Upload:
    """The file of this token, if this login has brought it."""
    names = request.session.get(_SESSION, {})
    upload = Upload(token, names.get(token, ""))
    if token not in names or not upload.path.exists():
        raise Http404
    return upload


def forget(request: HttpRequest, upload: Upload) -> None:
    """Delete the file; its decision has been made."""
    upload.path.unlink(missing_ok=True)
    request.session[_SESSION] = {
        token: name for token, name in request.session.get(_SESSION, {}).items() if token != upload.token
    }


def _sweep() -> None:
    limit = time.time() - _KEPT_FOR_S
    for path in settings.DATA.uploads.glob("*.upload"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
