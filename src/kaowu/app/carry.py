"""The carrier's round at a node (传递): bring the journal up, read what came from below, notice when this disk is an old one.

One process does this beside server and workers. It looks several times a
second whether there is anything new; after trouble it waits longer each time,
up to half a minute.
"""

import importlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, connections

from kaowu.app.witnessing import Witnessing
from kaowu.basics.errors import Refused
from kaowu.basics.suites import deployed
from kaowu.edge.carriers import Carrier, LinkDown
from kaowu.edge.https import HttpsCarrier
from kaowu.edge.mirror import REQUEST_BYTES, Mirroring, Progress
from kaowu.edge.upward import Upward
from kaowu.engines.sync.asking import AUDIT_SAMPLES, DISPATCHES, ERASURES
from kaowu.engines.sync.cards import NodeCard
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.registry import judge
from kaowu.store import arrivals
from kaowu.store.journal import close_journal
from kaowu.store.judging_ahead import Ahead
from kaowu.store.models import Exam, JournalHead, Upstream
from kaowu.store.own_log import OwnLog
from kaowu.store.queries import exams
from kaowu.store.upstreams import UpstreamRecord, upstreams
from kaowu.web.counter import book, clock
from kaowu.web.node_key import origin, signing_key
from kaowu.web.works import audit_samples, dispatches, nodes, orders

