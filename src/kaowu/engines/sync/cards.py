"""Node cards and enrolment (节点名片与登记): how two nodes come to know each other's keys.

A card says what a node is and lists its public keys. The node above gives out
a one-time code by telephone or on paper; both sides prove knowledge of it by
an HMAC over their cards, so a card cannot be exchanged on the way, whatever
carries it, and the code itself never travels.
"""

import hmac
import json
import secrets
from dataclasses import asdict, dataclass

from kaowu.basics.boxes import BoxKey
from kaowu.basics.suites import KeyUnreadable, VerifyingKey, deployed

ROLES = ("site", "county", "city", "province")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread from paper
_ID, _GROUPS, _GROUP = 4, 4, 4
LONGEST_CARD = 4_000


class CardUnreadable(ValueError):
    """The text is not the card of a node."""


@dataclass(frozen=True, slots=True)
class NodeCard:
    """What a node says of itself: who it is, where it is, and its public keys."""

    name: str
    role: str
    organisation: str
    origin: str
    log_key: VerifyingKey
    mirror_key: VerifyingKey
    box_key: BoxKey
    url: str = ""
    software: str = ""

    @property
    def epoch(self) -> int:
        """Which life of the node this is; 0 if its origin does not say."""
        said = self.origin.removeprefix(f"{self.name}/")
        return int(said) if said.isdecimal() else 0

    def goes_on_from(self, earlier: "NodeCard") -> bool:
        """Whether this is a later life of that very node."""
        return self.name == earlier.name and self.epoch > earlier.epoch

    def to_text(self) -> str:
        """The card on one line of JSON."""
        fields = {
            name: getattr(self, name)
            for name in ("name", "role", "organisation", "origin", "url", "software")
        }
        keys = {name: getattr(self, name).to_text() for name in ("log_key", "mirror_key", "box_key")}
        return json.dumps(fields | keys, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> "NodeCard":
        """Read a card; raises CardUnreadable."""
        try:
            if len(text) > LONGEST_CARD:
                raise CardUnreadable("the card is too long")
            read = json.loads(text)
            read["log_key"] = VerifyingKey.from_text(read["log_key"])
            read["mirror_key"] = VerifyingKey.from_text(read["mirror_key"])
            read["box_key"] = BoxKey.from_text(read["box_key"])
            card = cls(**read)
        except (ValueError, TypeError, KeyError, AttributeError, KeyUnreadable) as error:
            raise CardUnreadable(f"not the card of a node: {error}") from error
        plain = (card.name, card.role, card.organisation, card.origin, card.url, card.software)
        if not all(isinstance(one, str) and "\n" not in one and len(one) <= 200 for one in plain):
            raise CardUnreadable("a line of the card is not a short text")
        if card.role not in ROLES or not card.name or not card.origin.startswith(f"{card.name}/"):
            raise CardUnreadable("role, name and origin of the card do not fit")
        return card


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A one-time code: its first group names it, the others are the secret."""

    id: str
    secret: str

    @classmethod
    def fresh(cls) -> "EnrolmentCode":
        """A code by chance, with some 80 bits of secret."""
        letters = ["".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS + 1)]
        return cls(letters[0], "-".join(letters[1:]))

    def to_text(self) -> str:
        """As it is read out and typed in."""
        return f"{self.id}-{self.secret}"

    @classmethod
    def from_text(cls, text: str) -> "EnrolmentCode":
        """Read a code as typed; raises ValueError."""
        parts = text.strip().lower().split("-")
        if len(parts) != _GROUPS + 1 or any(
            len(part) != _GROUP or set(part) - set(_LETTERS) for part in parts
        ):
            raise ValueError("a code is five groups of four letters or digits")
        return cls(parts[0], "-".join(parts[1:]))

    def proof(self, card: str, answer_to: str = "") -> str:
        """The proof that whoever sends this card knows the code; an answer names what it answers."""
        said = json.dumps(
            [self.id, "answer" if answer_to else "request", card, answer_to], ensure_ascii=False
        )
        return deployed().mac(self.secret.encode(), said.encode()).hex()

    def proves(self, proof: str, card: str, answer_to: str = "") -> bool:
        """Whether a proof is good."""
        return hmac.compare_digest(self.proof(card, answer_to).encode(), proof.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is sent to the node above, and what it answers: a card with its proof."""

    id: str
    card: str
    proof: str

    def to_bytes(self) -> bytes:
        """As it is sent."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Enrolment":
        """Read a request or an answer; raises CardUnreadable."""
        try:
            read = cls(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise CardUnreadable("not an enrolment") from error
        if not all(isinstance(one, str) for one in (read.id, read.card, read.proof)):
            raise CardUnreadable("not an enrolment")
        return read
