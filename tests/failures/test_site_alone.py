"""A site works alone: what it needs came sealed before, what it recorded rises when the link is back."""

import json
import shutil
import time

import pytest
from tests.failures.site_day import GIVE, SHOWN
from tests.failures.tls_front import AUTHORITY, Front
from tests.failures.two_nodes import EXAM, ROOT, SITE, Node, city, empty_site, site
from tests.failures.wire import Wire


def until(condition, within_s=40):
    """Wait for something that another process does."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.3)
    return False


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A city and a site that has taken its package, and the wire between them; the city is not running."""
    folder = tmp_path_factory.mktemp("nodes")
    with Wire.laid() as wire:
        above = city(folder / "city", ("env", f"KAOWU_HOSTS={wire.upper}"))
        given = above.python(GIVE, EXAM, ROOT, SITE)
        front = Front(wire.upper, above.port, folder)
        above.door = f"{front.url}/mirror"
        there = (*wire.at_the_lower_end, "env", f"SSL_CERT_FILE={folder / AUTHORITY}")
        with front.open():
            with above.running():
                below = site(folder / "site", above, there)
                made = above.kaowu("node", "package", SITE, "--exam", EXAM, "--out", str(folder / "site.kwp"))
                below.kaowu("node", "take", str(folder / "site.kwp"))
            yield above, below, {**made, "given": given, "wire": wire, "there": there}, folder


@pytest.mark.feature("ENT-08", "X-02")
def test_a_whole_morning_is_recorded_without_a_network_and_rises_when_the_link_is_back(two):
    above, below, made, _ = two
    with made["wire"].cut(above):
        status = below.kaowu("node", "mirror", "--once", ok=False)
        assert status["city-370400"]["trouble"] == "link_down"
        morning = below.morning()
    here = below.look()
    assert here["plans"] == [made["package"]], "every fact of the day carries the package's digest"
    assert sum(row[3] for row in here["figures"]) == len(morning["ids"]) - 3 * 3  # two packets, one absent
    assert above.look()["arrived"] == []
    with above.running():
        sent = below.kaowu("node", "mirror", "--once")["city-370400"]
        assert sent["settled"] and sent["cosigned"] == sent["size"]
        assert until(lambda: set(morning["ids"]) <= set(above.look()["arrived"]))
    there = above.look()
    assert len(there["arrived"]) == len(set(there["arrived"])), "each once"
    assert there["figures"] == here["figures"], "the city's screens show what the site's show"
    assert there["findings"] == here["findings"], "and the same findings"


@pytest.mark.feature("ENT-08", "X-02")
def test_the_site_shows_faces_and_awaited_packets_and_believes_a_terminal_with_no_network(two):
    _, below, made, _ = two
    assert made["photographs"] == 1
    shown = below.python(SHOWN, EXAM, ROOT, json.dumps(made["given"]))
    assert (shown["page"], shown["has_picture"]) == (200, True)
    assert (shown["picture"], shown["is_jpeg"], shown["none"]) == (200, "ffd8ff", 404)
    assert shown["packet"] and shown["sheets"], "the packet that was packed for the room is offered"
    assert shown["forged"] == "signature_false", "the key came with the package, so a forged run is seen here"
    assert (shown["run"], shown["entered"]) == (200, 1), shown["said"]


@pytest.mark.feature("X-02")
def test_an_old_snapshot_that_is_put_back_refuses_to_go_on(two):
    above, below, made, folder = two
    snapshot = folder / "snapshot"
    shutil.copytree(below.folder, snapshot)
    with above.running():
        below.morning(3, 4)
        assert below.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
        old = Node(folder / "restored", where=made["there"])
        shutil.rmtree(old.folder)
        shutil.copytree(snapshot, old.folder)
        assert old.try_to_record() == "", "nothing on the disk itself tells that it is an old one"
        trouble = old.kaowu("node", "mirror", "--once", ok=False)["city-370400"]["trouble"]
        assert trouble in ("upstream_ahead", "log_forked")
        assert old.try_to_record() == "journal_closed"
        assert old.kaowu("node", "status")["closed_because"]
    assert below.try_to_record() == "", "the machine that was never set back works on"


@pytest.mark.feature("X-02")
def test_a_destroyed_site_goes_on_on_another_machine_and_its_old_key_is_dead(two):
    above, below, made, folder = two
    new = empty_site(folder / "new-machine", made["there"])
    with above.running():
        below.morning(5, 6)
        assert below.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
        before = below.look()
        old = Node(folder / "old-disk", where=made["there"])
        shutil.rmtree(old.folder)
        shutil.copytree(below.folder, old.folder)
        code = above.kaowu("node", "invite", SITE, "--replaces", "site-040501/1")["code"]
        done = new.kaowu("node", "rebuild", "--from", above.door, "--code", code)
        assert (done["previous"], done["origin"]) == ("site-040501/1", "site-040501/2")
        above.kaowu("node", "package", SITE, "--exam", EXAM)
        new.kaowu("node", "pull")
        assert new.look()["figures"] == before["figures"], "the room figures are those of the lost machine"
        assert new.look()["first"] == "epoch_opened", "the new log begins with where it goes on from"
        more = new.morning(4, 5)
        assert new.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
        assert until(lambda: set(more["ids"]) <= set(above.look()["arrived"]))
        there = above.look()
        assert there["figures"] == new.look()["figures"]
        assert len(there["arrived"]) == len(set(there["arrived"])), "nothing is counted twice"
        old.python("import django; django.setup()\nfrom kaowu.web.counter import book; book().checkpoint()")
        assert old.try_to_record() == ""
        assert old.kaowu("node", "mirror", "--once", ok=False)["city-370400"]["trouble"] == "log_closed"
        assert old.try_to_record() == "journal_closed", "the old machine says that it has to be rebuilt"
