"""Erasures that a node above has ordered (清除通知): given out, and followed below at the next contact.

The list is signed by the node above and sealed to the one who asks. Whoever
follows puts it on record in a fact of its own, so the node above sees in turn
when the last copy is gone.
"""

from typing import Any
from uuid import UUID

import cbor2
from django.conf import settings

import kaowu
from kaowu.basics.suites import deployed
from kaowu.engines.sync.asking import QuestionRefused
from kaowu.engines.sync.cards import NodeCard
from kaowu.engines.sync.sealed_file import ERASURES, FileRefused, Head, read_file, seal_file
from kaowu.facts.record import PersonalDataErasedOnOrder
from kaowu.store import erasing
from kaowu.store.models import Upstream
from kaowu.web.counter import record
from kaowu.web.node_key import opening_key, signing_key
from kaowu.web.works.file_words import file_refused
from kaowu.web.works.nodes import MACHINE


def given_to(card: NodeCard, since: str) -> bytes:
    """What a node of this unit still has to erase, after a place in the list."""
    rows = [
        [one.number, one.record.bytes, one.order.bytes]
        for one in erasing.orders_for(card.organisation, place_in_list(since))
    ]
    return sealed_list(ERASURES, rows, card)


def read_up_to(upstream: str) -> str:
    """The place in the list of a node above up to which its orders were followed."""
    return str(Upstream.objects.values_list("erasures_read", flat=True).get(pk=upstream))


def follow(upstream: str, card: NodeCard, answer: bytes) -> int:
    """Erase what a node above orders; returns how many records it was. The same again changes nothing.

    Raises Refused if the list is not that node's.
    """
    done = 0
    for number, named, order in list_of(ERASURES, card, answer):
        done += _erase(UUID(bytes=named), UUID(bytes=order), card.origin)
        Upstream.objects.filter(pk=upstream).update(erasures_read=number)
    return done


def place_in_list(since: str) -> int:
    """The place that a question names; raises QuestionRefused."""
    if not since.isdigit():
        raise QuestionRefused("not a place in the list")
    return int(since)


def sealed_list(kind: str, rows: list[Any], card: NodeCard) -> bytes:
    """A list for the node of this card alone, signed by this one."""
    head = Head(kind, settings.IDENTITY.origin, card.organisation, "-", len(rows), kaowu.__version__)
    return seal_file(head, cbor2.dumps(rows), [card.box_key], signing_key(), deployed())


def list_of(kind: str, card: NodeCard, answer: bytes) -> Any:
    """The rows of a list that the node of this card gave; raises Refused if it is not that node's."""
    try:
        file = read_file(answer)
        if file.head.kind != kind:
            raise FileRefused("not_such_a_file", file.head.kind)
        file.signed_by([card.log_key], deployed())
        return cbor2.loads(file.open(opening_key()))
    except FileRefused as refused:
        raise file_refused(refused) from refused


def _erase(named: UUID, order: UUID, by: str) -> bool:
    exam = erasing.holds(named)
    if exam is None:
        return False
    fact = PersonalDataErasedOnOrder(record=str(named), ordered_by=by, order=str(order))
    record(fact, MACHINE, exam=exam, subject=exam)
    return True
