"""The misfortunes (故障): each a function of the schedule, named for what happens.

Every one lets the misfortune happen, brings the nodes up again, and says what must
hold because of it beside what always must (`judgement`).
"""

import time
from contextlib import suppress
from dataclasses import replace

from kaowu.app.faultsim import disk, nodes
from kaowu.app.faultsim.judgement import judge_cosigned
from kaowu.app.faultsim.link import flipped
from kaowu.app.faultsim.nodes import NodeDied
from kaowu.app.faultsim.schedule import (
    CLOCK_JUMPED,
    MACHINE_REPLACED,
    MOST_FACTS,
    Act,
    Schedule,
    Violated,
)
from kaowu.app.faultsim.terminals import SITTING, Forger, Terminal, from_entry, from_office
from kaowu.edge.mirror import OWN_COPY_ALTERED
from kaowu.engines.ledger.notes import Checkpoint
from kaowu.engines.ledger.tree import Tree, leaf_hash
from kaowu.engines.sync.wire import NewCheckpoint

_MOST_JUMP_MS = 3 * 86_400_000
_IMPATIENT_S = 0.05
_CALLS = 40
"""An append makes about so many calls to the disk."""


def append(play: Schedule) -> None:
    """An ordinary moment."""
    play.append()


def mirror(play: Schedule) -> None:
    """An ordinary step upward."""
    play.append()
    play.well_step()
    play.county.ask("read")


# ---- the cable ----


def mirror_over_a_bad_cable(play: Schedule) -> None:
    """Requests and answers meet every fault that a cable has."""
    play.cable.faulty = play.chance.choice([0.2, 0.5, 0.9])
    for _ in range(play.chance.randrange(1, 5)):
        play.append()
        play.step()


def flap(play: Schedule) -> None:
    """The link goes and comes."""
    play.happened("link flapped")
    play.append()
    play.cable.faulty = 0.0
    for _ in range(play.chance.randrange(2, 6)):
        play.cable.faulty = 1.0 - play.cable.faulty
        play.step()


def meet_silence(play: Schedule) -> None:
    """Half open: the connection stands and nothing comes, until the site loses patience."""
    play.append()
    play.site.ask("patience", _IMPATIENT_S)
    play.cable.silent = True
    progress = play.step()
    play.cable.silent = False
    play.cable.let_go()
    play.site.ask("patience", 0)
    if progress.trouble != "link_down" and not progress.settled:
        raise Violated(f"silence was taken for {progress}")


# ---- senders ----


def send_everything_again(play: Schedule) -> None:
    """A terminal that never heard its answers offers what was taken long ago."""
    play.append()
    play.happened("answered offers sent again")
    before = play.size()
    old = list({id(play.made[one]): play.made[one] for one in play.acknowledged}.values())
    for offer in play.chance.sample(old, min(4, len(old))):
        said = play.site.ask("offer", [offer])
        if said[0] != "acknowledged" or set(said[1][0]) != set(offer.ids):
            raise Violated(f"what was acknowledged is refused the second time: {said}")
    if play.size() != before:
        raise Violated("what was sent twice was recorded twice")


# ---- ends of the site ----


def kill_site_while_it_appends(play: Schedule) -> None:
    """kill -9 at any moment."""
    play.happened("site killed")
    play.make_offers()
    play.site.tell("offer", play.waiting())
    time.sleep(play.chance.random() * 0.03)
    play.restart_site()
    play.connect()


def kill_site_at_a_disk_call(play: Schedule) -> None:
    """kill -9 at one call of the append, drawn by the seed."""
    _site_meets(play, "site killed at a disk call", disk.Plan(play.chance.randrange(1, _CALLS), disk.KILL))


def cut_power_of_site(play: Schedule) -> None:
    """The power goes: what no fsync has made lasting is gone, in part or whole."""
    _site_meets(
        play, "power cut at the site", disk.Plan(play.chance.randrange(1, _CALLS), disk.KILL), lose=True
    )


