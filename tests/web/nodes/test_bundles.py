"""The journal on a memory stick: two persons, there and back, twice without harm, and never half."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.store.test_mirror import append
from tests.web.conftest import PASSWORD
from tests.web.other_nodes import OtherNode

from kaowu.app.node_file import NodeIdentity
from kaowu.basics.errors import Refused
from kaowu.facts.envelope import Actor
from kaowu.store import neighbours
from kaowu.store.models import JournalEntry, MirroredEntry, Upstream
from kaowu.web.counter import book, clock
from kaowu.web.node_key import node_card, origin
from kaowu.web.works import bundles
from kaowu.web.works.bundles import Pair

PAIR = Pair([Actor("a-1", "site_chief"), Actor("b-1", "vault_keeper")])
ALONE = Pair([Actor("a-1", "site_chief")])


@pytest.fixture
def node(city, monkeypatch):
    """This node, below and above itself: what it carries comes to its own mirror."""
    identity = NodeIdentity(settings.NODE, "site", city.north_site.code)
    monkeypatch.setattr(settings, "IDENTITY", identity)
    neighbours.keep_card(node_card(), clock)
    neighbours.keep_upstream(node_card(), "https://above.example/mirror")
    append(book(), 300)
    return node_card()


def acknowledged():
    return Upstream.objects.get().cosigned_size


def test_what_was_carried_is_held_above_and_the_receipt_says_so_below(node):
    made = bundles.make_up(node.name, PAIR)
    assert (made.start, made.end, acknowledged()) == (0, 300, 0)
    taken = bundles.take(made.content, PAIR)
    assert (taken.new, taken.cosigned, MirroredEntry.objects.count()) == (300, 300, 300)
    assert acknowledged() == 0, "only the receipt counts, not that the stick was read"
    receipt = bundles.make_receipt(origin(), PAIR)
    # Below and above are one node here, so the receipt is read as the node below reads it.
    assert _receipt(receipt.content) == 300 == acknowledged()
    assert Upstream.objects.get().personal_size == 300, "what lies beside records is on no later stick"
    acts = JournalEntry.objects.filter(kind="bundle_carried")
    assert acts.count() == 4


def test_the_page_says_in_whose_hands_a_stick_is_until_its_receipt_has_come(node, as_post):
    chief = as_post("site_chief")
    bundles.make_up(node.name, PAIR)
    page = chief.get("/office/bundles/").content.decode()
    assert "a-1" in page and "b-1" in page and "在途，尚无回执" in page
    Upstream.objects.update(cosigned_size=300)
    assert "在途，尚无回执" not in chief.get("/office/bundles/").content.decode()


def _receipt(content):
    from kaowu.engines.sync.sealed_file import read_file
    from kaowu.web.node_key import opening_key

    file = read_file(content)
    return bundles._take_receipt(file.open(opening_key()), node_card(), file, PAIR)


def test_a_stick_that_is_read_twice_or_after_the_link_came_back_changes_nothing(node):
    made = bundles.make_up(node.name, PAIR)
    bundles.take(made.content, PAIR)
    assert bundles.take(made.content, PAIR).new == 0
    Upstream.objects.update(cosigned_size=300)
    append(book(), 50)
    more = bundles.make_up(node.name, PAIR)
    assert more.start == 300 and len(more.content) < len(made.content)
    assert bundles.take(more.content, PAIR).new == more.end - 300
    assert bundles.take(made.content, PAIR).new == 0, "an old stick after a newer one"
    assert MirroredEntry.objects.count() == more.end


def test_what_lies_beside_records_is_carried_again_until_a_receipt_names_a_stick_that_was_taken_whole(
    node, monkeypatch
):
    made = bundles.make_up(node.name, PAIR)
    put_on_record = bundles.put_on_record
    monkeypatch.setattr(
        bundles, "put_on_record", lambda *arguments: None
    )  # as if its last part had been refused
    bundles.take(made.content, PAIR)
    monkeypatch.setattr(bundles, "put_on_record", put_on_record)
    _receipt(bundles.make_receipt(origin(), PAIR).content)
    row = Upstream.objects.get()
    assert (row.cosigned_size, row.personal_size) == (300, 0)


def test_a_stick_that_does_not_join_what_is_held_says_what_to_do(node):
    Upstream.objects.update(cosigned_size=200)
    made = bundles.make_up(node.name, PAIR)
    with pytest.raises(Refused) as refused:
        bundles.take(made.content, PAIR)
    assert "回执" in refused.value.sentence.zh and MirroredEntry.objects.count() == 0


@pytest.mark.parametrize("left", [4, 200, -1])
def test_a_file_that_was_not_copied_whole_is_called_incomplete_and_nothing_is_taken(node, left):
    made = bundles.make_up(node.name, PAIR)
    with pytest.raises(Refused, match="file_incomplete"):
        bundles.take(made.content[:left], PAIR)
    assert MirroredEntry.objects.count() == 0


def test_a_changed_byte_and_an_unknown_maker_are_refused(node):
    made = bundles.make_up(node.name, PAIR)
    broken = bytearray(made.content)
    broken[len(broken) // 2] ^= 1
    with pytest.raises(Refused, match="content_changed"):
        bundles.take(bytes(broken), PAIR)
    neighbours.close_log(origin(), "test", clock)
    Upstream.objects.update(card=OtherNode("else", "040201", role="city").card.to_text())
    with pytest.raises(Refused, match="maker_untrusted"):
        bundles.take(made.content, PAIR)


def test_one_person_alone_carries_nothing(node):
    with pytest.raises(Refused, match="second_person_missing"):
        bundles.make_up(node.name, ALONE)


def test_two_officers_write_and_read_the_stick_on_the_page(node, account, as_post):
    browser = as_post("city_officer")
    account("county_officer", "second-1")
    page = browser.get("/office/bundles/").content.decode()
    assert node.name in page
    signed = {"own_password": PASSWORD, "second_number": "second-1", "second_password": PASSWORD}
    alone = browser.post("/office/bundles/out/", {"peer": node.name, **signed, "second_password": "wrong"})
    assert alone.status_code == 400
    written = browser.post("/office/bundles/out/", {"peer": node.name, **signed})
    assert written.status_code == 200 and ".exb" in written.headers["Content-Disposition"]
    file = SimpleUploadedFile("journal.exb", written.content)
    read = browser.post("/office/bundles/in/", {"file": file, **signed}, follow=True)
    assert "已导入" in read.content.decode() and MirroredEntry.objects.count() >= 300
    broken = SimpleUploadedFile("journal.exb", written.content[:500])
    refused = browser.post("/office/bundles/in/", {"file": broken, **signed})
    assert refused.status_code == 409 and "不完整" in refused.content.decode()
