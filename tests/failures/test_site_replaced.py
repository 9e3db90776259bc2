"""The machines of a site come and go: its standby takes over, a third goes on from a file; what was erased stays erased."""

import pytest
from tests.failures.site_day import CARRIERS, ERASE, LEFT, TELL
from tests.failures.test_site_alone import until
from tests.failures.two_nodes import EXAM, SITE, Node, city, site

PAIR = ("--first", "stick-1", "--second", "stick-2")
WORDS = ("--first-password", "long-enough-77", "--second-password", "long-enough-77")


@pytest.mark.feature("X-02", "X-14")
def test_erasure_reaches_every_copy_and_a_site_goes_on_twice_without_anybody_closing_a_log_by_hand(tmp_path):
    above = city(tmp_path / "city")
    above.python(CARRIERS)
    standby = Node(tmp_path / "standby")
    standby.kaowu("node", "init", "--role", "site", "--name", "site-040501-b", "--organisation", SITE)
    with above.running(), standby.running():
        first = site(tmp_path / "first", above)
        above.kaowu("node", "package", SITE, "--exam", EXAM)
        first.kaowu("node", "pull")
        first.kaowu(
            "node", "enroll", standby.door, standby.kaowu("node", "invite", SITE)["code"], "--standby"
        )
        standby.kaowu("node", "enroll", above.door, above.kaowu("node", "invite", SITE)["code"])
        told = first.python(TELL, EXAM)
        assert all(one["settled"] for one in first.kaowu("node", "mirror", "--once").values())
        assert until(lambda: above.python(LEFT)["copies"] == standby.python(LEFT)["copies"] == 1)
        for node in (first, above, standby):
            assert not node.python(LEFT)["name_on_disk"], "it lies sealed, wherever it lies"

        above.python(ERASE, EXAM, told)
        assert above.python(LEFT)["copies"] == 0
        first.kaowu("node", "mirror", "--once")
        after = first.python(LEFT)
        assert (after["own"], after["erased"], after["on_order"]) == (0, [told], 1)
        first.kaowu("node", "mirror", "--once")
        assert until(lambda: standby.python(LEFT)["copies"] == 0)
        assert above.kaowu("node", "status")["waiting_to_be_read"] == 0

        first.morning(0, 1)
        assert all(one["settled"] for one in first.kaowu("node", "mirror", "--once").values())
        before = first.look()["figures"]
    # The first machine is gone. Its standby takes over with what it holds.
    done = standby.kaowu("node", "takeover", "--of", "site-040501/1")
    with above.running():
        above.kaowu("node", "package", SITE, "--exam", EXAM)
        standby.kaowu("node", "pull")
        assert standby.look()["figures"] == before
        assert standby.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
        assert until(lambda: above.python(LEFT)["closed"] == ["site-040501/1"]), "nobody closed it by hand"
        first.morning(1, 2)
        late = first.kaowu("node", "mirror", "--once", ok=False)["city-370400"]
        assert late["trouble"] == "log_closed" and first.try_to_record() == "journal_closed"
    # The standby burns as well, and no link is left: a third machine goes on from a file.
    third = Node(tmp_path / "third")
    third.kaowu("node", "init", "--role", "site", "--name", "site-040501-b", "--organisation", SITE)
    card, file = str(tmp_path / "card"), str(tmp_path / "copy.kwc")
    shown = third.kaowu("node", "card", "--goes-on-from", done["origin"], "--out", card)
    given = above.kaowu("node", "copy", done["origin"], "--for", card, "--out", file, *PAIR, *WORDS)
    assert given["short"] == shown["short"] and given["successor"] == "site-040501-b/2"
    assert third.kaowu("node", "rebuild", "--from", file, ok=False)["code"] == "maker_untrusted"
    again = third.kaowu("node", "rebuild", "--from", file, "--key", given["key"])
    assert (again["previous"], again["origin"]) == (done["origin"], "site-040501-b/2")
    assert third.look()["first"] == "epoch_opened"
    assert third.python(LEFT)["copies"] == 0, "no copy brings back what was erased"
