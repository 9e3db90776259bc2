"""Late changes of a sealed exam: worked out first, looked at, then recorded under two names in one step.

A change says who withdraws, who is added, who stood wrong, which places are
closed. From it come a corrected roster, a changed problem and the plan that
moves as few people as possible. All of it is kept as artefacts and bound by
one proposal; recording it writes the facts together or not at all.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction

from kaowu.basics import canonical
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.roster import codes
from kaowu.engines.roster.photos import judge_picture
from kaowu.engines.seating import Infeasible
from kaowu.facts.catalogue import Fact, kind_named
from kaowu.facts.envelope import Actor
from kaowu.facts.roster import RosterCorrected
from kaowu.facts.seating import PlaceClosed, PlaceReopened, SeatPlanReplanned
from kaowu.loop.duty import Intent
from kaowu.loop.prepare.judge_seats import replanned, with_spare_rooms
from kaowu.loop.prepare.roster_table import RosterRow, read_roster, write_roster
from kaowu.loop.prepare.seat_moves import SeatMove, joined, moves_between, read_moves, write_moves
from kaowu.loop.prepare.seat_table import SeatLine, read_seats, write_seats
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import artefacts
from kaowu.store.queries import exams
from kaowu.web.counter import clock, record
from kaowu.web.slips import afterwards, beside
from kaowu.web.works import seat_changes
from kaowu.web.works.roster import ROSTER
from kaowu.web.works.seat_changes import MOVES, Standing
from kaowu.web.works.seats import PROBLEM, SEATS, SOLUTION, keep_root, numbering_of, problem_with

DRAFT, PROPOSAL, PHOTOGRAPH = "seat_late_change", "seat_replan_proposal", "candidate_photo"

Progress = Callable[[str, int, int], None]
Place = tuple[str, str]
Bound = tuple[Fact, tuple[bytes, ...]]
"""A fact and the artefacts that it binds."""


@dataclass(frozen=True)
class LateChange:
    """What happened: people by candidate number, places as site and room (no room: the whole site)."""

    withdrawn: tuple[str, ...] = ()
    added: tuple[RosterRow, ...] = ()
    corrected: tuple[RosterRow, ...] = ()
    closed: tuple[Place, ...] = ()
    reopened: tuple[Place, ...] = ()
    photographs: tuple[tuple[str, str], ...] = ()
    """Candidate and digest of the photograph that is right, of those added or corrected."""
    use_spare: bool = False
    """May spare rooms be used now? That is what they are kept for."""

    @property
    def is_empty(self) -> bool:
        """Has nothing been named yet?"""
        return not (self.withdrawn or self.added or self.corrected or self.closed or self.reopened)

    @property
    def touches_roster(self) -> bool:
        """Does anybody withdraw, come or stand otherwise on the roster?"""
        return bool(self.withdrawn or self.added or self.corrected)

    def to_bytes(self) -> bytes:
        """The change as an artefact."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "LateChange":
        """The change of an artefact."""
        plain = json.loads(content)
        return cls(
            tuple(plain["withdrawn"]),
            tuple(RosterRow(**row) for row in plain["added"]),
            tuple(RosterRow(**row) for row in plain["corrected"]),
            tuple((site, room) for site, room in plain["closed"]),
            tuple((site, room) for site, room in plain["reopened"]),
            tuple((number, named) for number, named in plain["photographs"]),
            bool(plain["use_spare"]),
        )


