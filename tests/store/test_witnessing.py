"""Witnesses cosign what continues what they saw; a log with two faces cannot have both cosigned."""

import threading
from contextlib import contextmanager

import pytest
from tests.store.test_mirror import KEY, ORIGIN, SUITE, append, clock, sign

from kaowu.app.witnessing import Witnessing
from kaowu.edge.https import HttpsCarrier
from kaowu.edge.notebook import Notebook
from kaowu.edge.witness_door import door
from kaowu.edge.witnessing import Asking, GrowingTree
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.policy import Policy
from kaowu.engines.ledger.tree import Tree
from kaowu.engines.sync import sender
from kaowu.store import witnessing
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.own_log import OwnLog

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(db):
    open_book(ORIGIN)
    return DjangoBook(clock, sign)


@pytest.fixture
def notebooks(tmp_path):
    """Three witnesses who know the log."""
    made = [Notebook.make(tmp_path / f"w{n}", f"witness-{n}", SUITE) for n in range(3)]
    for one in made:
        one.admit(ORIGIN, KEY.verifying)
    return made


@contextmanager
def doors(notebooks):
    servers = [door(one, ("127.0.0.1", 0)) for one in notebooks]
    threads = [threading.Thread(target=one.serve_forever) for one in servers]
    for thread in threads:
        thread.start()
    try:
        yield [f"http://127.0.0.1:{one.server_port}/" for one in servers]
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def policy_of(notebooks, urls=("", "", ""), needed=2):
    lines = [f"log {KEY.verifying.to_text()}"]
    lines += [
        f"witness w{n} {one.key.to_text()} {url}"
        for n, (one, url) in enumerate(zip(notebooks, urls, strict=True))
    ]
    return "\n".join([*lines, f"group g {needed} w0 w1 w2", "quorum g", ""])


def test_a_checkpoint_is_settled_once_the_quorum_has_cosigned_it(book, notebooks):
    append(book, 30)
    assert witnessing.settled_size() == 0
    with doors(notebooks[:2]) as urls:
        witnessing.keep_policy(policy_of(notebooks, (*urls, "http://127.0.0.1:9/")), "test", clock)
        troubles = Witnessing().ask(at_once=True)
        assert troubles == {"w0": "", "w1": "", "w2": "link_down"}
        assert witnessing.settled_size() == 30
        append(book, 300)
        assert Witnessing().ask(at_once=True)["w0"] == ""
    assert witnessing.settled_size() == 330
    assert [(one.name, one.size, one.trouble) for one in witnessing.witnesses()] == [
        ("w0", 330, ""),
        ("w1", 330, ""),
        ("w2", 0, "link_down"),
    ]
    known = witnessing.policy()
    assert known.judge(witnessing.best_checkpoint(0), SUITE).cosigned == ("w0", "w1")
    assert [one.size for one in notebooks[0].logs] == [330]


def test_one_witness_of_three_is_no_quorum(book, notebooks):
    append(book, 5)
    with doors(notebooks[:1]) as urls:
        witnessing.keep_policy(policy_of(notebooks, (*urls, "", "")), "test", clock)
        assert Witnessing().ask(at_once=True) == {"w0": ""}
    assert witnessing.settled_size() == 0
    assert Checkpoint.from_note(witnessing.best_checkpoint(0)).size == 5


class Remembered:
    """What one face of the log knows of a witness."""

    def __init__(self):
        self.notes, self.stood, self.troubles = [], 0, []

    def size(self):
        return self.stood

    def cosigned(self, size, note):
        self.stood = size
        self.notes.append(note)

    def stands_at(self, size):
        self.stood = size

    def tried(self, trouble):
        self.troubles.append(trouble)


class Directly:
    """A notebook at the end of a link without length."""

    def __init__(self, notebook):
        self.notebook = notebook

    def carry(self, endpoint, body):
        return self.notebook.cosign(body)


