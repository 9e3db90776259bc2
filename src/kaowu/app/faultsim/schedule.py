"""One schedule: what the seed says happens, and what must hold after each thing that did.

Held after every act: a size that the site believes to be cosigned lies on the
county's disk, entry by entry the same, and the cosignature proves it. Held at
the end, when the link is well again: every fact that the site acknowledged is
there exactly once in both books, and both roots, worked out anew from the
bodies, are the one that was cosigned.
"""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

from kaowu.app.faultsim import nodes
from kaowu.app.faultsim.link import Link, Taken, flipped
from kaowu.app.faultsim.nodes import COUNTY, ORIGIN, Keys, Node, NodeDied
from kaowu.edge.mirror import OWN_COPY_ALTERED, Progress
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import Tree, leaf_hash
from kaowu.engines.sync.judge import root_over
from kaowu.engines.sync.wire import NewCheckpoint

ACTS = 16
_MOST_FACTS = 200
_MOST_JUMP_MS = 3 * 86_400_000
_STEPS_TO_SETTLE = 6


class Violated(AssertionError):
    """A promise was broken."""


@dataclass
class Outcome:
    """What became of one schedule."""

    seed: int
    facts: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    acts: list[str] = field(default_factory=list)
    violation: str = ""


def run(seed: int, empty: Path) -> Outcome:
    """Play the schedule of a seed; `empty` is the file of an empty node."""
    outcome = Outcome(seed)
    folder = Path(tempfile.mkdtemp(prefix="kaowu-faultsim-"))
    try:
        play = _Schedule(seed, folder, empty, outcome)
        try:
            play.all()
        finally:
            play.close()
    except Exception as found:  # a defect in a misfortune is a violation too
        outcome.violation = f"{type(found).__name__}: {found}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


