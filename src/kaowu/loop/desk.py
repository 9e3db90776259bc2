"""The desk: the only counter of the house.

Whatever is to be recorded is handed in here. The desk loads the state, lets
the duty decide, lets the rules find, and writes facts and projections in one
transaction. It alone reads and writes; duties, rules and folds are pure.

Handing the same fact in twice is harmless: the second time the first receipt
is returned. The same id with other content is refused.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from kaowu.basics.clock import Clock, Instant
from kaowu.basics.errors import Finding, Refused, Sentence
from kaowu.basics.ids import FactId, fact_id, new_fact_id
from kaowu.exam.plan import ExamPlan
from kaowu.exam.reconciliation import Reconciliation, reconcile
from kaowu.exam.room_sitting import Figures, RoomSitting, Seat, figures
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import NO_PREVIOUS, Envelope, commitment
from kaowu.facts.record import AttemptRefused, FactWithdrawn
from kaowu.facts.settling import SittingReconciled
from kaowu.facts.subjects import RoomSittingKey, Subject
from kaowu.loop.duty import Act, Duty, Intent, duty_that_records

SALT_BYTES = 32


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

    def last_recorded_at(self) -> Instant:
        """When the latest fact was recorded; 0 if there is none."""

    def write(
        self,
        envelope: Envelope,
        recorded_at: Instant,
        personal: Mapping[str, Any],
        salt: bytes,
        findings: Sequence[Finding],
    ) -> Recorded:
        """Append one fact to the journal."""

    def project_room(self, exam: str, key: RoomSittingKey, counted: Figures) -> None:
        """Keep the figures of a room-sitting for the screens."""


class Book(Protocol):
    """The journal with its projections (`kaowu.store`)."""

    def writing(self) -> AbstractContextManager[Page]:
        """Open the book: all that is written is kept together or not at all."""


Judge = Callable[[str, Fact, Any, Act], Iterable[Finding]]
ResolveProfile = Callable[[ExamPlan], Any]


@dataclass
class _Known:
    """A folded state, and the index of the journal from which it is still to be read on."""

    state: Any
    next_index: int


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
        self._clock = clock
        self._judge = judge
        self._profile_of = profile_of
        self._chance = chance
        self._exam_now = exam_now or (lambda exam: clock.now())
        self._known: dict[tuple[str, str], _Known] = {}

    def submit(self, intent: Intent) -> Receipt:
        """Record one fact. Raises Refused; then nothing but the attempt is recorded."""
        [answer] = self.submit_all([intent])
        if isinstance(answer, Refused):
            raise answer
        return answer

    def submit_all(self, intents: Sequence[Intent]) -> list[Receipt | Refused]:
        """Record several facts in one transaction; each is answered on its own."""
        answers: list[Receipt | Refused] = []
        touched: dict[tuple[str, RoomSittingKey], RoomSitting] = {}
        try:
            with self._book.writing() as page:
                for intent in intents:
                    answers.append(self._answer(page, intent, touched))
                for (exam, key), room in touched.items():
                    page.project_room(exam, key, figures(room))
        except BaseException:
            # What was folded from an abandoned transaction never happened.
            self._known.clear()
            raise
        return answers

    def _answer(
        self, page: Page, intent: Intent, touched: dict[tuple[str, RoomSittingKey], RoomSitting]
    ) -> Receipt | Refused:
        known = page.find(intent.id)
        if known is not None:
            return _same_again(known, intent)
        duty = duty_that_records(intent.fact.kind.name)
        try:
            if duty is None:
                raise _no_duty(intent)
            plan = self._plan(page, intent.exam)
            act = Act(intent, plan, self._profile_of(plan), self._exam_now(intent.exam))
            _require_entitled(duty, intent)
            state = self._state(page, intent, plan)
            if isinstance(intent.fact, FactWithdrawn):
                _require_withdrawable(page, intent)
            fact = duty.decide(state, intent.fact, act)
        except Refused as refusal:
            self._write_attempt(page, intent, duty, refusal)
            return refusal
        findings = tuple(self._judge(fact.kind.name, fact, state, act))
        recorded = self._write(page, intent, fact, findings)
        if fact.kind.about is Subject.ROOM_SITTING:
            key = _room_key(intent)
            touched[intent.exam, key] = self._room(page, intent.exam, key, plan)
        return Receipt(intent.id, recorded.index, recorded.recorded_at, findings)

    # ---- state ----

    def _plan(self, page: Page, exam: str) -> ExamPlan:
        known = self._known.setdefault((exam, exam), _Known(ExamPlan.begin(exam), 0))
        for recorded in page.facts_about(exam, exam, known.next_index):
            fact = recorded.envelope.fact(dict(recorded.personal))
            known.state = known.state.after(fact, recorded.envelope.id)
            known.next_index = recorded.index + 1
        return known.state  # type: ignore[no-any-return]

    def _state(self, page: Page, intent: Intent, plan: ExamPlan) -> Any:
        match intent.fact.kind.about:
            case Subject.ROOM_SITTING:
                return self._room(page, intent.exam, _room_key(intent), plan)
            case Subject.SITE if isinstance(intent.fact, SittingReconciled):
                return self._site_sitting(page, intent)
        return plan

    def _room(self, page: Page, exam: str, key: RoomSittingKey, plan: ExamPlan) -> RoomSitting:
        known = self._known.get((exam, str(key)))
        if known is None:
            known = self._known[exam, str(key)] = _Known(_empty_room(page, exam, key, plan), 0)
        news = page.facts_about(exam, str(key), known.next_index)
        if any(recorded.envelope.kind == FactWithdrawn.kind.name for recorded in news):
            known.state = _empty_room(page, exam, key, plan)
            news = page.facts_about(exam, str(key), 0)
        withdrawn = {recorded.envelope.corrects for recorded in news}
        for recorded in news:
            if recorded.envelope.id not in withdrawn:
                fact = recorded.envelope.fact(dict(recorded.personal))
                known.state = known.state.after(fact, recorded.envelope.stamped_at)
            known.next_index = recorded.index + 1
        return known.state  # type: ignore[no-any-return]

    def _site_sitting(self, page: Page, intent: Intent) -> Reconciliation:
        assert isinstance(intent.fact, SittingReconciled)
        return reconcile(page.rooms(intent.exam, intent.fact.sitting, intent.site or ""))

    # ---- writing ----

    def _write(self, page: Page, intent: Intent, fact: Fact, findings: tuple[Finding, ...]) -> Recorded:
        personal = fact.kind.personal_part(fact)
        salt = self._chance(SALT_BYTES) if personal else b""
        sequence, previous = page.device_head(intent.device)
        envelope = Envelope(
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
            corrects=_corrected(fact),
            attachments=intent.attachments,
            commitment=commitment(personal, salt),
        )
        # A clock that jumps back must not make the book run backwards.
        recorded_at = Instant(max(self._clock.now(), page.last_recorded_at()))
        return page.write(envelope, recorded_at, personal, salt, findings)

    def _write_attempt(self, page: Page, intent: Intent, duty: Duty | None, refusal: Refused) -> None:
        attempt = AttemptRefused(
            duty=duty.name if duty else intent.fact.kind.name,
            code=refusal.code,
            target=intent.subject[:120],
        )
        site = intent.site or ""
        about = replace(
            intent,
            id=new_fact_id(self._clock.now(), self._chance(10)),
            fact=attempt,
            subject=site or intent.exam,
            attachments=(),
        )
        self._write(page, about, attempt, ())


def _same_again(known: Recorded, intent: Intent) -> Receipt | Refused:
    kind = intent.fact.kind
    same = (
        known.envelope.kind == kind.name
        and known.envelope.exam == intent.exam
        and known.envelope.subject == intent.subject
        and known.envelope.actors == intent.actors
        and known.envelope.payload == kind.open_part(intent.fact)
        and dict(known.personal) == kind.personal_part(intent.fact)
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


def _require_withdrawable(page: Page, intent: Intent) -> None:
    named = _corrected(intent.fact)
    wrong = page.find(named) if named else None
    if wrong is None or wrong.envelope.subject != intent.subject or wrong.envelope.exam != intent.exam:
        raise Refused(
            "no_such_fact_here",
            Sentence(
                zh="不能更正：本考场本场没有这条记录。",
                en="Cannot withdraw: this room-sitting has no such record.",
            ),
        )


def _corrected(fact: Fact) -> FactId | None:
    if not isinstance(fact, FactWithdrawn):
        return None
    try:
        return fact_id(fact.withdrawn)
    except ValueError:
        return None


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