@dataclass(frozen=True)
class Proposal:
    """A re-plan that waits for two signatures; artefacts by their digests in hexadecimal."""

    exam: str
    change: str
    before: str
    roster_before: str
    roster: str
    problem: str
    solution: str
    seats: str
    moves: str
    engine: str
    candidates: int
    rooms: int
    same_school_pairs: int
    moved: int
    bound: int
    kept: tuple[Place, ...]
    spare_used: bool

    def to_bytes(self) -> bytes:
        """The proposal as an artefact."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Proposal":
        """The proposal of an artefact."""
        plain = json.loads(content)
        return cls(**{**plain, "kept": tuple((site, room) for site, room in plain["kept"])})

    @property
    def late_change(self) -> LateChange:
        """What it answers."""
        return LateChange.from_bytes(artefacts.read(bytes.fromhex(self.change)))

    @property
    def list_of_moves(self) -> list[SeatMove]:
        """Who would move."""
        return read_moves(artefacts.read(bytes.fromhex(self.moves)))


def propose(exam: str, change: LateChange, progress: Progress | None = None) -> bytes:
    """Work a late change out and keep the proposal; returns its digest. Raises Refused and records nothing."""
    plan, now = exams.plan(exam), seat_changes.standing(exam)
    profile = profile_of(plan)
    assert plan.roster is not None and profile is not None
    _require_sensible(change, now)
    rows = _roster_after(list(read_roster(artefacts.read(plan.roster.roster))), change)
    closed = (plan.closed_places | set(change.closed)) - set(change.reopened)
    problem = problem_with(exam, rows, closed)
    # Once spare rooms are in use they are ordinary rooms for every later change.
    if change.use_spare or any(isinstance(x, SeatPlanReplanned) and x.spare_used for x in plan.seat_changes):
        problem = with_spare_rooms(problem)
    seed = bytes.fromhex(now.force.seed)
    try:
        found = replanned(now.problem, now.plan, problem, seed, now.busy, now.locked, progress)
    except Infeasible as refused:
        raise _no_room(refused, change) from refused
    follow = profile.choice("number_when_moved") == "follow_seat"
    lines = now.lines_of(found.plan, numbering_of(exam, rows), follow_seat=follow)
    moves = moves_between(now.lines, lines, found.reasons)
    moves += _corrected_in_place(change, moves, lines)
    lines = joined(lines, now.codes) if now.over else lines
    proposal = Proposal(
        exam=exam,
        change=_keep(exam, change.to_bytes(), DRAFT),
        before=now.force.seats.hex(),
        roster_before=plan.roster.roster.hex(),
        roster=_keep(exam, write_roster(rows), ROSTER),
        problem=_keep(exam, problem.to_bytes(), PROBLEM),
        solution=_keep(exam, found.plan.to_bytes(), SOLUTION),
        seats=_keep(exam, write_seats(lines), SEATS),
        moves=_keep(exam, write_moves(moves), MOVES),
        engine=found.plan.engine,
        candidates=len(rows),
        rooms=len({(line.site, line.room) for line in lines}),
        same_school_pairs=sum(reason.pairs for reason in found.plan.reasons),
        moved=found.moved,
        bound=found.bound,
        kept=tuple(sorted(found.kept)),
        spare_used=change.use_spare,
    )
    return bytes.fromhex(_keep(exam, proposal.to_bytes(), PROPOSAL))


def record_proposal(named: bytes, signed: tuple[Actor, Actor], reason: str) -> None:
    """Write the facts of a proposal, all or none. Raises Refused if the exam has moved on since."""
    proposal = Proposal.from_bytes(artefacts.read(named))
    exam, change = proposal.exam, proposal.late_change
    _require_still_so(proposal)
    roster, seats = bytes.fromhex(proposal.roster), bytes.fromhex(proposal.seats)
    problem, solution, moves = (
        bytes.fromhex(each) for each in (proposal.problem, proposal.solution, proposal.moves)
    )
    facts: list[Bound] = []
    if change.touches_roster:
        corrected = RosterCorrected(
            before=bytes.fromhex(proposal.roster_before),
            roster=roster,
            candidates=proposal.candidates,
            withdrawn=change.withdrawn,
            added=tuple(row.number for row in change.added),
            corrected=tuple(row.number for row in change.corrected),
            photographs=tuple(number for number, _ in change.photographs),
            reason=reason,
        )
        facts.append((corrected, (roster, *(bytes.fromhex(named) for _, named in change.photographs))))
    facts += [(PlaceClosed(site=s, rooms=r, reason=reason), ()) for s, r in _by_site(change.closed)]
    facts += [(PlaceReopened(site=s, rooms=r, reason=reason), ()) for s, r in _by_site(change.reopened)]
    root, salts = keep_root(exam, list(read_seats(artefacts.read(seats))))
    replan = SeatPlanReplanned(
        before=bytes.fromhex(proposal.before),
        plan=seats,
        problem=problem,
        solution=solution,
        moves=moves,
        roster=roster,
        root=root,
        engine=proposal.engine,
        candidates=proposal.candidates,
        rooms=proposal.rooms,
        same_school_pairs=proposal.same_school_pairs,
        moved=proposal.moved,
        bound=proposal.bound,
        spare_used=proposal.spare_used,
        reason=reason,
    )
    facts.append((replan, (problem, solution, seats, moves, salts)))
    with transaction.atomic():
        _record_all(exam, facts, signed)


def _record_all(exam: str, facts: Sequence[Bound], signed: Sequence[Actor]) -> None:
    for number, (fact, attached) in enumerate(facts, 1):
        with beside(_written(facts[number:])):
            record(fact, *signed, exam=exam, subject=exam, attachments=attached)


@afterwards(*(made.kind.name for made in (RosterCorrected, PlaceClosed, PlaceReopened)))
def go_on(intent: Intent, laid_beside: bytes) -> None:
    """Two keys have signed one fact of a proposal: the next one waits for them in its turn."""
    if laid_beside:
        _record_all(intent.exam, _read(laid_beside), intent.actors)


def _written(facts: Sequence[Bound]) -> bytes:
    return canonical.encode(
        [
            [fact.kind.name, fact.kind.open_part(fact) | fact.kind.personal_part(fact), list(attached)]
            for fact, attached in facts
        ]
    )


def _read(content: bytes) -> list[Bound]:
    return [
        (kind_named(kind).read(values), tuple(attached))
        for kind, values, attached in canonical.decode(content)
    ]


def proposal_of(named: bytes) -> Proposal:
    """A kept proposal; KeyError if there is none."""
    return Proposal.from_bytes(artefacts.read(named))


def _no_room(refused: Infeasible, change: LateChange) -> Refused:
    """What is missing, in the office's words, and what would help; a job tells one sentence, so it holds both."""
    more_zh = "" if change.use_spare else "启用备用考场，或"
    more_en = "" if change.use_spare else "use spare rooms, or "
    said = refused.sentence
    return Refused(
        "rooms_short_for_replan",
        Sentence(
            f"{said.zh}。可{more_zh}恢复使用停用的考场，或增加考场。",
            f"{said.en}. You may {more_en}use a closed room again, or register more rooms.",
        ),
    )


