"""The scores of an exam: worked out from everything on record, frozen under one root, approved, released."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.scores import UNDECIDED, State
from kaowu.exam.scores import Scores
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import ReleaseStopped, ScoresApproved, ScoresFrozen, ScoresReleased
from kaowu.facts.subjects import SCORES
from kaowu.loop.desk import Receipt
from kaowu.loop.settle.compare_bag import Values, compare_bag
from kaowu.loop.settle.score_plan import SubjectPlan
from kaowu.loop.settle.score_rows import LEAF_BYTES, ScoreRow, SubjectScore, freeze, leaf_of
from kaowu.loop.settle.score_subject import Circumstances, Scripts, score_subject
from kaowu.store import artefacts, score_rows
from kaowu.store.queries import answers, exams, scores, seat_plans
from kaowu.store.queries.scores import Taker
from kaowu.web.counter import clock, record
from kaowu.web.works.score_entry import absent_among, recorded_absent
from kaowu.web.works.score_plans import plan_of

LEAVES = "score_leaves"
EXEMPT_FROM_LISTENING = "listening_exempt"
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SubjectStanding:
    """How far one subject is."""

    subject: str
    plan: SubjectPlan | None
    counts: Mapping[State, int]

    @property
    def takers(self) -> int:
        """How many take it."""
        return sum(self.counts.values())

    @property
    def undecided(self) -> int:
        """How many of them wait for somebody."""
        return sum(count for state, count in self.counts.items() if state in UNDECIDED)

    def count(self, state: str) -> int:
        """How many have this state."""
        return self.counts.get(State(state), 0)


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """All scores as the record makes them now."""

    rows: tuple[ScoreRow, ...]
    subjects: tuple[SubjectStanding, ...]

    def count(self, state: State) -> int:
        """Entries (人次) of one state in all subjects."""
        return sum(one.counts.get(state, 0) for one in self.subjects)

    @property
    def undecided(self) -> int:
        """Entries that wait for somebody."""
        return sum(one.undecided for one in self.subjects)


def subjects_of(exam: str) -> list[str]:
    """The subjects of an exam in order of time."""
    return [subject for sitting in exams.sittings(exam) for subject in sitting.subjects]


def work_out(exam: str, tell: Tell | None = None) -> WorkedOut:
    """Every score of every candidate; a subject without a plan counts as not entered."""
    state, names = scores.scores(exam), subjects_of(exam)
    scored: dict[str, list[SubjectScore]] = {}
    places: dict[str, Taker] = {}
    standings = []
    for number, subject in enumerate(names, start=1):
        if tell is not None:
            tell(subject, number, len(names))
        takers = scores.takers(exam, subject)
        plan = plan_of(exam, subject, state)
        found = _subject(exam, state, subject, plan, takers)
        counts: Counter[State] = Counter()
        for taker in takers:
            score = found.get(taker.ticket) or SubjectScore(subject, State.NOT_SCANNED)
            counts[score.state] += 1
            scored.setdefault(taker.candidate, []).append(score)
            places.setdefault(taker.candidate, taker)
        standings.append(SubjectStanding(subject, plan, counts))
    rows = tuple(
        ScoreRow(candidate, tuple(found), at.county, at.site, at.room)
        for candidate, found in sorted(scored.items())
        for at in (places[candidate],)
    )
    return WorkedOut(rows, tuple(standings))


def standings(exam: str) -> tuple[SubjectStanding, ...]:
    """How far each subject is; worked out anew only after a new record here, or something new from below."""
    return _standings(exam, seat_plans.journal_length(exam), scores.come_from_below(exam))


@functools.lru_cache(maxsize=4)
def _standings(exam: str, journal_length: int, come: tuple[int, ...]) -> tuple[SubjectStanding, ...]:
    return work_out(exam).subjects


def freeze_now(exam: str, reason: str, actor: Actor, tell: Tell | None = None) -> Receipt:
    """Freeze what the record makes now. Raises Refused; then nothing was frozen."""
    found, state = work_out(exam, tell), scores.scores(exam)
    if not found.rows:
        raise Refused(
            "no_scores",
            Sentence("不能冻结：没有考生有座位。", "Cannot freeze: no candidate has a seat."),
        )
    frozen = freeze(exam, found.rows)
    content = b"".join(frozen.leaves)
    with transaction.atomic():
        score_rows.keep(exam, frozen)
        kept = artefacts.keep(content, kind=LEAVES, at=clock.now(), exam=exam, name="score-leaves.bin")
        fact = ScoresFrozen(
            freeze=state.freezes + 1,
            root=frozen.root,
            leaves=kept,
            plans=tuple(state.plans[one].plan.hex()[:16] for one in subjects_of(exam) if one in state.plans),
            candidates=len(frozen.rows),
            scored=found.count(State.SCORED),
            absent=found.count(State.ABSENT),
            void=found.count(State.VOID),
            exempt=found.count(State.EXEMPT),
            waiting=found.undecided,
            reason=reason,
        )
        return record(fact, actor, exam=exam, subject=str(SCORES), attachments=(kept,))


def approve(exam: str, signed: tuple[Actor, Actor]) -> Receipt:
    """Approve what was frozen last, as long as the record still makes the same. Raises Refused."""
    state = scores.scores(exam)
    frozen = state.frozen
    if frozen is None:
        raise Refused(
            "nothing_frozen", Sentence("不能审定：成绩还没有冻结。", "Cannot approve: nothing is frozen.")
        )
    now = {row.candidate: row.to_plain() for row in work_out(exam).rows}
    kept = {one.row.candidate: one.row.to_plain() for one in score_rows.all_rows(exam, frozen.root)}
    if now != kept:
        differing = sum(now.get(who) != kept.get(who) for who in now.keys() | kept.keys())
        raise Refused(
            "changed_since_frozen",
            Sentence(
                f"不能审定：冻结后又有记录，{differing:,} 名考生的成绩与冻结时不同。",
                f"Cannot approve: records came after the freeze; {differing:,} candidates have other scores now.",
            ),
            remedy=Sentence("重新冻结并写明理由。", "Freeze again and say why."),
        )
    fact = ScoresApproved(freeze=frozen.freeze, root=frozen.root)
    return record(fact, *signed, exam=exam, subject=str(SCORES))


def release(
    exam: str,
    counties: Sequence[str],
    opens_at: Instant,
    recheck_until: Instant,
    signed: tuple[Actor, Actor],
) -> Receipt:
    """Open enquiry from an instant on, once everything that is to be shown is there. Raises Refused."""
    state = scores.scores(exam)
    gaps = release_gaps(exam, state)
    if gaps:
        raise Refused(
            "release_not_ready",
            Sentence("不能发布：" + "；".join(gap.zh for gap in gaps) + "。", "Cannot release: " + "; ".join(gap.en for gap in gaps) + "."),
        )  # fmt: skip
    assert state.approved is not None
    fact = ScoresReleased(
        release=len(state.releases) + 1,
        root=state.approved.root,
        counties=tuple(counties),
        opens_at=opens_at,
        recheck_until=recheck_until,
    )
    return record(fact, *signed, exam=exam, subject=str(SCORES))


def stop(exam: str, number: int, reason: str, actor: Actor) -> Receipt:
    """Shut enquiry of one release again. Raises Refused."""
    return record(ReleaseStopped(release=number, reason=reason), actor, exam=exam, subject=str(SCORES))


def release_gaps(exam: str, state: Scores) -> list[Sentence]:
    """What stands against a release (就绪检查): not approved, rows missing, a proof that does not hold."""
    if state.approved is None or state.frozen is None:
        return [Sentence("成绩还没有审定", "the scores are not approved")]
    gaps = []
    rows = list(score_rows.all_rows(exam, state.approved.root))
    if len(rows) + len(state.erased) < state.frozen.candidates:
        gaps.append(
            Sentence(
                f"应有 {state.frozen.candidates:,} 人的成绩，现有 {len(rows):,} 人",
                f"{state.frozen.candidates:,} candidates are due, {len(rows):,} are there",
            )
        )
    try:
        leaves = artefacts.read(state.frozen.leaves)
    except (KeyError, artefacts.ArtefactDamaged):
        return [*gaps, Sentence("叶摘要文件缺失或损坏", "the file of leaves is missing or damaged")]
    unproven = sum(not _leaf_fits(exam, one, leaves) for one in rows)
    if unproven:
        gaps.append(
            Sentence(
                f"{unproven:,} 人的成绩与冻结时的叶摘要不符",
                f"{unproven:,} scores do not fit the leaves that were frozen",
            )
        )
    return gaps


def _leaf_fits(exam: str, one: score_rows.StoredRow, leaves: bytes) -> bool:
    row, salt = (one.frozen, one.frozen_salt) if one.frozen else (one.row, one.salt)
    at = one.index * LEAF_BYTES
    return leaf_of(exam, row, salt) == leaves[at : at + LEAF_BYTES]


def _subject(
    exam: str, state: Scores, subject: str, plan: SubjectPlan | None, takers: Sequence[Taker]
) -> dict[str, SubjectScore]:
    if plan is None:
        return {one.ticket: SubjectScore(subject, State.NOT_ENTERED) for one in takers}
    known = Circumstances(
        imported=imported(state, subject) if plan.imported_items else {},
        exempt=frozenset(
            one.ticket for one in takers if EXEMPT_FROM_LISTENING in one.accommodation.split("|")
        ),
        cancelled=frozenset(one.ticket for one in takers if state.is_cancelled(one.candidate, subject)),
    )
    return dict(score_subject(plan, _rooms(exam, subject, plan, takers), known))


def _rooms(exam: str, subject: str, plan: SubjectPlan, takers: Sequence[Taker]) -> Iterator[Scripts]:
    """Room by room the sheets, and what stands after both entries and the third person's word; what is open is not there."""
    places = {one.ticket: (one.site, one.room) for one in takers}
    bags = scores.bags(exam, subject) if plan.items else {}
    recorded = recorded_absent(exam, subject)
    sheets = answers.final_answers(exam, subject)
    for place, some in groupby(sheets, key=lambda sheet: places.get(sheet.candidate, ("", ""))):
        here = list(some)
        absent, bag = absent_among(here, recorded), bags.get(place)
        entered: Values = {}
        if bag is not None and bag.comparable:
            entered = compare_bag(bag, [one.candidate for one in here], plan.items, absent).points
        withheld = bag is not None and bag.not_here
        yield Scripts(here, absent, entered, withheld)


def imported(state: Scores, subject: str) -> Values:
    """The points of the latest import, by admission number."""
    fact = state.imports.get(subject)
    if fact is None:
        return {}
    header, *rows = canonical.decode(artefacts.read(fact.table))
    return {ticket: dict(zip(header[1:], values, strict=True)) for ticket, *values in rows}
