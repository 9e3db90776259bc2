"""One bag of answer sheets (答题卡袋): the sheets of one subject in one room-sitting, as its facts have made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaowu.facts.catalogue import Fact
from kaowu.facts.sheet_bags import (
    CANNOT_TELL,
    FieldAdjudicated,
    MarkJudged,
    SheetBagChecked,
    SheetBagHandedOver,
    SheetBagSealed,
    SheetSettled,
    SheetsScanned,
)
from kaowu.facts.subjects import RoomSittingKey

BAG_FACTS = (
    SheetBagChecked,
    SheetsScanned,
    SheetSettled,
    MarkJudged,
    FieldAdjudicated,
    SheetBagSealed,
    SheetBagHandedOver,
)
IDENTITY = "@identity"
"""The field under which reviewers say whose sheet a page is: they answer with a seat number."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one person said of one field."""

    person: str
    says: str


@dataclass(frozen=True, slots=True)
class Review:
    """All opinions about one field of one page."""

    opinions: tuple[Opinion, ...] = ()
    verdict: Opinion | None = None

    @property
    def final(self) -> str | None:
        """What it is decided to say; None while people still have to.

        The first two opinions count: later ones, given by people at work at the
        same time or to measure them, change nothing.
        """
        if self.verdict is not None:
            return self.verdict.says
        if len(self.opinions) < 2:
            return None
        first, second = self.opinions[:2]
        return first.says if first.says == second.says != CANNOT_TELL else None

    @property
    def differs(self) -> bool:
        """Two have spoken and do not agree: a third decides."""
        return self.verdict is None and len(self.opinions) >= 2 and self.final is None

    def has(self, person: str) -> bool:
        """Has this person spoken?"""
        return person in [one.person for one in self.opinions] or (
            self.verdict is not None and self.verdict.person == person
        )


FieldKey = tuple[bytes, str]


@dataclass(frozen=True)
class SheetBag:
    """Where one bag stands."""

    key: RoomSittingKey
    subject: str
    checked: SheetBagChecked | None = None
    scans: tuple[SheetsScanned, ...] = ()
    settled: Mapping[str, SheetSettled] = field(default_factory=dict)
    reviews: Mapping[FieldKey, Review] = field(default_factory=dict)
    sealed: SheetBagSealed | None = None
    handed_over: tuple[SheetBagHandedOver, ...] = ()
    at_office: bool = False
    """It was handed over once: the site has it no more, even while it is read anew."""

    @property
    def is_open(self) -> bool:
        """The three fields agree and nobody has sealed it: it may be scanned."""
        return self.checked is not None and self.sealed is None

    def after(self, fact: Fact) -> "SheetBag":
        """The bag once this fact has happened."""
        match fact:
            case SheetBagChecked():
                # A sealed bag that is checked again is read anew from the beginning; opinions stay with their pages.
                if self.sealed is not None:
                    return SheetBag(
                        self.key, self.subject, checked=fact, reviews=self.reviews, at_office=self.at_office
                    )
                return replace(self, checked=fact)
            case SheetsScanned():
                return replace(self, scans=(*self.scans, fact))
            case SheetSettled():
                return replace(self, settled={**self.settled, fact.target: fact})
            case MarkJudged() if fact.says:
                return self._judged(fact)
            case FieldAdjudicated() if fact.says:
                known = self.review(fact.page, fact.field)
                decided = replace(known, verdict=Opinion(fact.arbiter, fact.says))
                return replace(self, reviews={**self.reviews, (fact.page, fact.field): decided})
            case SheetBagSealed():
                return replace(self, sealed=fact)
            case SheetBagHandedOver():
                return replace(self, handed_over=(*self.handed_over, fact), at_office=True)
        return self

    def review(self, page: bytes, name: str) -> Review:
        """The opinions about one field."""
        return self.reviews.get((page, name), Review())

    def _judged(self, fact: MarkJudged) -> "SheetBag":
        known = self.review(fact.page, fact.field)
        if known.has(fact.reviewer):
            return self
        heard = replace(known, opinions=(*known.opinions, Opinion(fact.reviewer, fact.says)))
        return replace(self, reviews={**self.reviews, (fact.page, fact.field): heard})


def seat_target(seat: str) -> str:
    """How a settlement names a seat."""
    return f"seat/{seat}"


def page_target(page: bytes) -> str:
    """How a settlement names a page that belongs to no seat."""
    return f"page/{page.hex()}"
