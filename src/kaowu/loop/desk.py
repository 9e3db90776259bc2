"""The desk: the only counter of the house.

Whatever is to be recorded is handed in here. The desk loads the state, lets
the duty decide, lets the rules find, and writes facts and projections in one
transaction. It alone reads and writes; duties, rules and folds are pure.

Handing the same fact in twice is harmless: the second time the first receipt
is returned. The same id with other content is refused.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from kaowu.basics.clock import Clock, Instant
from kaowu.basics.errors import Finding, Refused, Sentence
from kaowu.basics.ids import FactId, new_fact_id
from kaowu.engines.ledger.persons import PersonKey
from kaowu.engines.ledger.runs import Proven
from kaowu.exam.draw import Draw
from kaowu.exam.plan import ExamPlan
from kaowu.exam.reconciliation import reconcile
from kaowu.exam.room_sitting import Figures, RoomSitting, Seat, figures
from kaowu.exam.score_bag import ScoreBag
from kaowu.exam.scores import Scores
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope, commitment
from kaowu.facts.record import AttemptRefused, FactWithdrawn
from kaowu.facts.settling import SittingReconciled
from kaowu.facts.subjects import DrawKey, RoomSittingKey, ScoreKey, Subject
from kaowu.loop.duty import Act, Duty, Intent, duty_that_records
from kaowu.loop.earlier_records import corrected, require_named_record
from kaowu.loop.signed import (
    OFFICE,
    Enrolled,
    RunRefused,
    fault,
    require_device,
    require_own_keys,
    require_persons,
    require_same_fact,
)

SALT_BYTES = 32

_FOLDED_APART = (Subject.DRAW, Subject.SCORES)
"""Subjects inside an exam whose state is folded from their own facts alone."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One fact as the journal holds it."""

    index: int
    recorded_at: Instant
    entry: bytes
    envelope: Envelope
    personal: Mapping[str, Any] = field(default_factory=dict)
    salt: bytes = b""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What whoever handed a fact in is told (回执)."""

    id: FactId
    index: int
    recorded_at: Instant
    findings: tuple[Finding, ...]
    repeated: bool = False


class Page(Protocol):
    """The book while it is open for writing: one transaction, one writer."""

    def expect(self, ids: Sequence[FactId], devices: Collection[str]) -> None:
        """These are about to be looked up one by one; whoever can, asks for them at once."""

    def find(self, id: FactId) -> Recorded | None:
        """The fact of that id, if the journal holds it."""

    def facts_about(self, exam: str, subject: str, since: int) -> Sequence[Recorded]:
        """The facts about a subject from index `since` on, in order."""

    def seats(self, exam: str, key: RoomSittingKey) -> Sequence[Seat]:
        """Who is expected in a room-sitting by the sealed plan."""

    def rooms(self, exam: str, sitting: str, site: str) -> Sequence[tuple[RoomSittingKey, Figures]]:
        """The figures of every room-sitting of a site in a sitting."""

    def device_head(self, device: str) -> tuple[int, bytes]:
        """Sequence and digest of the device's latest entry; (0, zeros) if none."""

    def enrolled(self, device: str) -> Enrolled | None:
        """The device's enrolment; None for a counter of the node itself."""

    def person_key(self, credential: str) -> PersonKey | None:
        """The person's own key of that name."""

    def holds_key(self, account: str, exam: str) -> bool:
        """Whether the account holds a key of its own that counts in the exam."""

    def last_recorded_at(self) -> Instant:
        """When the latest fact was recorded; 0 if there is none."""

    def write(
        self,
        envelope: Envelope,
        recorded_at: Instant,
        personal: Mapping[str, Any],
        salt: bytes,
        findings: Sequence[Finding],
        signed_by: bytes | tuple[Proven, ...] = (),
        entry: bytes | None = None,
    ) -> Recorded:
        """Append one fact to the journal; `entry` are its bytes, where somebody else has made them.

        `signed_by` is the proof that its device made (empty bytes where a later entry of the run has
        it), or the persons whom the node is to attest when it signs itself.
        """

    def project_room(self, exam: str, key: RoomSittingKey, counted: Figures) -> None:
        """Keep the figures of a room-sitting for the screens."""

    def arrived(self) -> int:
        """A number that grows whenever records of other nodes have come in; they are read from the beginning."""


class Book(Protocol):
    """The journal with its projections (`kaowu.store`)."""

    def writing(self) -> AbstractContextManager[Page]:
        """Open the book: all that is written is kept together or not at all."""


