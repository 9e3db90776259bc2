"""Two factors at sign-in (双因素): after the password a code of six digits from an app (TOTP, RFC 6238), judged with no network.

The secret is made when the owner asks for it, shown once, and counts when a code
of it was shown. Eight spare codes serve once each. Five wrong codes lock for a
quarter of an hour, whatever browser they come from. Only the security
administrator can take a lost factor away, and that is on record.
"""

import base64
import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db import transaction

from kaowu.basics.clock import Instant
from kaowu.store.models import Account, SecondFactor
from kaowu.store.sealed import blind_index
from kaowu.web.access import grants_of

SECRET_BYTES = 20
_STEP_S, _DIGITS = 30, 6
_STEPS_AROUND = 1
_MOST_FAILURES, _LOCKED_MS = 5, 15 * 60_000
_SPARE, _LETTERS = 8, "abcdefghjkmnpqrstuvwxyz23456789"


def holds(account: Account) -> bool:
    """Whether the account has a second factor that counts."""
    return SecondFactor.objects.filter(account=account).exclude(confirmed_at=0).exists()


def is_asked_of(account: Account) -> bool:
    """Whether the deployment demands one of whoever holds these posts (KAOWU_SECOND_FACTOR)."""
    wanted = settings.SECOND_FACTOR
    if wanted == "administrators":
        return any(post.endswith("_administrator") for post, _ in grants_of(account))
    return wanted == "all"  # type: ignore[no-any-return]


def begin(account: Account) -> SecondFactor:
    """The factor that is being set up; the same secret until it is confirmed."""
    fresh = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return SecondFactor.objects.get_or_create(account=account, defaults={"secret": fresh})[0]


def address(factor: SecondFactor) -> str:
    """What the app reads from the square code."""
    return _totp(factor.secret).get_provisioning_uri(factor.account.number, f"kaowu {settings.NODE}")


def confirm(account: Account, code: str, now: Instant) -> list[str] | None:
    """Let the factor count from now on; the spare codes, shown this once. None if the code is wrong."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(account=account, confirmed_at=0).first()
        step = _step_of(factor, code, now) if factor else None
        if factor is None or step is None:
            return None
        spare = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(_SPARE)]
        factor.confirmed_at, factor.last_step = now, step
        factor.spare_codes = [_digest(account, one) for one in spare]
        factor.save()
    return spare


def judge(account: Account, code: str, now: Instant) -> str:
    """Empty if the code is good, else why not: "wrong" or "locked". A code serves once."""
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(account=account)
        if factor.locked_until > now:
            return "locked"
        said = code.strip().lower().replace(" ", "").replace("-", "")
        step, spare = _step_of(factor, said, now), _digest(account, said)
        if step is not None:
            factor.last_step = step
        elif spare in factor.spare_codes:
            factor.spare_codes.remove(spare)
        else:
            factor.failed += 1
            if factor.failed >= _MOST_FAILURES:
                factor.failed, factor.locked_until = 0, now + _LOCKED_MS
            factor.save()
            return "wrong"
        factor.failed = 0
        factor.save()
    return ""


def take_away(account: Account) -> bool:
    """Forget the factor of an account; whether there was one."""
    return bool(SecondFactor.objects.filter(account=account).delete()[0])


def _step_of(factor: SecondFactor, code: str, now: Instant) -> int | None:
    """The time step whose code this is; None if none around now is, or it served already."""
    totp, present = _totp(factor.secret), now // 1000 // _STEP_S
    for step in range(present - _STEPS_AROUND, present + _STEPS_AROUND + 1):
        good = hmac.compare_digest(totp.generate(step * _STEP_S).decode(), code if code.isascii() else "")
        if good and step > factor.last_step:
            return step
    return None


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), _DIGITS, SHA1(), _STEP_S)


def _digest(account: Account, code: str) -> str:
    return blind_index(code, f"spare code {account.number}")
