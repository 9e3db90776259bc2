"""Everything goes wrong between two nodes, by the seed; and the judge of it is not blind."""

import json
import subprocess
import sys

import pytest
from tests.failures.simulated import PLAY, environment, python, why_not

SCHEDULES = 4
PLANTED = """
import json
def found(planted, names):
    exec(planted, {})
    wanted = [acts.and_judge(getattr(acts, name)) for name in names.split()]
    said = (schedule.run(seed, world, wanted, acts.LAST, judgement.judge_all).violation for seed in range(1, 5))
    return next(filter(None, said), "nothing")
for name, (planted, names) in json.loads(sys.argv[3]).items():
    sys.stdout.flush()
    child = os.fork()  # a defect is planted in one process and gone with it
    if child == 0:
        print(json.dumps([name, found(planted, names)]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
DEFECTS = {
    "the site believes any answer": (
        "import kaowu.edge.mirror as m; m.sender.cosigned_note = lambda note, *_: note",
        "mirror_over_a_bad_cable",
    ),
    "the county vouches for what it did not write": (
        "import kaowu.store.mirror as m; whole = m.write_entries\n"
        "m.write_entries = lambda log, first, entries, hashes:"
        " whole(log, first, entries[:-1] + [b'x'], hashes)",
        "mirror",
    ),
    "a fork is accepted": (
        "import kaowu.engines.sync.judge as j; j._follows = lambda *_: True",
        "append mirror fork_with_a_stolen_key",
    ),
    "a fact is acknowledged and dropped": (
        "import kaowu.app.faultsim.nodes as n; whole = n._offered\n"
        "n._offered = lambda offers: (whole(offers[1:]),"
        " ('acknowledged', ([id for one in offers for id in one.ids], [])))[1]",
        "append",
    ),
    "a fact is acknowledged before it is on disk": (
        "import kaowu.store.sqlite3.base as b; whole = b.DatabaseWrapper.init_connection_state\n"
        "b.DatabaseWrapper.init_connection_state = lambda self:"
        " (whole(self), self.connection.execute('PRAGMA synchronous=OFF'))[0]",
        "cut_power_of_site",
    ),
    "the site sends what it has, altered or not": (
        "import kaowu.engines.sync.sender as s\n"
        "class Any:\n    __ne__ = lambda *_: False\n"
        "s.leaf_hash = lambda entry, suite: Any()",
        "append flip_a_bit_of_the_journal",
    ),
    "a failed fsync is tried again": (
        "import kaowu.store.sqlite3.base as b\n"
        "def again(self):\n"
        "    try:\n        self.connection.commit()\n"
        "    except b.sqlite3.Error:\n        self.connection.commit()\n"
        "b.DatabaseWrapper._commit = again",
        "fail_an_fsync_of_the_site",
    ),
    "an old disk goes on": (
        "import kaowu.edge.upward as u; u.Upward.lost_proof = lambda *_: ''",
        "set_site_back_to_an_old_disk",
    ),
    "a record that arrived is applied twice to what screens show": (
        "import kaowu.store.arrived_rooms as a; whole = a.ArrivedRooms.take\n"
        "a.ArrivedRooms.take = lambda rooms, read: whole(rooms, [*read, *read])",
        "mirror",
    ),
    "every node counts alike, and wrong": (
        "import kaowu.exam.room_sitting as r, kaowu.loop.desk as d, kaowu.store.arrived_rooms as a\n"
        "from dataclasses import replace\n"
        "d.figures = a.figures = lambda room: (lambda one: replace(one, entered=one.entered + one.absent))(r.figures(room))",
        "append mirror",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Nodes that schedules begin with, made once for all tests here."""
    return tmp_path_factory.mktemp("worlds")


def faultsim(*arguments: object, ok: bool = True):
    done = subprocess.run(
        [sys.executable, "-m", "kaowu.cli.main", "faultsim", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=900,
    )
    assert (done.returncode == 0) is ok, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.feature("X-02")
def test_no_acknowledged_fact_is_lost_or_doubled_whatever_happens_in_either_suite(tmp_path):
    report = tmp_path / "report.json"
    result = faultsim("--seeds", SCHEDULES, "--report", report)
    assert result["violations"] == [] and result["facts"] > 100
    assert set(result["by_suite"]) == {"international", "national"}
    assert len(result["faults"]) >= 8
    again = faultsim("--seeds", SCHEDULES, "--report", report)
    assert again["cpu_s"] == result["cpu_s"], "what was played is not played again"


def test_planted_defects_are_found_by_the_simulation(folder):
    missing = why_not(folder)
    wanted = {name: one for name, one in DEFECTS.items() if not (missing and one[1].endswith("_of_the_site"))}
    said = python(PLAY + PLANTED, folder, "international", json.dumps(wanted))
    found = dict(json.loads(line) for line in said.splitlines())
    assert set(found) == set(wanted)
    assert [name for name, violation in found.items() if violation == "nothing"] == []
