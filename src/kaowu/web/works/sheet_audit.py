"""The sampling audit of one subject: its list, its sample, what the blind readers found, the bound that remains.

The list holds every field that was read without doubt in a sealed bag, wherever
the bag was scanned; those in doubt are decided by people anyway. Sampled fields
go into the reviewers' piles like any other crop, where their images are, so
nobody reads more carefully because it is an audit.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines import sampling
from kaowu.exam.plan import SheetAudit
from kaowu.exam.sheet_account import ABSENT_STATE
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
from kaowu.store.queries import exams, places, sheet_bags
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web.counter import clock, record
from kaowu.web.works.audit_samples import FRAME, Frame, drawn
from kaowu.web.works.paper_heads import exam_head, printed_at

SEED_AT_LEAST = 20
"""Symbols of a seed: twenty throws of dice are some fifty bits, and nobody can try lists out against them."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One field of the sample: where it is, what was read, what people say (None: not yet)."""

    number: int
    key: RoomSittingKey
    page: bytes
    field: str
    read: str
    people: str | None
    is_here: bool
    """Does its image lie on this node? Otherwise it is judged where it was scanned."""

    @property
    def misread(self) -> bool:
        """Two people, or a third between them, read something else."""
        return self.people is not None and self.people != self.read


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the audit of a subject stands."""

    audit: SheetAudit | None
    sample: tuple[Sampled, ...]
    outside: tuple[RoomSittingKey, ...]
    """Bags that a list fixed now would leave out: not sealed, or what was read is not here."""

    @property
    def elsewhere(self) -> list[tuple[str, int, int]]:
        """Sites that judge some of the sample because its images are there: site, fields, of these judged."""
        away = [one for one in self.sample if not one.is_here]
        judged = Counter(one.key.site for one in away if one.people is not None)
        return [
            (site, count, judged[site])
            for site, count in sorted(Counter(one.key.site for one in away).items())
        ]

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
    views = {str(view.key): view for view in sheet_bags.bags(exam, subject)}
    found = []
    for number, (bag, page, field) in enumerate(drawn(audit), start=1):
        view = views.get(bag)
        row = view.page(page) if view is not None else None
        if view is None or row is None:
            continue
        final = view.bag.review(page, field).final
        people = None if final is None else "" if final in (BLANK, CANNOT_TELL) else final
        read = row.fields.get(field, "")
        found.append(Sampled(number, view.key, page, field, read, people, view.pictured(row)))
    return Standing(audit, tuple(found), tuple(view.key for view in views.values() if _is_outside(view)))


def fix(exam: str, subject: str, signed: tuple[Actor, Actor]) -> Receipt:
    """List every field without doubt of all sealed bags, and say how large the sample will be. Raises Refused."""
    profile = profile_of(exams.plan(exam))
    views = list(sheet_bags.bags(exam, subject))
    covered = [view for view in views if _is_covered(view)]
    frame = Frame(tuple(row for view in covered for row in _rows(view)))
    if profile is None or not frame.fields:
        raise Refused(
            "nothing_to_audit",
            Sentence(
                f"不能抽查：“{subject}”没有已封存且识别结果在本机的答题卡袋。",
                f"Nothing to audit: of {subject} no bag is sealed whose readings are here.",
            ),
        )
    bound, confidence = profile.number("audit_bound_ppm"), profile.number("audit_confidence")
    kept = artefacts.keep(
        frame.to_bytes(), kind=FRAME, at=clock.now(), exam=exam, name=f"抽查总体_{subject}.json"
    )
    fact = AuditFrameFixed(
        subject=subject,
        frame=kept,
        sheets=len(frame.rows),
        fields=frame.fields,
        bound_ppm=bound,
        confidence=confidence,
        sample=sampling.sample_size(frame.fields, bound, confidence),
        bags=len(covered),
        outside=sum(map(_is_outside, views)),
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


def _is_covered(view: BagView) -> bool:
    """Sealed, and everything that was read of it is here."""
    return view.bag.sealed is not None and not view.lacks_readings


def _is_outside(view: BagView) -> bool:
    """A list fixed now leaves it out, though there may be sheets in it."""
    return not _is_covered(view) and any(line.state != ABSENT_STATE for line in view.seat_lines)


def _rows(view: BagView) -> Sequence[tuple[str, str, tuple[str, ...]]]:
    """The pages of one bag with what was read of them without doubt."""
    pages = [page.read for line in view.account.seats for page in line.pages]
    clear = [
        tuple(name for name in page.fields if is_answer(name) and name not in page.doubts) for page in pages
    ]
    return [
        (str(view.key), page.page.hex(), fields) for page, fields in zip(pages, clear, strict=True) if fields
    ]


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
    names = places.site_names(site for site, _count, _judged in found.elsewhere)
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
        bags=fixed.bags,
        outside=fixed.outside,
        elsewhere=tuple((names.get(site, site), count) for site, count, _judged in found.elsewhere),
        errors=errors,
        concluded=found.audit.concluded is not None,
        number=found.audit.number,
    )
    return document("sheet-audit").render(told, printed_at(exam), fixed.frame.hex())
