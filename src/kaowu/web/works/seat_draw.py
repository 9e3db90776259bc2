"""The draw of seats: what is committed, how it is worked out, and how its result becomes the seat plan.

The problem is the whole seating problem, row by row; chance comes from the
hands of the ceremony. A plan is drawn only for the exam as it was committed:
a roster or a register that changed since makes the attempt fail, on record.
Seats are published at once when they are sealed.
"""

from collections.abc import Callable, Sequence

from django.db import transaction

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.engines.seating import SeatingProblem, SeatPlan, explain, solve, verify
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import SEATS, DrawKey
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.number_seats import numbered_seats
from kaowu.store import artefacts, person_keys
from kaowu.store.queries import exams
from kaowu.web.works import lots, seats
from kaowu.web.works.lots import Drawn
from kaowu.web.works.seats import Arrangement, numbering_of, problem_of

Progress = Callable[[str, int, int], None]
Figure = tuple[Sentence, int]

EXAMPLE_THROWS = "5314626153421635421" * 3
"""One hand of dice for examples and tests: far more than 128 bits."""


def prepare(exam: str, key: DrawKey) -> bytes:
    """The problem to commit. Raises Refused while not everybody can be seated."""
    plan = exams.plan(exam)
    if plan.seat_plan is not None:
        raise Refused(
            "seats_already_sealed",
            Sentence("不能再抽签：座位编排已封存。", "Cannot draw again: the seat plan is sealed."),
        )
    problem = problem_of(exam)
    conflicts = explain(problem).conflicts
    if conflicts:
        raise Refused(
            "seats_missing",
            conflicts[0].sentence,
            remedy=Sentence(
                "请在“座位编排”页查看怎样放宽。", "See on the page of seat plans what may be relaxed."
            ),
        )
    return problem.to_bytes()


def work_out(problem: bytes, seed: bytes, progress: Progress | None = None) -> Drawn:
    """The plan of a committed problem, judged by the verifier. Raises Refused."""
    asked = SeatingProblem.from_bytes(problem)
    if digest(problem_of(asked.exam).to_bytes()) != digest(problem):
        raise Refused(
            "input_changed",
            Sentence(
                "名册、考场或规则在锁定题目之后有改动，本次抽签作废。",
                "Roster, rooms or rules were changed after the input was committed; this attempt is void.",
            ),
            remedy=Sentence("请重新锁定题目。", "Commit the input again."),
        )
    plan = solve(asked, seed, progress)
    numbered_seats(plan, numbering_of(asked.exam))  # numbers that come twice are no plan either
    return Drawn(plan.to_bytes(), len(asked.candidates), plan.placements, len(verify(asked, plan, seed)))


def came_about(exam: str, key: DrawKey, actors: Sequence[Actor]) -> None:
    """What was drawn becomes an attempt at the seat plan, to be looked at before it is sealed."""
    attempt = lots.latest(exam, key)
    plan = exams.plan(exam)
    assert attempt.drawn is not None and plan.roster is not None
    problem = SeatingProblem.from_bytes(artefacts.read(attempt.committed.problem))
    solution = SeatPlan.from_bytes(artefacts.read(attempt.drawn.plan))
    arrangement = Arrangement(
        exam,
        lots.seed_of(exam, key),
        problem,
        solution,
        numbered_seats(solution, numbering_of(exam)),
        plan.roster.roster,
        attempt.number,
    )
    first, second = actors
    seats.keep_attempt(arrangement, (first, second), attempt.committed.reason)


def seal(exam: str, key: DrawKey, actors: Sequence[Actor], minutes: bytes = b"") -> Receipt:
    """Bind draw and seat plan and open seed and hands, all together or nothing. Raises Refused."""
    attempt = lots.latest(exam, key)
    if person_keys.holders([actor.account for actor in actors], exam):
        # Each fact waits for the persons' own signatures; `seal_rest` follows once this one has them.
        return lots.seal(exam, key, actors, minutes)
    with transaction.atomic():
        lots.seal(exam, key, actors, minutes)
        seats.seal_attempt(exam, attempt.number, actors[0])
        return lots.publish(exam, key, actors)


def seal_rest(exam: str, key: DrawKey, actors: Sequence[Actor]) -> Receipt:
    """What binds the seats and opens seed and hands, after the draw was sealed by two keys. Raises Refused."""
    seats.seal_attempt(exam, lots.latest(exam, key).number, actors[0])
    return lots.publish(exam, key, actors)


def hold(
    exam: str,
    actors: Sequence[Actor],
    throws: str = EXAMPLE_THROWS,
    witness: str = "示例见证人",
    secret: bytes | None = None,
) -> None:
    """The whole ceremony with one hand of dice: for examples and tests. Raises Refused."""
    lots.commit(exam, SEATS, prepare(exam, SEATS), seats.ENGINE_VERSION, actors, secret=secret)
    lots.give(exam, SEATS, "dice", throws, witness, actors[:1])
    lots.draw(exam, SEATS, work_out, actors)
    came_about(exam, SEATS, actors)
    seal(exam, SEATS, actors)


def asked(problem: bytes) -> list[Figure]:
    """What goes in, in figures."""
    read = SeatingProblem.from_bytes(problem)
    return [
        (Sentence("考生", "Candidates"), len(read.candidates)),
        (Sentence("考点", "Sites"), len(read.sites)),
        (Sentence("考场", "Rooms"), len(read.rooms)),
        (Sentence("学校", "Schools"), len(read.candidates.columns["school"].labels)),
    ]


def came(plan: bytes) -> list[Figure]:
    """What came out, in figures."""
    read = SeatPlan.from_bytes(plan)
    return [
        (Sentence("已编座位", "Seats given"), read.placements),
        (Sentence("考场", "Rooms"), len(read.rooms)),
        (Sentence("同校相邻（对）", "Same-school neighbours (pairs)"), read.figures["neighbouring_pairs"]),
        (Sentence("留空考场", "Rooms kept empty"), read.figures["rooms_kept_empty"]),
    ]
