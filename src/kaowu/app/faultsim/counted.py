"""What screens must show, counted from the books with plain CBOR and sets (另行计数).

The node that meets no misfortune runs the same program, so what the program gets wrong on every fact is wrong there as
well. Here nothing of the program is used: who came, who did not and which packets went out is counted from the words of
the entries, and these are compared with what terminals and the office handed in.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import cbor2

from kaowu.app.faultsim.terminals import ROOM_SEATS, ROOMS, SITE, SITTING, Offer

Said = tuple[str, str, str]
"""Kind, subject, and the candidate or the packet."""
_CAME, _ABSENT, _HANDED_OUT = "candidate_admitted", "candidate_absent", "packet_handed_out"


def said_in(leaves: Iterable[bytes]) -> dict[UUID, Said]:
    """What the entries of a book say about rooms."""
    entries = (cbor2.loads(cbor2.loads(leaf)[1]) for leaf in leaves)
    return {UUID(bytes=entry[2]): _said(entry) for entry in entries if entry[12].startswith(f"{SITTING}/")}


def handed_in(made: Mapping[UUID, Offer]) -> dict[UUID, Said]:
    """What terminals and the office said."""
    said = {}
    for offer in made.values():
        for entry in offer.request.get("entries", ()):
            read = cbor2.loads(base64.b64decode(entry["entry"]))
            said[UUID(bytes=read[2])] = _said(read)
        if offer.intent is not None:
            fact: Any = offer.intent.fact  # the office admits candidates and nothing else
            said[offer.intent.id] = (fact.kind.name, offer.intent.subject, fact.admission_number)
    return said


def figures(said: Iterable[Said]) -> list[tuple[str, str, int, int, int, int, int]]:
    """Of each room: expected, came, absent, packets out, packets back."""
    seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for kind, subject, named in said:
        seen[kind, subject].add(named)
    return [
        (
            SITTING,
            room,
            ROOM_SEATS,
            *(len(seen[kind, f"{SITTING}/{SITE}/{room}"]) for kind in (_CAME, _ABSENT, _HANDED_OUT)),
            0,
        )
        for room in ROOMS
    ]


def _said(entry: Mapping[int, Any]) -> Said:
    payload = entry[13]
    return entry[3], entry[12], payload.get("admission_number") or payload.get("packet", "")
