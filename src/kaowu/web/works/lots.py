"""The ceremony of a draw, the same for every draw: commit, give, draw, seal, publish.

What is drawn differs (seats, sites, rooms); how chance comes in does not. A
caller makes the problem and the plan; here they are bound, step by step, with
who was there. Digits of hands, the secret of the salts and the seed lie in
sealed artefacts until the draw is published.
"""

import io
import json
import secrets
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.engines.lots import (
    SECRET_BYTES,
    Ceremony,
    GivenHand,
    bits_of,
    hand_content,
    normalised,
    read_hand,
    root_of,
    rows_of,
    seed_from,
    symbols_of,
)
from kaowu.exam.draw import Attempt
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.lots import (
    DrawFailed,
    DrawPublished,
    DrawSealed,
    InputCommitted,
    LotsDrawn,
    RandomnessGiven,
)
from kaowu.facts.subjects import DrawKey
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.hold_draw import require_chance
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import artefacts
from kaowu.store.queries import draws, exams
from kaowu.web.counter import clock, record

PROBLEM, PLAN, SEALED_FILE = "draw_problem", "draw_plan", "draw_sealed_file"
HAND, SALTS, CEREMONY = "draw_hand", "draw_salts", "draw_ceremony"
_HAND_SALT = 16

Actors = Sequence[Actor]
Solve = Callable[[bytes, bytes], "Drawn"]
"""A plan from a problem and a seed; raises Refused (the attempt is then on record as failed)."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw gives back: the plan's canonical bytes, and figures for the record."""

    plan: bytes
    people: int
    duties: int
    breaks: int


def commit(
    exam: str,
    key: DrawKey,
    problem: bytes,
    engine: str,
    actors: Actors,
    reason: str = "",
    beacon: str = "",
    secret: bytes | None = None,
) -> Receipt:
    """Fix the input of the next attempt by the root over its salted rows. Raises Refused.

    `secret` is given only for an example that is to be the same everywhere.
    """
    due = draws.draw(exam, key).due
    secret = secret or secrets.token_bytes(SECRET_BYTES)
    root, leaves = root_of(rows_of(problem), secret)
    kept = artefacts.keep(problem, kind=PROBLEM, at=clock.now(), exam=exam, name="problem.json")
    salts = artefacts.keep(secret, kind=SALTS, at=clock.now(), exam=exam)
    profile = profile_of(exams.plan(exam))
    fact = InputCommitted(
        attempt=due,
        problem=kept,
        root=root,
        leaves=leaves,
        salts=salts,
        engine=engine,
        rules=profile.digest if profile else digest(b""),
        beacon=beacon.strip(),
        reason=reason.strip(),
    )
    return _record(exam, key, fact, actors, attachments=(kept, salts))


def give(exam: str, key: DrawKey, method: str, entered: str, witness: str, actors: Actors) -> Receipt:
    """One hand of chance into the attempt that is open. Raises Refused."""
    attempt = latest(exam, key)
    digits = normalised(method, entered)
    content = hand_content(secrets.token_bytes(_HAND_SALT), digits)
    kept = artefacts.keep(content, kind=HAND, at=clock.now(), exam=exam)
    fact = RandomnessGiven(
        attempt=attempt.number,
        hand=len(attempt.hands) + 1,
        method=method,
        symbols=symbols_of(method, digits),
        bits=bits_of(method, digits),
        commitment=kept,
        witness=witness.strip(),
    )
    return _record(exam, key, fact, actors, attachments=(kept,))


def seed_of(exam: str, key: DrawKey, number: int | None = None) -> bytes:
    """The seed of an attempt (the latest), once its hands give chance enough. Raises Refused."""
    attempt = latest(exam, key) if number is None else draws.draw(exam, key).attempts[number]
    require_chance(attempt)
    digits, beacon = _digits(attempt)
    return seed_from(attempt.committed.root, attempt.number, digits, beacon)


def draw(exam: str, key: DrawKey, solve: Solve, actors: Actors) -> Receipt:
    """Draw the open attempt; a refusal of the engine is put on record and raised again."""
    attempt = latest(exam, key)
    seed = seed_of(exam, key)
    problem = artefacts.read(attempt.committed.problem)
    try:
        drawn = solve(problem, seed)
    except Refused as refused:
        failed = DrawFailed(attempt=attempt.number, code=refused.code, sentence=refused.sentence.zh[:1000])
        _record(exam, key, failed, actors)
        raise
    kept = artefacts.keep(drawn.plan, kind=PLAN, at=clock.now(), exam=exam, name="plan.json")
    fact = LotsDrawn(
        attempt=attempt.number,
        problem=attempt.committed.problem,
        plan=kept,
        seed_digest=digest(seed),
        engine=attempt.committed.engine,
        people=drawn.people,
        duties=drawn.duties,
        breaks=drawn.breaks,
    )
    return _record(exam, key, fact, actors, attachments=(kept,))


