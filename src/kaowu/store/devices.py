"""Devices with keys of their own: one-time codes, enrolments as the journal has made them, refused runs as evidence.

A code is shown once to the officer who made it. What is kept is a digest under
this node's column key, so that whoever reads the database learns no code and
cannot find one by trying.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaowu.basics.clock import Clock
from kaowu.basics.suites import VerifyingKey
from kaowu.facts.catalogue import Fact
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.facts.person_keys import PersonKeyEnrolled, PersonKeyRevoked
from kaowu.store.models import DeviceCode, DeviceHead, PersonKeyRow, RefusedRun
from kaowu.store.sealed import blind_index

# Without I, L, O, U: read out over a corridor, written by hand.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 4
LONGEST_HOURS = 72
_HOUR_MS = 3_600_000
_LONGEST_EVIDENCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Device:
    """One enrolled device and how far its chain has come."""

    device: str
    key: str
    exam: str
    site: str
    sequence: int
    head: bytes
    enrolled_index: int
    revoked_index: int | None
    revoked_because: str


def make_code(
    clock: Clock,
    *,
    device: str,
    exam: str,
    site: str,
    made_by: str,
    made_post: str,
    hours: int,
    person: str = "",
) -> str:
    """A fresh code for one device, or for the key of a person; known to nobody but who reads the answer.

    ValueError if the name is taken.
    """
    if DeviceHead.objects.filter(device=device).exists():
        raise ValueError(f"{device} is used already")
    text = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    now = clock.now()
    # A new code for the same device ends the one before.
    DeviceCode.objects.filter(device=device, used_at=0).update(expires_at=now)
    DeviceCode.objects.create(
        digest=_digest(text),
        device=device,
        person=person,
        exam=exam,
        site=site,
        made_by=made_by,
        made_post=made_post,
        made_at=now,
        expires_at=now + min(hours, LONGEST_HOURS) * _HOUR_MS,
    )
    return text


def look_at_code(text: str, clock: Clock, person: str = "") -> DeviceCode | None:
    """The code, left unused: whoever enrols has to know the name before it makes the key."""
    return _unused(text, clock.now(), person).first()


def take_code(text: str, clock: Clock, person: str = "") -> DeviceCode | None:
    """The code, used up by this very call; None if it is unknown, used, out of time, or another's."""
    now = clock.now()
    if not _unused(text, now, person).update(used_at=now):
        return None
    return DeviceCode.objects.get(digest=_digest(text))


def open_codes(exam: str, clock: Clock) -> Sequence[DeviceCode]:
    """Codes that still wait for their device."""
    waiting = DeviceCode.objects.filter(exam=exam, person="", used_at=0, expires_at__gt=clock.now())
    return list(waiting.order_by("site", "device"))


def device(name: str) -> Device | None:
    """An enrolled device by its name."""
    row = DeviceHead.objects.filter(device=name).exclude(key="").first()
    return _device(row) if row else None


def devices_of(exam: str) -> Sequence[Device]:
    """The devices enrolled for an exam."""
    rows = DeviceHead.objects.filter(exam=exam).exclude(key="").order_by("site", "device")
    return [_device(row) for row in rows]


def keep_refused(name: str, code: str, content: bytes, clock: Clock) -> None:
    """Keep what was refused, word for word."""
    RefusedRun.objects.create(
        device=name[:64], code=code[:40], content=content[:_LONGEST_EVIDENCE], refused_at=clock.now()
    )


def refused_runs(names: Sequence[str]) -> dict[str, int]:
    """How many runs of each device were refused."""
    found: dict[str, int] = {}
    for name in RefusedRun.objects.filter(device__in=names).values_list("device", flat=True):
        found[name] = found.get(name, 0) + 1
    return found


def _unused(text: str, now: int, person: str) -> Any:
    return DeviceCode.objects.filter(digest=_digest(text), person=person, used_at=0, expires_at__gt=now)


def _digest(text: str) -> str:
    plain = "".join(c for c in text.upper() if c.isalnum())
    return blind_index(plain, "device code") or "-"


def _device(row: DeviceHead) -> Device:
    return Device(
        row.device,
        row.key,
        row.exam,
        row.site,
        row.seq,
        bytes(row.digest) if row.seq else bytes(32),
        row.enrolled_index or 0,
        row.revoked_index,
        row.revoked_because,
    )


def key_known(fact: Fact) -> bool:
    """Whether this node's own log says already what a fact says of a key of a device or a person."""
    match fact:
        case DeviceEnrolled():
            return DeviceHead.objects.filter(device=fact.device).exists()
        case DeviceRevoked():
            return not DeviceHead.objects.filter(device=fact.device, revoked_index=None).exists()
        case PersonKeyEnrolled():
            named = VerifyingKey.from_text(fact.key).name
            return PersonKeyRow.objects.filter(credential=named).exists()
        case PersonKeyRevoked():
            return not PersonKeyRow.objects.filter(credential=fact.credential, revoked_index=None).exists()
    raise ValueError(f"{type(fact).__name__} is not about a key")
