"""An append may end at each of its steps, the log's way back into the file among them, and on a disk without room."""

import pytest
from tests.failures.simulated import PLAY, python, why_not


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Nodes that schedules begin with, made once for all tests here."""
    return tmp_path_factory.mktemp("worlds")


EVERY_STEP = """
import itertools, shutil
from random import Random
from kaowu.app.faultsim.nodes import Node, NodeDied
from kaowu.engines.sync.judge import root_over
from kaowu.store.sqlite3 import write_ahead
write_ahead.PAGES_DUE = 1  # what was committed is carried back from the log at once, and each call of that may be the last
def left(node, offered, acknowledged):
    leaves = nodes.leaves_of_journal(node)
    kept = [nodes.id_of(leaf) for leaf in leaves]
    [(size, root)] = node.rows("SELECT size, root FROM store_journalhead")
    assert len(set(kept)) == len(kept) == size and root_over(leaves, world.suite) == bytes(root), step
    there = set(offered) & set(kept)
    assert there == set(offered) or not there and not acknowledged, (step, "kept in part, or lost")
offer = world.gates()[0].admit(Random(3), schedule.BEGINS, 3)
offered = [id.hex for id in offer.ids]
# Each call may be the last; what the disk does besides is tried at every fifth.
for name, act, lose, every in (("kill", disk.KILL, 0, 1), ("power", disk.KILL, 1, 5), ("torn", disk.TEAR, 1, 5), ("failed", disk.FAIL, 1, 5), ("full", disk.FULL, 0, 5)):
    ends = set()
    for step in itertools.count(1, every):
        nodes.copy_disk(world.site, folder / "step")
        node = Node(folder / "step", nodes.site, world)
        watched = node.watch(disk.Plan(step, act, "write" if act == disk.FULL else ""))
        acknowledged = False
        try:
            acknowledged = node.ask("offer", [offer])[0] == "acknowledged"
            again = act == disk.FULL and node.ask("offer", [offer])[0]
            assert act != disk.FULL or again == "acknowledged", (step, again)
        except NodeDied:
            if act in (disk.FAIL, disk.FULL):
                ends.add(node.exit_code)
        node.kill()
        if lose:
            watched.lose_power(Random(step))
        left(node, offered, acknowledged)
        if not watched.happened:
            assert acknowledged and node.file.read_bytes() != (world.site / node.file.name).read_bytes(), "carried back"
            break
    print(name, step - 1, *ends)
"""


@pytest.mark.feature("X-02")
def test_each_call_of_an_append_may_be_the_last_and_no_acknowledged_fact_is_lost(folder):
    missing = why_not(folder)
    if missing:
        pytest.skip(missing)
    said = [line.split() for line in python(PLAY + EVERY_STEP, folder, "international").splitlines()]
    assert [one[0] for one in said] == ["kill", "power", "torn", "failed", "full"]
    assert all(int(one[1]) >= 6 for one in said), "an append writes pages of the log and forces them to disk"
    assert said[3][2:] == ["74"] and said[4][2:] == [], "the node stopped each time that its disk failed"


REAL_FULL_DISK = """
import subprocess
small = folder / "small"
small.mkdir()
size = sum(file.stat().st_size for file in world.site.rglob("*") if file.is_file())
mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size + 1_500_000}", "tmpfs", small], capture_output=True)
if mounted.returncode:
    print("skip", mounted.stderr.decode().strip() or "mount")
    sys.exit()
