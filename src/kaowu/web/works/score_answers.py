"""What a candidate is told: the own score once it is released, its proof, rechecks and their answers, corrections."""

import functools
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.ledger.notes import Note
from kaowu.engines.ledger.tree import Tree
from kaowu.engines.scores import points
from kaowu.exam.scores import Recheck, Scores
from kaowu.facts.envelope import Actor
from kaowu.facts.scores import RecheckAnswered, RecheckAsked, ScoreCorrected, ScoresErased, ScoresReleased
from kaowu.facts.subjects import SCORES
from kaowu.loop.desk import Receipt
from kaowu.loop.duty import Intent
from kaowu.loop.settle.score_rows import ScoreProof, ScoreRow, SubjectScore, leaf_of, new_salt, tree_of
from kaowu.store import artefacts, fact_proofs, score_rows, witnessing
from kaowu.store.models import Candidate
from kaowu.store.queries import scores
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.score_rows import StoredRow
from kaowu.web.counter import record
from kaowu.web.slips import afterwards, beside

LAST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Known:
    """A candidate who has shown who they are."""

    number: str
    name: str
    county: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one candidate sees: the release by which, the scores, the rechecks asked for."""

    known: Known
    release: ScoresReleased
    stored: StoredRow
    rechecks: tuple[Recheck, ...]


def identify(exam: str, number: str, last: str) -> Known | None:
    """The candidate of an admission or candidate number whose document ends so; None for any mismatch.

    The same work is done whether or not the number exists, and nothing tells which half was wrong.
    """
    row = (
        Candidate.objects.filter(exam_id=exam, number=number).first()
        or Candidate.objects.filter(exam_id=exam, seat_rows__admission_number=number).first()
    )
    held = row.id_number[-LAST_DIGITS:].upper() if row else "0" * LAST_DIGITS
    fits = hmac.compare_digest(held.encode(), last.strip().upper().encode())
    if row is None or not fits or len(held) < LAST_DIGITS:
        return None
    return Known(row.number, row.name, row.county)


def known(exam: str, number: str) -> Known | None:
    """A candidate who has shown who they are before."""
    row = Candidate.objects.filter(exam_id=exam, number=number).first()
    return Known(row.number, row.name, row.county) if row else None


def number_of(exam: str, given: str) -> str | None:
    """The candidate number of a candidate or admission number; None if nobody has it."""
    found = Candidate.objects.filter(exam_id=exam, number=given) or Candidate.objects.filter(
        exam_id=exam, seat_rows__admission_number=given
    )
    return found[0].number if found else None


def told(exam: str, known: Known, state: Scores | None = None) -> Told | None:
    """The released score of a candidate; None before the release opens, and after an erasure."""
    state = state or scores.scores(exam)
    release = state.release_for(known.county, exam_time_now(exam).now)
    stored = score_rows.find(exam, release.root, known.number) if release else None
    if release is None or stored is None:
        return None
    own = tuple(one for one in state.rechecks.values() if one.asked.candidate == known.number)
    return Told(known, release, stored, own)


def stored_row(exam: str, candidate: str, state: Scores) -> StoredRow | None:
    """The row of a candidate for the office, released or not."""
    root = state.approved.root if state.approved else state.frozen.root if state.frozen else None
    return score_rows.find(exam, root, candidate) if root else None


def proof_of(exam: str, state: Scores, stored: StoredRow) -> ScoreProof:
    """The path from the row that was frozen to the root on record."""
    assert state.frozen is not None
    tree = _tree(state.frozen.leaves)
    row, salt = (stored.frozen, stored.frozen_salt) if stored.frozen else (stored.row, stored.salt)
    return ScoreProof(
        exam,
        state.frozen.root,
        len(tree),
        stored.index,
        salt,
        row,
        tuple(tree.inclusion(stored.index)),
    )


def proof_file(exam: str, state: Scores, stored: StoredRow) -> bytes:
    """The certificate as a file: the row as frozen with its path, and any correction with its own leaf."""
    plain = proof_of(exam, state, stored).to_plain()
    made = scores.steps(exam)
    plain["fact"] = _fact_proof(next(one.id for one in reversed(made) if one.fact == state.frozen))
    if stored.corrected:
        last = state.corrections[stored.row.candidate][-1]
        plain["corrected"] = {
            "row": stored.row.to_plain(),
            "salt": stored.salt.hex(),
            "leaf": last.leaf.hex(),
            "fact": _fact_proof(next(one.id for one in reversed(made) if one.fact == last)),
        }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def ask_recheck(exam: str, known: Known, subject: str, scope: Sequence[str], remark: str) -> Receipt:
    """A candidate asks for a recheck of a released subject. Raises Refused."""
    state = scores.scores(exam)
    seen = told(exam, known, state)
    if seen is None or seen.stored.row.of(subject) is None:
        raise Refused(
            "recheck_not_open",
            Sentence(
                "不能申请：这一科成绩还没有向您公布。", "Cannot ask: this score is not released to you."
            ),
        )
    if exam_time_now(exam).now > seen.release.recheck_until:
        raise Refused(
            "recheck_over",
            Sentence("不能申请：复核申请时间已过。", "Cannot ask: the time for rechecks is over."),
        )
    fact = RecheckAsked(
        request=f"R{len(state.rechecks) + 1:05d}",
        candidate=known.number,
        subject=subject,
        scope=tuple(scope),
        remark=remark,
    )
    return record(fact, Actor(known.number, "candidate"), exam=exam, subject=str(SCORES))


def answer_recheck(exam: str, request: str, outcome: str, reply: str, signed: tuple[Actor, Actor]) -> Receipt:
    """Tell a candidate what was found, under two names. Raises Refused."""
    fact = RecheckAnswered(request=request, outcome=outcome, reply=reply)
    return record(fact, *signed, exam=exam, subject=str(SCORES))


def correct(
    exam: str,
    candidate: str,
    subject: str,
    after: str,
    *,
    cause: str,
    reason: str,
    request: str,
    signed: tuple[Actor, Actor],
) -> Receipt:
    """Correct one approved score, the fact and the row in one transaction. Raises Refused."""
    state = scores.scores(exam)
    stored = stored_row(exam, candidate, state)
    before = stored.row.of(subject) if stored else None
    if state.approved is None or stored is None or before is None:
        raise Refused(
            "no_score_there",
            Sentence(
                f"不能更正：考生 {candidate} 没有审定过的“{subject}”成绩。",
                f"Cannot correct: candidate {candidate} has no approved score in {subject}.",
            ),
        )
    score = SubjectScore.from_spoken(subject, after, points)
    _require_within(exam, state, score)
    row, salt = stored.row.with_score(score), new_salt()
    fact = ScoreCorrected(
        candidate=candidate,
        subject=subject,
        cause=cause,
        request=request,
        leaf_before=leaf_of(exam, stored.row, stored.salt),
        leaf=leaf_of(exam, row, salt),
        before=before.spoken,
        after=score.spoken,
        reason=reason,
    )
    root = state.approved.root
    plain = [root.hex(), salt.hex(), row.to_plain(), [row.county, row.site, row.room]]
    with beside(json.dumps(plain).encode()), transaction.atomic():
        receipt = record(fact, *signed, exam=exam, subject=str(SCORES))
        score_rows.correct(exam, root, row, salt)
    return receipt


@afterwards(ScoreCorrected.kind.name, together=True)
def corrected_by_keys(intent: Intent, laid_beside: bytes) -> None:
    """The row of a correction that two keys have signed."""
    root, salt, row, where = json.loads(laid_beside)
    corrected = ScoreRow.from_plain(row, *where)
    score_rows.correct(intent.exam, bytes.fromhex(root), corrected, bytes.fromhex(salt))


def erase(exam: str, candidate: str, retained: bool, reason: str, signed: tuple[Actor, Actor]) -> Receipt:
    """Destroy one candidate's scores and salt; leaf, root and everybody else's proof stay. Raises Refused."""
    state = scores.scores(exam)
    if state.approved is None or stored_row(exam, candidate, state) is None:
        raise Refused(
            "no_score_there",
            Sentence("不能清除：没有这名考生的成绩。", "Cannot erase: no score of this candidate."),
        )
    fact = ScoresErased(candidate=candidate, retained=retained, reason=reason)
    root = state.approved.root
    with beside(root), transaction.atomic():
        receipt = record(fact, *signed, exam=exam, subject=str(SCORES))
        score_rows.erase(exam, root, candidate)
    return receipt


@afterwards(ScoresErased.kind.name, together=True)
def erased_by_keys(intent: Intent, laid_beside: bytes) -> None:
    """The rows of an erasure that two keys have signed."""
    assert isinstance(intent.fact, ScoresErased)
    score_rows.erase(intent.exam, laid_beside, intent.fact.candidate)


def now_of(exam: str) -> Instant:
    """The exam's time."""
    return exam_time_now(exam).now


def _require_within(exam: str, state: Scores, score: SubjectScore) -> None:
    full = state.plans[score.subject].full if score.subject in state.plans else 0
    if score.points > full:
        raise Refused(
            "more_than_full_mark",
            Sentence(
                f"不能更正：超过“{score.subject}”的满分。",
                f"Cannot correct: more than {score.subject} can bring.",
            ),
        )


def _fact_proof(id: str) -> str | None:
    """The proof that the journal holds this fact, as text; None while no checkpoint covers it."""
    kept = fact_proofs.find(id)
    note = witnessing.best_checkpoint(kept.index) if kept else None
    return _proof_text(kept.index, note.to_bytes()) if kept and note else None


@functools.lru_cache(maxsize=64)
def _proof_text(index: int, note: bytes) -> str | None:
    """Worked out once for a checkpoint, however many candidates ask."""
    proof = fact_proofs.proof_of(index, Note.from_bytes(note))
    return proof.to_bytes().decode() if proof else None


@functools.lru_cache(maxsize=2)
def _tree(leaves: bytes) -> Tree:
    return tree_of(artefacts.read(leaves))
