"""The reckoning of a rehearsal: loss and doubling are found wherever they are planted, on disks that nobody else reads."""

import sqlite3
import uuid
from contextlib import closing

import cbor2
import pytest

from kaowu.app.rehearsal.crowd import Done
from kaowu.app.rehearsal.nodes import Node
from kaowu.app.rehearsal.reckoning import ARRIVED, COPY, JOURNAL, acts_among, reckon
from kaowu.app.rehearsal.scene import EXAM

ROOM, OTHER = "S1/040501/001", "S1/040501/002"
SCHEMA = """
CREATE TABLE store_journalentry (entry BLOB); CREATE TABLE store_mirroredentry (leaf BLOB);
CREATE TABLE store_arrival (entry BLOB);
CREATE TABLE store_roomsitting (exam_id TEXT, sitting TEXT, site TEXT, room TEXT, entered INT, packets INT);
"""


def act(kind="candidate_admitted", subject=ROOM, act="entry", id=None, **more):
    return Done(act, kind, subject, 5.0, uuid.uuid4().hex if id is None else id, **more)


ACTS = [
    act("packet_handed_out", act="custody"),
    act(),
    act(),
    act(subject=OTHER),
    act("points_entered", "scores/语文/040501/001", "scores", id=""),
    act("points_entered", "scores/语文/040501/001", "scores", id=""),
    act(trouble="HTTP 500"),
]
FIGURES = {ROOM: (2, 1), OTHER: (1, 0)}


def entry(one, exam=EXAM):
    id = uuid.UUID(one.id).bytes if one.id else uuid.uuid4().bytes
    return cbor2.dumps({1: 1, 2: id, 3: one.kind, 4: exam, 12: one.subject})


class Disks:
    """Both disks as they should be; a test then plants what is wrong."""

    def __init__(self, folder):
        self.here, self.above = Node(folder / "here"), Node(folder / "above")
        self.kept = [one for one in ACTS if not one.trouble]
        self.places = {place: [entry(one) for one in self.kept] for place in (JOURNAL, COPY, ARRIVED)}
        self.places[JOURNAL].append(entry(ACTS[1], exam="another"))  # the same words of another exam
        self.figures = {"here": dict(FIGURES), "above": dict(FIGURES)}

    def reckon(self):
        for node in (self.here, self.above):
            node.folder.mkdir()
            with closing(sqlite3.connect(node.folder / "kaowu.sqlite3")) as file, file:
                file.executescript(SCHEMA)
                for subject, (entered, packets) in self.figures[node.folder.name].items():
                    row = (EXAM, *subject.split("/"), entered, packets)
                    file.execute("INSERT INTO store_roomsitting VALUES (?, ?, ?, ?, ?, ?)", row)
        for node, table, place in (
            (self.here, "store_journalentry", JOURNAL),
            (self.above, "store_mirroredentry", COPY),
            (self.above, "store_arrival", ARRIVED),
        ):
            bodies = self.places[place]
            if place == COPY:
                bodies = [cbor2.dumps([1_800_000_000_000, body, None]) for body in bodies]
            with closing(sqlite3.connect(node.folder / "kaowu.sqlite3")) as file, file:
                file.executemany(f"INSERT INTO {table} VALUES (?)", [(body,) for body in bodies])
        return reckon(self.here, self.above, ACTS)


@pytest.fixture
def disks(tmp_path):
    return Disks(tmp_path)


def test_what_is_whole_is_found_whole(disks):
    found = disks.reckon()
    assert (found.lost, found.doubled, found.differing) == ((), (), ())


@pytest.mark.parametrize("place", [JOURNAL, COPY, ARRIVED])
@pytest.mark.parametrize("number", [0, 2, 4])  # a packet, a candidate, a bag of scores
def test_an_act_that_is_missing_in_one_place_is_lost_there(disks, place, number):
    del disks.places[place][number]
    [missed] = disks.reckon().lost
    assert (missed.place, missed.act.kind, missed.act.subject) == (
        place,
        ACTS[number].kind,
        ACTS[number].subject,
    )
    assert missed.act.id == ACTS[number].id


@pytest.mark.parametrize("place", [JOURNAL, COPY, ARRIVED])
@pytest.mark.parametrize("number", [1, 5])
def test_an_act_that_lies_there_twice_is_doubled(disks, place, number):
    disks.places[place].append(entry(ACTS[number]))
    found = disks.reckon()
    assert found.lost == ()
    [doubled] = found.doubled
    assert (doubled.place, doubled.act.kind) == (place, ACTS[number].kind)


def test_two_bags_of_one_room_that_are_both_gone_are_two_losses(disks):
    disks.places[ARRIVED] = disks.places[ARRIVED][:4]
    lost = disks.reckon().lost
    assert [one.act.kind for one in lost] == ["points_entered"] * 2
    assert acts_among(lost) == 2


def test_an_act_that_is_missing_everywhere_is_one_act(disks):
    for bodies in disks.places.values():
        del bodies[1]
    lost = disks.reckon().lost
    assert (len(lost), acts_among(lost)) == (3, 1)


@pytest.mark.parametrize("node", ["here", "above"])
@pytest.mark.parametrize("shown", [(1, 1), (3, 1), (2, 0)])
def test_a_screen_that_shows_other_figures_is_named(disks, node, shown):
    disks.figures[node][ROOM] = shown
    assert disks.reckon().differing == (f"{node} {ROOM}",)


def test_a_room_of_which_the_screen_knows_nothing_is_named(disks):
    del disks.figures["above"][OTHER]
    assert disks.reckon().differing == (f"above {OTHER}",)