class Face:
    """A version of the log, as whoever holds its key can make one up."""

    def __init__(self, leaves):
        self.leaves = leaves

    def leaf_hashes(self, start, end):
        return self.leaves[start:end]

    def note(self):
        return (
            Checkpoint(ORIGIN, len(self.leaves), Tree(self.leaves, SUITE).root()).note().signed_by(KEY, SUITE)
        )

    def gather(self, notebooks):
        """Ask everybody; who cosigned."""
        signed, tree = [], GrowingTree(self, SUITE)
        for notebook in notebooks:
            seen = Remembered()
            Asking(notebook.key.name, notebook.key, Directly(notebook), seen, tree, SUITE).ask(self.note())
            signed += seen.notes and [f"w{notebook.key.name[-1]}"]
        return signed


@pytest.mark.parametrize("grown", [0, 1, 60])
@pytest.mark.parametrize("first_face", [(0, 1, 2), (0, 1), (2,)])
def test_a_forked_log_cannot_gather_the_quorum_for_both_its_faces(notebooks, first_face, grown):
    common = [SUITE.hash(b"%d" % n) for n in range(40)]
    honest = Face([*common, SUITE.hash(b"honest")])
    forged = Face([*common, SUITE.hash(b"forged"), *(SUITE.hash(b"f%d" % n) for n in range(grown))])
    policy = Policy.from_text(policy_of(notebooks))
    first = honest.gather([notebooks[n] for n in first_face])
    second = forged.gather(notebooks)
    assert len(first) == len(first_face)
    assert set(first).isdisjoint(second)
    assert not (policy.is_met(first) and policy.is_met(second))
    if not grown:  # the same size under another root: proof of two faces, kept word for word
        assert all(notebooks[n].evidence() for n in first_face)


def test_a_witness_remembers_after_a_restart_and_never_goes_back(notebooks, tmp_path):
    leaves = [SUITE.hash(b"%d" % n) for n in range(50)]
    assert Face(leaves).gather(notebooks[:1]) == ["w0"]
    again = Notebook(tmp_path / "w0")
    assert [one.size for one in again.logs] == [50]
    assert Face(leaves[:30]).gather([again]) == []
    assert Face([*leaves[:49], bytes(32)]).gather([again]) == []
    assert Face([*leaves, bytes(32)]).gather([again]) == ["w0"]


def test_a_stranger_and_an_unknown_log_are_not_cosigned(notebooks):
    notebook = notebooks[0]
    tree = Tree([bytes(32)], SUITE)
    for key, origin, status in (
        (SUITE.new_key("site-7"), ORIGIN, 403),
        (KEY, "site-8/1", 404),
    ):
        note = Checkpoint(origin, 1, tree.root()).note().signed_by(key, SUITE)
        assert notebook.cosign(sender.announce(tree, note, 0).to_bytes()).status == status
    assert notebook.cosign(b"nonsense").status == 400
    with pytest.raises(ValueError, match="another key"):
        notebook.admit(ORIGIN, SUITE.new_key("site-7").verifying)


def test_a_false_cosignature_counts_for_nothing(book, notebooks):
    append(book, 3)
    note = Note.from_bytes(OwnLog().latest_checkpoint())
    stranger = SUITE.new_key("witness-0", SUITE.cosignature_kind)
    seen = Remembered()
    asking = Asking("w0", notebooks[0].key, Directly(notebooks[0]), seen, GrowingTree(OwnLog(), SUITE), SUITE)
    lines = note.signed_by(stranger, SUITE, at=1).to_bytes().rpartition(b"\n\n")[2]
    assert asking.believe(note, lines) == "false_cosignature"
    assert seen.notes == []


def test_the_door_of_a_witness_speaks_plainly_only_on_this_machine(notebooks):
    with doors(notebooks[:1]) as [url]:
        assert HttpsCarrier(url).carry("add-checkpoint", b"nonsense").status == 400
        assert HttpsCarrier(url).carry("add-entries", b"").status == 404