def keep_photograph(exam: str, content: bytes) -> str:
    """Keep the photograph of one candidate; returns its digest. Raises Refused for a picture that is not right."""
    faults = judge_picture(content)
    if faults:
        raise Refused("photograph_wrong", codes()[faults[0]].sentence)
    return _keep(exam, content, PHOTOGRAPH)


def _roster_after(rows: list[RosterRow], change: LateChange) -> list[RosterRow]:
    corrected = {row.number: row for row in change.corrected}
    gone = set(change.withdrawn)
    left = [corrected.get(row.number, row) for row in rows if row.number not in gone]
    return [*left, *change.added]


def _corrected_in_place(
    change: LateChange, moves: Sequence[SeatMove], lines: Sequence[SeatLine]
) -> list[SeatMove]:
    """Who stood wrong on the roster and keeps the seat still needs a new ticket."""
    moved = {move.candidate for move in moves}
    wanted = {row.number for row in change.corrected} - moved
    return [
        SeatMove(
            line.candidate, line.sitting, line.site, line.room, line.seat, line.site, line.room, line.seat,
            line.admission_number, line.admission_number, "名册更正，座位不变", "corrected on the roster; the seat stays",
        )
        for line in lines
        if line.candidate in wanted
    ]  # fmt: skip


def _require_sensible(change: LateChange, now: Standing) -> None:
    if change.is_empty:
        raise Refused("nothing_changed", Sentence("还没有列出任何变动。", "No change is named yet."))
    if change.withdrawn and now.over:
        raise Refused(
            "exam_has_begun",
            Sentence(
                "不能退考：考试已经开始，未到场次按缺考记录。",
                "Nobody withdraws once the exam has begun; whoever stays away is absent.",
            ),
        )


def _require_still_so(proposal: Proposal) -> None:
    """Nobody has entered a room that the proposal changes since it was worked out."""
    busy = seat_changes.standing(proposal.exam).busy
    for move in proposal.list_of_moves:
        for site, room in ((move.site, move.room), (move.to_site, move.to_room)):
            if (site, room) in busy and not (move.stays or move.is_gone):
                raise Refused(
                    "room_has_begun",
                    Sentence(
                        f"不能记录：{site} 考点 {room} 考场在此期间已有入场记录。",
                        f"Cannot record: room {room} of site {site} has entries meanwhile.",
                    ),
                    remedy=Sentence("请重新算出换座方案。", "Work the proposal out again."),
                )


def _by_site(places: Sequence[Place]) -> list[tuple[str, tuple[str, ...]]]:
    """A fact for each site: its rooms, or none for all of it."""
    found: dict[str, list[str]] = {}
    whole = [site for site, room in places if not room]
    for site, room in places:
        if room:
            found.setdefault(site, []).append(room)
    return [(site, ()) for site in whole] + [(site, tuple(rooms)) for site, rooms in found.items()]


def _keep(exam: str, content: bytes, kind: str) -> str:
    return artefacts.keep(content, kind=kind, at=clock.now(), exam=exam).hex()
