"""A site works alone: what it needs came sealed before, what it recorded rises when the link is back."""

import json
import shutil

import pytest
from tests.failures.site_day import GIVE, LOG, SHOWN
from tests.failures.tls_front import AUTHORITY, Front
from tests.failures.two_nodes import EXAM, ROOT, SITE, Node, city, empty_site, enrolled, until
from tests.failures.wire import Wire

from kaowu.basics.suites import deployed
from kaowu.edge.notebook import Notebook


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A city at work and a site that has taken its package, and the wire between them."""
    folder = tmp_path_factory.mktemp("nodes")
    with Wire.laid() as wire:
        above = city(folder / "city", KAOWU_HOSTS=wire.upper)
        given = above.python(GIVE, EXAM, ROOT, SITE)
        front = Front(wire.upper, above.port, folder)
        above.door = f"{front.url}/mirror"
        there = {"machine": wire.lower_end, "SSL_CERT_FILE": str(folder / AUTHORITY)}
        with front.open(), above.running():
            below = enrolled(empty_site(folder / "site", **there), above)
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
        above.tell_the_sites()
    assert below.plans() == [made["package"]], "every fact of the day carries the package's digest"
    assert sum(row[3] for row in below.figures()) == len(morning["ids"]) - 3 * 3  # two packets, one absent
    assert above.arrived() == []
    sent = below.kaowu("node", "mirror", "--once")["city-370400"]
    assert sent["settled"] and sent["cosigned"] == sent["size"]
    assert until(lambda: set(morning["ids"]) <= set(above.arrived()))
    assert len(above.arrived()) == len(set(above.arrived())), "each once"
    assert above.figures() == below.figures(), "the city's screens show what the site's show"
    assert above.findings() == below.findings(), "and the same findings"


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
    _, below, made, folder = two
    snapshot = folder / "snapshot"
    shutil.copytree(below.folder, snapshot)
    below.morning(3, 4)
    assert below.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
    old = Node(folder / "restored", **made["there"])
    shutil.rmtree(old.folder)
    shutil.copytree(snapshot, old.folder)
    assert old.try_to_record() == "", "nothing on the disk itself tells that it is an old one"
    trouble = old.kaowu("node", "mirror", "--once", ok=False)["city-370400"]["trouble"]
    assert trouble in ("upstream_ahead", "log_forked")
    assert old.try_to_record() == "journal_closed"
    assert old.kaowu("node", "status")["closed_because"]
    assert below.try_to_record() == "", "the machine that was never set back works on"


def test_a_site_proves_by_the_witness_policy_that_came_with_its_package(two):
    above, below, _, folder = two
    witness = Notebook.make(folder / "witness", "jijian", deployed())
    policy = f"witness jijian {witness.key.to_text()}\nquorum jijian\n"
    (folder / "policy.txt").write_text(policy)
    above.kaowu("node", "policy", str(folder / "policy.txt"))
    above.kaowu("node", "package", SITE, "--exam", EXAM, "--out", str(folder / "with-policy.kwp"))
    below.kaowu("node", "take", str(folder / "with-policy.kwp"))
    assert below.kaowu("node", "policy") == {
        "policy": policy,
        "settled": 0,
        "witnesses": [{"name": "jijian", "url": "", "size": 0, "cosigned_at": 0, "trouble": ""}],
    }
    below.kaowu("witness", "admit", str(folder / "witness"), *below.python(LOG))
    slip = below.kaowu("node", "witness-out", "jijian", "--out", str(folder))
    below.kaowu("witness", "sign", str(folder / "witness"), slip["file"], "--out", str(folder / "signed"))
    below.kaowu("node", "witness-in", "jijian", str(folder / "signed"))
    assert below.kaowu("node", "policy")["settled"] == slip["size"]
    proof, published = folder / "fact.tlog-proof", folder / "published.txt"
    below.kaowu("prove", "0", "--out", str(proof), "--policy", str(published))
    below.kaowu("verify-proof", str(proof), "--policy", str(published))


@pytest.mark.feature("X-02", "CMD-01")
def test_a_destroyed_site_goes_on_on_another_machine_and_its_old_key_is_dead(two):
    above, below, made, folder = two
    new = empty_site(folder / "new-machine", **made["there"])
    below.morning(5, 6)
    assert below.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
    old = Node(folder / "old-disk", **made["there"])
    shutil.rmtree(old.folder)
    shutil.copytree(below.folder, old.folder)
    code = above.kaowu("node", "invite", SITE, "--replaces", "site-040501/1")["code"]
    done = new.kaowu("node", "rebuild", "--from", above.door, "--code", code)
    assert (done["previous"], done["origin"]) == ("site-040501/1", "site-040501/2")
    above.kaowu("node", "package", SITE, "--exam", EXAM)
    new.kaowu("node", "pull")
    assert new.figures() == below.figures(), "the room figures are those of the lost machine"
    assert new.begins_with() == "epoch_opened", "the new log begins with where it goes on from"
    more = new.morning(4, 5)
    assert new.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
    assert until(lambda: set(more["ids"]) <= set(above.arrived()))
    assert above.figures() == new.figures()
    delivered = "kind = 'dispatch_delivered'"
    assert below.count("journalentry", delivered) and above.count("arrival", delivered), (
        "sent when the wire was cut"
    )
    assert new.count("journalentry", delivered), "and given to the new machine as well"
    assert len(above.arrived()) == len(set(above.arrived())), "nothing is counted twice"
    old.python("import django; django.setup()\nfrom kaowu.web.counter import book; book().checkpoint()")
    assert old.try_to_record() == ""
    assert old.kaowu("node", "mirror", "--once", ok=False)["city-370400"]["trouble"] == "log_closed"
    assert old.try_to_record() == "journal_closed", "the old machine says that it has to be rebuilt"
