"""Forms of others: described over the scan of a blank, approved by two like any sheet, read like any sheet."""

import json
from dataclasses import dataclass
from functools import lru_cache

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Page, Rejected, decode
from kaowu.facts.answer_sheet import SheetApproved
from kaowu.facts.envelope import Actor
from kaowu.loop.desk import Receipt
from kaowu.store import artefacts
from kaowu.store.models import Artefact
from kaowu.web.counter import clock, record

FORMAT = "kaowu.form/1"
BLANK, DESIGN = "sheet_blank", "sheet_design"


@dataclass(frozen=True)
class ForeignForm:
    """A form that is printed elsewhere: its title, its one page's layout, the digest of its blank's scan."""

    title: str
    layout: Layout
    blank: bytes

    def to_bytes(self) -> bytes:
        """What is kept as the design."""
        plain = {
            "format": FORMAT,
            "title": self.title,
            "layout": self.layout.to_plain(),
            "blank": self.blank.hex(),
        }
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def foreign_form(design: bytes) -> ForeignForm | None:
    """The form in a kept design; None if the design is one of the house."""
    try:
        plain = json.loads(design)
    except ValueError:
        return None
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        return None
    layout = Layout.from_bytes(json.dumps(plain["layout"]).encode())
    return ForeignForm(plain["title"], layout, bytes.fromhex(plain["blank"]))


def keep_blank(exam: str, name: str, content: bytes) -> bytes:
    """Keep the scan of a blank; returns its digest. Raises Refused if it is no image that can be read."""
    readable(content)
    return artefacts.keep(content, kind=BLANK, at=clock.now(), exam=exam, name=name)


def readable(content: bytes) -> Page:
    """The page of an image that somebody sent. Raises Refused."""
    try:
        return decode(content)
    except Rejected as rejected:
        raise Refused(
            f"blank.{rejected.code}",
            Sentence(f"这个文件读不了（{rejected.code}）。", f"This file cannot be read ({rejected.code})."),
            remedy=Sentence(
                "请交 200 或 300 dpi 的灰度扫描图像。", "Give a grey scan of 200 or 300 dpi, as an image."
            ),
        ) from rejected


def has_blank(exam: str, digest: bytes) -> bool:
    """Whether a scan of a blank was kept for this exam."""
    return Artefact.objects.filter(digest=digest, kind=BLANK, exam=exam).exists()


@lru_cache(maxsize=4)
def blank_of(digest: bytes) -> Page:
    """The page of a kept blank."""
    return decode(artefacts.read(digest))


def approve(exam: str, subject: str, form: ForeignForm, signed: tuple[Actor, Actor]) -> Receipt:
    """Put a foreign form on record for a subject under both names. Raises Refused."""
    design = artefacts.keep(
        form.to_bytes(), kind=DESIGN, at=clock.now(), exam=exam, name=f"{form.layout.id}.json"
    )
    fact = SheetApproved(
        subject=subject,
        name=form.title,
        design=design,
        layouts=(form.layout.digest,),
        pages=1,
        questions=sum(field.type in ("single", "multiple") for field in form.layout.fields),
    )
    return record(fact, *signed, exam=exam, subject=exam, attachments=(design, form.blank))