def tear_a_write_of_the_site(play: Schedule) -> None:
    """Half of a write reaches the disk, then the power goes."""
    plan = disk.Plan(play.chance.randrange(1, _CALLS), disk.TEAR, "write", share=play.chance.random())
    _site_meets(play, "write torn at the site", plan)


def fail_an_fsync_of_the_site(play: Schedule) -> None:
    """An fsync fails, and takes with it what it should have kept: the node stops, and answers nothing more."""
    plan = disk.Plan(play.chance.randrange(1, 4), disk.FAIL, "sync")
    _site_meets(play, "fsync failed at the site", plan, lose=True, stops=True)


def fail_a_write_of_the_site(play: Schedule) -> None:
    """The disk answers EIO: the node stops."""
    plan = disk.Plan(play.chance.randrange(1, _CALLS), disk.FAIL, "write")
    _site_meets(play, "write failed at the site", plan, stops=True)


def fill_disk_of_site(play: Schedule) -> None:
    """No room is left: what cannot be kept is refused, and the node goes on."""
    play.happened("disk full at the site")
    plan = disk.Plan(play.chance.randrange(1, _CALLS), disk.FULL, "write", for_ever=True)
    watched = play.site.watch(plan)
    for _ in range(3):
        if not play.try_to_append():
            raise Violated("the site died of a full disk")
    watched.plan.act = disk.PASS
    play.hand_in()
    play.restart_site()
    play.connect()


def kill_site_while_it_mirrors(play: Schedule) -> None:
    """kill -9 between two requests."""
    play.append()
    play.happened("site killed while it mirrors")
    play.cable.faulty = 0.0
    play.site.tell("step")
    for _ in range(play.chance.randrange(0, 3)):
        if not play.site.hear_or(play.cable.listener):
            break
        play.cable.pass_on()
    play.restart_site()
    play.connect()


def cut_power_of_site_while_it_mirrors(play: Schedule) -> None:
    """The power goes while the site writes down what was cosigned."""
    play.append()
    play.happened("power cut at the site while it mirrors")
    play.cable.faulty = 0.0
    watched = play.site.watch(disk.Plan(play.chance.randrange(1, 12), disk.KILL))
    with suppress(NodeDied):
        play.step()
    _power_off(play, watched)


# ---- ends of the county ----


def kill_county_while_it_takes(play: Schedule) -> None:
    """kill -9 at any moment of a request."""
    play.append()
    play.cable.faulty = 0.0
    countdown = play.chance.randrange(1, 4)

    def meanwhile() -> None:
        nonlocal countdown
        countdown -= 1
        if countdown == 0:
            play.happened("county killed")
            time.sleep(play.chance.random() * 0.01)
            play.county.restart()

    play.cable.meanwhile = meanwhile
    play.step()
    play.cable.meanwhile = lambda: None


def cut_power_of_county(play: Schedule) -> None:
    """The power goes while the county keeps entries and vouches for them."""
    _county_meets(
        play, "power cut at the county", disk.Plan(play.chance.randrange(1, _CALLS), disk.KILL), lose=True
    )


def tear_a_write_of_the_county(play: Schedule) -> None:
    """Half of a write of the copy reaches the disk."""
    plan = disk.Plan(play.chance.randrange(1, _CALLS), disk.TEAR, "write", share=play.chance.random())
    _county_meets(play, "write torn at the county", plan)


def fail_an_fsync_of_the_county(play: Schedule) -> None:
    """The county must not vouch for what its disk did not take."""
    plan = disk.Plan(play.chance.randrange(1, 4), disk.FAIL, "sync")
    _county_meets(play, "fsync failed at the county", plan, lose=True)


