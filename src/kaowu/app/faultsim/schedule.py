"""One schedule: what the seed says happens, and what must hold after each thing that did.

A schedule draws misfortunes (`acts`) and lets them happen to a site and a county,
between the comings and goings of an exam morning. `judgement` says what must hold
after every act and at the end.
"""

import importlib
import os
import select
import shutil
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from kaowu.app.faultsim import nodes
from kaowu.app.faultsim.link import Cable, Request, parted
from kaowu.app.faultsim.nodes import Node, NodeDied
from kaowu.app.faultsim.terminals import ROOMS, Offer, Terminal, from_office
from kaowu.app.faultsim.world import BEGINS, World, make_world
from kaowu.basics.clock import Instant
from kaowu.edge.mirror import Progress
from kaowu.store.sqlite3.failing_disk import DISK_FAILED_EXIT

ACTS = 8
MOST_FACTS = 7
_ROUNDS_TO_SETTLE = 12
_REPLACED = 0.2
"""How many schedules end with the site on another machine."""


CLOCK_JUMPED, MACHINE_REPLACED = "clock jumped", "machine replaced"


class Violated(AssertionError):
    """A promise was broken."""


@dataclass
class Outcome:
    """What became of one schedule."""

    seed: int
    suite: str = ""
    facts: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    acts: list[str] = field(default_factory=list)
    violation: str = ""
    cpu_s: float = 0.0
    """Of the player and of all nodes."""


def run(
    seed: int,
    world: World,
    acts: "Sequence[Act]",
    last: "Sequence[Act]",
    judge: "Callable[[Schedule], None]",
    folder: Path | None = None,
    mark: Callable[[str], None] = lambda what: None,
) -> Outcome:
    """Play the schedule of a seed; `mark` hears what begins, and nothing at the end."""
    outcome = Outcome(seed, world.suite.name, cpu_s=-_cpu_s())
    place = Path(tempfile.mkdtemp(prefix="kaowu-faultsim-", dir=folder))
    try:
        mark(f"seed {seed} ({world.suite.name}), nodes")
        play = Schedule(seed, place, world, outcome, mark)
        try:
            play.all(acts, last)
            play.mark("judgement")
            judge(play)
        finally:
            play.close()
    except Exception as found:  # a defect in a misfortune is a violation too
        outcome.violation = f"{type(found).__name__}: {found}{_last_words(place)}"
    finally:
        shutil.rmtree(place, ignore_errors=True)
        mark("")
    outcome.cpu_s += _cpu_s()
    return outcome


def _cpu_s() -> float:
    return sum(os.times()[:4])


def begin(folder: Path, suite: str) -> World:
    """The nodes that schedules of one suite begin with: what was recorded in the morning is cosigned already.

    What they load when they work is loaded here once: nodes are forked from this process.
    """
    done = folder / "begun"
    world = make_world(folder, suite)
    play = Schedule(0, folder / "play", world, Outcome(0))
    try:
        if done.exists():
            play.append()
        play.settle()
        play.county.ask("read")
        names = {name for node in (play.site, play.county) for name in node.ask("modules")[1]}
    finally:
        play.close()
    if not done.exists():
        for name in ("site", "county"):
            nodes.copy_disk(folder / "play" / name, folder / name)
        done.touch()
    shutil.rmtree(folder / "play")
    for name in sorted(names - set(sys.modules)):
        with suppress(ImportError):
            importlib.import_module(name)
    return world


def _last_words(place: Path) -> str:
    """What the nodes had to say last."""
    said = [
        (file.parent.name, file.read_text(errors="replace").split("\n"))
        for file in place.glob(f"*/{nodes.SAID}")
    ]
    return "".join(f"\n   {name}: {lines[-2]}" for name, lines in said if len(lines) > 1)


