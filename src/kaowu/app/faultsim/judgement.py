"""What must hold (判据): after every misfortune, and at the end when all is well again.

After every act: a size that the site believes to be cosigned lies on the county's
disk, entry by entry the same, and the cosignature proves it. At the end: every
fact that a terminal or the office was promised is there exactly once in both
books, in the words in which it was handed in; both roots, worked out anew from the
bodies, are the one that was cosigned; the readers of the books find nothing; and what
the screens show, at the site and at the county, is what can be counted from those words
without the program (`counted`), and what a node shows that took the same facts and met
no misfortune.
"""

from collections import Counter
from itertools import groupby
from typing import Any
from uuid import UUID

from kaowu.app.faultsim import counted, nodes
from kaowu.app.faultsim.nodes import Node
from kaowu.app.faultsim.schedule import CLOCK_JUMPED, MACHINE_REPLACED, Schedule, Violated
from kaowu.app.faultsim.terminals import Offer
from kaowu.engines.ledger.entries import read_leaf
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.sync.judge import root_over

_FIGURES = (
    "SELECT sitting, room, expected, entered, absent, packets, collected FROM store_roomsitting ORDER BY 1, 2"
)
_FINDINGS = "SELECT code, subject, is_open, COUNT(*) FROM store_findingrow GROUP BY code, subject, is_open ORDER BY 1, 2, 3"


def judge_cosigned(play: Schedule) -> None:
    """What is believed to be cosigned is there, the same."""
    with play.site.reading(), play.county.reading():
        size, text = play.cosigned()
        if not size:
            return
        origin = play.origin()
        copy = nodes.leaves_of_copy(play.county, origin)
        own = nodes.leaves_of_journal(play.site)
    if len(copy) < size or len(own) < size or copy[:size] != own[:size]:
        raise Violated(f"{size} facts are cosigned, the county holds {len(copy)}, the site {len(own)}")
    cosigned = (text, origin, copy[:size])
    if cosigned == play.proven:
        return
    suite = play.world.suite
    note = Note.from_bytes(text.encode())
    note.verified_by([play.world.mirror_key()], suite)
    if Checkpoint.from_note(note) != Checkpoint(origin, size, root_over(copy[:size], suite)):
        raise Violated(f"the cosigned root of size {size} is not that of the copy")
    play.proven = cosigned


def judge_all(play: Schedule) -> None:
    """Everything."""
    play.proven = None
    judge_cosigned(play)
    own = nodes.leaves_of_journal(play.site)
    copy = nodes.leaves_of_copy(play.county, play.origin())
    [(size, root)] = play.site.rows("SELECT size, root FROM store_journalhead")
    if own != copy or len(own) != size or play.cosigned()[0] != size:
        raise Violated(f"the books differ: site {len(own)} of {size}, county {len(copy)}")
    if root_over(own, play.world.suite) != bytes(root):
        raise Violated("the root that the site keeps is not that of its entries")
    play.county.ask("read")
    _judge_facts(play)
    for node in (play.site, play.county):
        faults = node.ask("scrub")[1]
        if faults:
            raise Violated(f"the reader finds fault with whole books: {faults[:3]}")
    _judge_words(play)
    _judge_screens(play)


def _judge_facts(play: Schedule) -> None:
    """Each acknowledged fact once in the books of the site, once among what the county has read."""
    kept = Counter(
        nodes.id_of(leaf) for log in _logs(play) for leaf in nodes.leaves_of_copy(play.county, log)
    )
    arrived = Counter(id for (id,) in play.county.rows("SELECT fact_id FROM store_arrival"))
    wanted = {id.hex for id in play.acknowledged}
    again = {id for id, count in kept.items() if count > 1} if len(_logs(play)) == 1 else set()
    lost = [id for id in wanted if not kept[id] or arrived[id] != 1]
    if lost or again or max(arrived.values(), default=0) > 1:
        places = [(kept[id], arrived[id], id) for id in [*lost, *again][:3]]
        raise Violated(
            f"{len(lost)} acknowledged facts are not there exactly once, {len(again)} are there twice: {places}"
        )
    play.outcome.facts = len(wanted)


def _judge_words(play: Schedule) -> None:
    """The books say what was handed in, and both nodes show what can be counted from that by hand."""
    said: dict[UUID, counted.Said] = {}
    for log in _logs(play):
        said |= counted.said_in(nodes.leaves_of_copy(play.county, log))
    handed_in = counted.handed_in(play.made)
    for id, words in handed_in.items():
        if said.get(id, words) != words:
            raise Violated(f"{words} was handed in, the books say {said[id]}")
    if invented := said.keys() - handed_in.keys() - play.began_with:
        raise Violated(f"nobody handed in {[said[id] for id in invented][:3]}")
    wanted = counted.figures(said.values())
    for name, node in (("site", play.site), ("county", play.county)):
        if (shown := node.rows(_FIGURES)) != wanted:
            raise Violated(f"the {name} shows {_first(shown, wanted)} by a count of the books' words")


def _judge_screens(play: Schedule) -> None:
    """Figures and findings at both nodes are those of a node that met no misfortune."""
    twin_folder = play.folder / "twin"
    nodes.copy_disk(play.world.site, twin_folder)
    twin = Node(twin_folder, nodes.site, play.world)
    try:
        _replay(play, twin)
        wanted = _screens(twin)
        for name, node in (("site", play.site), ("county", play.county)):
            shown = _screens(node)
            if play.outcome.happened.keys() >= {CLOCK_JUMPED, MACHINE_REPLACED}:
                # The twin is one machine and keeps its latest time; a machine that is new does not know it.
                shown, wanted = _without_clocks(shown), _without_clocks(wanted)
            if shown != wanted:
                raise Violated(
                    f"the screens of the {name} differ from a run without faults: {_first(shown, wanted)}"
                )
    finally:
        twin.kill()


def _replay(play: Schedule, twin: Node) -> None:
    """The same facts, as they were recorded first: in that order, in one commit what one moment recorded; nothing goes wrong."""
    done: set[UUID] = set()
    leaves = (leaf for log in _logs(play) for leaf in nodes.leaves_of_copy(play.county, log))
    for at, together in groupby(leaves, lambda leaf: read_leaf(leaf)[0]):
        offers: list[Offer] = []
        for leaf in together:
            offer = play.made.get(UUID(nodes.id_of(leaf)))
            if offer is not None and done.isdisjoint(offer.ids):
                done.update(offer.ids)
                offers.append(offer)
        if not offers:
            continue
        twin.ask("clock", at)
        said = twin.ask("offer", offers)
        if said[0] != "acknowledged" or set(said[1][0]) != {id for one in offers for id in one.ids}:
            raise Violated(f"the twin refuses what the site took: {said}")


def _logs(play: Schedule) -> list[str]:
    rows = play.county.rows("SELECT origin FROM store_mirroredlog ORDER BY id")
    return [origin for (origin,) in rows]


def _screens(node: Node) -> list[Any]:
    return [*node.rows(_FIGURES), *node.rows(_FINDINGS)]


def _without_clocks(screens: list[Any]) -> list[Any]:
    return [row for row in screens if not row[0].startswith("clocks.")]


def _first(shown: list[Any], wanted: list[Any]) -> str:
    return f"{sorted(set(shown) - set(wanted))[:3]} where {sorted(set(wanted) - set(shown))[:3]} is right"
