"""Photos (照片) in a zip, named by document number: who has one, and is it right?

Only names decide who is on a photo. A photo is right if it is a JPEG of
480×640 that can be decoded to its last line.
"""

from __future__ import annotations

import io
import posixpath
import warnings
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

from kaowu.basics.errors import Sentence
from kaowu.basics.names import half_width, without_spaces
from kaowu.engines.roster.candidate import Candidate
from kaowu.engines.roster.issues import Issue
from kaowu.engines.roster.unreadable import unreadable

SIZE = (480, 640)
MAX_PHOTO = 32 << 20
MAX_PHOTOS = 2_000_000
MAX_PIXELS = 60_000_000
PICTURES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic"}
)


class PhotoArchive:
    """The pictures of a zip, by name without folder and suffix."""

    def __init__(self, source: str | Path | bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise unreadable("file_corrupt", Sentence("照片压缩包", "the photo archive")) from error
        if len(entries) > MAX_PHOTOS:
            raise unreadable("zip_bomb")
        self.by_stem: dict[str, list[tuple[str, zipfile.ZipInfo]]] = defaultdict(list)
        for entry in entries:
            name = _name_of(entry)
            stem, suffix = posixpath.splitext(posixpath.basename(name))
            hidden = stem.startswith((".", "._")) or "__MACOSX/" in name
            if entry.is_dir() or hidden or suffix.lower() not in PICTURES:
                continue
            self.by_stem[photo_key(stem)].append((posixpath.basename(name), entry))

    def faults(self, key: str) -> tuple[str, ...]:
        """What is wrong with a person's photo; nothing if one of several is right."""
        found = self.by_stem.get(key)
        if not found:
            return ("photo_missing",)
        best: tuple[str, ...] | None = None
        for _, entry in found:
            faults = self._judge(entry)
            if not faults:
                return ()
            best = best or faults
        return best or ()

    def _judge(self, entry: zipfile.ZipInfo) -> tuple[str, ...]:
        if entry.file_size > MAX_PHOTO:
            return ("photo_corrupt",)
        try:
            with self._zip.open(entry) as part:
                data = part.read(MAX_PHOTO + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError):
            return ("photo_corrupt",)
        return judge_picture(data)


def photo_key(text: str) -> str:
    """The form in which numbers and file names are compared."""
    return half_width(without_spaces(text)).upper()


def judge_picture(data: bytes) -> tuple[str, ...]:
    """Codes of what is wrong with a picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                kind, size = picture.format, picture.size
                if size[0] * size[1] > MAX_PIXELS:
                    return ("photo_corrupt",)
                if kind == "JPEG":
                    # Decoding in small keeps the check of every scan line and costs a fraction.
                    picture.draft("L", (size[0] // 8, size[1] // 8))
                picture.load()
    except Exception:
        return ("photo_corrupt",)
    faults = []
    if kind not in {"JPEG", "MPO"}:
        faults.append("photo_wrong_format")
    if size != SIZE:
        faults.append("photo_wrong_size")
    return tuple(faults)


def check_photos(
    archive: PhotoArchive,
    accepted: Iterable[Candidate],
    known_numbers: set[str],
    go_on: Callable[[], bool],
) -> list[Issue]:
    """Findings for accepted candidates, and for files that fit nobody."""
    issues = []
    for candidate in accepted:
        if not go_on():
            break
        for code in archive.faults(photo_key(candidate.id_number)):
            issues.append(Issue("row", candidate.sheet, candidate.row, None, None, "photo", code, None))
    for key, files in archive.by_stem.items():
        if key not in known_numbers:
            issues += [
                Issue("photo", None, None, None, None, "photo", "photo_unmatched", name) for name, _ in files
            ]
    return issues


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Names written by Chinese Windows are in GBK without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            return name.replace("\\", "/")
        for encoding in ("utf-8", "gb18030"):
            try:
                return raw.decode(encoding).replace("\\", "/")
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")
