"""Who comes to a rehearsal: gates with candidates, people with packets, two clerks with scores, a scanner.

Each goes through the door as on the day and writes down, beside the node, what it was acknowledged and how
long it waited for that. A terminal that gets no answer offers the same bytes again, as real ones do.
"""

import http.client
import json
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kaowu.app.rehearsal.doors import Answer, Browser, Line
from kaowu.app.rehearsal.nodes import RunningNode
from kaowu.app.rehearsal.scene import EXAM, ITEMS, SUBJECT, Scene
from kaowu.app.signing_device import SigningDevice
from kaowu.basics.clock import Instant
from kaowu.basics.ids import new_fact_id
from kaowu.engines.ledger.runs import Proven
from kaowu.facts.catalogue import Fact
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import PacketHandedOut
from kaowu.facts.scores import PointsEntered
from kaowu.facts.sheet_bags import SheetBagChecked, SheetsScanned

ENTRY, CUSTODY, SCORES, SCAN = ACTS = ("entry", "custody", "scores", "scan")
FIRST = "first"
"""The first act of the day and the first bag that is read: the node loads what it needs for them, so their time says nothing."""
OFFERS = 5
READ_WITHIN_S = 600
GATE, VAULT, DEPUTY = (
    Actor("gate", "chief_invigilator"),
    Actor("vault", "vault_keeper"),
    Actor("deputy", "deputy_site_chief"),
)
Now = Callable[[], Instant]


@dataclass(frozen=True, slots=True)
class Done:
    """One act that somebody did: what was put on record by it, how long the answer took, what went wrong."""

    act: str
    kind: str
    subject: str
    ms: float
    id: str = ""
    """Empty where the node itself made it."""
    trouble: str = ""


@dataclass
class Tally:
    """What was done, by many hands; after `half` acts something else happens, before the next is written down."""

    half: int
    at_half: Callable[[], None]
    done: list[Done] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, done: Done) -> None:
        """Write down one act."""
        with self._lock:
            self.done.append(done)
            if len(self.done) == self.half:
                self.at_half()


@dataclass
class Gate:
    """A terminal with its own key and its own connection."""

    device: SigningDevice
    port: int
    now: Now
    tally: Tally

    def work(self, todo: Iterable[tuple[str, str, Fact, tuple[Actor, ...]]]) -> None:
        """Hand in one act after the other."""
        line = Line(self.port)
        for act, subject, fact, actors in todo:
            self._hand_in(line, act, subject, fact, actors)
        line.close()

    def _hand_in(self, line: Line, act: str, subject: str, fact: Fact, actors: tuple[Actor, ...]) -> None:
        before, at = (self.device.sequence, self.device.head), self.now()
        id = new_fact_id(at)
        entry = self.device.entry(id, fact, subject, at, *actors)
        run = self.device.run([entry], _proven(actors, at))
        begun = time.perf_counter()
        trouble = _offered(lambda: line.hand_in(run), id.hex)
        took = (time.perf_counter() - begun) * 1000
        if trouble:
            self.device.sequence, self.device.head = before
        self.tally.add(Done(act, fact.kind.name, subject, took, id.hex, trouble))


def gates(scene: Scene, port: int, devices: Iterable[SigningDevice], now: Now, tally: Tally) -> list[Any]:
    """The threads of all gates, not started: each has its share of the packets, then of the candidates.

    One packet has gone out by then, so that the node is awake.
    """
    makers = [Gate(device, port, now, tally) for device in devices]
    shares: list[list[Any]] = [[] for _ in makers]
    for number, (room, seats) in enumerate(scene.rooms):
        out = PacketHandedOut(packet=f"P-{room}", seal="1", sheets=seats, subject=SUBJECT)
        shares[number % len(makers)].append((CUSTODY, scene.subject(room), out, (VAULT, DEPUTY)))
    comers = [(room, ticket) for room, seats in scene.rooms for ticket in scene.tickets(room, seats)]
    for number, (room, ticket) in enumerate(comers):
        came = CandidateAdmitted(admission_number=ticket, identity="matched", written_at=None)
        shares[number % len(makers)].append((ENTRY, scene.subject(room), came, (GATE,)))
    makers[0].work([(FIRST, *shares[0].pop(0)[1:])])
    return [
        threading.Thread(target=gate.work, args=(share,), daemon=True)
        for gate, share in zip(makers, shares, strict=True)
    ]


def enter_scores(scene: Scene, node: RunningNode, tally: Tally) -> list[str]:
    """Two clerks type every script, blind to each other; returns rooms where the comparison is not as it must be.

    The second types one score of each room otherwise, so exactly one difference has to be shown in each.
    """
    ready: queue.Queue[tuple[str, int] | None] = queue.Queue()

    failed: list[Exception] = []

    def first() -> None:
        try:
            browser = Browser(node.port, "clerk-1", scene.password)
            for room, seats in scene.rooms:
                _type(scene, browser, room, seats, 1, tally)
                ready.put((room, seats))
        except Exception as error:
            failed.append(error)
        ready.put(None)  # the other waits for no bag that never comes

    other = threading.Thread(target=first, daemon=True)
    other.start()
    browser = Browser(node.port, "clerk-2", scene.password)
    while (bag := ready.get()) is not None:
        _type(scene, browser, *bag, 2, tally)
    if failed:
        raise failed[0]
    third = Browser(node.port, "clerk-3", scene.password)
    wrong = []
    for room, _ in scene.rooms:
        status, page = third.send("GET", f"{_bag(scene, room)}settle/")
        if status != 200 or page.count(b'name="d-') != 1:
            wrong.append(room)
    return wrong


