"""Keys that persons hold themselves (本人密钥), and what they sign: the deed.

The *deed* (签认内容) is an entry without the two fields that place it in its
device's chain. So two persons can sign the very same bytes, each on a device of
their own, before anybody knows which place the chain will have for it.

Who has a key of their own signs with it. An attestation by the device or the
node, which is all there is for somebody without one, no longer counts for them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import cbor2

from kaowu.basics.suites import KeyUnreadable, Suite, VerifyingKey, strict_base64
from kaowu.engines.ledger.runs import BY_KEY, Proven

_POSSESSION = b"kaowu person key 1\n"
_PLACED = (7, 8)


@dataclass(frozen=True, slots=True)
class PersonKey:
    """A person's own key: whose, for which exam, and whether it still counts."""

    account: str
    exam: str
    key: VerifyingKey
    revoked: bool = False


class PersonKeys:
    """The persons' keys of one log, by their names."""

    def __init__(self, known: Mapping[str, PersonKey] | None = None) -> None:
        self.by_name: dict[str, PersonKey] = {}
        self.touched: set[str] = set()
        """Keys that were enrolled or revoked since."""
        self._counting: dict[tuple[str, str], set[str]] = {}
        for name, key in (known or {}).items():
            self._keep(name, key)

    def find(self, credential: str) -> PersonKey | None:
        """The key of that name."""
        return self.by_name.get(credential)

    def has_key(self, account: str, exam: str) -> bool:
        """Whether the account holds a key that counts in the exam."""
        return bool(self._counting.get((account, exam)))

    def enrol(self, person: object, key: object, possession: object, exam: str, suite: Suite) -> list[str]:
        """Learn a key from the fact that enrols it; what is wrong with it."""
        found = read_key(person, key, suite)
        if found is None:
            return ["person_key_malformed"]
        if found.name in self.by_name:
            return ["person_key_enrolled_twice"]
        if not is_held(found, exam, possession, suite):
            return ["person_key_unproven"]
        self._keep(found.name, PersonKey(str(person), exam, found))
        self.touched.add(found.name)
        return []

    def revoke(self, credential: object) -> None:
        """From here on the key counts for nothing."""
        known = self.by_name.get(str(credential))
        if known is not None:
            self._keep(known.key.name, replace(known, revoked=True))
            self.touched.add(known.key.name)

    def _keep(self, name: str, key: PersonKey) -> None:
        self.by_name[name] = key
        counting = self._counting.setdefault((key.account, key.exam), set())
        (counting.discard if key.revoked else counting.add)(name)


def deed_of(entry: bytes) -> bytes:
    """The bytes that persons sign: the canonical entry without its fields 7 and 8, the place in the chain."""
    fields = cbor2.loads(entry)
    placed = len(cbor2.dumps({number: fields[number] for number in _PLACED})) - 1
    begin = len(cbor2.dumps({number: fields[number] for number in fields if number < _PLACED[0]}))
    return entry[:begin] + entry[begin + placed :]


def read_key(person: object, text: object, suite: Suite) -> VerifyingKey | None:
    """A person's key, named `account/…` after its holder; None if it is no such key."""
    try:
        key = VerifyingKey.from_text(str(text))
    except KeyUnreadable:
        return None
    fits = key.kind in suite.kinds and not key.is_cosigner and key.name.startswith(f"{person}/")
    return key if fits and isinstance(person, str) and person else None


def possession_message(key: VerifyingKey, exam: str) -> bytes:
    """What a new key signs to show that whoever enrols it holds it."""
    return _POSSESSION + f"{exam}\n{key.to_text()}\n".encode()


def is_held(key: VerifyingKey, exam: str, possession: object, suite: Suite) -> bool:
    """Whether the proof of possession (base64) is by the key itself."""
    try:
        signature = strict_base64(str(possession))
    except ValueError:
        return False
    return suite.verify(key, possession_message(key, exam), signature)


def own_signatures(
    proven: Iterable[tuple[Proven, bytes]],
    exam: str,
    deed_digest: bytes,
    find: Callable[[str], PersonKey | None],
    suite: Suite,
) -> list[str]:
    """What is wrong with what persons signed with keys of their own; attestations by others are not looked at."""
    codes = []
    for one, signature in proven:
        key = find(one.credential)
        if key is None:
            codes += ["person_key_unknown"] if one.method == BY_KEY else []
        elif one.method != BY_KEY or (key.account, key.exam) != (one.account, exam):
            codes.append("person_key_of_another")
        elif key.revoked:
            codes.append("person_key_revoked")
        elif not suite.verify(key.key, one.deed_message(deed_digest), signature):
            codes.append("person_signature_false")
    return codes


def not_signed_themselves(
    proven: Sequence[Proven], exam: str, has_key: Callable[[str, str], bool]
) -> list[str]:
    """Who holds a key and yet was only attested by another."""
    others = [one for one in proven if one.method != BY_KEY]
    return ["person_must_sign"] if any(has_key(one.account, exam) for one in others) else []
