"""Bundles in the hands of two persons: made, carried, taken; each act is a fact with both signatures."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

import kaowu
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.runs import Proven
from kaowu.engines.sync.cards import NodeCard
from kaowu.engines.sync.sealed_file import BUNDLE, FileRefused, Head, SealedFile, read_file, seal_file
from kaowu.engines.sync.sender import OwnCopyAltered
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.nodes import BundleCarried
from kaowu.store import bundles, neighbours, personal_up
from kaowu.store.bundles import Made, Taken
from kaowu.store.mirror import Mirror
from kaowu.store.models import JournalEntry, JournalHead, MirroredLog, Upstream
from kaowu.store.personal_up import take_boxes
from kaowu.store.upstreams import UpstreamRecord
from kaowu.web.counter import book, clock, record
from kaowu.web.node_key import cosign, opening_key, origin, signing_key, verifying_key
from kaowu.web.works.file_words import file_refused
from kaowu.web.works.nodes import REGISTRY


@dataclass(frozen=True, slots=True)
class Pair:
    """The two persons at the stick, and how each proved who they are."""

    actors: Sequence[Actor]
    proven: tuple[Proven, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleFile:
    """A bundle as a file."""

    name: str
    content: bytes
    start: int
    end: int
    digest: bytes


def make_up(upstream: str, pair: Pair, send_personal: bool = True) -> BundleFile:
    """Everything that this node above has not acknowledged. Raises Refused."""
    row = Upstream.objects.filter(pk=upstream).exclude(card="").first()
    if row is None:
        raise Refused(
            "upstream_unknown", Sentence("没有登记这个上级节点。", "No such node above is enrolled.")
        )
    card = NodeCard.from_text(row.card)
    if JournalHead.objects.get(pk=1).closed_because == "":
        book().checkpoint()
    try:
        made = bundles.bundle_for(upstream, card.box_key, send_personal, deployed())
    except OwnCopyAltered as altered:
        raise Refused(
            "own_copy_altered",
            Sentence(f"本机流水被改动：{altered}。", f"This journal was altered: {altered}."),
        ) from altered
    return _file(made, card, pair)


def take(content: bytes, pair: Pair) -> Taken | int:
    """Take whatever kind of bundle this is: one from below, or a receipt from above. Raises Refused.

    Returns what came of it, or the size that is acknowledged now.
    """
    below, above = _cards_below(), {card.origin: card for card in neighbours.cards_above()}
    try:
        file = read_file(content)
        if file.head.kind != BUNDLE:
            raise FileRefused("not_such_a_file", file.head.kind)
        makers = [card.log_key for card in (*below.values(), *above.values())]
        file.signed_by(makers, deployed())
        opened = file.open(opening_key())
    except FileRefused as refused:
        raise file_refused(refused) from refused
    maker = file.head.maker
    if maker in below:
        taken = bundles.take_bundle(
            opened,
            maker,
            Mirror(clock, cosign, deployed()),
            lambda body: take_boxes(body, opening_key(), clock.now(), deployed()),
        )
        put_on_record("taken", maker, taken.cosigned - taken.new, taken.cosigned, file.digest, pair)
        return taken
    return _take_receipt(opened, above[maker], file, pair)


def make_receipt(of: str, pair: Pair) -> BundleFile:
    """The cosignature for a node below, to be carried back. Raises Refused."""
    card = _cards_below().get(of)
    if card is None:
        raise Refused("origin_unknown", Sentence(f"流水 {of} 未登记。", f"Log {of} is not enrolled here."))
    taken = [fact.bundle for fact in _carried("taken", of)]
    return _file(bundles.receipt_for(of, taken), card, pair)


def too_large(most: int) -> Refused:
    """Why a file is not even read."""
    megabytes = most // 1_000_000
    return Refused(
        "bundle_too_large", Sentence(f"文件超过 {megabytes} MB。", f"The file is larger than {megabytes} MB.")
    )


def _take_receipt(opened: bytes, card: NodeCard, file: SealedFile, pair: Pair) -> int:
    size, note, taken = bundles.read_receipt(opened, origin(), verifying_key(), card.mirror_key, deployed())
    UpstreamRecord(card.name[:60], clock).cosigned(size, note)
    # What lies beside went from where the one before it ended, so whatever was taken whole left nothing out.
    whole = [fact.end for fact in _carried("made", card.origin) if fact.bundle in taken]
    personal_up.sent(card.name[:60], max(whole, default=0))
    put_on_record("taken", card.origin, 0, size, file.digest, pair)
    return size


def _carried(act: str, peer: str) -> list[BundleCarried]:
    """What this journal says of files that went to another node, or came from it."""
    rows = JournalEntry.objects.filter(exam=REGISTRY, subject=_about(peer), kind=BundleCarried.kind.name)
    facts = (Envelope.from_bytes(bytes(entry)).fact() for entry in rows.values_list("entry", flat=True))
    return [fact for fact in facts if isinstance(fact, BundleCarried) and fact.act == act]


def _about(peer: str) -> str:
    return f"bundle/{peer}"


def _file(made: Made, card: NodeCard, pair: Pair) -> BundleFile:
    head = Head(BUNDLE, settings.IDENTITY.origin, card.name, "-", made.end, kaowu.__version__)
    content = seal_file(head, made.content, [card.box_key], signing_key(), deployed())
    named = read_file(content).digest
    put_on_record("made", card.origin, made.start, made.end, named, pair)
    name = f"{settings.IDENTITY.name}_{made.start}-{made.end}.exb"
    return BundleFile(name, content, made.start, made.end, named)


def put_on_record(act: str, peer: str, start: int, end: int, named: bytes, pair: Pair) -> None:
    """Two persons answer for a file that was made for, or taken from, another node."""
    fact = BundleCarried(bundle=named, act=act, peer=peer, start=max(0, start), end=end)
    record(fact, *pair.actors, exam=REGISTRY, subject=_about(peer), proven=pair.proven)


def _cards_below() -> dict[str, NodeCard]:
    rows = MirroredLog.objects.filter(closed_at=0).exclude(card="")
    return {row.origin: NodeCard.from_text(row.card) for row in rows}