Judge = Callable[[str, Fact, Any, Act], Iterable[Finding]]
ResolveProfile = Callable[[ExamPlan], Any]


@dataclass
class _Known:
    """A folded state, from which index of the journal it is to be read on, and by which plan it was seated."""

    state: Any
    next_index: int = 0
    seated_by: Any = None

    def take(self, state: Any, recorded: Recorded) -> None:
        """The state after one more fact."""
        self.state = state
        self.next_index = recorded.index + 1


class Desk:
    """Takes intents, returns receipts. One desk may serve many threads one after another."""

    def __init__(
        self,
        book: Book,
        clock: Clock,
        judge: Judge,
        profile_of: ResolveProfile,
        chance: Callable[[int], bytes] = secrets.token_bytes,
        exam_now: Callable[[str], Instant] | None = None,
    ) -> None:
        """`exam_now` tells the time of an exam whose clock is not the node's: one that is rehearsed."""
        self._book = book
        self.clock = clock
        self.judge = judge
        self.profile_of = profile_of
        self.chance = chance
        self.exam_now = exam_now or (lambda exam: clock.now())
        self.known: dict[tuple[str, str], _Known] = {}
        self._arrived = 0

    def submit(self, intent: Intent) -> Receipt:
        """Record one fact. Raises Refused; then nothing but the attempt is recorded."""
        [answer] = self.submit_all([intent])
        if isinstance(answer, Refused):
            raise answer
        return answer

    def submit_all(self, intents: Sequence[Intent]) -> list[Receipt | Refused]:
        """Record several facts in one transaction; each is answered on its own."""
        try:
            with self._book.writing() as page:
                self._forget_if_others_wrote(page.arrived())
                page.expect([one.id for one in intents], {one.device for one in intents})
                served = _Serving(self, page)
                answers = [served.answer(intent) for intent in intents]
                served.project_rooms()
        except BaseException:
            # What was folded from an abandoned transaction never happened.
            self.known.clear()
            raise
        return answers

    def foresee(self, intent: Intent) -> None:
        """Raises Refused if an act that still waits for signatures could not be recorded as things stand."""
        try:
            with self._book.writing() as page:
                self._forget_if_others_wrote(page.arrived())
                refusal = _Serving(self, page).foresee(intent)
        except BaseException:
            self.known.clear()
            raise
        if refusal is not None:
            raise refusal

    def note_attempt(self, intent: Intent, refusal: Refused) -> None:
        """Put a refused attempt on record in a transaction of its own."""
        with self._book.writing() as page:
            _Serving(self, page).write_attempt(intent, duty_that_records(intent.fact.kind.name), refusal)

    def _forget_if_others_wrote(self, arrived: int) -> None:
        """Records of other nodes stand before this node's own, so states are folded anew."""
        if arrived != self._arrived:
            self.known.clear()
            self._arrived = arrived