LOOKS_EVERY_S = 0.1
LOOKS_AGAIN_S = 0.05
LONGEST_WAIT_S = 30.0
LONGEST_REFUSED_S = 1_800.0
SAYS_IT_IS_THERE_S = 30.0
AFTER_A_FAULT_S = 2.0
Say = Callable[[str], None]
_NATS = ("nats://", "tls://")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Something that the node above may have for this one: how often it is asked for, and what is done with the answer."""

    what: str
    every_s: float
    read_up_to: Callable[[str], str]
    take: Callable[[str, NodeCard, bytes], int]
    words: str


_ASKED = (
    _Asked(
        ERASURES, 25.0, orders.read_up_to, orders.follow, "奉命清除个人信息 {n} 条 · erased on its order: {n}"
    ),
    _Asked(DISPATCHES, 10.0, dispatches.read_up_to, dispatches.take, "收到联动消息 {n} 条 · dispatches: {n}"),
    _Asked(
        AUDIT_SAMPLES,
        25.0,
        audit_samples.read_up_to,
        audit_samples.take,
        "待判读的填涂 {n} 处 · marks to judge: {n}",
    ),
)


def carrier_to(url: str) -> Carrier:
    """The carrier for an address; raises ValueError for one that none of them speaks."""
    if url.startswith(_NATS):
        return _nats().NatsCarrier(url)  # type: ignore[no-any-return]
    return HttpsCarrier(url)


def links() -> list[Upward]:
    """One for each node above, standby included."""
    cards = dict(Upstream.objects.values_list("name", "card"))
    return [
        Upward(
            above.name,
            carrier := carrier_to(above.url),
            Mirroring(
                OwnLog(),
                UpstreamRecord(above.name, clock),
                carrier,
                above.key,
                deployed(),
                request_bytes=_request_bytes(above.url),
            ),
            origin(),
            signing_key(),
            NodeCard.from_text(cards[above.name]) if cards[above.name] else None,
            personal_fields_go_up,
        )
        for above in upstreams()
    ]


def _nats() -> Any:
    """The carrier over NATS; raises ValueError where its library is not installed."""
    try:
        return importlib.import_module("kaowu.edge.nats")
    except ModuleNotFoundError as missing:
        raise ValueError("缺少 NATS 组件，请安装 · not installed: pip install 'kaowu[nats]'") from missing


def _listening() -> Any:
    """The door at a NATS server, where KAOWU_NATS names one."""
    server = os.environ.get("KAOWU_NATS", "")
    if not server:
        return None
    from kaowu.web.works.door import answer

    return _nats().NatsDoor(server, settings.IDENTITY.name, answer)


def _request_bytes(url: str) -> int:
    return 700_000 if url.startswith(_NATS) else REQUEST_BYTES


def personal_fields_go_up() -> bool:
    """The policy of the exams held here: one that keeps names at the site keeps all of them there."""
    for code in Exam.objects.values_list("code", flat=True):
        profile = profile_of(exams.plan(code))
        if profile is not None and not profile.line("personal_fields_go_up").value:
            return False
    return True


@dataclass(slots=True)
class _Asking:
    """When the node above is asked for something again, and what it last refused it with."""

    at: float = 0.0
    pause_s: float = 0.0
    refused: str = ""

    def answered(self, every_s: float) -> None:
        self.pause_s, self.refused = every_s, ""
        self.at = time.monotonic() + every_s

    def is_news(self, refused: str, every_s: float) -> bool:
        """Whether it was not refused so before. One that does not know the question is asked ever more seldom."""
        before, self.refused = self.refused, refused
        self.pause_s = every_s if refused != before else min(LONGEST_REFUSED_S, self.pause_s * 2)
        self.at = time.monotonic() + self.pause_s
        return refused != before


@dataclass(slots=True)
class _Waiting:
    """When a link is to be tried next."""

    at: float = 0.0
    pause_s: float = LOOKS_EVERY_S
    size: int = -1
    spoke_at: float = 0.0
    asking: dict[str, _Asking] = field(default_factory=dict)

    def is_quiet(self) -> bool:
        """Nothing was said for a while, and nothing stands in the way of saying that all is well."""
        return self.pause_s == LOOKS_EVERY_S and time.monotonic() - self.spoke_at >= SAYS_IT_IS_THERE_S

    def is_due(self, size: int) -> bool:
        return time.monotonic() >= self.at and (size != self.size or self.pause_s > LOOKS_EVERY_S)

    def after(self, progress: Progress) -> None:
        if progress.trouble:
            self.pause_s = min(LONGEST_WAIT_S, max(1.0, self.pause_s * 2))
        else:
            self.pause_s, self.size = LOOKS_EVERY_S, progress.size
        self.spoke_at = time.monotonic()
        self.at = self.spoke_at + self.pause_s


def rest_after(read: int, ahead: Ahead | None = None) -> float:
    """How long to rest after so many records were read: shorter while more is coming.

    Never so short that nobody else could write on SQLite, where that is a matter of luck. PostgreSQL lets
    those who wait for the journal's head have it in their turn: nothing keeps the next of a backlog waiting.
    """
    if read and ahead is not None and not ahead.is_free:
        return 0.0
    return LOOKS_AGAIN_S if read else LOOKS_EVERY_S


@dataclass(slots=True)
class Round:
    """The work of one node's carrier."""

    say: Say
    _read: int = 0
    _links: list[Upward] = field(default_factory=list)
    _names: tuple[str, ...] = ()
    _waiting: dict[str, _Waiting] = field(default_factory=dict)
    _epochs_read: int = -1
    _witnessing: Witnessing = field(default_factory=Witnessing)
    _ahead: Ahead | None = None

    def once(self) -> dict[str, Progress]:
        """One look at everything; returns what was tried."""
        self._read = arrivals.read_on(clock, judge, ahead=self._ahead)
        if self._read or self._epochs_read < 0:
            self._close_taken_over()
        size = self._checkpoint()
        done: dict[str, Progress] = {}
        for link in self._present_links():
            waiting = self._waiting.setdefault(link.name, _Waiting())
            if waiting.is_due(size):
                done[link.name] = progress = link.step()
                waiting.after(progress)
                self._notice_loss(link, progress)
            elif waiting.is_quiet():
                self._notice_loss(link, link.mirroring.touch())
                waiting.spoke_at = time.monotonic()
            self._ask(link, waiting)
        self._witnessing.ask(max((one.cosigned for one in done.values()), default=0))
        return done

    def run(self, until: Callable[[], bool]) -> None:
        """Go round until told to stop."""
        try:
            listening = _listening()
        except ValueError as reason:
            self.say(str(reason))
            listening = None
        if connection.vendor == "postgresql":  # a centre: many sites, and memory for one process more
            self._ahead = Ahead()
        while not until():
            time.sleep(self._go())
        if self._ahead is not None:
            self._ahead.close()
        if listening is not None:
            listening.close()
        connections.close_all()

    def _go(self) -> float:
        """One round; a fault in it is said and tried again, since a node must not stop for its carrier."""
        try:
            for name, one in self.once().items():
                if one.trouble or one.sent:
                    self.say(f"{name}: {one.cosigned:,}/{one.size:,} {one.trouble} {one.detail}".rstrip())
        except Exception as defect:
            self.say(
                f"传递出错，稍后重试 · the carrier failed and tries again: {type(defect).__name__}: {defect}"
            )
            connections.close_all()
            return AFTER_A_FAULT_S
        return rest_after(self._read, self._ahead)

    def _checkpoint(self) -> int:
        head = JournalHead.objects.get(pk=1)
        somebody_asks = Upstream.objects.exists() or self._witnessing.is_needed()
        if head.size > head.checkpointed_size and not head.closed_because and somebody_asks:
            book().checkpoint()
        return head.size

    def _present_links(self) -> list[Upward]:
        names = tuple(f"{above.name} {above.url} {above.key.to_text()}" for above in upstreams())
        if names != self._names:
            self._links, self._names, self._waiting = links(), names, {}
        return self._links

    def _close_taken_over(self) -> None:
        """Where a standby went on, nothing more of the machine that failed is taken."""
        found, self._epochs_read = nodes.close_taken_over(max(0, self._epochs_read))
        for one in found:
            self.say(f"{one.previous}: 由 {one.by} 接管，不再接收 · taken over, closed")

    def _ask(self, link: Upward, waiting: _Waiting) -> None:
        """What the node above has for this one; asked at the first contact and then now and again."""
        if link.card is None or link.card.organisation == settings.IDENTITY.organisation:
            return  # a standby keeps a copy and orders nothing
        if waiting.pause_s > LOOKS_EVERY_S:
            return
        for asked in _ASKED:
            asking = waiting.asking.setdefault(asked.what, _Asking())
            if time.monotonic() < asking.at:
                continue
            try:
                done = asked.take(link.name, link.card, link.ask(asked.what, asked.read_up_to(link.name)))
                dispatches.put_delivery_on_record()
            except LinkDown as reason:
                self.say(f"{link.name}: {reason}")
                waiting.pause_s = max(1.0, waiting.pause_s)  # the mirroring finds out what the matter is
                return
            except Refused as reason:
                if asking.is_news(str(reason), asked.every_s):
                    self.say(f"{link.name}: {asked.what}: {reason}")
                    waiting.pause_s = max(1.0, waiting.pause_s)
                continue
            asking.answered(asked.every_s)
            if done:
                self.say(f"{link.name}: {asked.words.format(n=done)}")

    def _notice_loss(self, link: Upward, progress: Progress) -> None:
        reason = link.lost_proof(progress)
        if reason:
            close_journal(reason)
            self.say(f"{link.name}: {reason}")
