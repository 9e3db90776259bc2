"""A node that starts while another program writes to its new file: it waits, and never says that the file is locked."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db.utils import ConnectionHandler

from kaowu.app.database_url import database_from_url
from kaowu.store.sqlite3 import base


@pytest.fixture
def writer(tmp_path):
    """Another program in the middle of a write to a file that is no write-ahead log yet."""
    other = sqlite3.connect(tmp_path / "kaowu.sqlite3", isolation_level=None)
    other.execute("CREATE TABLE kept (number INTEGER)")
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO kept VALUES (1)")
    yield other
    other.close()


def _connected(folder: Path) -> sqlite3.Connection:
    """A node's own connection to the file, as each of its threads makes one."""
    node = ConnectionHandler({"default": database_from_url("", folder / "kaowu.sqlite3")})["default"]
    return node.get_new_connection(node.get_connection_params())


def _clock_on_which(monkeypatch, happens) -> None:
    """Time that passes only by waiting; `happens` at each wait."""
    passed = [0.0]

    def wait(seconds: float) -> None:
        passed[0] += seconds
        happens()

    monkeypatch.setattr(base, "time", SimpleNamespace(monotonic=lambda: passed[0], sleep=wait))


def test_a_node_waits_until_another_has_written_to_its_new_file(tmp_path, writer, monkeypatch):
    _clock_on_which(monkeypatch, lambda: writer.in_transaction and writer.execute("COMMIT"))
    node = _connected(tmp_path)
    assert node.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert node.execute("PRAGMA synchronous").fetchone() == (2,), "each commit is on disk"
    assert node.execute("SELECT number FROM kept").fetchall() == [(1,)]
    node.close()


def test_a_node_says_so_when_the_file_stays_locked(tmp_path, writer, monkeypatch):
    _clock_on_which(monkeypatch, lambda: None)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        _connected(tmp_path)
