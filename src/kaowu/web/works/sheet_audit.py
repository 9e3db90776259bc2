"""The sampling audit of one subject: its list, its sample, what the blind readers found, the bound that remains.

The list holds every field that was read without doubt in a sealed bag; those
in doubt are decided by people anyway, and what another node scanned cannot be looked at here. Sampled fields go into the reviewers'
piles like any other crop, so nobody reads more carefully because it is an audit.
"""

import json
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines import sampling
from kaowu.exam.plan import SheetAudit
from kaowu.exam.sheet_readings import is_answer
from kaowu.facts.envelope import Actor
from kaowu.facts.sheet_audit import AuditConcluded, AuditDrawn, AuditFrameFixed
from kaowu.facts.sheet_bags import BLANK, CANNOT_TELL
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Receipt
from kaowu.loop.profile_of_exam import profile_of
from kaowu.reports.registry import document
from kaowu.reports.sheet_audit import AuditReport, Misread
from kaowu.store import artefacts
from kaowu.store.queries import exams, sheet_bags
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.counter import clock, record
from kaowu.web.works.paper_heads import exam_head, printed_at

FRAME = "sheet_audit_frame"
FORMAT = "kaowu.sheet-audit/1"
SEED_AT_LEAST = 20
"""Symbols of a seed: twenty throws of dice are some fifty bits, and nobody can try lists out against them."""


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


