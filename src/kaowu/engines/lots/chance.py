"""Hands of chance (现场随机数): which symbols a method has, how much chance they give, and the seed.

A hand's digits are kept with a salt of 16 bytes; the digest of both together is
the hand's commitment and the name of the artefact that holds them. Bits are a
floor: what the method gives if every symbol is equally likely.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seeds import framed

BITS_AT_LEAST = 128
SALT_BYTES = 16
_PURPOSE = "kaowu/lots"


@dataclass(frozen=True, slots=True)
class Method:
    """A way to make chance: its symbols, how many characters one has, whether one comes only once."""

    alphabet: str
    width: int = 1
    highest: int = 0
    gives_chance: bool = True


METHODS: Mapping[str, Method] = {
    "dice": Method("123456"),
    "lots": Method("0123456789"),
    "coins": Method("01"),
    "cards": Method("0123456789", width=2, highest=52),
    "other": Method("0123456789abcdef"),
    "beacon": Method("0123456789abcdef", gives_chance=False),
}


def normalised(method: str, text: str) -> str:
    """The symbols as they are hashed: half-width, lower case, without spaces; Refused if one is wrong."""
    folded = unicodedata.normalize("NFKC", text).lower()
    digits = "".join(character for character in folded if character not in " \t\r\n,，、-")
    kind = METHODS[method]
    wrong = sorted({character for character in digits if character not in kind.alphabet})
    if not digits or wrong:
        named_zh = f"“{'、'.join(wrong)}”不是这种方式的符号" if wrong else "没有符号"
        named_en = f"{', '.join(wrong)} are no symbols of this method" if wrong else "there are no symbols"
        raise _refused(named_zh, named_en)
    if kind.width > 1:
        cards = _cards(digits, kind)
        if len(set(cards)) != len(cards):
            raise _refused("同一张牌抽出两次", "a card came twice")
    return digits


def symbols_of(method: str, digits: str) -> int:
    """How many symbols were drawn."""
    return len(digits) // METHODS[method].width


def bits_of(method: str, digits: str) -> int:
    """The whole bits of chance in a hand: the binary logarithm of its outcomes, rounded down."""
    kind = METHODS[method]
    if not kind.gives_chance:
        return 0
    outcomes = 1
    for drawn in range(symbols_of(method, digits)):
        outcomes *= kind.highest - drawn if kind.highest else len(kind.alphabet)
    return outcomes.bit_length() - 1


def hand_content(salt: bytes, digits: str) -> bytes:
    """What is kept of a hand: the salt, then the digits."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return salt + digits.encode()


def read_hand(content: bytes) -> tuple[bytes, str]:
    """Salt and digits of what was kept."""
    return content[:SALT_BYTES], content[SALT_BYTES:].decode()


def hand_commitment(salt: bytes, digits: str) -> bytes:
    """The hand's commitment: the digest of what is kept."""
    return hashlib.sha256(hand_content(salt, digits)).digest()


def seed_from(root: bytes, attempt: int, hands: Sequence[str], beacon: str = "") -> bytes:
    """The seed: what was committed, which attempt it is, every hand in order, then the beacon's value."""
    return hashlib.sha256(framed(_PURPOSE, root, str(attempt), *hands, beacon)).digest()


def _cards(digits: str, kind: Method) -> list[str]:
    cards = [digits[at : at + kind.width] for at in range(0, len(digits), kind.width)]
    if any(len(card) != kind.width or not 1 <= int(card) <= kind.highest for card in cards):
        raise _refused(f"每张牌写两位数，01 至 {kind.highest}", f"a card is two digits, 01 to {kind.highest}")
    return cards


def _refused(zh: str, en: str) -> Refused:
    return Refused("hand_unreadable", Sentence(f"不能录入：{zh}。", f"Cannot be entered: {en}."))
