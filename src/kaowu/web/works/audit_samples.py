"""What an audit is drawn from and what it drew; and its sample on the way down to the nodes whose images it needs.

The list and the seed are facts of the organiser's node. Images stay where they
were scanned, so every node below asks at each contact for the sampled fields of
its own sites; there they come up in the reviewers' piles, and what is said of
them rises as any opinion does. The list given last takes the place of the one
before: asking twice changes nothing.
"""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import cbor2

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.engines import sampling
from kaowu.engines.sync.asking import AUDIT_SAMPLES
from kaowu.engines.sync.cards import NodeCard
from kaowu.exam.plan import SheetAudit
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store import artefacts
from kaowu.store.models import Artefact, Exam
from kaowu.store.queries import exams, places
from kaowu.web.counter import clock
from kaowu.web.works.orders import list_of, sealed_list

FRAME, TAKEN = "sheet_audit_frame", "sheet_audit_sample"
FORMAT = "kaowu.sheet-audit/1"

Drawn = tuple[str, bytes, str]
"""Bag, page, field."""


@dataclass(frozen=True)
class Frame:
    """The list of an audit: pages in order, and of each the fields that were read without doubt."""

    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Bag, page in hexadecimal, fields."""

    @property
    def fields(self) -> int:
        return sum(len(fields) for _bag, _page, fields in self.rows)

    def to_bytes(self) -> bytes:
        """One spelling: its digest stands in the fact."""
        plain = {"format": FORMAT, "rows": [[bag, page, ",".join(fields)] for bag, page, fields in self.rows]}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Frame":
        """A list that was kept."""
        plain = json.loads(content)
        if plain["format"] != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
        return cls(tuple((bag, page, tuple(fields.split(","))) for bag, page, fields in plain["rows"]))


def drawn(audit: SheetAudit | None) -> tuple[Drawn, ...]:
    """The fields that an audit drew, in the order drawn; none before its seed is public."""
    if audit is None or audit.drawn is None:
        return ()
    return _sample(audit.fixed.frame, audit.drawn.seed, audit.fixed.sample)


def sampled(exam: str, subject: str) -> set[tuple[bytes, str]]:
    """The fields that are to be read for an audit, of this node's or of one above: page and field."""
    own = drawn(exams.plan(exam).audits.get(subject))
    found = {(page, field) for _bag, page, field in own}
    for _exam, _subject, fields in _taken(exam, subject):
        found |= {(page, field) for _bag, page, field in fields}
    return found


def given_to(card: NodeCard, known: str) -> bytes:
    """The samples of audits under way that concern a unit's sites; nothing at all where it has just these."""
    unit = places.unit(card.organisation)
    rows = [
        [exam, subject, mine]
        for exam, subject, fields in _under_way()
        if (mine := _in_unit(fields, unit.path if unit else "-"))
    ]
    if (not rows and known == "-") or digest(cbor2.dumps(rows)).hex() == known:
        return b""
    return sealed_list(AUDIT_SAMPLES, rows, card)


def read_up_to(upstream: str) -> str:
    """Which list of a node above was taken last; a dash before the first."""
    last = Artefact.objects.filter(kind=TAKEN, name=upstream).values_list("digest", flat=True).first()
    return bytes(last).hex() if last is not None else "-"


def take(upstream: str, card: NodeCard, answer: bytes) -> int:
    """Keep the list that the node above gives; returns how many fields it names.

    Raises Refused if the list is not that node's, or names no fields of pages.
    """
    if not answer:
        return 0
    rows = list_of(AUDIT_SAMPLES, card, answer)
    try:
        named = sum(len(fields) for _exam, _subject, fields in _read(rows))
    except (TypeError, ValueError) as error:
        raise Refused(
            "audit_sample_unreadable",
            Sentence(
                f"{card.origin} 下发的抽查样本读不出，未接收。",
                f"The audit sample from {card.origin} cannot be read and was not taken.",
            ),
        ) from error
    kept = artefacts.keep(cbor2.dumps(rows), kind=TAKEN, at=clock.now(), name=upstream)
    Artefact.objects.filter(kind=TAKEN, name=upstream).exclude(digest=kept).delete()
    return named


def _in_unit(fields: Sequence[Drawn], path: str) -> list[list[Any]]:
    """Those of them whose bag belongs to a site under this place."""
    sites = [RoomSittingKey.read(bag).site for bag, _page, _field in fields]
    paths = places.site_paths(set(sites))
    return [
        list(one) for site, one in zip(sites, fields, strict=True) if paths.get(site, "").startswith(path)
    ]


def _under_way() -> Iterator[tuple[str, str, Sequence[Drawn]]]:
    """Audits whose sample is being read, this node's own and those it was given to pass on."""
    for exam in Exam.objects.order_by("code").values_list("code", flat=True):
        for subject, audit in sorted(exams.plan(exam).audits.items()):
            if audit.drawn is not None and audit.concluded is None:
                yield exam, subject, drawn(audit)
    yield from _taken()


def _taken(exam: str = "", subject: str = "") -> Iterator[tuple[str, str, Sequence[Drawn]]]:
    for kept in Artefact.objects.filter(kind=TAKEN).order_by("name").values_list("digest", flat=True):
        for row in _kept(bytes(kept)):
            if not exam or row[:2] == (exam, subject):
                yield row


@lru_cache(maxsize=8)
def _kept(named: bytes) -> tuple[tuple[str, str, tuple[Drawn, ...]], ...]:
    return _read(cbor2.loads(artefacts.read(named)))


def _read(rows: Any) -> tuple[tuple[str, str, tuple[Drawn, ...]], ...]:
    """A list as it is kept; raises TypeError or ValueError for anything else."""
    found = []
    for exam, subject, fields in rows:
        some = tuple((str(RoomSittingKey.read(bag)), bytes(page), str(field)) for bag, page, field in fields)
        found.append((str(exam), str(subject), some))
    return tuple(found)


@lru_cache(maxsize=64)
def _sample(named: bytes, seed: str, count: int) -> tuple[Drawn, ...]:
    try:
        frame = Frame.from_bytes(artefacts.read(named))
    except KeyError:
        return ()
    ends = list(accumulate(len(fields) for _bag, _page, fields in frame.rows))
    found = []
    for place in sampling.draw(named, seed, frame.fields, count):
        at = bisect_right(ends, place)
        bag, page, fields = frame.rows[at]
        found.append((bag, bytes.fromhex(page), fields[place - (ends[at] - len(fields))]))
    return tuple(found)
