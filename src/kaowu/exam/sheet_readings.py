"""What one run of the scanner read from a bag, as the sealed artefact that `SheetsScanned` binds.

Pages stand by digest: of the image file's own bytes, and for a page of a file
of several of that digest with its number. Fields hold what the reader decided;
`doubts` names those that people have to judge.

The pages of one side have the same fields, so a run spells their names once:
that is most of its bytes, and of the time to read ten thousand of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kaowu.basics.ids import digest

KIND = "sheet_readings"
"""The kind of the artefact."""
FORMAT = "kaowu.sheet-readings/2"
_FORMATS = ("kaowu.sheet-readings/1", FORMAT)
"""The first spelled the names of its fields on every page."""
NUMBER = "kh"
ABSENT, VIOLATION = "absent", "violation"


@dataclass(frozen=True)
class PageRead:
    """One page as it was read, or why it was not."""

    page: bytes
    file: bytes
    number: int = 1
    of: int = 1
    name: str = ""
    error: str = ""
    side: int = 1
    """Which page of the sheet."""
    agreement: str = ""
    candidate: str = ""
    seat: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    doubts: frozenset[str] = frozenset()
    known: tuple[str, ...] = ()
    """Clear fields near the limits: shown to reviewers now and then, to measure them."""

    @property
    def questions(self) -> dict[str, str]:
        """The candidate's answers, without the number grid and the invigilators' boxes."""
        return {name: self.fields[name] for name in answers_among(self.fields)}


def is_answer(name: str) -> bool:
    """Is this field one that the candidate answers with?"""
    return not name.startswith(NUMBER) and name not in (ABSENT, VIOLATION)


def answers_among(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the fields that the candidate answers with; the pages of a side have the same ones."""
    return _answers(tuple(fields))


@lru_cache(maxsize=1_000)
def _answers(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(is_answer, names))


def page_digest(file: bytes, number: int, of: int) -> bytes:
    """The name of a page."""
    return file if of == 1 else digest(file + str(number).encode())


@dataclass(frozen=True)
class Readings:
    """One run."""

    subject: str
    layouts: tuple[str, ...]
    policy: str
    pages: tuple[PageRead, ...]

    def to_bytes(self) -> bytes:
        """One spelling, so that its digest names it."""
        names: dict[tuple[str, ...], int] = {}
        pages = [_plain(page, names) for page in self.pages]
        plain = {
            "format": FORMAT,
            "names": [list(row) for row in names],
            "subject": self.subject,
            "layouts": list(self.layouts),
            "policy": self.policy,
            "pages": pages,
        }
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Readings":
        """Readings that were kept; ValueError if they have another form."""
        plain = json.loads(content)
        if plain["format"] not in _FORMATS:
            raise ValueError(f"format is not {FORMAT}")
        return cls(
            subject=plain["subject"],
            layouts=tuple(plain["layouts"]),
            policy=plain["policy"],
            pages=tuple(_page(page, plain.get("names", ())) for page in plain["pages"]),
        )


def all_pages(runs: Iterable[Readings]) -> list[PageRead]:
    """The pages of several runs; the same image scanned again is the same page, the later reading counts."""
    return list({page.page: page for run in runs for page in run.pages}.values())


def _plain(page: PageRead, names: dict[tuple[str, ...], int]) -> dict[str, Any]:
    row = names.setdefault(tuple(page.fields), len(names))
    return {
        "page": page.page.hex(),
        "file": page.file.hex(),
        "number": page.number,
        "of": page.of,
        "name": page.name,
        "error": page.error,
        "side": page.side,
        "agreement": page.agreement,
        "candidate": page.candidate,
        "seat": page.seat,
        "codes": dict(page.codes),
        "fields": [row, *page.fields.values()],
        "doubts": sorted(page.doubts),
        "known": list(page.known),
    }


def _page(plain: dict[str, Any], names: Sequence[Sequence[str]]) -> PageRead:
    fields = plain["fields"]
    if isinstance(fields, list):
        row, *says = fields
        fields = dict(zip(names[row], says, strict=True))
    return PageRead(
        **plain
        | {
            "page": bytes.fromhex(plain["page"]),
            "file": bytes.fromhex(plain["file"]),
            "fields": fields,
            "doubts": frozenset(plain["doubts"]),
            "known": tuple(plain["known"]),
        }
    )
