"""Dispatches between nodes (联动消息): given out to those below, taken from the one above, their delivery put on record."""

from django.conf import settings

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.sync.asking import DISPATCHES
from kaowu.engines.sync.cards import NodeCard
from kaowu.facts.dispatches import DispatchDelivered, DispatchSent, DispatchSigned
from kaowu.store import sent_down
from kaowu.store.models import Upstream
from kaowu.store.queries import dispatches, places
from kaowu.store.sent_down import Carried
from kaowu.web.counter import clock, record
from kaowu.web.works.nodes import MACHINE
from kaowu.web.works.orders import list_of, place_in_list, sealed_list


def given_to(card: NodeCard, since: str) -> bytes:
    """What a node of this unit has to get, after a place in the list; nothing at all where there is no news."""
    place = place_in_list(since)
    looked_to, carried = sent_down.given_to(card.organisation, place)
    if looked_to == place:
        return b""
    rows = [looked_to, [[one.entry, one.personal, one.salt] for one in carried]]
    return sealed_list(DISPATCHES, rows, card)


def read_up_to(upstream: str) -> str:
    """The place in the list of a node above up to which its dispatches were taken."""
    return str(Upstream.objects.values_list("dispatches_read", flat=True).get(pk=upstream))


def take(upstream: str, card: NodeCard, answer: bytes) -> int:
    """Keep what the node above gives; returns how many were new. The same again changes nothing.

    Raises Refused if the list is not that node's, or holds what does not fit its commitment.
    """
    if not answer:
        return 0
    looked_to, rows = list_of(DISPATCHES, card, answer)
    try:
        new = sent_down.take([Carried(*row) for row in rows], clock.now())
    except (ValueError, TypeError) as error:
        raise Refused(
            "dispatch_unreadable",
            Sentence(
                f"{card.origin} 下发的联动消息与其承诺不符，未接收。",
                f"Dispatches from {card.origin} do not fit their commitments and were not taken: {error}.",
            ),
        ) from error
    Upstream.objects.filter(pk=upstream).update(dispatches_read=looked_to)
    return new


def put_delivery_on_record() -> int:
    """Put on record what has come and can be read here now; returns how many."""
    own = places.unit(settings.IDENTITY.organisation)
    if own is None:
        return 0
    done = 0
    for row, envelope in sent_down.not_on_record():
        fact = envelope.fact()
        assert isinstance(fact, DispatchSent | DispatchSigned)
        record(
            DispatchDelivered(number=fact.number, delivered=str(envelope.id), unit=own.path),
            MACHINE,
            exam=envelope.exam,
            subject=dispatches.receipts_of(fact.number),
        )
        sent_down.is_on_record(row)
        done += 1
    return done
