"""A file on its way: only its receiver opens it, and whatever happened to it on the way is said."""

import pytest

from kaowu.basics.boxes import BoxBroken, BoxKey, OpeningKey
from kaowu.basics.signing import sm3
from kaowu.basics.suites import INTERNATIONAL, NATIONAL
from kaowu.engines.sync.cards import CardUnreadable, EnrolmentCode, NodeCard
from kaowu.engines.sync.sealed_file import FileRefused, Head, read_file, seal_file

HEAD = Head("plan-package", "city/1", "370405001", "gk2027", 7, "0.1.0")
CONTENT = b"roster and seats " * 5_000


class Post:
    """The keys of who sends and who receives, under one suite."""

    def __init__(self, suite):
        self.suite = suite
        self.maker = suite.new_key("city", secret=bytes(31) + b"\x01")
        self.site, self.standby, self.other = (
            OpeningKey(bytes(31) + bytes([n]), suite.box_kind) for n in (2, 3, 4)
        )

    def file(self, maker=None):
        receivers = [self.site.box_key, self.standby.box_key]
        return seal_file(HEAD, CONTENT, receivers, maker or self.maker, self.suite)


@pytest.fixture(params=(INTERNATIONAL, NATIONAL), ids=lambda suite: suite.name)
def post(request):
    if request.param is NATIONAL:
        pytest.importorskip("tongsuopy")
    return Post(request.param)


def test_each_receiver_opens_the_same_file(post):
    file = read_file(post.file())
    assert file.head == HEAD
    assert file.signed_by([post.maker.verifying], post.suite) == post.maker.verifying
    assert file.open(post.site) == file.open(post.standby) == CONTENT


def test_the_content_does_not_lie_open_in_the_file_and_nobody_else_opens_it(post):
    assert b"roster" not in post.file()
    with pytest.raises(FileRefused, match="not_sealed_for_us"):
        read_file(post.file()).open(post.other)


def test_a_file_of_another_suite_is_refused_by_name(post):
    another = NATIONAL if post.suite is INTERNATIONAL else INTERNATIONAL
    with pytest.raises(FileRefused, match="suite_differs"):
        read_file(post.file()).signed_by([post.maker.verifying], another)


@pytest.mark.parametrize("left", [3, 7, 14, 15, 300, -1])
def test_a_file_that_was_not_copied_whole_is_called_incomplete(left, post):
    with pytest.raises(FileRefused, match="file_incomplete"):
        read_file(post.file()[:left])


def test_every_byte_that_was_changed_is_noticed(post):
    whole = post.file()
    for at in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[at] ^= 8
        with pytest.raises(FileRefused):
            file = read_file(bytes(changed))
            file.signed_by([post.maker.verifying], post.suite)
            file.open(post.site)


def test_a_file_of_an_unknown_maker_is_not_believed(post):
    stranger = post.suite.new_key("city", secret=bytes(31) + b"\x09")
    with pytest.raises(FileRefused, match="maker_untrusted"):
        read_file(post.file(stranger)).signed_by([post.maker.verifying], post.suite)


def test_a_box_opens_for_its_own_purpose_only(post):
    box = post.site.box_key.seal(b"name", b"fact 7")
    assert post.site.open(box, b"fact 7") == b"name"
    for key, about in ((post.site, b"fact 8"), (post.other, b"fact 7")):
        with pytest.raises(BoxBroken):
            key.open(box, about)


def test_a_box_of_which_any_byte_was_changed_does_not_open(post):
    box = post.site.box_key.seal(b"name", b"fact 7")
    for at in range(len(box)):
        changed = bytearray(box)
        changed[at] ^= 1
        with pytest.raises(BoxBroken):
            post.site.open(bytes(changed), b"fact 7")


def test_a_box_key_is_read_as_it_was_written(post):
    key = post.site.box_key
    assert BoxKey.from_text(key.to_text()) == key
    for wrong in ("", "rot13+AAAA", key.to_text()[:-5], key.to_text().replace(key.kind, "x25519+sm2")):
        with pytest.raises(ValueError):
            BoxKey.from_text(wrong)


def test_what_sm2_sealed_is_opened_by_the_national_standards_own_steps():
    """GB/T 32918.4 worked out by hand: C1 = kG, the key stream from x2 ‖ y2 by SM3, C3 over x2 ‖ M ‖ y2."""
    sm2 = pytest.importorskip("kaowu.basics.sm2")
    secret = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
    sealed = sm2.encrypt(sm2.public_of(secret), b"encryption standard")
    assert by_hand(secret, sealed) == b"encryption standard"


def test_a_code_proves_a_card_and_no_other_and_no_answer():
    code = EnrolmentCode.from_text(EnrolmentCode.fresh().to_text().upper())
    proof = code.proof("card")
    assert code.proves(proof, "card")
    assert not code.proves(proof, "card of somebody else")
    assert not code.proves(proof, "card", answer_to="x")
    assert not EnrolmentCode.fresh().proves(proof, "card")


def test_a_card_is_read_as_it_was_written_and_nonsense_is_refused(post):
    mirror = post.suite.new_key("s/mirror", post.suite.cosignature_kind, bytes(32))
    log_key = post.suite.new_key("s").verifying
    card = NodeCard("s", "site", "01", "s/1", log_key, mirror.verifying, post.site.box_key)
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


P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3


def by_hand(secret, der):
    """Open what SM2 sealed with nothing but integers and SM3."""
    x, y, check, masked = parts(der)
    x2, y2 = (n.to_bytes(32, "big") for n in times(secret, (x, y)))
    stream = b"".join(sm3(x2 + y2 + count.to_bytes(4, "big")) for count in range(1, len(masked) // 32 + 2))
    content = bytes(a ^ b for a, b in zip(masked, stream, strict=False))
    assert sm3(x2 + content + y2) == check
    return content


def parts(der):
    """Two integers and two octet strings of a short DER sequence."""
    found, at = [], 2
    while at < len(der):
        tag, length = der[at], der[at + 1]
        content = der[at + 2 : at + 2 + length]
        found.append(int.from_bytes(content, "big") if tag == 2 else content)
        at += 2 + length
    return found


def times(k, point):
    """k times a point of the curve."""
    found = None
    for bit in bin(k)[2:]:
        found = plus(found, found)
        if bit == "1":
            found = plus(found, point)
    return found


def plus(one, two):
    """The sum of two points; None is the point at infinity."""
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if one == two:
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) % P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P
