"""The review of doubtful marks: what waits for whom, opinions and decisions, and how good the reviewers are.

A pile is made of three kinds of crops that look alike: marks the reader was
not sure of, fields of the sampling audit, and known crops. Nothing on the page
says which is which; who has judged what already follows from the facts, so a
pile needs no table of its own and asking for it changes nothing.
"""

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused
from kaowu.basics.ids import new_fact_id
from kaowu.exam.sheet_bag import IDENTITY
from kaowu.exam.sheet_identity import AGREED, ELSEWHERE
from kaowu.exam.sheet_readings import PageRead
from kaowu.facts.envelope import Actor
from kaowu.facts.sheet_bags import BLANK, CANNOT_TELL, FieldAdjudicated, MarkJudged
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Receipt
from kaowu.loop.duty import Intent
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import exams, sheet_bags
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web.counter import OFFICE, clock, counter
from kaowu.web.works import audit_samples

PILE = 20
Covers = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Item:
    """One field of one page of one bag."""

    key: RoomSittingKey
    page: bytes
    field: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a subject's review still holds."""

    unsure: int
    """Fields without a decision, two opinions still to come or one."""
    disputed: int
    decided: int
    elsewhere: int
    """What is to be judged where it was scanned: the images are there."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How one reviewer's opinions compare with what is known."""

    person: str
    judged: int
    known: int
    right: int
    with_others: int
    agreed: int


def waiting(exam: str, subject: str, covers: Covers) -> Waiting:
    """How much there is to do in a scope."""
    unsure = disputed = decided = elsewhere = 0
    sampled = audit_samples.sampled(exam, subject)
    for view in sheet_bags.bags(exam, subject, covers):
        for item, is_here in _in_doubt(view, sampled):
            review = view.bag.review(item.page, item.field)
            if review.final is not None:
                decided += 1
            elif not is_here:
                elsewhere += 1
            elif review.differs:
                disputed += 1
            else:
                unsure += 1
    return Waiting(unsure, disputed, decided, elsewhere)


