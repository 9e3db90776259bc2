"""Persons' own keys as this node's journal has made them known, and the one-time codes by which they come about."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.basics.clock import Clock
from kaowu.basics.suites import VerifyingKey
from kaowu.engines.ledger.persons import PersonKey
from kaowu.store.devices import make_code
from kaowu.store.models import PersonKeyRow

_LABEL_BYTES = 4


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One person's key for the screens."""

    credential: str
    account: str
    exam: str
    key: str
    enrolled_at: int
    enrolled_index: int
    revoked_index: int | None
    revoked_because: str

    @property
    def key_id(self) -> str:
        """Eight digits to compare by eye, on paper or over the telephone."""
        return self.key.split("+")[1]


def find(credential: str) -> PersonKey | None:
    """The key of that name."""
    row = PersonKeyRow.objects.filter(credential=credential).first()
    if row is None:
        return None
    key = VerifyingKey.from_text(row.key)
    return PersonKey(row.account, row.exam, key, row.revoked_index is not None)


def holds_key(account: str, exam: str) -> bool:
    """Whether the account holds a key that counts in the exam."""
    return PersonKeyRow.objects.filter(account=account, exam=exam, revoked_index=None).exists()


def holders(accounts: Sequence[str], exam: str) -> set[str]:
    """Which of the accounts hold a key that counts in the exam."""
    rows = PersonKeyRow.objects.filter(account__in=list(accounts), exam=exam, revoked_index=None)
    return set(rows.values_list("account", flat=True))


def keys_of(exam: str, account: str = "") -> Sequence[HeldKey]:
    """The keys enrolled for an exam, of one account if it is named."""
    rows = PersonKeyRow.objects.filter(exam=exam, **({"account": account} if account else {}))
    return [_held(row) for row in rows.order_by("account", "enrolled_index")]


def keys_held_by(account: str) -> Sequence[HeldKey]:
    """Every key of an account, the latest first."""
    return [_held(row) for row in PersonKeyRow.objects.filter(account=account).order_by("-enrolled_index")]


def make_person_code(
    clock: Clock, *, person: str, exam: str, made_by: str, made_post: str, hours: int
) -> str:
    """A one-time code by which a person enrols a key of their own; the key's name is made with it."""
    credential = f"{person}/{secrets.token_hex(_LABEL_BYTES)}"
    return make_code(
        clock,
        device=credential,
        exam=exam,
        site="",
        made_by=made_by,
        made_post=made_post,
        hours=hours,
        person=person,
    )


def _held(row: PersonKeyRow) -> HeldKey:
    return HeldKey(
        row.credential,
        row.account,
        row.exam,
        row.key,
        row.enrolled_at,
        row.enrolled_index,
        row.revoked_index,
        row.revoked_because,
    )
