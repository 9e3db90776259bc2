"""The doors' way to the desk: one desk per process, and many facts in one commit.

Every thread hands its intent in and waits. Whoever gets the lock first takes
all that wait to the desk together, in one transaction with one fsync, and
hands out the answers; so a busy minute costs few commits and a quiet one
waits for nobody. Nothing is answered before the database has it on disk.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection

from kaowu.basics.clock import Instant, SystemClock
from kaowu.basics.errors import Finding, Refused
from kaowu.basics.ids import FactId, new_fact_id
from kaowu.engines.ledger.runs import Proven
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.record import RegisterEntryChanged
from kaowu.loop.desk import Desk, Receipt
from kaowu.loop.duty import Act, Intent
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.signed import OFFICE, RunRefused, run_not_kept
from kaowu.rules.registry import judge
from kaowu.store.journal import DjangoBook
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.sqlite3 import write_ahead
from kaowu.web.access import grants_of
from kaowu.web.node_key import office, sign_checkpoint
from kaowu.web.slips import WaitsForKeys, must_wait

__all__ = ["OFFICE", "book", "clock", "counter", "record", "record_register_change"]

MOST_IN_ONE_COMMIT = 512
"""Facts. Few enough that nobody waits long for those of others; enough for several long runs."""
MOST_SENDERS = 32
"""In one commit: while half of many terminals are served, the others are already read and queue in their order."""

clock = SystemClock()


@dataclass(slots=True)
class _Waiting:
    intents: Sequence[Intent]
    woken: threading.Event = field(default_factory=threading.Event)
    answers: list[Receipt | Refused] | None = None
    defect: BaseException | None = None

    @property
    def served(self) -> bool:
        return self.answers is not None or self.defect is not None


class Counter:
    """Hands intents to a desk, as many at once as are waiting."""

    def __init__(self, make_desk: Callable[[], Desk]) -> None:
        self._make_desk = make_desk
        self._desk = make_desk()
        self._lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()

    def submit(self, intent: Intent) -> Receipt:
        """Record one fact; returns once it is on disk. Raises Refused, or WaitsForKeys."""
        if must_wait(intent):
            self._foresee(intent)
            raise WaitsForKeys(intent)
        [answer] = self.submit_all([intent])
        if isinstance(answer, Refused):
            raise answer
        return answer

    def submit_all(self, intents: Sequence[Intent]) -> list[Receipt | Refused]:
        """Record several facts of one sender; each is answered on its own."""
        if connection.in_atomic_block:
            # The caller's transaction decides over these facts. A desk of its own folds nothing that a
            # rollback would undo, and waits for no thread that waits for the caller's database lock.
            return _answers(self._make_desk(), intents)
        mine = _Waiting(intents)
        self._queue.append(mine)
        while not mine.served:
            if self._lock.acquire(blocking=False):
                served: list[_Waiting] = []
                try:
                    if not mine.served:
                        self._serve(served)
                finally:
                    self._lock.release()
                    # First whoever commits next: what the served do meanwhile is done beside that commit.
                    self._wake_next()
                    for waiting in served:
                        waiting.woken.set()
            else:
                # Whoever holds the lock serves us, or wakes us to serve: it looks after letting go.
                mine.woken.wait()
                mine.woken.clear()
        if write_ahead.is_due(others_wait=self._lock.locked() or bool(self._queue)):
            self._carry_back()
        if mine.defect is not None:
            raise mine.defect
        assert mine.answers is not None
        return mine.answers

    def _carry_back(self) -> None:
        """By a sender whose own fact is on disk, beside the commits of others."""
        if write_ahead.carry_back():
            # With no commit in between nothing is left waiting in the log, and it begins anew.
            try:
                with self._lock:
                    write_ahead.carry_back()
            finally:
                self._wake_next()

    def _foresee(self, intent: Intent) -> None:
        """Two persons shall not sign what is refused anyway."""
        if connection.in_atomic_block:
            self._make_desk().foresee(intent)
            return
        try:
            with self._lock:
                self._desk.foresee(intent)
        finally:
            self._wake_next()

    def _wake_next(self) -> None:
        with suppress(IndexError):
            self._queue[0].woken.set()

    def _serve(self, batch: list[_Waiting]) -> None:
        """Take what waits into `batch` and to the desk; whoever called wakes them, also where this raises."""
        size = 0
        while self._queue and len(batch) < MOST_SENDERS:
            if batch and size + len(self._queue[0].intents) > MOST_IN_ONE_COMMIT:
                break
            batch.append(self._queue.popleft())
            size += len(batch[-1].intents)
        try:
            answers = self._desk.submit_all([intent for waiting in batch for intent in waiting.intents])
            for waiting in batch:
                waiting.answers, answers = answers[: len(waiting.intents)], answers[len(waiting.intents) :]
        except Exception:
            # One defective fact must not take its neighbours down: each sender again, alone.
            self._serve_one_by_one(batch)
        except BaseException as end:
            for waiting in batch:
                waiting.defect = end
            raise

    def _serve_one_by_one(self, batch: Iterable[_Waiting]) -> None:
        for waiting in batch:
            try:
                waiting.answers = _answers(self._desk, waiting.intents)
            except Exception as defect:
                waiting.defect = defect


def _answers(desk: Desk, intents: Sequence[Intent]) -> list[Receipt | Refused]:
    """The answers to one sender; of a device's run that is refused, only the attempt is recorded."""
    try:
        return desk.submit_all(intents)
    except RunRefused as refused:
        desk.note_attempt(refused.intent, refused.refusal)
        return [refused.refusal if one.id == refused.intent.id else run_not_kept() for one in intents]


