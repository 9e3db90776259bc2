"""The nodes around this one: invitations by one-time code, and the cards of those who enrolled (登记)."""

from dataclasses import dataclass

from django.db import transaction

from kaowu.basics.clock import Clock
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.sync.cards import CardUnreadable, Enrolment, EnrolmentCode, NodeCard
from kaowu.store.models import Invitation, MirroredLog, Upstream

STANDBY = "standby"
_HOURS_MS = 3_600_000
_MOST_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Admitted:
    """A node that proved its code: its card, and the log that it goes on from if it was rebuilt."""

    card: NodeCard
    replaces: str
    code: EnrolmentCode


def invite(
    clock: Clock, *, organisation: str, role: str, made_by: str, hours: int, replaces: str = ""
) -> EnrolmentCode:
    """A fresh code for one node; it is shown once and serves once."""
    code = EnrolmentCode.fresh()
    Invitation.objects.create(
        id=code.id,
        secret=code.secret,
        organisation=organisation,
        role=role,
        replaces=replaces,
        made_by=made_by,
        expires_at=clock.now() + hours * _HOURS_MS,
    )
    return code


def admit(enrolment: Enrolment, clock: Clock) -> Admitted:
    """Keep a copy of this node's log from now on, if it knows a code that was given out. Raises Refused."""
    # Counted in a transaction of its own: a wrong guess must not be rolled back with its refusal.
    with transaction.atomic():
        row = Invitation.objects.select_for_update().filter(id=enrolment.id[:8]).first()
        usable = row is not None and not row.used_at and row.expires_at > clock.now()
        if row is not None and usable and row.failed < _MOST_FAILURES:
            code = EnrolmentCode(row.id, row.secret)
            good = code.proves(enrolment.proof, enrolment.card)
            if not good:
                row.failed += 1
                row.save(update_fields=["failed"])
        else:
            good = False
    if row is None or not good:
        raise _code_refused()
    card = _card(enrolment.card)
    if card.role != row.role or card.organisation != row.organisation:
        raise Refused(
            "card_does_not_fit",
            Sentence(
                f"不能登记：此码是为 {row.organisation} 的 {row.role} 节点开的，来的是 {card.organisation} 的 {card.role}。",
                f"Cannot enrol: this code was given for a {row.role} of {row.organisation or '—'}, the card is of a {card.role} of {card.organisation or '—'}.",
            ),
        )
    with transaction.atomic():
        keep_card(card, clock)
        Invitation.objects.filter(pk=row.pk).update(used_at=clock.now())
    return Admitted(card, row.replaces, code)


def keep_card(card: NodeCard, clock: Clock) -> None:
    """Keep a copy of this node's log from now on; another key for a known log is refused."""
    log, _ = MirroredLog.objects.get_or_create(
        origin=card.origin,
        defaults={
            "key": card.log_key.to_text(),
            "enrolled_at": clock.now(),
            "root": deployed().hash(b""),
        },
    )
    if log.key != card.log_key.to_text():
        raise Refused(
            "log_known_under_another_key",
            Sentence(
                f"不能登记：流水 {card.origin} 已用另一把公钥登记。重建的节点须开启新纪元。",
                f"Cannot enrol: log {card.origin} is known under another key. A rebuilt node opens a new epoch.",
            ),
        )
    log.card, log.organisation = card.to_text(), card.organisation
    log.save(update_fields=["card", "organisation"])


def card_of(log: MirroredLog) -> NodeCard | None:
    """The card under which a log was enrolled; None if only its key is known."""
    return NodeCard.from_text(log.card) if log.card else None


def nodes_of(organisation: str) -> list[NodeCard]:
    """The nodes of a unit whose logs are open: its node, and its standby if it has one."""
    rows = MirroredLog.objects.filter(organisation=organisation, closed_at=0).exclude(card="")
    return [NodeCard.from_text(row.card) for row in rows.order_by("origin")]


def close_log(origin: str, reason: str, clock: Clock) -> MirroredLog:
    """Take nothing more of a log: its node was lost, or its key is in other hands. What is held stays."""
    row = MirroredLog.objects.filter(origin=origin).first()
    if row is None:
        raise Refused(
            "log_unknown", Sentence(f"没有登记流水 {origin}。", f"No log {origin} is enrolled here.")
        )
    if not row.closed_at:
        row.closed_at, row.closed_because = clock.now(), reason[:200]
        row.save(update_fields=["closed_at", "closed_because"])
    return row


def keep_upstream(card: NodeCard, url: str, *, standby: bool = False) -> None:
    """Mirror this node's journal to that node from now on.

    One that was built anew holds nothing of this journal yet, and its lists have begun anew; so does this.
    """
    name, key = card.name[:60], card.mirror_key.to_text()
    now = {"url": url, "card": card.to_text(), "standby": standby}
    row, fresh = Upstream.objects.get_or_create(name=name, defaults={"key": key} | now)
    if not fresh and row.key != key:
        if not row.card or not card.goes_on_from(NodeCard.from_text(row.card)):
            raise ValueError(f"{card.name} is enrolled under another key")
        row = Upstream(name=name, key=key)
        row.save(force_update=True)
    Upstream.objects.filter(pk=name).update(**now)


def cards_above() -> list[NodeCard]:
    """The cards of all nodes above that gave one."""
    return [NodeCard.from_text(row.card) for row in Upstream.objects.exclude(card="").order_by("name")]


def _card(text: str) -> NodeCard:
    try:
        return NodeCard.from_text(text)
    except CardUnreadable as error:
        raise Refused(
            "card_unreadable", Sentence("节点名片读不懂。", f"The card cannot be read: {error}.")
        ) from error


def _code_refused() -> Refused:
    return Refused(
        "code_refused",
        Sentence(
            "不能登记：登记码不对、已用过或已过期。",
            "Cannot enrol: the code is wrong, was used already, or is out of time.",
        ),
        remedy=Sentence("请向上级节点要一个新的登记码。", "Ask the node above for a fresh code."),
    )