try:
    nodes.copy_disk(world.site, small / "site")
    ballast = small / "ballast"
    ballast.write_bytes(bytes(500_000))
    node = nodes.Node(small / "site", nodes.site, world)
    from random import Random
    chance, gates, kept, refused, again = Random(1), world.gates(), [], 0, 0
    while again < 3:
        gate = gates[0]
        gate.waiting = gate.waiting or [gate.admit(chance, schedule.BEGINS, 60)]
        said = node.ask("offer", gate.waiting)
        if said[0] == "acknowledged":
            kept += said[1][0]
            gate.waiting = []
            again += not ballast.exists()
        else:
            refused += 1
            if refused == 2:
                ballast.unlink()
    node.restart()
    there = [id for (id,) in node.rows("SELECT fact_id FROM store_journalentry")]
    assert len(there) == len(set(there)) and {id.hex for id in kept} <= set(there)
    assert node.rows("PRAGMA integrity_check") == [("ok",)]
    node.kill()
    print("refused", refused, len(kept))
finally:
    subprocess.run(["umount", small], check=True)
"""


@pytest.mark.feature("X-02")
def test_a_disk_that_is_really_full_refuses_and_goes_on_when_it_has_room(folder):
    said = python(PLAY + REAL_FULL_DISK, folder, "international")
    if said.startswith("skip"):
        pytest.skip(f"no small disk can be mounted here: {said}")
    assert int(said.split()[1]) >= 2


POSTGRES = """
import itertools, socket
import psycopg
from kaowu.app.faultsim.world import BEGINS, FORK, Hands, enter
from kaowu.app.run import prepare_database
from kaowu.basics.ids import new_fact_id
from kaowu.facts.record import RegisterEntryChanged
from kaowu.loop.duty import Intent
from kaowu.web.counter import counter
from kaowu.web.works.nodes import MACHINE, REGISTRY
url = sys.argv[3]
def intents(step):
    fact = lambda n: RegisterEntryChanged(register="rooms", key=f"{step}-{n}", fields="-", changes="{}")
    return [
        Intent(new_fact_id(BEGINS, step.to_bytes(9, "big") + bytes([n])), fact(n), REGISTRY, "rooms/1", (MACHINE,), BEGINS)
        for n in range(4)
    ]
def node(step, pipe, channel):
    enter(folder / "international" / "spare", world.suite, url)
    Hands(BEGINS)
    if not step:
        prepare_database()
        counter().submit_all(intents(0))
        return pipe.send("made")
    from django.db import connection
    connection.ensure_connection()
    if channel is not None:
        disk.watch_me(channel, network=True)
    answers = counter().submit_all(intents(step))
    pipe.send([str(one.id) for one in answers])
def run(step, at=0):
    mine, theirs = FORK.Pipe()
    ours, channel = socket.socketpair()
    process = FORK.Process(target=node, args=(step, theirs, channel if at else None))
    process.start()
    theirs.close()
    channel.close()
    watched = disk.Watched.take(ours, process.pid, disk.Plan(at, disk.KILL)) if at else None
    if watched is not None:
        watched.wait(mine, timeout_s=60)
        if watched.happened:
            process.kill()
    process.join()
    said = mine.recv() if mine.poll() and (watched is None or not watched.happened) else None
    if watched is not None:
        watched.close()
    return said, watched is not None and watched.happened
assert run(0)[0] == "made"
for step in itertools.count(1):
    said, happened = run(step, at=step)
    wanted = {str(one.id) for one in intents(step)}
    def there():
        with psycopg.connect(url) as database:
            rows = database.execute("SELECT fact_id::text FROM store_journalentry WHERE fact_id = ANY(%s)", [list(wanted)])
            return [id for (id,) in rows]
    left = there()
    assert len(left) in (0, 4) and (happened or len(left) == 4), (step, left)
    again, _ = run(step)
    assert set(again) == wanted and sorted(there()) == sorted(wanted), step
    if not happened:
        break
print(step - 1)
"""


@pytest.mark.feature("X-02")
def test_a_node_on_postgresql_may_die_at_each_message_and_keeps_a_commit_whole(folder, postgres_dsn):
    missing = why_not(folder)
    if missing:
        pytest.skip(missing)
    assert int(python(PLAY + POSTGRES, folder, "international", postgres_dsn)) >= 5
