"""Photographs: whether a registered file can be printed at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain

from PIL import Image, UnidentifiedImageError

from kaowu.basics.errors import Finding, Sentence
from kaowu.reports.contents import SiteContents

UNREADABLE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError)
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph to be shown: the bytes of a JPEG or PNG file, and what its head says."""

    content: bytes
    kind: str
    width: int
    height: int
    mode: str
    upright: bool = True


def picture(content: bytes | None) -> Picture | None:
    """The photograph for a page; None, and so an empty frame, if it cannot be opened."""
    if not content:
        return None
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as image:
            upright = image.getexif().get(_ORIENTATION, 1) == 1
            return Picture(content, str(image.format), *image.size, image.mode, upright)
    except UNREADABLE:
        return None


def decodes(content: bytes) -> bool:
    """Whether the whole picture can be read; much slower than looking at its head."""
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as image:
            image.load()
    except UNREADABLE:
        return False
    return True


def photo_findings(contents: SiteContents) -> list[Finding]:
    """One finding for each candidate whose photograph cannot be opened."""
    broken = (number for number, photo in _photos(contents) if picture(photo) is None)
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


def _photos(contents: SiteContents) -> Iterator[tuple[str, bytes]]:
    """Each photograph once, though ticket and seat show the same."""
    tickets = ((ticket.candidate_number, ticket.photo) for ticket in contents.tickets)
    seats = ((seat.candidate_number, seat.photo) for room in contents.rooms for seat in room.seats)
    seen: set[tuple[str, int]] = set()
    for number, photo in chain(tickets, seats):
        if photo is not None and (number, id(photo)) not in seen:
            seen.add((number, id(photo)))
            yield number, photo
