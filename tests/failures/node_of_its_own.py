"""What the tests of misfortunes share: make a node, let it write, look at what it left."""

import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.made_once import MadeOnce

from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.tree import CompactRange, leaf_hash

ROOT = Path(__file__).resolve().parents[2]
WRITER = Path(__file__).with_name("writing_node.py")
SEATS = 600


@pytest.fixture
def data(made_once: MadeOnce, tmp_path: Path) -> Path:
    """The data folder of a node with an exam of 600 seats."""
    return made_once("600-seats", _make_node, tmp_path / "of-its-own") / "node"


def _make_node(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from benchmarks import desk_admit; desk_admit.make_input(int(sys.argv[2]), Path(sys.argv[3]))"
    )
    subprocess.run([sys.executable, "-c", code, str(ROOT), str(SEATS), str(folder)], check=True, cwd=folder)


def writer(data: Path, *, rooms: int = SEATS // 30, max_pages: int = 0) -> subprocess.Popen[str]:
    """The node at work; each line it says is a fact that it vouches for."""
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(data), str(rooms), str(max_pages)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=data.parent,
    )


@dataclass(frozen=True)
class Left:
    """What a node left on disk, read without its own code for reading."""

    ids: list[str]
    root_kept: bytes
    root_again: bytes
    size_kept: int
    integrity: str
    entered: int


def what_is_left(data: Path) -> Left:
    """Read the database file anew and work out the root from the entries."""
    with sqlite3.connect(data / "kaowu.sqlite3") as database:
        rows = database.execute(
            'SELECT fact_id, recorded_at, entry, proof FROM store_journalentry ORDER BY "index"'
        ).fetchall()
        size, root = database.execute("SELECT size, root FROM store_journalhead").fetchone()
        [integrity] = database.execute("PRAGMA integrity_check").fetchone()
        [entered] = database.execute("SELECT SUM(entered) FROM store_roomsitting").fetchone()
    tree = CompactRange()
    for _, recorded_at, entry, proof in rows:
        tree.append(leaf_hash(leaf_of(recorded_at, entry, proof)))
    return Left([row[0] for row in rows], bytes(root), tree.root(), size, integrity, entered)
