"""Candidates' photographs by room (照片): bundled for the plan package, shown at the door of the room.

A node that was given its photographs room by room reads one room's, a few
hundred kilobytes, when somebody looks at it. The node that holds the whole
roster takes a room's out of the archive that came with it, and remembers the
last few rooms.
"""

import functools
import threading
from collections.abc import Iterator

import cbor2

from kaowu.store import artefacts
from kaowu.store.models import Artefact
from kaowu.store.plan_package import ROOM_PHOTOS, room_photos_name
from kaowu.store.queries import exams
from kaowu.web.works.papers import Photos

_ROOMS_REMEMBERED = 16
_reading = threading.Lock()


def by_room(exam: str, site: str) -> Iterator[tuple[str, bytes]]:
    """The photographs of each room of a site that has any, as they are kept."""
    photos = Photos.of(exam)
    for room, seated in sorted(exams.seats_of_site(exam, site).items()):
        found = {}
        for one in seated:
            picture = photos.of_candidate(one.number, one.id_number)
            if picture is not None:
                found[one.admission_number] = picture
        if found:
            yield room, cbor2.dumps(found, canonical=True)


def of_ticket(exam: str, site: str, room: str, ticket: str) -> bytes | None:
    """The photograph of whoever is expected under this admission number in a room; None if there is none."""
    kept = Artefact.objects.filter(exam=exam, kind=ROOM_PHOTOS, name=room_photos_name(site, room)).first()
    with _reading:
        found = _kept(bytes(kept.digest)) if kept else _from_roster(exam, site, room, *_stand(exam))
    return found.get(ticket)


@functools.lru_cache(maxsize=_ROOMS_REMEMBERED)
def _kept(named: bytes) -> dict[str, bytes]:
    return dict(cbor2.loads(artefacts.read(named)))


@functools.lru_cache(maxsize=_ROOMS_REMEMBERED)
def _from_roster(exam: str, site: str, room: str, plan: bytes, roster: bytes) -> dict[str, bytes]:
    photos = Photos.of(exam)
    seated = exams.seats_of_site(exam, site).get(room, ())
    found = {one.admission_number: photos.of_candidate(one.number, one.id_number) for one in seated}
    return {ticket: picture for ticket, picture in found.items() if picture is not None}


def _stand(exam: str) -> tuple[bytes, bytes]:
    """What the photographs of a room follow from: the seat plan and the roster in force."""
    plan = exams.plan(exam)
    return plan.seats_now or b"", plan.roster.roster if plan.roster else b""