def fill_disk_of_county(play: Schedule) -> None:
    """The county refuses; nobody believes that it holds what it has no room for."""
    play.happened("disk full at the county")
    [(pages,)] = play.county.rows("PRAGMA page_count")
    play.county.ask("room", pages)
    for _ in range(3):
        play.append()
    play.well_step()
    judge_cosigned(play)
    play.county.ask("room", 1_000_000)


# ---- clocks ----


def jump_the_clock_of_the_site(play: Schedule) -> None:
    """The machine's clock is set wrong, forward or back, in the middle of the morning."""
    play.happened(CLOCK_JUMPED)
    for _ in range(2):
        play.jump_ms = play.chance.randrange(-_MOST_JUMP_MS, _MOST_JUMP_MS)
        play.append()
        play.well_step()
    play.jump_ms = 0
    backwards = play.site.rows(
        'SELECT COUNT(*) FROM store_journalentry AS one JOIN store_journalentry AS two ON two."index" = one."index" + 1'
        " WHERE two.recorded_at < one.recorded_at"
    )
    if backwards != [(0,)]:
        raise Violated("the book runs backwards after the clock was set back")


# ---- rot and deceit ----


def flip_a_bit_of_the_journal(play: Schedule) -> None:
    """A bit rots in the site's book: the sender notices it, or the reader of the books does."""
    play.append()
    play.happened("bit flipped in the journal")
    cosigned, size = play.cosigned()[0], play.size()
    index = play.chance.randrange(size)
    [(body,)] = play.site.rows('SELECT entry FROM store_journalentry WHERE "index" = ?', index)
    change = 'UPDATE store_journalentry SET entry = ? WHERE "index" = ?'
    play.site.tamper(change, flipped(body, play.chance), index)
    found = play.site.ask("scrub")[1]
    if not any(at == index for _, at, _ in found):
        raise Violated(f"entry {index} of the journal was changed, the reader named {found[:3]}")
    if index >= cosigned:
        progress = play.well_step()
        judge_cosigned(play)
        held = play.county.rows("SELECT COUNT(*) FROM store_mirroredentry WHERE seq = ?", index)[0][0]
        if not held and (progress.trouble != OWN_COPY_ALTERED or str(index) not in progress.detail):
            raise Violated(f"entry {index} was changed at the site and sent unseen: {progress}")
    play.site.tamper(change, body, index)


def flip_a_bit_of_the_copy(play: Schedule) -> None:
    """A bit rots at the county: the reader of the books names the place."""
    play.happened("bit flipped in the copy")
    column = play.chance.choice(["leaf", "leaf_hash"])
    held = play.county.rows("SELECT COUNT(*) FROM store_mirroredentry")[0][0]
    index = play.chance.randrange(held)
    [(body,)] = play.county.rows(f"SELECT {column} FROM store_mirroredentry WHERE seq = ?", index)
    change = f"UPDATE store_mirroredentry SET {column} = ? WHERE seq = ?"
    play.county.tamper(change, flipped(body, play.chance), index)
    found = play.county.ask("scrub")[1]
    play.county.tamper(change, body, index)
    if not any(at == index and log == play.origin() for log, at, _ in found):
        raise Violated(f"entry {index} of the copy was changed, the reader named {found[:3]}")


def fork_with_a_stolen_key(play: Schedule) -> None:
    """Somebody with the log's key shows the county another book."""
    held = nodes.leaves_of_copy(play.county, play.origin())
    [(announced,)] = play.county.rows("SELECT size FROM store_mirroredlog")
    play.happened("forked with a stolen key")
    suite = play.world.suite
    shared = play.chance.randrange(min(len(held), announced))
    size = shared + play.chance.randrange(1, 60)
    forged = Tree((leaf_hash(leaf, suite) for leaf in held[:shared]), suite)
    for number in range(size - shared):
        forged.append(leaf_hash(b"forged %d" % number, suite))
    note = Checkpoint(play.origin(), size, forged.root()).note().signed_by(play.world.log_key(), suite)
    for old in {min(announced, size), shared}:
        proof = tuple(forged.consistency(old)) if old else ()
        if play.post("add-checkpoint", NewCheckpoint(old, proof, note).to_bytes())[0] == 200:
            raise Violated(f"a forged checkpoint of size {size} was accepted at {announced}")
    kept = play.county.rows("SELECT COUNT(*) FROM store_logconflict WHERE size = ?", size)[0][0]
    if size <= len(held) and not kept:
        raise Violated(f"the evidence of a fork at size {size} was not kept")