class Schedule:
    """Two nodes, the cable between them, the terminals of the site, and what was promised to them."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        world: World,
        outcome: Outcome,
        mark: Callable[[str], None] = lambda what: None,
    ) -> None:
        self.chance = Random(seed)
        self.folder = folder
        self.world = world
        self.outcome = outcome
        self._mark = mark
        self.now = BEGINS
        self.jump_ms = 0
        self.gates: list[Terminal] = world.gates()
        self.office: list[Offer] = []
        self.packets = self.chance.sample(ROOMS, len(ROOMS))
        self.made: dict[UUID, Offer] = {}
        self.acknowledged: list[UUID] = []
        self.proven: tuple[str, str, list[bytes]] | None = None
        """The cosignature that was proved last, the journal's name and the leaves that it covers."""
        for name in ("site", "county"):
            nodes.copy_disk(getattr(world, name), folder / name)
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.county = Node(folder / "county", nodes.county, world, self._door)
        self.cable = Cable(self.chance, self._door.getsockname(), outcome.happened)
        self.site = Node(folder / "site", nodes.site, world)
        self.began_with = {UUID(nodes.id_of(leaf)) for leaf in nodes.leaves_of_journal(self.site)}
        self.cable.wait = self._let_county_go_on
        self.connect()

    def close(self) -> None:
        """End both nodes."""
        self.site.kill()
        self.county.kill()
        self.cable.close()
        self._door.close()

    def all(self, acts: "Sequence[Act]", last: "Sequence[Act]") -> None:
        """Let everything happen, then let all be well."""
        self.append()
        for _ in range(ACTS):
            self._play(self.chance.choice(acts))
        self.settle()
        if self.chance.random() < _REPLACED:
            self._play(self.chance.choice(last))
            self.append()
            self.settle()

    def _play(self, act: "Act") -> None:
        self.outcome.acts.append(act.__name__)
        self.mark(act.__name__)
        act(self)

    def mark(self, what: str) -> None:
        """Something begins."""
        self._mark(f"seed {self.outcome.seed} ({self.outcome.suite}), act {len(self.outcome.acts)}, {what}")

    # ---- a morning ----

    def append(self, *, most: int = MOST_FACTS) -> None:
        """People come in: terminals and office hand in what is new, and what was never answered."""
        self.make_offers(most)
        self.hand_in()

    def make_offers(self, most: int = MOST_FACTS) -> None:
        """What there is to record now."""
        chance = self.chance
        self.now = Instant(self.now + chance.randrange(1, 40_000))
        for gate in chance.sample(self.gates, min(len(self.gates), chance.randrange(1, 3))):
            gate.waiting.append(
                gate.hand_out(chance, self.now, self.packets.pop())
                if self.packets and chance.random() < 0.2
                else gate.admit(chance, self.now, most)
            )
            self._note(gate.waiting[-1])
        if chance.random() < 0.4 or not self.gates:
            self.office.append(from_office(chance, self.now))
            self._note(self.office[-1])

    def hand_in(self) -> None:
        """One commit with the oldest that each sender has not had answered. Raises NodeDied."""
        self.site.ask("clock", self.now + self.jump_ms)
        self.take_answer(self.site.ask("offer", self.waiting()))

    def waiting(self) -> list[Offer]:
        """The oldest unanswered offer of each sender."""
        return [*(gate.waiting[0] for gate in self.gates if gate.waiting), *self.office[:1]]

    def take_answer(self, said: tuple[Any, ...]) -> bool:
        """What the site acknowledged is done with, and is never forgotten; true if it took what was offered."""
        match said:
            case ("acknowledged", (kept, _)):
                fresh = set(kept)
                self.acknowledged += kept
                for gate in self.gates:
                    gate.waiting = [one for one in gate.waiting if not fresh.issuperset(one.ids)]
                self.office = [one for one in self.office if not fresh.issuperset(one.ids)]
                return True
        return False

    def try_to_append(self) -> bool:
        """Hand in what there is; false if the site died over it. It stays dead."""
        self.make_offers()
        try:
            self.hand_in()
        except NodeDied:
            return False
        return True

    def settle(self) -> None:
        """Clock, link and disks are well: everything is taken and cosigned in the end."""
        self.mark("settling")
        self.cable.faulty, self.cable.silent, self.jump_ms = 0.0, False, 0
        for _ in range(200):
            if not self.waiting():
                break
            before = len(self.acknowledged)
            self.hand_in()
            if len(self.acknowledged) == before:
                raise Violated(
                    f"what terminals hold is refused for ever: {self.site.ask('offer', self.waiting())}"
                )
        progress = self.step()
        for _ in range(_ROUNDS_TO_SETTLE):
            if progress.settled:
                return
            progress = self.step()
        raise Violated(f"a well link did not settle: {progress}")

    # ---- the link ----

    def connect(self) -> None:
        """Let the site reach the county through the cable; asked again after each start."""
        self.site.ask("above", self.cable.url)

    def step(self) -> Progress:
        """One step of mirroring; the simulator is the cable. Raises NodeDied."""
        self.county.ask("clock", self.now)
        return self.ask_over_the_cable("step")[1]  # type: ignore[no-any-return]

    def ask_over_the_cable(self, *command: object) -> Any:
        """Let the site do something for which it needs the county."""
        self.site.tell(*command)
        while self.site.hear_or(self.cable.listener):
            self.cable.pass_on()
        return self.site.hear()

    def well_step(self) -> Progress:
        """A step over a link that is well."""
        self.cable.faulty = 0.0
        return self.step()

    def post(self, endpoint: str, body: bytes) -> tuple[int, bytes]:
        """Knock at the county's door with something of one's own."""
        answer = parted(self.cable.send(Request(f"/mirror/{endpoint}", body)))
        if answer is None:
            raise Violated(f"the county does not answer {endpoint}")
        return answer

    # ---- ends ----

    def restart_site(self) -> None:
        """kill -9 or dead already; what it had still said counts."""
        for said in self.site.restart():
            self.take_answer(said)

    def require_fail_stop(self) -> None:
        """A node whose disk failed has ended itself with the code that says so."""
        code = self.site.exit_code
        if code != DISK_FAILED_EXIT:
            raise Violated(f"the disk failed and the node did not stop for it: {code}")

    def happened(self, fault: str) -> None:
        """Count a misfortune."""
        self.outcome.happened[fault] += 1

    def size(self) -> int:
        """How many entries the site's journal has."""
        return int(self.site.rows("SELECT size FROM store_journalhead")[0][0])

    def cosigned(self) -> tuple[int, str]:
        """What the site believes to be cosigned."""
        rows = self.site.rows("SELECT cosigned_size, cosigned_note FROM store_upstream")
        return int(rows[0][0]), str(rows[0][1])

    def origin(self) -> str:
        """The name of the site's journal."""
        return str(self.site.rows("SELECT origin FROM store_journalhead")[0][0])

    def _note(self, offer: Offer) -> None:
        for id in offer.ids:
            self.made[id] = offer

    def _let_county_go_on(self, answer: socket.socket) -> bool:
        watched = self.county.watched
        if watched is None:
            # Before a dead county's door a request waits for ever; what it had said before is still read.
            return not self.county.is_dead or bool(select.select([answer], [], [], 0)[0])
        if watched.wait(answer, timeout_s=nodes.ANSWERS_WITHIN_S) is None:
            with suppress(NodeDied):
                self.county.kill()
            return False  # who died before taking it in leaves it at the door as well
        return True


Act = Callable[[Schedule], None]
