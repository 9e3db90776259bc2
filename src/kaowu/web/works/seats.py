"""Arranging seats: solve, let the independent verifier judge, number, seal.

The seed is committed to before it is used: whoever arranges enters it (lots,
dice), and each attempt is numbered and on record. Nothing is sealed that the
verifier does not accept.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.engines.seating import ENGINE_VERSION, SeatingProblem, SeatPlan, solve, verify
from kaowu.facts.envelope import Actor
from kaowu.facts.seating import SeatPlanSealed, SeatsArranged
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.arrange_seats import seating_problem
from kaowu.loop.prepare.number_seats import Numbering, numbered_seats, streams_of
from kaowu.loop.prepare.roster_table import RosterRow, read_roster
from kaowu.loop.prepare.seat_pools import sites_after
from kaowu.loop.prepare.seat_proofs import SECRET_BYTES, root_of_seats
from kaowu.loop.prepare.seat_table import SeatLine, read_seats, write_seats
from kaowu.loop.prepare.site_table import read_site_table
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import artefacts
from kaowu.store.queries import exams, registers
from kaowu.web.counter import clock, record
from kaowu.web.works.exam_setup import description_of, required_subjects

Progress = Callable[[str, int, int], None]
Place = tuple[str, str]

PROBLEM, SOLUTION, SEATS, SALTS = "seating_problem", "seating_solution", "seat_plan", "seat_salts"


@dataclass(frozen=True)
class Arrangement:
    """A plan that the verifier accepted, with its numbered seats, not yet recorded or sealed."""

    exam: str
    seed: bytes
    problem: SeatingProblem
    plan: SeatPlan
    lines: list[SeatLine]
    roster: bytes
    attempt: int


def problem_of(exam: str) -> SeatingProblem:
    """The seating problem of an exam as its facts and registers stand. Raises Refused."""
    plan, line = exams.plan(exam), exams.exam(exam)
    profile = profile_of(plan)
    if line is None or profile is None or plan.roster is None:
        raise Refused(
            "nothing_to_arrange",
            Sentence(zh="不能编排：还没有写入名册。", en="Cannot arrange: no roster was imported yet."),
        )
    return problem_with(exam, read_roster(artefacts.read(plan.roster.roster)), plan.closed_places)


def problem_with(exam: str, roster: Iterable[RosterRow], closed: frozenset[Place]) -> SeatingProblem:
    """The same for a roster and closed rooms that are not on record yet. Raises Refused."""
    plan, line = exams.plan(exam), exams.exam(exam)
    profile = profile_of(plan)
    assert line is not None and profile is not None
    rows, sites = list(roster), registers.sites_below(line.organisation_path)
    allocated = None
    if plan.sites_opened is not None:
        allocated = sites_after(
            read_site_table(artefacts.read(plan.sites_opened.pools)),
            rows,
            sites,
            closed,
            profile.number("room_capacity"),
            profile.number("spare_rooms_minimum"),
        )
    return seating_problem(
        exam,
        profile,
        rows,
        sites,
        required_subjects(description_of(exam)),
        plan.in_order(),
        closed,
        allocated,
    )


def numbering_of(exam: str, roster: Iterable[RosterRow] | None = None) -> Numbering:
    """How this exam numbers its candidates, by its profile, registers and roster (that on record, if none is given)."""
    plan, line = exams.plan(exam), exams.exam(exam)
    profile = profile_of(plan)
    assert profile is not None and line is not None and plan.roster is not None
    year = exam_time(plan.in_order()[0].starts_at).year if plan.sittings else exam_time(clock.now()).year
    return Numbering(
        year,
        profile.template("admission_number"),
        {site.code: site for site in registers.sites_below(line.organisation_path)},
        streams_of(
            roster if roster is not None else read_roster(artefacts.read(plan.roster.roster)),
            required_subjects(description_of(exam)),
        ),
    )


def arrange(exam: str, seed: bytes, progress: Progress | None = None) -> Arrangement:
    """Work out a plan and have it judged. Raises Refused (Infeasible explains) and seals nothing."""
    problem = problem_of(exam)
    plan = exams.plan(exam)
    assert plan.roster is not None
    solved = solve(problem, seed, progress)
    breaks = verify(problem, solved, seed)
    if breaks:
        raise Refused(
            "plan_not_accepted",
            Sentence(
                zh=f"编排没有通过核验：{len(breaks)} 处，第一处：{breaks[0].sentence.zh}",
                en=f"The verifier does not accept the plan: {len(breaks)} breaks, first: {breaks[0].sentence.en}",
            ),
        )
    lines = numbered_seats(solved, numbering_of(exam))
    return Arrangement(exam, seed, problem, solved, lines, plan.roster.roster, plan.seat_plan_attempts + 1)


def keep_attempt(arrangement: Arrangement, seen_by: tuple[Actor, Actor], reason: str = "") -> Receipt:
    """Put an attempt on record without sealing it: who saw the seed, and what came of it. Raises Refused."""
    kept = _keep(arrangement)
    fact = SeatsArranged(
        plan=kept.seats,
        problem=kept.problem,
        solution=kept.solution,
        reason=reason,
        **_figures(arrangement),
    )
    return record(
        fact, *seen_by, exam=arrangement.exam, subject=arrangement.exam, attachments=kept.as_attachments()
    )


def seal(arrangement: Arrangement, actor: Actor) -> Receipt:
    """Keep problem, plan and numbered seats as artefacts and bind them by one fact. Raises Refused."""
    kept = _keep(arrangement)
    root, salts = keep_root(arrangement.exam, arrangement.lines)
    fact = SeatPlanSealed(plan=kept.seats, problem=kept.problem, root=root, **_figures(arrangement))
    attached = (*kept.as_attachments(), salts)
    return record(fact, actor, exam=arrangement.exam, subject=arrangement.exam, attachments=attached)


def seal_attempt(exam: str, attempt: int, actor: Actor) -> Receipt:
    """Seal the attempt that stands on record, exactly as it was shown. Raises Refused."""
    shown = exams.plan(exam).arranged
    if shown is None or shown.attempt != attempt:
        raise Refused(
            "attempt_not_shown",
            Sentence(
                f"不能封存：第 {attempt} 次编排不是最近一次，或已经封存。",
                f"Cannot seal: attempt {attempt} is not the latest, or it is sealed.",
            ),
        )
    root, salts = keep_root(exam, list(read_seats(artefacts.read(shown.plan))))
    fact = SeatPlanSealed(
        root=root,
        plan=shown.plan,
        problem=shown.problem,
        roster=shown.roster,
        seed=shown.seed,
        engine=shown.engine,
        candidates=shown.candidates,
        rooms=shown.rooms,
        same_school_pairs=shown.same_school_pairs,
        attempt=shown.attempt,
    )
    attached = (shown.problem, shown.solution, shown.plan, salts)
    return record(fact, actor, exam=exam, subject=exam, attachments=attached)


def keep_root(exam: str, lines: list[SeatLine]) -> tuple[bytes, bytes]:
    """The root over salted seats, and the digest of the kept secret that opens each of them."""
    secret = secrets.token_bytes(SECRET_BYTES)
    kept = artefacts.keep(secret, kind=SALTS, at=clock.now(), exam=exam)
    return root_of_seats(exam, lines, secret), kept


@dataclass(frozen=True, slots=True)
class _Kept:
    problem: bytes
    solution: bytes
    seats: bytes

    def as_attachments(self) -> tuple[bytes, ...]:
        return (self.problem, self.solution, self.seats)


def _keep(arrangement: Arrangement) -> _Kept:
    exam, now = arrangement.exam, clock.now()
    problem, solution = arrangement.problem.to_bytes(), arrangement.plan.to_bytes()
    seats = write_seats(arrangement.lines)
    return _Kept(
        artefacts.keep(problem, kind=PROBLEM, at=now, exam=exam, name="seating-problem.json"),
        artefacts.keep(solution, kind=SOLUTION, at=now, exam=exam, name="seating-solution.json"),
        artefacts.keep(seats, kind=SEATS, at=now, exam=exam, name="seats.cbor"),
    )


def _figures(arrangement: Arrangement) -> dict[str, Any]:
    return {
        "roster": arrangement.roster,
        "seed": arrangement.seed.hex(),
        "engine": ENGINE_VERSION,
        "candidates": len({line.candidate for line in arrangement.lines}),
        "rooms": len({(line.site, line.room) for line in arrangement.lines}),
        "same_school_pairs": sum(reason.pairs for reason in arrangement.plan.reasons),
        "attempt": arrangement.attempt,
    }


def seed_of(text: str) -> bytes:
    """A seed as entered at the ceremony: at least 32 hexadecimal or 40 decimal digits.

    Decimal digits (dice, lots) are hashed, so that every one of them counts.
    """
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit() and len(digits) >= 40:
        return digest(digits.encode())
    try:
        seed = bytes.fromhex(digits)
    except ValueError:
        seed = b""
    if len(seed) < 16:
        raise Refused(
            "seed_too_short",
            Sentence(
                zh="种子太短：须 40 位以上十进制数字（摇号、骰子），或 32 位以上十六进制。",
                en="The seed is too short: 40 decimal digits (lots, dice) or 32 hexadecimal digits at least.",
            ),
        )
    return seed
