"""The published ceremony file (抽签公开文件): from commitment to seed, for anybody to work out again."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.lots.chance import BITS_AT_LEAST, METHODS, bits_of, hand_commitment, seed_from
from kaowu.engines.lots.commitment import root_of, rows_of

FORMAT = "kaowu.ceremony/1"


@dataclass(frozen=True, slots=True)
class GivenHand:
    """One hand as it is opened: method, digits and salt in hexadecimal, and what was committed of it."""

    hand: int
    method: str
    digits: str
    salt: str
    commitment: str


@dataclass(frozen=True, slots=True)
class Ceremony:
    """Everything of one attempt that a stranger needs beside problem and plan."""

    exam: str
    draw: str
    attempt: int
    problem: str
    root: str
    leaves: int
    salts: str
    hands: tuple[GivenHand, ...]
    beacon: str
    beacon_value: str
    seed: str
    plan: str
    engine: str

    def to_bytes(self) -> bytes:
        """The canonical bytes: JSON, UTF-8, keys sorted, no spaces."""
        plain = {"format": FORMAT, **asdict(self), "hands": [asdict(hand) for hand in self.hands]}
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Ceremony":
        """A ceremony file as published; Refused if it has another form."""
        try:
            plain = json.loads(content)
            if plain.pop("format") != FORMAT:
                raise ValueError(f"format is not {FORMAT}")
            hands = tuple(GivenHand(**hand) for hand in plain.pop("hands"))
            if any(hand.method not in METHODS for hand in hands):
                raise ValueError("a hand of an unknown method")
            return cls(hands=hands, **plain)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "ceremony_unreadable",
                Sentence(f"抽签公开文件无法读懂：{error}", f"The ceremony file cannot be read: {error}"),
            ) from error


@dataclass(frozen=True, slots=True)
class CeremonyBreak:
    """Something in a ceremony file that does not follow from the rest of it."""

    code: str
    sentence: Sentence


def check(ceremony: Ceremony, problem: bytes, plan: bytes) -> list[CeremonyBreak]:
    """Whether problem, salts, root, hands, seed and plan belong together; every break found."""
    return list(_breaks(ceremony, problem, plan))


def _breaks(ceremony: Ceremony, problem: bytes, plan: bytes) -> Iterator[CeremonyBreak]:
    if hashlib.sha256(problem).hexdigest() != ceremony.problem:
        yield _break("problem", "题目与锁定的摘要不符", "the problem is not the committed one")
    if hashlib.sha256(plan).hexdigest() != ceremony.plan:
        yield _break("plan", "结果与公开的摘要不符", "the plan is not the published one")
    root, leaves = root_of(rows_of(problem), bytes.fromhex(ceremony.salts))
    if (root.hex(), leaves) != (ceremony.root, ceremony.leaves):
        yield _break("root", "题目和盐算不出承诺根", "problem and salts do not give the committed root")
    for hand in ceremony.hands:
        if hand_commitment(bytes.fromhex(hand.salt), hand.digits).hex() != hand.commitment:
            yield _break(
                "hand", f"第 {hand.hand} 手与其承诺不符", f"hand {hand.hand} is not the one committed to"
            )
    digits = [hand.digits for hand in ceremony.hands if hand.method != "beacon"]
    seed = seed_from(bytes.fromhex(ceremony.root), ceremony.attempt, digits, ceremony.beacon_value)
    if seed.hex() != ceremony.seed:
        yield _break("seed", "承诺根和各手算不出种子", "root and hands do not give the seed")
    if hashlib.sha256(bytes.fromhex(ceremony.seed)).hexdigest() != json.loads(plan).get("seed_digest"):
        yield _break("seed_of_plan", "结果不是用这个种子抽的", "the plan was drawn with another seed")
    bits = sum(bits_of(hand.method, hand.digits) for hand in ceremony.hands)
    if bits < BITS_AT_LEAST:
        yield _break("chance", f"现场随机数只有 {bits} 位", f"the hands give only {bits} bits of chance")


def _break(code: str, zh: str, en: str) -> CeremonyBreak:
    return CeremonyBreak(code, Sentence(zh, en))
