"""Enrolling with another node, and going on from a node that was lost (重建): from above, from a file, from the standby's own copy."""

from typing import Any

from django.conf import settings

from kaowu.app import node_file
from kaowu.app.carry import carrier_to, links
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import VerifyingKey, deployed
from kaowu.edge import upward
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.sync.asking import LOG_COPY
from kaowu.engines.sync.cards import EnrolmentCode, NodeCard
from kaowu.engines.sync.log_copy import CopyRefused, LogCopy
from kaowu.engines.sync.sealed_file import LOG_COPY as COPY_FILE
from kaowu.engines.sync.sealed_file import FileRefused, read_file
from kaowu.facts.nodes import EpochOpened
from kaowu.rules.registry import judge
from kaowu.store import arrivals, log_copies, neighbours, sent_down
from kaowu.store.models import JournalHead, MirroredCheckpoint, MirroredLog
from kaowu.web.counter import clock, record
from kaowu.web.node_key import node_card, opening_key
from kaowu.web.works import log_files, nodes
from kaowu.web.works.file_words import file_refused

REGISTRY = nodes.REGISTRY


def enroll_with(url: str, code_text: str, *, standby: bool = False) -> NodeCard:
    """Enrol with the node at this address by its one-time code. Raises LinkDown, Refused or ValueError."""
    card = _proven(url, code_text, standby)
    nodes.record_enrolled(card, "standby" if standby else "above")
    return card


def _proven(url: str, code_text: str, standby: bool = False) -> NodeCard:
    code = EnrolmentCode.from_text(code_text)
    request = nodes.request(code)
    answered = upward.enroll(carrier_to(url), request.to_bytes())
    return nodes.believe(request, answered, code, url, standby=standby)


def from_upstream(url: str, code: str, previous: str = "") -> dict[str, Any]:
    """Enrol in a new epoch, take the copy that the node above holds, and go on from it."""
    _next_epoch(previous)
    of = previous or _previous_of_this()
    card = _proven(url, code)
    link = next(one for one in links() if one.name == card.name[:60])
    done = from_file(link.ask(LOG_COPY, of), source="upstream")
    nodes.record_enrolled(card, "above")
    return done


def card_for_copy(previous: str = "") -> NodeCard:
    """This machine's card, in the epoch in which it is to go on from a log. Raises Refused if it holds facts."""
    if previous:
        _next_epoch(previous)
    return node_card()


def from_file(content: bytes, source: str = "bundle", signed_by: str = "") -> dict[str, Any]:
    """Go on from a copy that was sealed to this machine: by a node that is enrolled, or under this log key.

    Raises Refused, or KeyUnreadable.
    """
    above = neighbours.cards_above()
    try:
        file = read_file(content)
        if file.head.kind != COPY_FILE:
            raise FileRefused("not_such_a_file", file.head.kind)
        trusted = [card.log_key for card in above]
        trusted += [VerifyingKey.from_text(signed_by)] if signed_by else []
        key = file.signed_by(trusted, deployed())
        copy = LogCopy.from_bytes(file.open(opening_key()))
        known = next((card for card in above if card.log_key == key), None)
        keeper = known or log_files.keeper_of(copy, key)
    except FileRefused as refused:
        raise file_refused(refused) from refused
    except CopyRefused as refused:
        raise Refused("copy_unproven", Sentence(f"副本读不懂：{refused}。", f"{refused}.")) from refused
    checkpoint = log_copies.take_in(copy, keeper.mirror_key, clock, deployed())
    done = _go_on(checkpoint, source)
    if known is None:
        _enrol_with(keeper)
    return done


def _enrol_with(keeper: NodeCard) -> None:
    """Whoever gave the copy knows this machine already; where an address is known, the journal goes there."""
    standby = keeper.organisation == settings.IDENTITY.organisation
    if keeper.url:
        neighbours.keep_upstream(keeper, keeper.url, standby=standby)
    nodes.record_enrolled(keeper, "standby" if standby else "above")


def from_standby(previous: str) -> dict[str, Any]:
    """The standby goes on from the copy that it cosigned itself. Raises Refused."""
    log = MirroredLog.objects.filter(origin=previous).first()
    last = log and MirroredCheckpoint.objects.filter(log=log, size=log.cosigned_size).first()
    if log is None or last is None or log.organisation != settings.IDENTITY.organisation:
        raise Refused(
            "no_copy_held",
            Sentence(f"本机没有 {previous} 的副本，不能接管。", f"This machine holds no copy of {previous}."),
        )
    nodes.revoke(previous, "备机接管 · the standby takes over", nodes.MACHINE)
    return _go_on(Checkpoint.from_note(Note.from_bytes(last.note.encode())), "standby")


def _go_on(checkpoint: Checkpoint, source: str) -> dict[str, Any]:
    """Read the old log's facts, and let the new log begin with where it goes on from, and give out again what that gave."""
    while arrivals.read_on(clock, judge):
        continue
    fact = EpochOpened(previous=checkpoint.origin, size=checkpoint.size, root=checkpoint.root, source=source)
    sent_down.list_again()  # first, since with the fact this machine is rebuilt: nothing would do it again
    record(fact, nodes.MACHINE, exam=REGISTRY, subject=f"node/{checkpoint.origin}")
    return {
        "previous": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "origin": node_card().origin,
    }


def _next_epoch(previous: str) -> None:
    """A rebuilt node never continues its old log: it is the same node in a later epoch, under a new key."""
    identity = settings.IDENTITY
    head = JournalHead.objects.get(pk=1)
    if head.size:
        raise Refused(
            "journal_not_empty",
            Sentence(
                "不能重建：本机流水里已有记录。请换一个空的数据目录，先 node init 再重建。",
                "Cannot rebuild: this journal holds facts. Take an empty data folder, node init, then rebuild.",
            ),
        )
    epoch = _epoch_of(previous, identity.name) + 1 if previous else identity.epoch + 1
    settings.IDENTITY = identity.in_epoch(epoch)
    node_file.write_identity(settings.DATA.root, settings.IDENTITY)
    JournalHead.objects.filter(pk=1, size=0).update(origin=settings.IDENTITY.origin)


def _epoch_of(origin: str, name: str) -> int:
    own, _, epoch = origin.rpartition("/")
    if own != name or not epoch.isdigit():
        raise ValueError(f"{origin} 不是本节点的流水 · is not a log of {name}")
    return int(epoch)


def _previous_of_this() -> str:
    return f"{settings.IDENTITY.name}/{settings.IDENTITY.epoch - 1}"
