"""A copy of a log in a file (流水副本文件): for a machine that is built anew where there is no link.

The new machine's card comes by stick as well. Two persons compare its short
form with the one that the new machine shows, give the file out, and answer for
it; with that the old log is closed here, and the new one is enrolled.
"""

from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

import kaowu
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import VerifyingKey, deployed
from kaowu.engines.sync.cards import CardUnreadable, NodeCard
from kaowu.engines.sync.log_copy import LogCopy
from kaowu.engines.sync.sealed_file import LOG_COPY, Head, read_file, seal_file
from kaowu.store import log_copies, neighbours
from kaowu.store.models import MirroredLog
from kaowu.web.counter import clock
from kaowu.web.node_key import node_card, origin, signing_key
from kaowu.web.works import bundles, nodes
from kaowu.web.works.bundles import Pair


@dataclass(frozen=True, slots=True)
class GivenCopy:
    """A copy that was given out: the file, how many facts are in it, and for which log it is to go on."""

    content: bytes
    facts: int
    successor: str


def short_form(card: NodeCard) -> str:
    """Sixteen letters of a card's digest in groups of four: what is compared by telephone."""
    digits = deployed().hash(card.to_text().encode()).hex()[:16]
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


@transaction.atomic
def give(of: str, card_text: str, pair: Pair) -> GivenCopy:
    """The copy of a log, sealed to the machine that goes on from it. Raises Refused."""
    card = _card(card_text)
    log = MirroredLog.objects.filter(origin=of).first()
    if log is None or not log.organisation or card.organisation != log.organisation or card.origin == of:
        raise Refused(
            "card_of_another_unit",
            Sentence(
                f"不能给出副本：{card.origin} 不是 {of} 同单位的新节点。",
                f"No copy is given: {card.origin} is no new node of the unit of {of}.",
            ),
        )
    copy = replace(log_copies.copy_of(of, log.organisation), keeper=node_card().to_text())
    neighbours.keep_card(card, clock)
    nodes.revoke(of, f"由 {card.origin} 接续（离线副本） · goes on as {card.origin}", nodes.MACHINE)
    standing = "standby" if card.organisation == settings.IDENTITY.organisation else "below"
    nodes.record_enrolled(card, standing)
    head = Head(LOG_COPY, origin(), card.organisation, "-", len(copy.leaves), kaowu.__version__)
    content = seal_file(head, copy.to_bytes(), [card.box_key], signing_key(), deployed())
    bundles.put_on_record("made", card.origin, 0, len(copy.leaves), read_file(content).digest, pair)
    return GivenCopy(content, len(copy.leaves), card.origin)


def keeper_of(copy: LogCopy, key: VerifyingKey) -> NodeCard:
    """The card of who gave the copy, if it is under the key that signed the file. Raises Refused."""
    card = _card(copy.keeper)
    if card.log_key != key:
        raise Refused(
            "keeper_unproven",
            Sentence("副本里的节点名片与签名不符。", "The card in the copy is not of who signed it."),
        )
    return card


def _card(text: str) -> NodeCard:
    try:
        return NodeCard.from_text(text.strip())
    except CardUnreadable as error:
        raise Refused(
            "card_unreadable", Sentence("节点名片读不懂。", f"The card cannot be read: {error}.")
        ) from error