def pile(exam: str, subject: str, person: str, covers: Covers, size: int = PILE) -> list[Item]:
    """What this person may judge next, in an order of their own, with known crops among it."""
    sampled, wanted, known = audit_samples.sampled(exam, subject), list[Item](), list[Item]()
    for view in sheet_bags.bags(exam, subject, covers):
        for item in _to_judge(view, sampled):
            review = view.bag.review(item.page, item.field)
            if not review.has(person):
                (wanted if len(review.opinions) < 2 and review.final is None else known).append(item)
        known += [item for item in _known(view) if not view.bag.review(item.page, item.field).has(person)]
    if not wanted:
        return []
    profile = profile_of(exams.plan(exam))
    assert profile is not None
    mixed = -(-size * profile.number("known_crops_per_hundred") // 100)
    chosen = _ordered(wanted, person)[: size - mixed]
    chosen += _ordered(known, person)[: max(1, mixed * len(chosen) // max(1, size - mixed))]
    return _ordered(chosen, person)


def disputes(exam: str, subject: str, person: str, covers: Covers, size: int = PILE) -> list[Item]:
    """What two have seen differently and this person, being neither, may decide."""
    found = []
    sampled = audit_samples.sampled(exam, subject)
    for view in sheet_bags.bags(exam, subject, covers):
        for item in _to_judge(view, sampled):
            review = view.bag.review(item.page, item.field)
            if review.differs and not review.has(person):
                found.append(item)
    return _ordered(found, person)[:size]


def judge(exam: str, subject: str, said: Sequence[tuple[Item, str]], actor: Actor) -> list[Receipt | Refused]:
    """Put one person's opinions on record, all in one go; one that is refused keeps no other back."""
    return _hand_in(
        exam,
        [
            (
                item,
                MarkJudged(
                    subject=subject, page=item.page, field=item.field, reviewer=actor.account, says=says
                ),
            )
            for item, says in said
        ],
        actor,
    )


def decide(
    exam: str, subject: str, said: Sequence[tuple[Item, str]], actor: Actor
) -> list[Receipt | Refused]:
    """Put the third person's decisions on record."""
    return _hand_in(
        exam,
        [
            (
                item,
                FieldAdjudicated(
                    subject=subject, page=item.page, field=item.field, arbiter=actor.account, says=says
                ),
            )
            for item, says in said
        ],
        actor,
    )


def spelled(options: Sequence[str], ticked: Sequence[str]) -> str:
    """An opinion as it is recorded: the options in the order of the sheet; empty if nothing sensible was said."""
    for alone in (CANNOT_TELL, BLANK):
        if alone in ticked:
            return alone
    return "".join(option for option in options if option in ticked)


def qualities(exam: str, subject: str, covers: Covers) -> list[Quality]:
    """Every reviewer against known crops, and against what others said of the same field."""
    tally: dict[str, list[int]] = {}
    for view in sheet_bags.bags(exam, subject, covers):
        truths = {(item.page, item.field): _truth(view, item) for item in _known(view)}
        for (page, field), review in view.bag.reviews.items():
            for at, opinion in enumerate(review.opinions):
                counts = tally.setdefault(opinion.person, [0] * 5)
                counts[0] += 1
                truth = truths.get((page, field))
                if truth is None and at >= 2:
                    truth = review.final
                if truth is not None:
                    counts[1] += 1
                    counts[2] += opinion.says == truth
                others = [one.says for one in review.opinions[:2] if one.person != opinion.person]
                if at < 2 and others:
                    counts[3] += 1
                    counts[4] += opinion.says == others[0]
    return [Quality(person, *counts) for person, counts in sorted(tally.items())]


# ---- what is there ----


def _to_judge(view: BagView, sampled: set[tuple[bytes, str]]) -> Iterator[Item]:
    """What can be judged here: the images lie on this node."""
    return (item for item, is_here in _in_doubt(view, sampled) if is_here)


def _in_doubt(view: BagView, sampled: set[tuple[bytes, str]]) -> Iterator[tuple[Item, bool]]:
    """Fields in doubt, unsure identities, and what the audit drew; and whether their image lies here."""
    for page in view.pages:
        if page.error or _put_away(view, page):
            continue
        fields = [IDENTITY] if page.agreement != AGREED and page.agreement not in ELSEWHERE else []
        fields += sorted(page.doubts)
        for field in page.fields:
            if field not in page.doubts and (
                (page.page, field) in sampled or view.bag.review(page.page, field).differs
            ):
                fields.append(field)
        for field in fields:
            yield Item(view.key, page.page, field), view.pictured(page)


def _known(view: BagView) -> Iterator[Item]:
    for page in view.pages:
        for field in page.known if view.pictured(page) else ():
            yield Item(view.key, page.page, field)


def _truth(view: BagView, item: Item) -> str | None:
    page = view.page(item.page)
    return (page.fields.get(item.field) or BLANK) if page is not None else None


def _put_away(view: BagView, page: PageRead) -> bool:
    settled = view.bag.settled.get(f"page/{page.page.hex()}")
    return settled is not None and settled.state != "present"


def _ordered(items: Sequence[Item], person: str) -> list[Item]:
    """An order that is each person's own, so that two at work seldom meet; the same at every look."""

    def place(item: Item) -> bytes:
        return hmac.digest(person.encode(), item.page + item.field.encode(), "sha256")

    return sorted(items, key=place)


def _hand_in(
    exam: str, said: Sequence[tuple[Item, MarkJudged | FieldAdjudicated]], actor: Actor
) -> list[Receipt | Refused]:
    now: Instant = exam_time_now(exam).now
    return counter().submit_all(
        [
            Intent(
                id=new_fact_id(clock.now()),
                fact=fact,
                exam=exam,
                subject=str(item.key),
                actors=(actor,),
                stamped_at=now,
                site=item.key.site,
                device=OFFICE,
            )
            for item, fact in said
        ]
    )