def scan(scene: Scene, node: RunningNode, folder: Path, tally: Tally) -> None:
    """Each room's bag: the three fields, then the folder that the scanner wrote, read page by page."""
    browser = Browser(node.port, VAULT.account, scene.password)
    for number, (room, seats) in enumerate(scene.rooms[: scene.bags]):
        at = f"/office/sheet-scans/{EXAM}/{scene.site}/{quote(SUBJECT)}/{room}/"
        subject = scene.subject(room)
        given = {
            "room_number": room,
            "first_seat": "01",
            "last_seat": f"{seats:02d}",
            "subject": SUBJECT,
            "sheets": str(seats),
            "state": "intact",
        }
        begun = time.perf_counter()
        trouble = _moved_on(partial(browser.post, f"{at}check/", given))
        took = (time.perf_counter() - begun) * 1000
        tally.add(Done(CUSTODY, SheetBagChecked.kind.name, subject, took, trouble=trouble))
        files = [(path.name, path.read_bytes()) for path in sorted((folder / room).iterdir())]
        begun = time.perf_counter()
        trouble = _moved_on(partial(browser.upload, f"{at}upload/", files))
        trouble = trouble or _read_in(node, subject, len(files))
        took = (time.perf_counter() - begun) * 1000 / len(files)
        tally.add(Done(SCAN if number else FIRST, SheetsScanned.kind.name, subject, took, trouble=trouble))


def _type(scene: Scene, browser: Browser, room: str, seats: int, turn: int, tally: Tally) -> None:
    """One clerk, one bag."""
    tickets = scene.tickets(room, seats)
    cells = {
        f"p-{ticket}-{item}": str((seat * 7 + column) % worth)
        for seat, ticket in enumerate(tickets)
        for column, (item, worth) in enumerate(ITEMS)
    }
    if turn == 2:
        cells[f"p-{tickets[0]}-{ITEMS[0][0]}"] = str(ITEMS[0][1])
    begun = time.perf_counter()
    trouble = _moved_on(lambda: browser.post(_bag(scene, room), {"turn": str(turn), **cells}))
    took = (time.perf_counter() - begun) * 1000
    subject = f"scores/{SUBJECT}/{scene.site}/{room}"
    tally.add(Done(SCORES, PointsEntered.kind.name, subject, took, trouble=trouble))


def _bag(scene: Scene, room: str) -> str:
    return f"/office/score-entry/{EXAM}/{quote(SUBJECT)}/{scene.site}/{room}/"


def _proven(actors: tuple[Actor, ...], at: Instant) -> tuple[Proven, ...]:
    """Several persons each held a card to the terminal."""
    if len(actors) < 2:
        return ()
    return tuple(Proven(one.account, f"card/{one.account}", "card", at) for one in actors)


def _offered(offer: Callable[[], Answer], id: str) -> str:
    """Offer until there is an answer; what is wrong with it, nothing if the fact was acknowledged."""
    said = ""
    for _ in range(OFFERS):
        try:
            status, content = offer()
        except (OSError, http.client.HTTPException) as error:
            said = f"{type(error).__name__}: {error}"
            continue
        if status >= 500:
            said = f"HTTP {status}"
            continue
        try:
            answer = json.loads(content)
        except ValueError:
            return f"HTTP {status}"
        [one] = answer.get("answers") or [answer]
        if status == 200 and one.get("outcome") in ("recorded", "repeated"):
            return "" if one["id"].replace("-", "") == id else "answered for another fact"
        return str(one.get("refusal", answer).get("code", f"HTTP {status}"))
    return said


def _moved_on(act: Callable[[], Answer]) -> str:
    """What is wrong if a form does not lead on; forms are not sent twice."""
    try:
        status, _ = act()
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    return "" if status == 302 else f"HTTP {status}"


def _read_in(node: RunningNode, subject: str, pages: int) -> str:
    """Wait until the pages are on record; what is wrong with them."""
    deadline = time.monotonic() + READ_WITHIN_S
    while time.monotonic() < deadline:
        failed = node.rows("SELECT outcome_en FROM store_job WHERE state = 'failed'")
        if failed:
            return str(failed[-1][0])
        done = node.rows(
            "SELECT COUNT(*) FROM store_journalentry WHERE kind = ? AND subject = ?",
            SheetsScanned.kind.name,
            subject,
        )
        if done[0][0]:
            return ""
        time.sleep(0.05)
    return f"{pages} pages were not read"
