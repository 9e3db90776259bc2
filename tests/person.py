"""A person with a key of their own, as their browser would hold it: for tests without a browser."""

import base64
from dataclasses import dataclass, field

from kaowu.basics.suites import INTERNATIONAL, P256, SigningKey, Suite, deployed
from kaowu.engines.ledger.persons import possession_message
from kaowu.engines.ledger.runs import BY_KEY, Proven


@dataclass
class Person:
    """Makes the key, shows that it is held, signs deeds."""

    account: str
    exam: str
    label: str = "a1"
    suite: Suite = field(default_factory=deployed)
    key: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        kind = P256 if self.suite is INTERNATIONAL else None
        self.key = self.suite.new_key(f"{self.account}/{self.label}", kind)

    @property
    def credential(self) -> str:
        return self.key.name

    def possession(self, exam: str = "") -> str:
        message = possession_message(self.key.verifying, exam or self.exam)
        return base64.b64encode(self.suite.sign(self.key, message)).decode()

    def signs(self, deed: bytes, at: int, account: str = "") -> Proven:
        """The person's signature of a deed; under another account it is a lie."""
        said = Proven(account or self.account, self.credential, BY_KEY, at)
        signature = self.suite.sign(self.key, said.deed_message(self.suite.hash(deed)))
        return Proven(said.account, said.credential, said.method, at, signature)
