"""Identities: who a fact is, and how it can be sent twice without harm.

A fact's id is a UUIDv7 (RFC 9562) made by whoever observed it. It is the key
of idempotency and nothing else: order is the order of the journal, so ids are
never sorted by.
"""

import os
import uuid
from typing import NewType

from kaowu.basics.clock import Instant
from kaowu.basics.suites import deployed

FactId = NewType("FactId", uuid.UUID)


def new_fact_id(at: Instant, chance: bytes | None = None) -> FactId:
    """A fresh UUIDv7 for an instant; `chance` (10 bytes) makes it repeatable."""
    noise = int.from_bytes(chance if chance is not None else os.urandom(10), "big")
    value = (at & (1 << 48) - 1) << 80 | 0x7 << 76 | (noise >> 62 & 0xFFF) << 64 | 0b10 << 62
    return FactId(uuid.UUID(int=value | noise & (1 << 62) - 1))


def fact_id(text: str) -> FactId:
    """A fact id from its text form; raises ValueError if it is none."""
    return FactId(uuid.UUID(text))


def digest(content: bytes) -> bytes:
    """The digest of an artefact under the deployment's suite: its name in this house."""
    return deployed().hash(content)
