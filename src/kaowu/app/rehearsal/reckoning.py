"""What lies on both disks after a rehearsal (对账), held against what was acknowledged.

Read with SQL and CBOR alone, as docs/reference/journal-format.md describes the entries: nothing of the
program that wrote them is asked. An act that was acknowledged lies exactly once in the node's journal, in the
copy above, and among what the node above has read; and the rooms' figures on both are those of the acts.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cbor2

from kaowu.app.rehearsal.crowd import Done
from kaowu.app.rehearsal.nodes import Node
from kaowu.app.rehearsal.scene import EXAM
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.papers import PacketHandedOut

JOURNAL, COPY, ARRIVED = "journal", "copy", "arrived"
_ID, _KIND, _EXAM, _SUBJECT = 2, 3, 4, 12


@dataclass(frozen=True, slots=True)
class Missed:
    """An act that does not lie exactly once in one of the places."""

    place: str
    act: Done
    times: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How both disks compare with what was acknowledged."""

    lost: tuple[Missed, ...]
    doubled: tuple[Missed, ...]
    differing: tuple[str, ...]
    """Rooms whose figures differ, and at which node."""


Key = tuple[str, str, str]


def acts_among(missed: Iterable[Missed]) -> int:
    """How many acts are concerned: one that is missing in two places is one act, two bags of one room are two."""
    most: dict[Done, int] = {}
    for (act, _), times in Counter((one.act, one.place) for one in missed).items():
        most[act] = max(most.get(act, 0), times)
    return sum(most.values())


def reckon(here: Node, above: Node, acts: Sequence[Done]) -> Reckoning:
    """Count everything."""
    kept = [one for one in acts if not one.trouble]
    places = {
        JOURNAL: _counted(_entry(entry) for (entry,) in here.rows("SELECT entry FROM store_journalentry")),
        COPY: _counted(
            _entry(cbor2.loads(leaf)[1]) for (leaf,) in above.rows("SELECT leaf FROM store_mirroredentry")
        ),
        ARRIVED: _counted(_entry(entry) for (entry,) in above.rows("SELECT entry FROM store_arrival")),
    }
    wanted = Counter(_key(one) for one in kept)
    by_key = {_key(one): one for one in kept}
    lost, doubled = [], []
    for place, found in places.items():
        for key, times in wanted.items():
            if found[key] < times:
                lost += [Missed(place, by_key[key], found[key])] * (times - found[key])
            elif found[key] > times:
                doubled.append(Missed(place, by_key[key], found[key]))
    return Reckoning(tuple(lost), tuple(doubled), (*_differing(here, kept), *_differing(above, kept)))


def _entry(content: bytes) -> tuple[bytes, str, str, str]:
    read = cbor2.loads(content)
    return read[_ID], read[_KIND], read[_EXAM], read[_SUBJECT]


def _counted(entries: Iterable[tuple[bytes, str, str, str]]) -> Counter[Key]:
    """By kind, subject and id; and by kind and subject alone, for acts whose id the node made."""
    found: Counter[Key] = Counter()
    for id, kind, exam, subject in entries:
        if exam == EXAM:
            found[kind, subject, id.hex()] += 1
            found[kind, subject, ""] += 1
    return found


def _key(one: Done) -> Key:
    return one.kind, one.subject, one.id


def _differing(node: Node, kept: Sequence[Done]) -> list[str]:
    """The rooms whose figures are not those of the acts."""
    entered = Counter(one.subject for one in kept if one.kind == CandidateAdmitted.kind.name)
    packets = Counter(one.subject for one in kept if one.kind == PacketHandedOut.kind.name)
    rows = node.rows(
        "SELECT sitting, site, room, entered, packets FROM store_roomsitting WHERE exam_id = ?", EXAM
    )
    shown = {f"{sitting}/{site}/{room}": (came, out) for sitting, site, room, came, out in rows}
    return [
        f"{node.folder.name} {subject}"
        for subject in sorted(shown.keys() | entered.keys())
        if shown.get(subject) != (entered[subject], packets[subject])
    ]
