"""Tokens for programs: issued to an account, shown once, kept as a digest, ended whenever its owner says so."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from kaowu.store.models import Account, ProgramToken

PREFIX = "kaowu_"
LONGEST_DAYS = 90


def issue(account: Account, name: str, *, days: int = 30) -> tuple[ProgramToken, str]:
    """A new token and its text; the text is known to nobody afterwards."""
    text = PREFIX + secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(days=min(days, LONGEST_DAYS))
    return ProgramToken.objects.create(
        account=account, name=name, digest=_digest(text), expires_at=until
    ), text


def end(token: ProgramToken) -> None:
    """The token opens nothing from now on."""
    ProgramToken.objects.filter(pk=token.pk, ended_at=None).update(ended_at=timezone.now())


def account_of(text: str) -> Any:
    """The account for which a token speaks; None for a token that is unknown, ended or of a closed account."""
    if not text.startswith(PREFIX) or len(text) > 100:
        return None
    found = (
        ProgramToken.objects.select_related("account")
        .filter(digest=_digest(text), ended_at=None, expires_at__gt=timezone.now(), account__is_active=True)
        .first()
    )
    return found.account if found else None


def name_of(text: str) -> str:
    """By what a token is called in the journal: the beginning of its digest, which opens nothing."""
    return _digest(text)[:16]


def _digest(text: str) -> str:
    # 256 bits of chance need no slow hash: there is nothing to guess.
    return hashlib.sha256(text.encode()).hexdigest()