def forge_a_run(play: Schedule) -> None:
    """Runs in the name of a terminal: under another key, and under its own signature over other entries."""
    play.append()
    play.happened("run forged")
    gate, before = play.chance.choice(play.gates), play.size()
    chain = (gate.suite, gate.name, gate.sequence, gate.head)
    by_another = Forger(*chain).admit(play.chance, play.now, MOST_FACTS)
    signed, changed = (Terminal(*chain).admit(play.chance, play.now, MOST_FACTS) for _ in range(2))
    moved = replace(changed, request={**changed.request, "signature": signed.request["signature"]})
    for offer in (by_another, moved):
        said = play.site.ask("offer", [offer])
        if said[0] != "refused" or play.size() != before:
            raise Violated(f"a run that {gate.name} did not sign was taken: {said}")


def announce_under_another_key(play: Schedule) -> None:
    """A checkpoint that truly continues the copy, signed by somebody who has not the log's key."""
    play.append()
    held = nodes.leaves_of_copy(play.county, play.origin())
    [(announced,)] = play.county.rows("SELECT size FROM store_mirroredlog")
    if announced > len(held):
        return  # what continues that cannot be proved from the copy
    play.happened("checkpoint under another key")
    suite = play.world.suite
    tree = Tree((leaf_hash(leaf, suite) for leaf in [*held, b"more"]), suite)
    note = Checkpoint(play.origin(), len(held) + 1, tree.root()).note()
    signed = note.signed_by(suite.new_key(play.world.log_key().name, secret=play.chance.randbytes(32)), suite)
    status, _ = play.post(
        "add-checkpoint",
        NewCheckpoint(announced, tuple(tree.consistency(announced)), signed).to_bytes(),
    )
    if status == 200 or play.county.rows("SELECT size FROM store_mirroredlog") != [(announced,)]:
        raise Violated(f"a checkpoint under another key was accepted: {status}")


# ---- other machines ----


def set_site_back_to_an_old_disk(play: Schedule) -> None:
    """An old disk image writes other facts: the node above does not follow it, and it closes its book."""
    old, true = play.folder / "old", play.folder / "true"
    play.append()
    play.site.copy_disk(old)
    play.connect()
    play.append()
    play.well_step()
    play.happened("old disk put back")
    ahead = play.cosigned()[0]
    before = len(nodes.leaves_of_copy(play.county, play.origin()))
    play.site.copy_disk(true)
    play.site.swap_disk(old)
    play.connect()
    if play.size() < ahead:
        for _ in range(play.chance.randrange(1, 30)):
            play.site.ask("offer", [from_office(play.chance, play.now)])
        progress = play.well_step()
        if progress.settled or len(nodes.leaves_of_copy(play.county, play.origin())) != before:
            raise Violated(f"the node above followed an old disk: {progress}")
        if not play.site.rows("SELECT closed_because FROM store_journalhead")[0][0]:
            raise Violated(f"an old disk that was found out still takes facts: {progress}")
    play.site.swap_disk(true)
    play.connect()


