"""A node says what it is, enrols others, and mirrors upward, from the command line."""

import json

import pytest
from click.testing import CliRunner
from tests.store.test_mirror import append
from tests.web.test_mirror_door import door

from kaowu.basics.suites import INTERNATIONAL
from kaowu.cli.node import command
from kaowu.store.journal import open_book
from kaowu.web.counter import book
from kaowu.web.node_key import origin

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments):
    result = CliRunner().invoke(command, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def node(db, monkeypatch):
    """This node, below and above itself: all of its journal goes to its own mirror."""
    # Tables that only grow could not be emptied for the next test.
    monkeypatch.setattr("kaowu.store.append_only.install", lambda: None)
    open_book(origin())
    return run("status")[1]


def test_facts_are_waiting_until_the_node_above_has_acknowledged_them(node):
    append(book(), 30)
    assert run("admit", node["origin"], node["log_key"])[0] == 0
    with door() as address:
        assert run("enroll-key", "county", address, node["mirror_key"])[0] == 0
        [above] = run("status")[1]["above"]
        assert (above["cosigned"], above["cosigned_at"]) == (0, None)
        code, said = run("mirror", "--once")
    assert (code, said["county"]["settled"], said["county"]["cosigned"]) == (0, True, 30)
    found = run("status")[1]
    assert found["above"][0]["cosigned"] == found["below"][0]["held"] == found["size"] == 30
    words = CliRunner().invoke(command, ["status"]).output
    assert "待回执 waiting 0" in words and node["log_key"] in words


def test_a_link_that_is_down_is_said_and_fails(node):
    append(book(), 3)
    with door() as address:
        pass
    run("enroll-key", "county", address, node["mirror_key"])
    code, said = run("mirror", "--once")
    assert code == 1 and said["county"]["trouble"] == "link_down"
    assert run("status")[1]["above"][0]["trouble"] == "link_down"


def test_keys_of_the_wrong_kind_and_open_addresses_are_refused(node):
    assert run("admit", node["origin"], node["mirror_key"])[0] == 1
    assert run("enroll-key", "county", "https://county.example/mirror", node["log_key"])[0] == 1
    assert run("enroll-key", "county", "http://county.example/mirror", node["mirror_key"])[0] == 1
    assert run("admit", node["origin"], "no key")[0] == 1
    assert run("admit", node["origin"], node["log_key"])[0] == 0
    other = INTERNATIONAL.new_key("kaowu.local").verifying.to_text()
    assert run("admit", node["origin"], other)[0] == 1
    assert run("status")[1]["above"] == []


def test_mirroring_with_nobody_above_is_an_error(node):
    assert run("mirror", "--once")[0] == 1