class _Serving:
    """One transaction at the desk. What was read up to date stays so: nobody else writes meanwhile."""

    def __init__(self, desk: Desk, page: Page) -> None:
        self._desk = desk
        self._page = page
        self._up_to_date: set[tuple[str, str]] = set()
        self._touched: dict[tuple[str, RoomSittingKey], RoomSitting] = {}
        self._times: dict[str, Instant] = {}
        self._repeated: set[str] = set()

    def answer(self, intent: Intent) -> Receipt | Refused:
        """Record one fact, or the attempt at one that is refused."""
        before = self._page.find(intent.id)
        if before is not None:
            if intent.signed is not None:
                self._repeated.add(intent.device)
            return _same_again(before, intent)
        duty = duty_that_records(intent.fact.kind.name)
        try:
            proven = intent.proven or self._at_the_door(intent)
            act, state, fact = self._decide(duty, intent, proven)
            require_own_keys(self._page, intent.exam, proven, partial(self._entry, intent, fact))
        except Refused as refusal:
            if intent.signed is not None:
                raise RunRefused(intent, refusal) from refusal
            self.write_attempt(intent, duty, refusal)
            return refusal
        findings = tuple(self._desk.judge(fact.kind.name, fact, state, act))
        recorded = self._write(intent, fact, findings, proven)
        self._take_in(intent, fact, recorded, act.plan)
        return Receipt(intent.id, recorded.index, recorded.recorded_at, findings)

    def foresee(self, intent: Intent) -> Refused | None:
        """Why an act cannot be recorded as things stand, whoever may sign it yet; the attempt is put on record."""
        if self._page.find(intent.id) is not None:
            return None
        duty = duty_that_records(intent.fact.kind.name)
        try:
            self._decide(duty, intent, self._at_the_door(intent))
        except Refused as refusal:
            self.write_attempt(intent, duty, refusal)
            return refusal
        return None

    def _decide(self, duty: Duty | None, intent: Intent, proven: tuple[Proven, ...]) -> tuple[Act, Any, Fact]:
        """The circumstances, the state and the fact to record. Raises Refused."""
        require_device(self._page, intent.device, intent.signed, intent.exam, intent.site)
        if intent.signed is not None and intent.device in self._repeated:
            raise fault("run_overlaps")
        if duty is None:
            raise _no_duty(intent)
        plan = self._plan(intent.exam)
        act = Act(intent, plan, self._desk.profile_of(plan), self._time_of(intent.exam))
        _require_entitled(duty, intent)
        require_persons(intent.actors, proven, act.profile)
        state = self._state(intent, plan)
        require_named_record(self._page, intent)
        fact = duty.decide(state, intent.fact, act)
        require_same_fact(intent.signed, fact)
        return act, state, fact

    def project_rooms(self) -> None:
        """Keep the figures of every room-sitting that a fact has changed."""
        for (exam, key), room in self._touched.items():
            self._page.project_room(exam, key, figures(room))
        self._touched.clear()

    # ---- state ----

    def _time_of(self, exam: str) -> Instant:
        if exam not in self._times:
            # What is recorded is judged by the time that stands beside it, here and at every node above:
            # where this machine's clock was set back, that is the book's latest.
            set_back = max(0, self._page.last_recorded_at() - self._desk.clock.now())
            self._times[exam] = Instant(self._desk.exam_now(exam) + set_back)
        return self._times[exam]

    def _plan(self, exam: str) -> ExamPlan:
        known = self._desk.known.setdefault((exam, exam), _Known(ExamPlan.begin(exam)))
        for recorded in self._news(exam, exam, known):
            fact = recorded.envelope.fact(dict(recorded.personal))
            known.take(known.state.after(fact, recorded.envelope.id), recorded)
        return known.state  # type: ignore[no-any-return]

    def _state(self, intent: Intent, plan: ExamPlan) -> Any:
        match intent.fact:
            case SittingReconciled(sitting=sitting):
                self.project_rooms()
                return reconcile(self._page.rooms(intent.exam, sitting, intent.site or ""))
            case fact if fact.kind.about is Subject.ROOM_SITTING:
                return self._room(intent.exam, _room_key(intent), plan)
            case fact if fact.kind.about is Subject.DRAW:
                drawn = _draw_key(intent)
                return self._folded(intent.exam, drawn, Draw.begin(drawn))
            case fact if fact.kind.about is Subject.SCORES:
                scored = _score_key(intent)
                begun = ScoreBag.begin(scored) if scored.room else Scores.begin()
                return self._folded(intent.exam, scored, begun)
        return plan

    def _folded(self, exam: str, key: DrawKey | ScoreKey, begun: Draw | ScoreBag | Scores) -> Any:
        known = self._desk.known.setdefault((exam, str(key)), _Known(begun))
        for recorded in self._news(exam, str(key), known):
            fact = recorded.envelope.fact(dict(recorded.personal))
            known.take(known.state.after(fact, recorded.envelope.id), recorded)
        return known.state

    def _room(self, exam: str, key: RoomSittingKey, plan: ExamPlan) -> RoomSitting:
        known = self._desk.known.get((exam, str(key)))
        seated_by = (plan.seats_now, plan.sittings.get(key.sitting))
        if known is None or known.seated_by != seated_by:
            known = _Known(_empty_room(self._page, exam, key, plan), seated_by=seated_by)
            self._desk.known[exam, str(key)] = known
            self._up_to_date.discard((exam, str(key)))
        news = self._news(exam, str(key), known)
        if any(recorded.envelope.kind == FactWithdrawn.kind.name for recorded in news):
            known.state = _empty_room(self._page, exam, key, plan)
            news = self._page.facts_about(exam, str(key), 0)
        withdrawn = {recorded.envelope.corrects for recorded in news}
        for recorded in news:
            state = known.state
            if recorded.envelope.id not in withdrawn:
                fact = recorded.envelope.fact(dict(recorded.personal))
                state = state.after(fact, recorded.envelope.stamped_at)
            known.take(state, recorded)
        return known.state  # type: ignore[no-any-return]

    def _news(self, exam: str, subject: str, known: "_Known") -> Sequence[Recorded]:
        if (exam, subject) in self._up_to_date:
            return ()
        self._up_to_date.add((exam, subject))
        return self._page.facts_about(exam, subject, known.next_index)

    def _take_in(self, intent: Intent, fact: Fact, recorded: Recorded, plan: ExamPlan) -> None:
        """Fold the fact just written, without reading it back."""
        known = self._desk.known.get((intent.exam, intent.subject))
        if fact.kind.about is Subject.ROOM_SITTING and known is not None:
            if isinstance(fact, FactWithdrawn):
                self._up_to_date.discard((intent.exam, intent.subject))
                self._room(intent.exam, _room_key(intent), plan)
            else:
                known.take(known.state.after(fact, intent.stamped_at), recorded)
            self._touched[intent.exam, _room_key(intent)] = known.state
        elif known is not None and (fact.kind.about in _FOLDED_APART or intent.subject == intent.exam):
            known.take(known.state.after(fact, intent.id), recorded)

    # ---- writing ----

    def _at_the_door(self, intent: Intent) -> tuple[Proven, ...]:
        """The door that hands an act of several persons in has authenticated each: the node says so much."""
        if len(intent.actors) < 2:
            return ()
        now = self._desk.clock.now()
        return tuple(
            Proven(actor.account, f"account/{actor.account}", "door", now) for actor in intent.actors
        )

    def _write(
        self, intent: Intent, fact: Fact, findings: tuple[Finding, ...], proven: tuple[Proven, ...] = ()
    ) -> Recorded:
        # A clock that jumps back must not make the book run backwards.
        recorded_at = Instant(max(self._desk.clock.now(), self._page.last_recorded_at()))
        if intent.signed is not None:
            made = intent.signed
            return self._page.write(
                made.envelope, recorded_at, made.personal, made.salt, findings, made.proof, made.entry
            )
        personal = fact.kind.personal_part(fact)
        salt = (intent.salt or self._desk.chance(SALT_BYTES)) if personal else b""
        head = self._page.device_head(intent.device)
        envelope = envelope_of(intent, fact, salt, self._package(intent.exam), head)
        return self._page.write(envelope, recorded_at, personal, salt, findings, proven)

    def _entry(self, intent: Intent, fact: Fact) -> bytes:
        """The entry that persons have signed, whatever its place in the chain will be."""
        if intent.signed is not None:
            return intent.signed.entry
        return envelope_of(intent, fact, intent.salt, self._package(intent.exam)).to_bytes()

    def _package(self, exam: str) -> bytes | None:
        """The plan package under which this node works."""
        known = self._desk.known.get((exam, exam))
        return known.state.package if known else None

    def _attested(self, intent: Intent) -> tuple[Actor, ...]:
        """Of an attempt nobody signs anything, so two are named only where the node's word will do for both."""
        actors = _distinct(intent.actors)
        if any(self._page.holds_key(actor.account, intent.exam) for actor in actors):
            return actors[:1]
        return actors

    def write_attempt(self, intent: Intent, duty: Duty | None, refusal: Refused) -> None:
        """Put on record that somebody tried what was refused."""
        attempt = AttemptRefused(
            duty=duty.name if duty else intent.fact.kind.name,
            code=refusal.code,
            target=intent.subject[:120],
        )
        about = replace(
            intent,
            id=new_fact_id(self._desk.clock.now(), self._desk.chance(10)),
            fact=attempt,
            subject=intent.site or intent.exam,
            attachments=(),
            # Whom a device names in a run that is refused, nobody has authenticated.
            actors=() if intent.signed else self._attested(intent),
            signed=None,
            device=OFFICE if self._page.enrolled(intent.device) or intent.signed else intent.device,
        )
        recorded = self._write(about, attempt, (), self._at_the_door(about))
        known = self._desk.known.get((about.exam, about.subject))
        if known is not None:
            # Attempts change no state; only the place from which to read on moves.
            known.take(known.state, recorded)


