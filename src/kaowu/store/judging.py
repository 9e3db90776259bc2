"""Judging one stretch of a copied log (再核): chains, signatures, persons, by the very function that judges at the counter.

It looks nothing up and keeps nothing: what it has to know comes with the stretch.
So a process without a database can do it as well (`judging_ahead`).
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from kaowu.basics import canonical
from kaowu.basics.suites import VerifyingKey, deployed
from kaowu.engines.ledger.entries import EntryRefused, read_entry, read_leaf
from kaowu.engines.ledger.persons import PersonKey, PersonKeys
from kaowu.engines.ledger.signers import Chain, DemandOf, Fault, SignatureJudge

Leaf = tuple[int, bytes]
"""One entry of a copy: its place in the log, the content of its leaf."""
Decoded = tuple[int, int, bytes, list[Any]]
"""One entry that can be read: its place in the log, when its node recorded it, its bytes, the values of its fields."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What of a log is judged next, and all that has to be known for it."""

    log: int
    key: VerifyingKey
    ever_signed: bool
    chains: Mapping[str, Chain]
    persons: Mapping[str, PersonKey]
    begin: int
    enough: int
    """From here on it ends where no run is open: a long backlog read whole would be on no screen before all is judged."""
    end: int
    """The last checkpoint of which all is held: there no run is open, or its signature is missing."""


class Judged(NamedTuple):
    """What a stretch came to: how far it went, what was found, what has moved, and its entries for whoever reads them next."""

    begin: int
    end: int
    ever_signed: bool
    faults: list[Fault]
    chains: dict[str, Chain]
    persons: dict[str, PersonKey]
    entries: list[Decoded]


@contextmanager
def no_rings() -> Iterator[None]:
    """A batch makes objects by the hundred thousand and no rings of them; to look for such took a sixth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def judge(stretch: Stretch, leaves: Iterable[Leaf], reach: int, demands: DemandOf) -> Judged | None:
    """Judge a stretch of which the leaves up to `reach` are at hand; None if a run is open there and goes on."""
    persons = PersonKeys(stretch.persons)
    signers = SignatureJudge(stretch.key, deployed(), demands, stretch.chains, persons)
    faults: list[Fault] = []
    entries: list[Decoded] = []
    end = reach
    for seq, leaf in leaves:
        try:
            recorded_at, entry, proof = read_leaf(leaf)
            fields = read_entry(entry)
        except EntryRefused as refused:
            faults.append(Fault(seq, "", refused.code))
        else:
            faults += signers.take(seq, entry, fields, proof)
            entries.append((seq, recorded_at, entry, [*fields.values()]))
        if seq + 1 >= stretch.enough and not signers.is_open:
            end = seq + 1
            break
    if signers.is_open and end < stretch.end:
        return None
    ever_signed = stretch.ever_signed or signers.signatures > 0
    unsigned = signers.settle()
    return Judged(
        stretch.begin,
        end,
        ever_signed,
        faults + unsigned if ever_signed else faults,
        {device: signers.chains[device] for device in sorted(signers.touched)},
        {name: persons.by_name[name] for name in sorted(persons.touched)},
        entries,
    )


def decoded(leaves: Iterable[Leaf]) -> list[Decoded]:
    """Entries that this program has judged before: nothing of their form is looked at again."""
    found = []
    for seq, leaf in leaves:
        recorded_at, entry, *_ = canonical.decode_judged(leaf)
        found.append((seq, recorded_at, entry, [*canonical.decode_judged(entry).values()]))
    return found
