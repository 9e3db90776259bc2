"""Sixty-four terminals with keys of their own, and what they have signed, made before anything is measured."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TERMINALS = 64
RUN = 128
FILE = "runs.pickle"
Run = tuple[str, list[bytes], bytes]
"""The terminal, its entries, the proof beside the last."""


def write_runs(path: Path, size: int, alone: int) -> None:
    """So many facts in runs of 128, then so many acts of two signed one by one; with the terminals' own CPU.

    Each terminal makes a fact every 64 ms, so that ids and times rise as they do on a day: what 64 terminals
    made meanwhile is mixed, what they made earlier is not touched again.
    """
    import time

    from kaowu.basics.clock import Instant, SystemClock
    from kaowu.basics.ids import new_fact_id
    from kaowu.basics.suites import INTERNATIONAL
    from kaowu.engines.ledger.runs import Proven, signed_run
    from kaowu.facts.envelope import NO_PREVIOUS, Actor, Envelope

    begun_at = SystemClock().now() - (size + alone) - RUN * TERMINALS
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
    runs: list[Run] = []
    for first in range(0, size, RUN):
        n = first // RUN % TERMINALS
        made = [entry(n, number, False).to_bytes() for number in range(first, min(size, first + RUN))]
        digests = [INTERNATIONAL.hash(content) for content in made]
        runs.append((keys[n].name, made, signed_run(keys[n], keys[n].name, digests)))
    singles: list[Run] = []
    for number in range(alone):
        n = number % TERMINALS
        act = entry(n, number, True)
        content, at = act.to_bytes(), act.stamped_at
        proven = (Proven("inv-1", "pin/1", "pin", at), Proven("inv-2", "pin/2", "pin", at))
        proof = signed_run(keys[n], keys[n].name, [INTERNATIONAL.hash(content)], proven)
        singles.append((keys[n].name, [content], proof))
    spent = time.process_time() - begun
    texts = {key.name: key.verifying.to_text() for key in keys}
    with path.open("wb") as file:
        for one in ({"keys": texts, "singles": singles, "clients_cpu_s": spent}, *runs):
            pickle.dump(one, file)


def read_head(path: Path) -> dict[str, Any]:
    """The terminals' keys, their acts of two, and the CPU they needed for all."""
    with path.open("rb") as file:
        head: dict[str, Any] = pickle.load(file)
    return head


def read_runs(path: Path) -> Iterator[Run]:
    """The runs one after the other, as they come in: a node never holds all that it will be handed."""
    with path.open("rb") as file:
        pickle.load(file)
        while file.peek(1):
            yield pickle.load(file)


class BookDesk:
    """Takes signed runs and writes them into the book: what the counter does, without duties and rules."""

    def __init__(self, book: Any, keys: dict[str, str]) -> None:
        from kaowu.basics.suites import VerifyingKey

        self._book = book
        self._keys = {name: VerifyingKey.from_text(text) for name, text in keys.items()}

    def read(self, run: Run) -> list[Any]:
        """As the door does: entries read, chain heads hashed, every signature verified."""
        from kaowu.basics.suites import INTERNATIONAL
        from kaowu.engines.ledger.entries import read_entry
        from kaowu.engines.ledger.runs import Proof, run_holds
        from kaowu.engines.ledger.signers import persons_at
        from kaowu.facts.envelope import Envelope

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
        from kaowu.engines.ledger.signers import chain_break

        answers = []
        with self._book.writing() as page:
            now = page.last_recorded_at()
            for envelope, proof, entry in entries:
                if page.enrolled(envelope.device) is None:
                    raise ValueError("the device is not enrolled")
                latest, head = page.device_head(envelope.device)
                if chain_break(latest, head, envelope.device_seq, envelope.device_prev):
                    raise ValueError("the chain is broken")
                at = max(now, envelope.stamped_at)
                answers.append(page.write(envelope, at, {}, b"", (), proof, entry).index)
        return answers
