"""Nodes among each other: enrol, revoke; each with its fact in the journal."""

from django.conf import settings

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.sync.cards import CardUnreadable, Enrolment, EnrolmentCode, NodeCard
from kaowu.facts.envelope import Actor
from kaowu.facts.nodes import NodeEnrolled, NodeRevoked
from kaowu.store import neighbours, takeovers
from kaowu.store.models import Organisation
from kaowu.web.counter import clock, record
from kaowu.web.node_key import node_card

REGISTRY = "registry"
MACHINE = Actor("node", "system_administrator")
"""Who acts where no person does: the node's own machinery."""


def invite(organisation: str, role: str, actor: Actor, hours: int, replaces: str = "") -> EnrolmentCode:
    """A one-time code for a node of this unit. Raises Refused if there is no such unit here."""
    if organisation and not Organisation.objects.filter(code=organisation).exists():
        raise Refused(
            "organisation_unknown",
            Sentence(
                f"名录中没有单位 {organisation}。",
                f"There is no organisation {organisation} in the registers.",
            ),
        )
    return neighbours.invite(
        clock, organisation=organisation, role=role, made_by=actor.account, hours=hours, replaces=replaces
    )


def admit(content: bytes) -> bytes:
    """Answer a node that wants to enrol: this node's card, proven with the same code. Raises Refused."""
    try:
        enrolment = Enrolment.from_bytes(content)
    except CardUnreadable as error:
        raise Refused("request_unreadable", Sentence("登记请求读不懂。", f"{error}.")) from error
    admitted = neighbours.admit(enrolment, clock)
    if admitted.replaces:
        revoke(
            admitted.replaces, f"由 {admitted.card.origin} 接续 · goes on as {admitted.card.origin}", MACHINE
        )
    standing = "standby" if admitted.card.organisation == settings.IDENTITY.organisation else "below"
    record_enrolled(admitted.card, standing)
    answer = node_card().to_text()
    return Enrolment(enrolment.id, answer, admitted.code.proof(answer, enrolment.proof)).to_bytes()


def request(code: EnrolmentCode) -> Enrolment:
    """What this node sends to enrol with the node that gave out the code."""
    card = node_card().to_text()
    return Enrolment(code.id, card, code.proof(card))


def believe(
    sent: Enrolment, answered: bytes, code: EnrolmentCode, url: str, *, standby: bool = False
) -> NodeCard:
    """Take the other node's card, if it proves that it knows the code too. Raises Refused."""
    try:
        answer = Enrolment.from_bytes(answered)
        card = NodeCard.from_text(answer.card)
    except CardUnreadable as error:
        raise Refused(
            "answer_unreadable", Sentence("对方的回答读不懂。", f"The answer cannot be read: {error}.")
        ) from error
    if not code.proves(answer.proof, answer.card, sent.proof):
        raise Refused(
            "answer_unproven",
            Sentence(
                "对方不能证明知道登记码：可能连到了别的机器。未登记。",
                "The other side does not prove that it knows the code: it may be another machine. Not enrolled.",
            ),
        )
    neighbours.keep_upstream(card, url, standby=standby)
    return card


def revoke(origin: str, reason: str, actor: Actor) -> None:
    """Take nothing more of a log from now on. Raises Refused."""
    row = neighbours.close_log(origin, reason, clock)
    fact = NodeRevoked(origin=origin, size=row.next_entry, reason=reason[:200])
    record(fact, actor, exam=REGISTRY, subject=f"node/{origin}")


def close_taken_over(since: int) -> tuple[list[takeovers.Takeover], int]:
    """Close every log that its standby went on from; returns them, and where to look next."""
    found, since = takeovers.new_takeovers(since)
    for one in found:
        revoke(one.previous, f"由备机 {one.by} 接管 · taken over by {one.by}", MACHINE)
    return found, since


def record_enrolled(card: NodeCard, standing: str) -> None:
    """Put on record that another node's keys are known from now on."""
    fact = NodeEnrolled(
        origin=card.origin,
        standing=standing,
        role=card.role,
        organisation=card.organisation,
        log_key=card.log_key.to_text(),
        mirror_key=card.mirror_key.to_text(),
        box_key=card.box_key.to_text(),
    )
    record(fact, MACHINE, exam=REGISTRY, subject=f"node/{card.origin}")
