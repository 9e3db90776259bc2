"""The machines of a site come and go: its standby takes over, a third goes on from a file; what was erased stays erased."""

import pytest
from tests.failures.site_day import CARRIERS, ERASE, TELL
from tests.failures.two_nodes import EXAM, SITE, city, empty_site, enrolled, until

PAIR = ("--first", "stick-1", "--second", "stick-2")
WORDS = ("--first-password", "long-enough-77", "--second-password", "long-enough-77")


def copies(node):
    """How many sealed names the node holds for others."""
    return node.count("mirroredpersonal")


def has_name_on_disk(node):
    """Whether the name of the person who was told of can be read there."""
    return any("欧阳青".encode() in file.read_bytes() for file in node.folder.glob("kaowu.sqlite3*"))


@pytest.mark.feature("X-02", "X-14")
def test_erasure_reaches_every_copy_and_a_site_goes_on_twice_without_anybody_closing_a_log_by_hand(tmp_path):
    above = city(tmp_path / "city")
    above.python(CARRIERS)
    standby = empty_site(tmp_path / "standby", "site-040501-b")
    with above.running():
        with standby.running():
            first = enrolled(empty_site(tmp_path / "first"), above)
            above.kaowu("node", "package", SITE, "--exam", EXAM)
            first.kaowu("node", "pull")
            enrolled(first, standby, "--standby")
            enrolled(standby, above)
            told = first.python(TELL, EXAM)
            assert all(one["settled"] for one in first.kaowu("node", "mirror", "--once").values())
            assert until(lambda: copies(above) == copies(standby) == 1 and told in above.arrived())
            assert not any(map(has_name_on_disk, (first, above, standby))), "it lies sealed, wherever it lies"

            above.python(ERASE, EXAM, told)
            assert copies(above) == 0
            first.kaowu("node", "mirror", "--once")
            assert first.count("journalentry", "kind = 'violation_recorded' AND personal IS NOT NULL") == 0
            assert first.rows("SELECT fact_id FROM store_erasedrecord") == [(told.replace("-", ""),)]
            assert first.count("journalentry", "kind = 'personal_data_erased_on_order'") == 1
            first.kaowu("node", "mirror", "--once")
            assert until(lambda: copies(standby) == 0)
            assert until(lambda: above.kaowu("node", "status")["waiting_to_be_read"] == 0)

            first.morning(0, 1)
            assert all(one["settled"] for one in first.kaowu("node", "mirror", "--once").values())
        # The first machine is gone. Its standby takes over with what it holds.
        done = standby.kaowu("node", "takeover", "--of", "site-040501/1")
        above.kaowu("node", "package", SITE, "--exam", EXAM)
        standby.kaowu("node", "pull")
        assert standby.figures() == first.figures()
        assert standby.kaowu("node", "mirror", "--once")["city-370400"]["settled"]
        closed = "SELECT origin FROM store_mirroredlog WHERE closed_at <> 0"
        assert until(lambda: above.rows(closed) == [("site-040501/1",)]), "nobody closed it by hand"
        first.morning(1, 2)
        late = first.kaowu("node", "mirror", "--once", ok=False)["city-370400"]
        assert late["trouble"] == "log_closed" and first.try_to_record() == "journal_closed"
    # The standby burns as well, and no link is left: a third machine goes on from a file.
    third = empty_site(tmp_path / "third", "site-040501-b")
    card, file = str(tmp_path / "card"), str(tmp_path / "copy.kwc")
    shown = third.kaowu("node", "card", "--goes-on-from", done["origin"], "--out", card)
    given = above.kaowu("node", "copy", done["origin"], "--for", card, "--out", file, *PAIR, *WORDS)
    assert given["short"] == shown["short"] and given["successor"] == "site-040501-b/2"
    assert third.kaowu("node", "rebuild", "--from", file, ok=False)["code"] == "maker_untrusted"
    again = third.kaowu("node", "rebuild", "--from", file, "--key", given["key"])
    assert (again["previous"], again["origin"]) == (done["origin"], "site-040501-b/2")
    assert third.begins_with() == "epoch_opened"
    assert copies(third) == 0, "no copy brings back what was erased"
    assert set(above.arrived()) <= set(third.arrived()), "both earlier machines' facts came with one file"