def envelope_of(
    intent: Intent,
    fact: Fact,
    salt: bytes,
    package: bytes | None,
    head: tuple[int, bytes] = (0, NO_PREVIOUS),
) -> Envelope:
    """The entry of a fact behind the head of its device's chain."""
    sequence, previous = head
    return Envelope(
        id=intent.id,
        kind=fact.kind.name,
        exam=intent.exam,
        site=intent.site,
        device=intent.device,
        device_seq=sequence + 1,
        device_prev=previous if sequence else NO_PREVIOUS,
        stamped_at=intent.stamped_at,
        time_source=intent.time_source,
        actors=intent.actors,
        subject=intent.subject,
        payload=fact.kind.open_part(fact),
        corrects=corrected(fact),
        attachments=intent.attachments,
        commitment=commitment(fact.kind.personal_part(fact), salt),
        plan=package,
    )


def _distinct(actors: tuple[Actor, ...]) -> tuple[Actor, ...]:
    return tuple({actor.account: actor for actor in actors}.values())


def _same_again(known: Recorded, intent: Intent) -> Receipt | Refused:
    kind = intent.fact.kind
    same = (
        known.envelope.kind == kind.name
        and known.envelope.exam == intent.exam
        and known.envelope.subject == intent.subject
        and known.envelope.actors == intent.actors
        and known.envelope.payload == kind.open_part(intent.fact)
        and dict(known.personal) == kind.personal_part(intent.fact)
        and (intent.signed is None or known.entry == intent.signed.entry)
    )
    if same:
        return Receipt(intent.id, known.index, known.recorded_at, known.findings, repeated=True)
    return Refused(
        "id_used_for_another_fact",
        Sentence(
            zh=f"不能记录：编号 {intent.id} 已用于另一条记录（流水第 {known.index} 条）。",
            en=f"Cannot record: id {intent.id} belongs to another fact (journal index {known.index}).",
        ),
        remedy=Sentence(zh="新的事实须用新的编号。", en="A new fact needs an id of its own."),
    )


