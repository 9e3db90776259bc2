"""Sixty-four terminals with keys of their own, and what they have signed, made before anything is measured."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaowu.basics.clock import Instant, SystemClock
from kaowu.basics.ids import new_fact_id
from kaowu.basics.suites import INTERNATIONAL, VerifyingKey
from kaowu.engines.ledger.entries import read_entry
from kaowu.engines.ledger.runs import Proof, Proven, run_holds, signed_run
from kaowu.engines.ledger.signers import chain_break, persons_at
from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope

TERMINALS = 64
Run = tuple[str, list[bytes], bytes]
"""The terminal, its entries, the proof beside the last."""


@dataclass(frozen=True)
class Part:
    """So many facts, so many under one signature; an act of two persons is signed by itself."""

    name: str
    facts: int
    run: int
    both: bool = False


def write_runs(folder: Path, parts: Sequence[Part]) -> None:
    """A file for each terminal and part; and the terminals' keys, with the CPU they needed for all.

    Each terminal makes a fact every 64 ms, so that ids and times rise as they do on a day: what 64 terminals
    made meanwhile is mixed, what they made earlier is not touched again.
    """
    longest = max(part.run for part in parts)
    begun_at = SystemClock().now() - sum(part.facts for part in parts) - longest * TERMINALS
    keys = [INTERNATIONAL.new_key(f"terminal-{n:02d}") for n in range(TERMINALS)]
    heads = [(0, NO_PREVIOUS)] * TERMINALS
    one = (Actor("inv-1", "chief_invigilator"),)
    two = (*one, Actor("inv-2", "assistant_invigilator"))

    def entry(n: int, number: int, both: bool) -> Envelope:
        sequence, previous = heads[n]
        at = Instant(begun_at + TERMINALS * sequence + n)
        made = Envelope(
            id=new_fact_id(at),
            kind="sheets_counted" if both else "candidate_admitted",
            exam="bench",
            site="040501",
            device=keys[n].name,
            device_seq=sequence + 1,
            device_prev=previous,
            stamped_at=at,
            time_source="device",
            actors=two if both else one,
            subject=f"01/040501/{number // 30:03d}",
            payload={"issued": 30, "used": 29, "absent": 1, "spare": 0, "void": 0}
            if both
            else {"admission_number": f"27{number:011d}", "identity": "matched", "written_at": None},
        )
        heads[n] = (sequence + 1, INTERNATIONAL.hash(made.to_bytes()))
        return made

    begun = time.process_time()
    for part in parts:
        with ExitStack() as open_files:
            files = [
                open_files.enter_context(_file(folder, part.name, n).open("wb")) for n in range(TERMINALS)
            ]
            for first in range(0, part.facts, part.run):
                n = first // part.run % TERMINALS
                numbers = range(first, min(part.facts, first + part.run))
                made = [entry(n, number, part.both) for number in numbers]
                contents = [envelope.to_bytes() for envelope in made]
                at = made[-1].stamped_at
                persons = [Proven(f"inv-{who}", f"pin/{who}", "pin", at) for who in (1, 2) if part.both]
                digests = [INTERNATIONAL.hash(content) for content in contents]
                run = keys[n].name, contents, signed_run(keys[n], keys[n].name, digests, persons)
                pickle.dump(run, files[n])
    head = {
        "keys": {key.name: key.verifying.to_text() for key in keys},
        "clients_cpu_s": time.process_time() - begun,
    }
    (folder / "head.pickle").write_bytes(pickle.dumps(head))


def read_head(folder: Path) -> dict[str, Any]:
    """The terminals' keys, and the CPU they needed."""
    head: dict[str, Any] = pickle.loads((folder / "head.pickle").read_bytes())
    return head


def read_runs(folder: Path, part: str, terminal: int) -> Iterator[Run]:
    """A terminal's runs one after the other: a node never holds all that it will be handed."""
    with _file(folder, part, terminal).open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)


def _file(folder: Path, part: str, terminal: int) -> Path:
    return folder / f"{part}-{terminal:02d}.pickle"


class BookDesk:
    """Takes signed runs and writes them into the book: what the counter does, without duties and rules."""

    def __init__(self, book: Any, keys: dict[str, str]) -> None:
        self._book = book
        self._keys = {name: VerifyingKey.from_text(text) for name, text in keys.items()}

    def read(self, run: Run) -> list[Any]:
        """As the door does: entries read, chain heads hashed, every signature verified."""
        name, contents, content = run
        proof = Proof.from_bytes(content)
        digests = [INTERNATIONAL.hash(one) for one in contents]
        if not run_holds(proof, self._keys[name], name, digests):
            raise ValueError("a signature does not hold")
        for one in proof.attestations:
            if not INTERNATIONAL.verify(self._keys[name], one.proven.message(digests[-1]), one.signature):
                raise ValueError("an attestation does not hold")
        envelopes = [Envelope.from_map(read_entry(one)) for one in contents]
        actors = [(actor.account, actor.post) for actor in envelopes[-1].actors]
        if persons_at(actors, [one.proven for one in proof.attestations], 900_000):
            raise ValueError("two persons are missing")
        last = len(envelopes) - 1
        return [(one, content if n == last else b"", contents[n]) for n, one in enumerate(envelopes)]

    def submit_all(self, entries: Any) -> list[int]:
        """One transaction; chains are followed inside it."""
        answers = []
        with self._book.writing() as page:
            now = page.last_recorded_at()
            page.expect([one.id for one, _, _ in entries], {one.device for one, _, _ in entries})
            for envelope, proof, entry in entries:
                if page.find(envelope.id) is not None:
                    raise ValueError("the fact was kept before")
                if page.enrolled(envelope.device) is None:
                    raise ValueError("the device is not enrolled")
                latest, head = page.device_head(envelope.device)
                if chain_break(latest, head, envelope.device_seq, envelope.device_prev):
                    raise ValueError("the chain is broken")
                at = max(now, envelope.stamped_at)
                answers.append(page.write(envelope, at, {}, b"", (), proof, entry).index)
        return answers
