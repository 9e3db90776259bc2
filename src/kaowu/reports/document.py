"""A document: one kind of paper that leaves the house.

A document is declared in one file of this package: its names, its phase, its
paper, what each of its pages shows, and its layout in Typst. Pages are decided
in Python before anything is set, one mapping per page; so every page knows its
number and the total, and a pack knows its counts before it is printed.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from kaowu.reports.typesetting import Imprint, Sheet, typeset

Page = Mapping[str, object]
Shown = TypeVar("Shown")
"""What a document is made of: `SiteContents` for whatever goes into a site's pack."""


class Phase(StrEnum):
    """The phase of the loop whose menu offers the document."""

    PREPARE = "prepare"
    CONDUCT = "conduct"
    SETTLE = "settle"
    IMPROVE = "improve"


class Scope(StrEnum):
    """What one copy of the document speaks of."""

    EXAM = "exam"
    SITE = "site"
    ROOM = "room"
    CANDIDATE = "candidate"
    POST = "post"
    PERSON = "person"


class Paper(StrEnum):
    """The paper it is printed on."""

    A4 = "a4"
    A4_LANDSCAPE = "a4-landscape"
    A3_LANDSCAPE = "a3-landscape"


@dataclass(frozen=True)
class Document(Generic[Shown]):
    """One kind of paper: how it is called, when it is used, how it is made.

    `pages` turns contents into one mapping per page; `layout` is Typst source
    that defines `page-of(data)` with the parts of `paper.typ`. `pack_order` places it in a site's print
    pack; a document without it is printed only when asked for. `once_per_room`
    is for what stays in the room over all sittings.
    """

    id: str
    zh: str
    en: str
    phase: Phase
    scope: Scope
    pages: Callable[[Shown], Sequence[Page]]
    layout: str
    sample: Callable[[], Shown]
    paper: Paper = Paper.A4
    pack_order: int | None = None
    once_per_room: bool = False

    def render(self, contents: Shown, printed_at: datetime.datetime, digest: str) -> bytes:
        """The finished PDF. Digest and time of printing stand at the foot of every page."""
        return typeset(self.sheets(contents), Imprint(self.zh, printed_at, digest))

    def sheets(self, contents: Shown) -> list[Sheet]:
        """The pages as they go to the press, each with its number and the total.

        第 x 页 共 y 页 is counted over what is printed together, unless a page
        counts for itself, as a ticket does.
        """
        pages = self.pages(contents)
        return [
            Sheet(
                self.layout,
                self.paper.value,
                {"page_number": number, "page_total": len(pages), **page},
            )
            for number, page in enumerate(pages, start=1)
        ]