@dataclass(frozen=True, slots=True)
class Sampled:
    """One field of the sample: where it is, what was read, what people say (None: not yet)."""

    number: int
    key: RoomSittingKey
    page: bytes
    field: str
    read: str
    people: str | None

    @property
    def misread(self) -> bool:
        """Two people, or a third between them, read something else."""
        return self.people is not None and self.people != self.read


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the audit of a subject stands."""

    audit: SheetAudit | None
    sample: tuple[Sampled, ...]

    @property
    def read(self) -> int:
        return sum(one.people is not None for one in self.sample)

    @property
    def errors(self) -> int:
        return sum(one.misread for one in self.sample)

    @property
    def bound_ppm(self) -> int:
        """The bound that what is read so far shows."""
        if self.audit is None or not self.read:
            return 1_000_000
        fixed = self.audit.fixed
        most = sampling.most_errors(fixed.fields, self.read, self.errors, fixed.confidence)
        return sampling.ppm(most, fixed.fields)


def standing(exam: str, subject: str) -> Standing:
    """The latest audit of a subject."""
    audit = exams.plan(exam).audits.get(subject)
    if audit is None or audit.drawn is None:
        return Standing(audit, ())
    views = {str(view.key): view for view in sheet_bags.bags(exam, subject)}
    found = []
    for number, (bag, page, field) in enumerate(_drawn(audit), start=1):
        view = views.get(bag)
        row = view.page(page) if view is not None else None
        if view is None or row is None:
            continue
        final = view.bag.review(page, field).final
        people = None if final is None else "" if final in (BLANK, CANNOT_TELL) else final
        found.append(Sampled(number, view.key, page, field, row.fields.get(field, ""), people))
    return Standing(audit, tuple(found))


def sampled(exam: str, subject: str) -> set[tuple[bytes, str]]:
    """The fields that the audit drew: page and field."""
    audit = exams.plan(exam).audits.get(subject)
    return {(page, field) for _bag, page, field in _drawn(audit)} if audit and audit.drawn else set()


def fix(exam: str, subject: str, signed: tuple[Actor, Actor]) -> Receipt:
    """List every field without doubt of all sealed bags, and say how large the sample will be. Raises Refused."""
    profile = profile_of(exams.plan(exam))
    rows = tuple(_rows(exam, subject))
    frame = Frame(rows)
    if profile is None or not frame.fields:
        raise Refused(
            "nothing_to_audit",
            Sentence(
                f"不能抽查：“{subject}”没有已封存的答题卡袋。",
                f"Nothing to audit: no bag of {subject} is sealed.",
            ),
        )
    bound, confidence = profile.number("audit_bound_ppm"), profile.number("audit_confidence")
    kept = artefacts.keep(
        frame.to_bytes(), kind=FRAME, at=clock.now(), exam=exam, name=f"抽查总体_{subject}.json"
    )
    fact = AuditFrameFixed(
        subject=subject,
        frame=kept,
        sheets=len(rows),
        fields=frame.fields,
        bound_ppm=bound,
        confidence=confidence,
        sample=sampling.sample_size(frame.fields, bound, confidence),
    )
    return record(fact, *signed, exam=exam, subject=exam, attachments=(kept,))


def draw(exam: str, subject: str, seed: str, signed: tuple[Actor, Actor]) -> Receipt:
    """Publish the seed that chance gave in public. Raises Refused."""
    audit = exams.plan(exam).audits.get(subject)
    said = "".join(unicodedata.normalize("NFKC", seed).lower().split())
    if len(said) < SEED_AT_LEAST:
        raise Refused(
            "seed_too_short",
            Sentence(
                f"种子至少 {SEED_AT_LEAST} 个符号，现有 {len(said)} 个。",
                f"A seed has at least {SEED_AT_LEAST} symbols, not {len(said)}.",
            ),
            remedy=Sentence("当众掷骰，依次记下点数。", "Throw dice in public and write the numbers down."),
        )
    fact = AuditDrawn(subject=subject, frame=audit.fixed.frame if audit else bytes(32), seed=said)
    return record(fact, *signed, exam=exam, subject=exam)


def conclude(exam: str, subject: str, signed: tuple[Actor, Actor]) -> Receipt:
    """State what was found and the bound that remains. Raises Refused."""
    found = standing(exam, subject)
    if found.audit is None or found.audit.drawn is None or not found.read:
        raise Refused(
            "audit_not_drawn",
            Sentence("不能作结论：还没有抽取或判读。", "Cannot conclude: nothing was drawn or read."),
        )
    fixed = found.audit.fixed
    fact = AuditConcluded(
        subject=subject,
        frame=fixed.frame,
        fields=fixed.fields,
        sampled=found.read,
        errors=found.errors,
        bound_ppm=found.bound_ppm,
        confidence=fixed.confidence,
    )
    return record(fact, *signed, exam=exam, subject=exam)


def _rows(exam: str, subject: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for view in sheet_bags.bags(exam, subject):
        if view.bag.sealed is None:
            continue
        for line in view.account.seats:
            for page in line.pages:
                clear = tuple(
                    name for name in page.read.fields if is_answer(name) and name not in page.read.doubts
                )
                if clear and view.pictured(page.read):
                    yield str(view.key), page.read.page.hex(), clear


def _drawn(audit: SheetAudit) -> tuple[tuple[str, bytes, str], ...]:
    assert audit.drawn is not None
    return _sample(audit.fixed.frame, audit.drawn.seed, audit.fixed.sample)


@lru_cache(maxsize=8)
def _sample(named: bytes, seed: str, count: int) -> tuple[tuple[str, bytes, str], ...]:
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


def report(exam: str, subject: str) -> bytes | None:
    """The audit on paper; None before its list is fixed."""
    shown, profile, found = exams.exam(exam), profile_of(exams.plan(exam)), standing(exam, subject)
    if shown is None or profile is None or found.audit is None:
        return None
    fixed, drawn = found.audit.fixed, found.audit.drawn
    errors = tuple(
        Misread(one.number, str(one.key), one.page.hex(), one.field, one.read, one.people or "")
        for one in found.sample
        if one.misread
    )
    told = AuditReport(
        exam=exam_head(shown, profile),
        subject=subject,
        audited_on=exam_time(exam_time_now(exam).now),
        sheets=fixed.sheets,
        fields=fixed.fields,
        sample=fixed.sample,
        read=found.read,
        aim_ppm=fixed.bound_ppm,
        confidence=fixed.confidence,
        bound_ppm=found.bound_ppm,
        frame=fixed.frame.hex(),
        seed=drawn.seed if drawn else "",
        errors=errors,
        concluded=found.audit.concluded is not None,
        number=found.audit.number,
    )
    return document("sheet-audit").render(told, printed_at(exam), fixed.frame.hex())
