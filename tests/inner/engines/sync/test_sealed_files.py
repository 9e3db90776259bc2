"""A file on its way: only its receiver opens it, and whatever happened to it on the way is said."""

import pytest

from kaowu.basics.boxes import BoxBroken, OpeningKey
from kaowu.basics.suites import INTERNATIONAL
from kaowu.engines.sync.cards import CardUnreadable, EnrolmentCode, NodeCard
from kaowu.engines.sync.sealed_file import FileRefused, Head, read_file, seal_file

MAKER = INTERNATIONAL.new_key("city", secret=bytes(31) + b"\x01")
SITE, STANDBY, OTHER = (OpeningKey(bytes(31) + bytes([n])) for n in (2, 3, 4))
HEAD = Head("plan-package", "city/1", "370405001", "gk2027", 7, "0.1.0")
CONTENT = b"roster and seats " * 5_000


def sealed():
    return seal_file(HEAD, CONTENT, [SITE.box_key, STANDBY.box_key], MAKER)


@pytest.mark.parametrize("key", [SITE, STANDBY])
def test_each_receiver_opens_the_same_file(key):
    file = read_file(sealed())
    assert file.head == HEAD
    assert file.signed_by([MAKER.verifying]) == MAKER.verifying
    assert file.open(key) == CONTENT


def test_the_content_does_not_lie_open_in_the_file_and_nobody_else_opens_it():
    assert b"roster" not in sealed()
    with pytest.raises(FileRefused, match="not_sealed_for_us"):
        read_file(sealed()).open(OTHER)


@pytest.mark.parametrize("left", [3, 7, 14, 15, 300, -1])
def test_a_file_that_was_not_copied_whole_is_called_incomplete(left):
    with pytest.raises(FileRefused, match="file_incomplete"):
        read_file(sealed()[:left])


def test_every_byte_that_was_changed_is_noticed():
    whole = sealed()
    for at in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[at] ^= 8
        with pytest.raises(FileRefused):
            file = read_file(bytes(changed))
            file.signed_by([MAKER.verifying])
            file.open(SITE)


def test_a_file_of_an_unknown_maker_is_not_believed():
    stranger = INTERNATIONAL.new_key("city", secret=bytes(31) + b"\x09")
    with pytest.raises(FileRefused, match="maker_untrusted"):
        read_file(seal_file(HEAD, CONTENT, [SITE.box_key], stranger)).signed_by([MAKER.verifying])


def test_a_box_opens_for_its_own_purpose_only():
    box = SITE.box_key.seal(b"name", b"fact 7")
    assert SITE.open(box, b"fact 7") == b"name"
    with pytest.raises(BoxBroken):
        SITE.open(box, b"fact 8")


def test_a_code_proves_a_card_and_no_other_and_no_answer():
    code = EnrolmentCode.from_text(EnrolmentCode.fresh().to_text().upper())
    proof = code.proof("card")
    assert code.proves(proof, "card")
    assert not code.proves(proof, "card of somebody else")
    assert not code.proves(proof, "card", answer_to="x")
    assert not EnrolmentCode.fresh().proves(proof, "card")


def test_a_card_is_read_as_it_was_written_and_nonsense_is_refused():
    mirror = INTERNATIONAL.new_key("s/mirror", b"\x04", bytes(32))
    card = NodeCard(
        "s", "site", "01", "s/1", INTERNATIONAL.new_key("s").verifying, mirror.verifying, SITE.box_key
    )
    assert NodeCard.from_text(card.to_text()) == card
    for wrong in (
        "",
        "{}",
        "[]",
        card.to_text().replace("site", "king"),
        card.to_text().replace('"s/1"', '"t/1"'),
    ):
        with pytest.raises(CardUnreadable):
            NodeCard.from_text(wrong)