@cache
def book() -> DjangoBook:
    """The journal of this node."""
    return DjangoBook(clock, sign_checkpoint, office())


@cache
def counter() -> Counter:
    """This process's counter."""
    return Counter(lambda: Desk(book(), clock, _findings, profile_of, exam_now=_exam_now))


def record(
    fact: Fact,
    *actors: Actor,
    exam: str,
    subject: str,
    site: str | None = None,
    attachments: tuple[bytes, ...] = (),
    proven: tuple[Proven, ...] = (),
    id: FactId | None = None,
) -> Receipt:
    """Record a fact that came about in the office, now; under an id made here, unless its form brought one.

    `proven` says how each of several actors proved who they are; without it the node states no more
    than that its door had authenticated them.
    """
    now = exam_time_now(exam).now
    return counter().submit(
        Intent(
            id=id or new_fact_id(clock.now()),
            fact=fact,
            exam=exam,
            subject=subject,
            actors=actors,
            stamped_at=now,
            site=site,
            device=OFFICE,
            attachments=attachments,
            proven=proven,
        )
    )


def record_register_change(
    account: Any, organisation: Any, register: str, key: str, changes: dict[str, Any]
) -> Receipt:
    """One generic fact for an edited register: which entry, which fields, from what to what."""
    return record(
        RegisterEntryChanged(
            register=register,
            key=key,
            fields="、".join(changes)[:500] or "—",
            changes=json.dumps(changes, ensure_ascii=False, default=str)[:8000],
        ),
        Actor(account.number, _post_over(account, organisation)),
        exam="registry",
        subject=f"{register}/{key}",
    )


def _findings(kind: str, fact: Fact, state: Any, act: Act) -> Iterable[Finding]:
    return judge(kind, fact, state, act.profile, act.circumstances)


def _post_over(account: Any, organisation: Any) -> str:
    """The post by which an account may change a register of this organisation."""
    return next((post for post, path in grants_of(account) if organisation.path.startswith(path)), "none")


def _exam_now(exam: str) -> Instant:
    """The time on the exam's own clock, which runs apart from the node's while a day is rehearsed."""
    return exam_time_now(exam).now
