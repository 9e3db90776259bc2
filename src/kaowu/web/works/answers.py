"""What this node gives to nodes below that ask for it, each answer sealed to the one who asks."""

import kaowu
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.sync.asking import (
    AUDIT_SAMPLES,
    CHECKPOINT,
    DISPATCHES,
    ERASURES,
    LOG_COPY,
    Question,
    QuestionRefused,
    require_signed,
)
from kaowu.engines.sync.cards import NodeCard
from kaowu.engines.sync.sealed_file import LOG_COPY as COPY_FILE
from kaowu.engines.sync.sealed_file import Head, seal_file
from kaowu.store import log_copies, neighbours
from kaowu.store.models import MirroredCheckpoint, MirroredLog
from kaowu.web.node_key import origin, signing_key
from kaowu.web.works import audit_samples, dispatches, orders, plan_packages


def answer(content: bytes) -> bytes:
    """The answer to a question. Raises QuestionRefused, or Refused with the reason."""
    question, note = Question.from_bytes(content)
    log = MirroredLog.objects.filter(origin=question.origin).first()
    card = neighbours.card_of(log) if log else None
    if log is None or card is None:
        raise QuestionRefused("no such node")
    require_signed(note, card.log_key, deployed())
    if question.what == CHECKPOINT:
        return _latest_checkpoint(log)
    if log.closed_at:
        raise Refused(
            "log_closed",
            Sentence(
                f"流水 {log.origin} 已停用，不再回答。",
                f"Log {log.origin} was closed here; nothing more is answered.",
            ),
        )
    if question.what == ERASURES:
        return orders.given_to(card, question.about)
    if question.what == DISPATCHES:
        return dispatches.given_to(card, question.about)
    if question.what == AUDIT_SAMPLES:
        return audit_samples.given_to(card, question.about)
    if question.what == LOG_COPY:
        return sealed_copy(question.about, card)
    kept = plan_packages.kept_for(card.organisation, "" if question.about == "-" else question.about)
    if kept is None:
        raise Refused(
            "no_package",
            Sentence(
                f"还没有为 {card.organisation} 制作计划包。",
                f"No package was made for {card.organisation} yet.",
            ),
        )
    return kept[1]


def sealed_copy(of: str, card: NodeCard) -> bytes:
    """The copy of a log of the same unit, sealed to its new node. Raises Refused."""
    copy = log_copies.copy_of(of, card.organisation)
    head = Head(COPY_FILE, origin(), card.organisation, "-", len(copy.leaves), kaowu.__version__)
    return seal_file(head, copy.to_bytes(), [card.box_key], signing_key(), deployed())


def _latest_checkpoint(log: MirroredLog) -> bytes:
    row = MirroredCheckpoint.objects.filter(log=log).order_by("-size").first()
    return row.note.encode() if row else b""