def seal(exam: str, key: DrawKey, actors: Actors, minutes: bytes = b"") -> Receipt:
    """Put what was drawn in force, with the sealed file for discipline inspection. Raises Refused."""
    attempt = latest(exam, key)
    if attempt.drawn is None:
        raise Refused(
            "nothing_drawn", Sentence("不能封存：还没有抽签。", "Cannot seal: nothing was drawn yet.")
        )
    file = artefacts.keep(
        sealed_file(exam, key, attempt, minutes),
        kind=SEALED_FILE,
        at=clock.now(),
        exam=exam,
        name=f"{exam}-{str(key).replace('/', '-')}-{attempt.number}-sealed.zip",
    )
    fact = DrawSealed(attempt=attempt.number, plan=attempt.drawn.plan, sealed_file=file)
    return _record(exam, key, fact, actors, attachments=(file, attempt.drawn.plan))


def publish(exam: str, key: DrawKey, actors: Actors, reason: str = "") -> Receipt:
    """Open seed, salts and hands to everybody, in one file. Raises Refused."""
    attempt = latest(exam, key)
    if attempt.sealed is None:
        raise Refused(
            "draw_not_sealed",
            Sentence("不能公开：封存后才能公开。", "Cannot publish: only what is sealed can be."),
        )
    opened = ceremony_of(exam, key, attempt)
    kept = artefacts.keep(opened.to_bytes(), kind=CEREMONY, at=clock.now(), exam=exam, name="ceremony.json")
    fact = DrawPublished(
        attempt=attempt.number,
        plan=attempt.sealed.plan,
        root=attempt.committed.root,
        seed=opened.seed,
        ceremony=kept,
        reason=reason.strip(),
    )
    return _record(exam, key, fact, actors, attachments=(kept,))


def latest(exam: str, key: DrawKey) -> Attempt:
    """The attempt made last. Raises Refused if none was begun."""
    attempt = draws.draw(exam, key).latest
    if attempt is None:
        raise Refused(
            "draw_not_begun",
            Sentence("不能办理：抽签题目还没有锁定。", "Cannot be done: the input is not committed yet."),
        )
    return attempt


def ceremony_of(exam: str, key: DrawKey, attempt: Attempt) -> Ceremony:
    """Everything of an attempt, opened: for the sealed file, and for everybody once published."""
    assert attempt.drawn is not None
    committed = attempt.committed
    digits, beacon = _digits(attempt)
    hands = []
    for hand in attempt.hands:
        salt, shown = read_hand(artefacts.read(hand.commitment))
        hands.append(GivenHand(hand.hand, hand.method, shown, salt.hex(), hand.commitment.hex()))
    return Ceremony(
        exam=exam,
        draw=str(key),
        attempt=attempt.number,
        problem=committed.problem.hex(),
        root=committed.root.hex(),
        leaves=committed.leaves,
        salts=artefacts.read(committed.salts).hex(),
        hands=tuple(hands),
        beacon=committed.beacon,
        beacon_value=beacon,
        seed=seed_from(committed.root, attempt.number, digits, beacon).hex(),
        plan=attempt.drawn.plan.hex(),
        engine=committed.engine,
    )


def sealed_file(exam: str, key: DrawKey, attempt: Attempt, minutes: bytes = b"") -> bytes:
    """The file for discipline inspection (密封文件): problem, plan, ceremony and the record, in one archive."""
    assert attempt.drawn is not None
    members = {
        "problem.json": artefacts.read(attempt.committed.problem),
        "plan.json": artefacts.read(attempt.drawn.plan),
        "ceremony.json": ceremony_of(exam, key, attempt).to_bytes(),
        "record.json": _journal_of(exam, key),
    }
    if minutes:
        members["minutes.pdf"] = minutes
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # The same content gives the same file, whenever it is packed.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _digits(attempt: Attempt) -> tuple[list[str], str]:
    """The digits of the hands in order, and the value of the beacon."""
    shown = {hand.hand: read_hand(artefacts.read(hand.commitment))[1] for hand in attempt.hands}
    digits = [shown[hand.hand] for hand in attempt.hands if hand.method != "beacon"]
    beacon = next((shown[hand.hand] for hand in attempt.hands if hand.method == "beacon"), "")
    return digits, beacon


def _journal_of(exam: str, key: DrawKey) -> bytes:
    """Every step of the draw with time and signers, all attempts."""
    lines = [
        {
            "at": exam_time(step.at).isoformat(),
            "by": [[actor.account, actor.post] for actor in step.actors],
            "fact": step.fact.kind.name,
            "zh": step.fact.kind.say(step.fact).zh,
        }
        for step in draws.steps(exam, key)
    ]
    return json.dumps(lines, ensure_ascii=False, indent=1).encode()


def _record(
    exam: str, key: DrawKey, fact: Fact, actors: Actors, attachments: tuple[bytes, ...] = ()
) -> Receipt:
    return record(fact, *actors, exam=exam, subject=str(key), site=key.site or None, attachments=attachments)
