"""How often somebody may be wrong: misses are counted by number and by address, and after too many the door shuts.

Every miss is a row of the access log, so all processes of a node count the same ones and a restart forgets none.
Only misses count, since a school's candidates look up their scores from one address.
"""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kaowu.store.models import AccessLog
from kaowu.web.access import log

WINDOW = timedelta(minutes=15)
MISSES_BY_NUMBER = 5
MISSES_BY_ADDRESS = 40
_MISS = AccessLog.Outcome.SIGN_IN_FAILED


def is_shut(exam: str, number: str, address: str) -> bool:
    """Too many misses in the last quarter of an hour for this number or from this address."""
    misses = AccessLog.objects.filter(at__gt=timezone.now() - WINDOW, outcome=_MISS)
    by_number = misses.filter(subject=_place(exam, number))[:MISSES_BY_NUMBER].count()
    by_address = misses.filter(subject__startswith="enquiry/", address=address)[:MISSES_BY_ADDRESS].count()
    return by_number >= MISSES_BY_NUMBER or by_address >= MISSES_BY_ADDRESS


def note_miss(request: HttpRequest, exam: str, number: str) -> None:
    """One more miss."""
    log(request, _MISS, "", _place(exam, number))


def _place(exam: str, number: str) -> str:
    # Whoever mistakes the field types a document number into it: the log holds none.
    return f"enquiry/{exam}/{salted_hmac('enquiry', number).hexdigest()[:24]}"
