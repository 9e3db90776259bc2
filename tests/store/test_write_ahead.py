"""The log is carried back into the file beside the commits, and does not grow without end."""

import sqlite3

import pytest
from django.db.utils import ConnectionHandler

from kaowu.app.database_url import database_from_url
from kaowu.store.sqlite3 import write_ahead
from kaowu.web import counter as doors
from kaowu.web.counter import Counter


@pytest.fixture
def node(tmp_path, monkeypatch, django_db_blocker):
    """A node's own connection to a new file, of which nothing waits."""
    monkeypatch.setattr(write_ahead._Waiting, "pages", 0)
    made = ConnectionHandler({"default": database_from_url("", tmp_path / "kaowu.sqlite3")})["default"]
    with django_db_blocker.unblock():
        with made.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (number INTEGER)")
        made.connection.carry_back()
        yield made
        made.close()


def _keep(node, rows: int) -> None:
    node.set_autocommit(False)
    with node.cursor() as cursor:
        cursor.executemany("INSERT INTO kept VALUES (%s)", [(number,) for number in range(rows)])
    node.commit()
    node.set_autocommit(True)


def _in_the_file(node) -> int:
    """What is there without the log."""
    alone = f"file:{node.settings_dict['NAME']}?immutable=1"
    with sqlite3.connect(alone, uri=True) as file:
        return int(file.execute("SELECT COUNT(*) FROM kept").fetchone()[0])


def test_a_commit_leaves_the_file_to_whoever_carries_back(node):
    _keep(node, 4 * write_ahead.PAGES_DUE)
    assert _in_the_file(node) == 0
    assert write_ahead.PAGES_DUE <= write_ahead._Waiting.pages < write_ahead.PAGES_MOST
    assert node.connection.carry_back() is False
    assert _in_the_file(node) == 4 * write_ahead.PAGES_DUE and write_ahead._Waiting.pages == 0


def test_while_others_wait_the_counter_lets_more_of_the_log_wait(node, monkeypatch):
    for pages in (write_ahead.PAGES_DUE, write_ahead.PAGES_URGENT):
        monkeypatch.setattr(write_ahead._Waiting, "pages", pages - 1)
        monkeypatch.setattr(write_ahead, "connection", node)
        assert not write_ahead.is_due(others_wait=pages == write_ahead.PAGES_URGENT)
        monkeypatch.setattr(write_ahead._Waiting, "pages", pages)
        assert write_ahead.is_due(others_wait=pages == write_ahead.PAGES_URGENT)


def test_a_commit_that_finds_far_too_much_waiting_carries_back_itself(node, monkeypatch):
    monkeypatch.setattr(write_ahead, "PAGES_MOST", 55)
    _keep(node, 60)
    assert _in_the_file(node) == 0
    with node.cursor() as cursor:
        cursor.execute("INSERT INTO kept VALUES (0)")  # without a transaction of its own it counts as well
        assert _in_the_file(node) == 0
        cursor.execute("INSERT INTO kept VALUES (0)")
    assert _in_the_file(node) == 62


def test_a_long_log_begins_anew_once_nothing_in_it_waits(node, tmp_path, monkeypatch):
    monkeypatch.setattr(write_ahead, "PAGES_LONG", 3)
    log = tmp_path / "kaowu.sqlite3-wal"
    _keep(node, 2_000)
    length = log.stat().st_size
    assert node.connection.carry_back() is True
    for _ in range(3):
        _keep(node, 1)
        node.connection.carry_back()
    assert log.stat().st_size == length


class Desk:
    """Takes everything."""

    def submit_all(self, intents):
        return list(intents)


def test_senders_carry_back_beside_the_counter_and_shut_it_only_for_the_end_of_a_long_log(monkeypatch):
    counter = Counter(Desk)
    shut = []

    def carry_back() -> bool:
        shut.append(counter._lock.locked())
        return len(shut) == 1

    monkeypatch.setattr(doors.write_ahead, "is_due", lambda others_wait: not shut)
    monkeypatch.setattr(doors.write_ahead, "carry_back", carry_back)
    assert counter.submit_all(["one"]) == ["one"] and counter.submit_all(["two"]) == ["two"]
    assert shut == [False, True]
