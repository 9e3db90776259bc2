"""Photographs: whether a registered file can be printed at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from kaowu.basics.errors import Finding, Sentence
from kaowu.reports.contents import SiteContents

UNREADABLE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError)


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph to be shown: the bytes of a JPEG or PNG file."""

    content: bytes


def picture(content: bytes | None) -> Picture | None:
    """The photograph for a page; None, and so an empty frame, if it cannot be opened."""
    return Picture(content) if content and opens(content) else None


def opens(content: bytes) -> bool:
    """Whether the head of the file is that of a JPEG or PNG picture."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as image:
            return image.width > 0
    except UNREADABLE:
        return False


def decodes(content: bytes) -> bool:
    """Whether the whole picture can be read; much slower than `opens`."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as image:
            image.load()
    except UNREADABLE:
        return False
    return True


def photo_findings(contents: SiteContents) -> list[Finding]:
    """One finding for each candidate whose photograph cannot be opened."""
    broken = (number for number, photo in _photos(contents) if photo and not opens(photo))
    return [
        Finding(
            "photo_unreadable",
            Sentence(
                zh=f"考生 {number} 的照片文件无法打开，印件上为空框。",
                en=f"Candidate {number}: the photograph cannot be opened; its frame is empty.",
            ),
            remedy=Sentence(
                zh="补交照片后重新打印该页。",
                en="Supply the photograph and print the page again.",
            ),
        )
        for number in dict.fromkeys(broken)
    ]


def _photos(contents: SiteContents) -> Iterator[tuple[str, bytes | None]]:
    for ticket in contents.tickets:
        yield ticket.candidate_number, ticket.photo
    for room in contents.rooms:
        for seat in room.seats:
            yield seat.candidate_number, seat.photo