def replace_the_machine(play: Schedule) -> None:
    """The site's machine is lost. Another one goes on in a new epoch; what was not cosigned is entered again."""
    play.happened(MACHINE_REPLACED)
    play.append()
    lost = [
        entry
        for (entry,) in play.site.rows(
            "SELECT entry FROM store_journalentry WHERE subject LIKE ?", f"{SITTING}/%"
        )
    ]
    previous = play.origin()
    play.site.kill()
    nodes.copy_disk(play.world.spare, play.site.folder)
    play.site.start()
    code = play.county.ask("invite", previous)[1]
    said = play.ask_over_the_cable("rebuild", play.cable.url, code, previous)
    play.county.ask("package")
    play.ask_over_the_cable("pull")
    if said[1]["previous"] != previous or play.origin() == previous:
        raise Violated(f"the new machine does not go on from {previous}: {said}")
    play.site.ask("clock", play.now)
    wanted = {id.hex for id in play.acknowledged}
    for entry in lost:
        offer = from_entry(bytes(entry))
        if offer.ids[0].hex not in wanted:
            continue
        again = play.site.ask("offer", [offer])
        if again[0] != "acknowledged" or again[1][0] != list(offer.ids):
            raise Violated(f"a fact of the lost machine cannot be entered again: {again}")
    # Its terminals are enrolled anew; what they still held is entered at the office.
    play.gates = []


def _site_meets(
    play: Schedule, name: str, plan: disk.Plan, *, lose: bool = False, stops: bool = False
) -> None:
    """Append under a plan until it has happened; then the machine is brought up again."""
    play.append()
    watched = play.site.watch(plan)
    lives = True
    while lives and not watched.happened:
        lives = play.try_to_append()
    play.happened(name)
    if stops and lives:
        raise Violated("the disk failed and the node went on")
    if stops:
        play.require_fail_stop()
    _power_off(play, watched, lose=lose)


def _power_off(play: Schedule, watched: disk.Watched, *, lose: bool = True) -> None:
    for said in play.site.kill():
        play.take_answer(said)
    if lose:
        watched.lose_power(play.chance)
    play.site.start()
    play.connect()


def _county_meets(play: Schedule, name: str, plan: disk.Plan, *, lose: bool = False) -> None:
    play.cable.faulty = 0.0
    watched = play.county.watch(plan)
    for _ in range(6):
        play.append()
        play.step()
        if watched.happened or play.county.is_dead:
            break
    play.happened(name)
    play.county.kill()
    if lose:
        watched.lose_power(play.chance)
    play.county.start()


CALM: list[Act] = [append, mirror]
ALWAYS: list[Act] = [
    mirror_over_a_bad_cable,
    mirror_over_a_bad_cable,
    flap,
    meet_silence,
    send_everything_again,
    kill_site_while_it_appends,
    kill_site_while_it_mirrors,
    kill_county_while_it_takes,
    fill_disk_of_county,
    jump_the_clock_of_the_site,
    flip_a_bit_of_the_journal,
    flip_a_bit_of_the_copy,
    fork_with_a_stolen_key,
    forge_a_run,
    announce_under_another_key,
    set_site_back_to_an_old_disk,
]
WHERE_CALLS_CAN_BE_WATCHED: list[Act] = [
    kill_site_at_a_disk_call,
    cut_power_of_site,
    cut_power_of_site_while_it_mirrors,
    tear_a_write_of_the_site,
    fail_an_fsync_of_the_site,
    fail_a_write_of_the_site,
    fill_disk_of_site,
    cut_power_of_county,
    tear_a_write_of_the_county,
    fail_an_fsync_of_the_county,
]


def and_judge(act: Act) -> Act:
    """The act, and what must hold after it."""

    def judged(play: Schedule) -> None:
        act(play)
        judge_cosigned(play)

    judged.__name__ = act.__name__
    return judged


LAST: list[Act] = [and_judge(replace_the_machine)]
"""What may end a schedule."""


def acts_here() -> tuple[list[Act], str]:
    """What can be played on this machine, and why not everything can."""
    missing = disk.why_not()
    chosen = [*CALM, *ALWAYS, *([] if missing else WHERE_CALLS_CAN_BE_WATCHED)]
    return [and_judge(act) for act in chosen], missing