class _Schedule:
    def __init__(self, seed: int, folder: Path, empty: Path, outcome: Outcome) -> None:
        self._chance = Random(seed)
        self._folder = folder
        self._outcome = outcome
        self._keys = Keys(seed)
        for name in ("site", "county"):
            shutil.copyfile(empty, folder / name)
        self._site = Node(folder / "site", nodes.site, self._keys)
        self._county = Node(folder / "county", nodes.county, self._keys)
        self._link = Link(self._chance, self._take, outcome.happened)
        self._acknowledged: list[UUID] = []
        self._kill_county_at: int | None = None

    def close(self) -> None:
        """End both nodes."""
        self._site.kill()
        self._county.kill()

    def all(self) -> None:
        """Let everything happen, then let the link be well and judge."""
        self._append()
        for _ in range(ACTS):
            act = self._chance.choice(_ACTS)
            self._outcome.acts.append(act.__name__.strip("_"))
            act(self)
            self._judge_cosigned()
        self._settle()
        self._judge_all()

    # ---- what can happen ----

    def _append(self) -> None:
        ids = self._new_ids()
        self._acknowledged += self._site.ask("append", ids)[1]
        self._site.ask("checkpoint")

    def _step(self) -> Progress:
        self._link.faulty = 0.0
        return self._walk()

    def _step_over_a_bad_link(self) -> None:
        self._link.faulty = self._chance.choice([0.2, 0.5, 0.9])
        for _ in range(self._chance.randrange(1, 5)):
            self._append()
            self._walk()

    def _flap(self) -> None:
        self._append()
        self._link.faulty = 0.0
        for _ in range(self._chance.randrange(2, 6)):
            self._link.faulty = 1.0 - self._link.faulty
            self._walk()

    def _kill_site_while_it_appends(self) -> None:
        self._happened("site killed")
        for _ in range(self._chance.randrange(1, 4)):
            self._site.tell("append", self._new_ids(30))
        time.sleep(self._chance.random() * 0.04)
        for said in self._site.restart():
            if said[0] == "acknowledged":
                self._acknowledged += said[1]

    def _kill_site_while_it_mirrors(self) -> None:
        self._append()
        self._happened("site killed")
        self._site.tell("step")
        for _ in range(self._chance.randrange(0, 3)):
            said = self._site.hear()
            if said[0] != "carry":
                break
            self._site.pipe.send(self._take(*said[1:]))
        self._site.restart()

    def _kill_county_while_it_takes(self) -> None:
        self._append()
        self._link.faulty = 0.0
        self._kill_county_at = self._chance.randrange(1, 5)
        self._walk()
        self._kill_county_at = None

    def _jump_the_clock_of_the_site(self) -> None:
        """The machine's clock is set wrong, forward or back, in the middle of the day."""
        self._happened("clock jumped")
        for _ in range(2):
            self._site.ask("clock", self._chance.randrange(-_MOST_JUMP_MS, _MOST_JUMP_MS))
            self._append()
            self._step()
        self._site.ask("clock", 0)
        backwards = self._site.rows(
            'SELECT COUNT(*) FROM store_journalentry AS one JOIN store_journalentry AS two ON two."index" = one."index" + 1'
            " WHERE two.recorded_at < one.recorded_at"
        )
        if backwards != [(0,)]:
            raise Violated("the book runs backwards after the clock was set back")

    def _fail_writes_of_the_site(self) -> None:
        """The site's disk takes nothing more: what cannot be written is not acknowledged, and the node starts anew."""
        self._happened("write failed")
        # The write-ahead log is a file of its own, so even a small limit hits the writes that count.
        self._site.ask("writes fail", self._chance.choice([0, 4_096, 20_000]))
        for _ in range(2):
            self._acknowledged += self._site.ask("append", self._new_ids())[1]
        for said in self._site.restart():
            if said[0] == "acknowledged":
                self._acknowledged += said[1]

    def _fill_disk_of_county(self) -> None:
        self._happened("disk full")
        [(pages,)] = self._county.rows("PRAGMA page_count")
        self._county.ask("room", pages)
        self._append()
        self._step()
        self._judge_cosigned()
        self._county.ask("room", 1_000_000)

    def _flip_a_bit_of_the_journal(self) -> None:
        self._append()
        self._happened("bit flipped in the journal")
        cosigned, size = self._cosigned()[0], self._size()
        if cosigned == size:
            return
        index = self._chance.randrange(cosigned, size)
        [(body,)] = self._site.rows('SELECT entry FROM store_journalentry WHERE "index" = ?', index)
        change = 'UPDATE store_journalentry SET entry = ? WHERE "index" = ?'
        self._site.tamper(change, flipped(body, self._chance), index)
        progress = self._step()
        self._judge_cosigned()
        sent = self._county.rows("SELECT COUNT(*) FROM store_mirroredentry WHERE seq = ?", index)[0][0]
        if not sent and (progress.trouble != OWN_COPY_ALTERED or str(index) not in progress.detail):
            raise Violated(f"entry {index} was changed at the site and nobody noticed: {progress}")
        self._site.tamper(change, body, index)

    def _flip_a_bit_of_the_copy(self) -> None:
        held = self._county.rows("SELECT COUNT(*) FROM store_mirroredentry")[0][0]
        if not held:
            return
        self._happened("bit flipped in the copy")
        column = self._chance.choice(["leaf", "leaf_hash"])
        index = self._chance.randrange(held)
        [(body,)] = self._county.rows(f"SELECT {column} FROM store_mirroredentry WHERE seq = ?", index)
        change = f"UPDATE store_mirroredentry SET {column} = ? WHERE seq = ?"
        self._county.tamper(change, flipped(body, self._chance), index)
        found = self._county.ask("scrub")[1]
        self._county.tamper(change, body, index)
        if found != index:
            raise Violated(f"entry {index} of the copy was changed, the scrubber named {found}")

    def _fork_with_a_stolen_key(self) -> None:
        held = nodes.leaves_of_copy(self._county)
        [(announced,)] = self._county.rows("SELECT size FROM store_mirroredlog")
        if not held or not announced:
            return
        self._happened("forked with a stolen key")
        shared = self._chance.randrange(min(len(held), announced))
        size = shared + self._chance.randrange(1, 60)
        forged = Tree(leaf_hash(leaf) for leaf in held[:shared])
        for number in range(size - shared):
            forged.append(leaf_hash(b"forged %d" % number))
        note = Checkpoint(ORIGIN, size, forged.root()).note().signed_by(self._keys.log)
        for old in {min(announced, size), shared}:
            proof = tuple(forged.consistency(old)) if old else ()
            taken = self._take("add-checkpoint", NewCheckpoint(old, proof, note).to_bytes())
            if taken is None or taken[0] == 200:
                raise Violated(f"a forged checkpoint of size {size} was accepted at {announced}")
        kept = self._county.rows("SELECT COUNT(*) FROM store_logconflict WHERE size = ?", size)[0][0]
        if size <= len(held) and not kept:
            raise Violated(f"the evidence of a fork at size {size} was not kept")

    def _set_site_back_to_an_old_disk(self) -> None:
        """An old disk image writes other facts; the node above must not follow it."""
        old, true = self._folder / "old", self._folder / "true"
        self._site.copy_disk(old)
        self._append()
        self._step()
        self._happened("old disk")
        ahead = self._cosigned()[0]
        before = len(nodes.leaves_of_copy(self._county))
        self._site.copy_disk(true)
        self._site.swap_disk(old)
        if self._size() < ahead:
            self._site.ask("append", self._new_ids(3 * _MOST_FACTS))
            self._site.ask("checkpoint")
            progress = self._step()
            if progress.settled or len(nodes.leaves_of_copy(self._county)) != before:
                raise Violated(f"the node above followed an old disk: {progress}")
        self._site.swap_disk(true)

    # ---- the link ----

    def _walk(self) -> Progress:
        """One step of mirroring; the simulator is the link."""
        self._site.tell("step")
        while True:
            said = self._site.hear()
            if said[0] == "progress":
                return said[1]  # type: ignore[no-any-return]
            self._site.pipe.send(self._link.carry(*said[1:]))

    def _take(self, endpoint: str, body: bytes) -> Taken | None:
        """The county's door; None when it died over the request."""
        self._county.tell("take", endpoint, body)
        if self._kill_county_at is not None:
            self._kill_county_at -= 1
            if self._kill_county_at <= 0:
                self._happened("county killed")
                time.sleep(self._chance.random() * 0.02)
                self._county.restart()
                self._kill_county_at = None
                return None
        with suppress(NodeDied):
            return self._county.hear()  # type: ignore[no-any-return]
        self._county.restart()
        return None

    def _new_ids(self, most: int = _MOST_FACTS) -> list[UUID]:
        count = self._chance.randrange(1, most)
        return [UUID(int=self._chance.getrandbits(128)) for _ in range(count)]

    def _happened(self, fault: str) -> None:
        self._outcome.happened[fault] += 1

    # ---- what must hold ----

    def _size(self) -> int:
        return int(self._site.rows("SELECT size FROM store_journalhead")[0][0])

    def _cosigned(self) -> tuple[int, str]:
        rows = self._site.rows(
            "SELECT cosigned_size, cosigned_note FROM store_upstream WHERE name = ?", COUNTY
        )
        return (int(rows[0][0]), str(rows[0][1])) if rows else (0, "")

    def _judge_cosigned(self) -> None:
        size, text = self._cosigned()
        if not size:
            return
        note = Note.from_bytes(text.encode())
        note.verified_by([self._keys.mirror.verifying])
        copy = nodes.leaves_of_copy(self._county)
        own = nodes.leaves_of_journal(self._site)
        if len(copy) < size or len(own) < size or copy[:size] != own[:size]:
            raise Violated(f"{size} facts are cosigned, the county holds {len(copy)}, the site {len(own)}")
        if Checkpoint.from_note(note) != Checkpoint(ORIGIN, size, root_over(copy[:size])):
            raise Violated(f"the cosigned root of size {size} is not that of the copy")

    def _settle(self) -> None:
        self._site.ask("checkpoint")
        for _ in range(_STEPS_TO_SETTLE):
            progress = self._step()
            if progress.settled:
                return
        raise Violated(f"a well link did not settle: {progress}")

    def _judge_all(self) -> None:
        self._judge_cosigned()
        own, copy = nodes.leaves_of_journal(self._site), nodes.leaves_of_copy(self._county)
        [(size, root)] = self._site.rows("SELECT size, root FROM store_journalhead")
        if own != copy or len(own) != size or self._cosigned()[0] != size:
            raise Violated(f"the books differ: site {len(own)} of {size}, county {len(copy)}")
        if root_over(own) != bytes(root):
            raise Violated("the root that the site keeps is not that of its entries")
        counted = Counter(nodes.id_of(leaf) for leaf in copy)
        lost = [id for id in self._acknowledged if counted[id] != 1]
        if lost or max(counted.values(), default=1) > 1:
            raise Violated(f"{len(lost)} acknowledged facts are not there exactly once")
        if self._county.ask("scrub")[1] is not None:
            raise Violated("the scrubber finds fault with a whole copy")
        self._outcome.facts = len(copy)


_ACTS: list[Callable[[_Schedule], object]] = [
    _Schedule._append,
    _Schedule._step,
    _Schedule._step_over_a_bad_link,
    _Schedule._step_over_a_bad_link,
    _Schedule._flap,
    _Schedule._kill_site_while_it_appends,
    _Schedule._kill_site_while_it_mirrors,
    _Schedule._kill_county_while_it_takes,
    _Schedule._jump_the_clock_of_the_site,
    _Schedule._fail_writes_of_the_site,
    _Schedule._fill_disk_of_county,
    _Schedule._flip_a_bit_of_the_journal,
    _Schedule._flip_a_bit_of_the_copy,
    _Schedule._fork_with_a_stolen_key,
    _Schedule._set_site_back_to_an_old_disk,
]