def _require_entitled(duty: Duty, intent: Intent) -> None:
    outside = [actor for actor in intent.actors if actor.post not in duty.posts]
    if outside or not intent.actors:
        who = outside[0].post if outside else "—"
        raise Refused(
            "post_not_entitled",
            Sentence(
                zh=f"不能“{duty.label.zh}”：岗位 {who} 没有这项职责。",
                en=f"Cannot “{duty.label.en}”: the post {who} does not have this duty.",
            ),
        )
    if duty.may_be_refused and len({actor.account for actor in intent.actors}) < duty.persons:
        raise Refused(
            "second_person_missing",
            Sentence(
                zh=f"不能“{duty.label.zh}”：须 {duty.persons} 人当场签认，现在只有 {len({a.account for a in intent.actors})} 人。",
                en=f"Cannot “{duty.label.en}”: {duty.persons} persons must sign at the act, there is {len({a.account for a in intent.actors})}.",
            ),
            remedy=Sentence(
                zh="请第二人用自己的账号签认。", en="Let the second person sign with an account of their own."
            ),
        )


def _room_key(intent: Intent) -> RoomSittingKey:
    try:
        return RoomSittingKey.read(intent.subject)
    except ValueError:
        raise Refused(
            "room_sitting_unknown",
            Sentence(
                zh=f"“{intent.subject}”不是“场次/考点/考场”。",
                en=f"“{intent.subject}” is not of the form sitting/site/room.",
            ),
        ) from None


def _draw_key(intent: Intent) -> DrawKey:
    try:
        return DrawKey.read(intent.subject)
    except ValueError:
        raise Refused(
            "draw_unknown",
            Sentence(
                zh=f"“{intent.subject}”不是一项抽签。",
                en=f"“{intent.subject}” is not a draw.",
            ),
        ) from None


def _score_key(intent: Intent) -> ScoreKey:
    try:
        return ScoreKey.read(intent.subject)
    except ValueError:
        raise Refused(
            "scores_unknown",
            Sentence(
                zh=f"“{intent.subject}”既不是成绩也不是一袋试卷。",
                en=f"“{intent.subject}” is neither the scores nor a bag of scripts.",
            ),
        ) from None


def _empty_room(page: Page, exam: str, key: RoomSittingKey, plan: ExamPlan) -> RoomSitting:
    sitting = plan.sittings.get(key.sitting)
    seats = page.seats(exam, key) if sitting else ()
    if sitting is None or not seats:
        raise Refused(
            "room_sitting_unknown",
            Sentence(
                zh=f"编排中没有 {key.sitting} 场 {key.site} 考点 {key.room} 考场。",
                en=f"The seat plan has no room {key.room} at site {key.site} in sitting {key.sitting}.",
            ),
            remedy=Sentence(zh="请核对场次、考点、考场号。", en="Check sitting, site and room number."),
        )
    return RoomSitting.begin(key, sitting, seats)


def _no_duty(intent: Intent) -> Refused:
    label = intent.fact.kind.label
    return Refused(
        "no_duty_records_this",
        Sentence(zh=f"没有职责可记录“{label.zh}”。", en=f"No duty records “{label.en}”."),
    )
