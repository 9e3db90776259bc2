"""What devices and persons put their names to (签名): runs of a device's chain, attestations of persons.

A *run* (链段) is a stretch of one device's chain, at most 128 entries. Its one
signature stands beside the last entry of the run and covers the digest of every
entry in it, by the root of a tree over them: so one entry can be shown to lie
under the signature without the others. An entry of two persons is a run of its own and carries an
*attestation* (在场证明) for each: that this account proved who it is, by this
credential and method, at this time, for exactly these bytes. Where the person
holds a key of their own (`persons.py`), it is that key that signs.

A run is signed by the device's own key, enrolled by a fact, or by the node's
office key, which a certificate under the log's key vouches for. Attestations
else are signed by whoever signs the run: the device or the node at which both stood.
`docs/reference/journal-format.md` has the bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaowu.basics import canonical
from kaowu.basics.signing import scheme_of
from kaowu.basics.suites import INTERNATIONAL, KeyUnreadable, SigningKey, Suite, VerifyingKey
from kaowu.engines.ledger.tree import CompactRange

MOST_IN_RUN = 128
LONGEST_PROOF = 8_000
MOST_ATTESTATIONS = 8
LONGEST_WORD = 200

_RUN = b"kaowu run 2\n"
_ATTESTATION = b"kaowu attestation 1\n"
_PERSON = b"kaowu person 1\n"
_OFFICE = b"kaowu office key 1\n"
BY_KEY = "key"
"""The method of whoever signed with a key of their own."""


class ProofRefused(ValueError):
    """The bytes beside an entry are not a proof of the agreed form."""


@dataclass(frozen=True, slots=True)
class Proven:
    """How a person proved who they are, at the act: the account, by which credential and method, when."""

    account: str
    credential: str
    method: str
    at: int
    signature: bytes = b""
    """By the person's own key (method `key`); empty: whoever signs the run attests."""

    def message(self, entry_digest: bytes) -> bytes:
        """What is signed for it, bound to one entry."""
        lines = f"{self.account}\n{self.credential}\n{self.method}\n{self.at}\n"
        return _ATTESTATION + lines.encode() + entry_digest

    def deed_message(self, deed_digest: bytes) -> bytes:
        """What the person's own key signs: the digest of the deed (`persons.deed_of`), and when."""
        return _PERSON + f"{self.account}\n{self.credential}\n{self.at}\n".encode() + deed_digest


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's proof of identity, under the signature of whoever witnessed it."""

    proven: Proven
    signature: bytes


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """The node's key for what is written at its own counters, certified by the log's key."""

    key: VerifyingKey
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands beside the last entry of a run."""

    signature: bytes
    attestations: tuple[Attestation, ...] = ()
    office: OfficeKey | None = None
    """None: signed by the device's own key."""

    def to_bytes(self) -> bytes:
        """The proof as it stands in the leaf."""
        office = self.office and [self.office.key.kind + self.office.key.public, self.office.certificate]
        attested = [
            [one.proven.account, one.proven.credential, one.proven.method, one.proven.at, one.signature]
            for one in self.attestations
        ]
        return canonical.encode([self.signature, attested, office])

    @classmethod
    def from_bytes(cls, content: bytes) -> "Proof":
        """Read a proof; raises ProofRefused."""
        try:
            read = canonical.decode(content)
        except canonical.NotCanonical as error:
            raise ProofRefused(str(error)) from error
        if len(content) > LONGEST_PROOF or not _has_shape(read):
            raise ProofRefused("not a proof")
        signature, attested, office = read
        return cls(
            signature,
            tuple(Attestation(Proven(*one[:4]), one[4]) for one in attested),
            _read_office(*office) if office else None,
        )


class Office:
    """The node's own pen: signs runs and attests persons for everything written at its counters."""

    def __init__(self, key: SigningKey, log_key: SigningKey, suite: Suite = INTERNATIONAL) -> None:
        self._key = key
        self._suite = suite
        public = key.verifying
        certificate = suite.sign(log_key, office_message(public))
        self.office_key = OfficeKey(public, certificate)

    def prove(self, device: str, digests: Sequence[bytes], proven: Sequence[Proven] = ()) -> bytes:
        """The proof for a run; persons are attested for its last entry."""
        return signed_run(self._key, device, digests, proven, self.office_key, self._suite)


@dataclass(frozen=True, slots=True)
class Written:
    """One entry that still waits for the office's signature."""

    device: str
    digest: bytes
    alone: bool
    """An act of two persons: signed by itself."""
    proven: Sequence[Proven] = ()


def office_proofs(office: Office, written: Sequence[tuple[int, Written]]) -> dict[int, bytes]:
    """Which places get which proof, so that every entry lies under a signature: as few runs as may be."""
    proofs: dict[int, bytes] = {}
    open_runs: dict[str, tuple[int, list[bytes]]] = {}

    def close(device: str) -> None:
        if device in open_runs:
            place, digests = open_runs.pop(device)
            proofs[place] = office.prove(device, digests)

    for place, one in written:
        if one.alone:
            close(one.device)
            proofs[place] = office.prove(one.device, [one.digest], one.proven)
            continue
        digests = open_runs[one.device][1] if one.device in open_runs else []
        digests.append(one.digest)
        open_runs[one.device] = place, digests
        if len(digests) == MOST_IN_RUN:
            close(one.device)
    for device in list(open_runs):
        close(device)
    return proofs


def signed_run(
    key: SigningKey,
    device: str,
    digests: Sequence[bytes],
    proven: Sequence[Proven] = (),
    office: OfficeKey | None = None,
    suite: Suite = INTERNATIONAL,
) -> bytes:
    """The proof of a run under a key, as a device (or with `office` the node) makes it."""
    attested = tuple(
        Attestation(one, one.signature or suite.sign(key, one.message(digests[-1]))) for one in proven
    )
    return Proof(suite.sign(key, run_message(device, digests, suite)), attested, office).to_bytes()


def run_message(device: str, digests: Sequence[bytes], suite: Suite = INTERNATIONAL) -> bytes:
    """What the signature of a run is over: the device, how many entries, the root of a tree over their digests."""
    # An entry begins with the head of a map, so no digest of one can be passed off as a node of the tree.
    tree = CompactRange(suite)
    tree.extend(digests)
    return run_message_over(device, len(digests), tree.root())


def run_message_over(device: str, count: int, root: bytes) -> bytes:
    """The same, where only the root is at hand."""
    return b"".join((_RUN, device.encode(), b"\n%d\n" % count, root))


def office_message(key: VerifyingKey) -> bytes:
    """What the log's key signs to vouch for the node's office key."""
    return _OFFICE + key.kind + key.public


def run_holds(
    proof: Proof, key: VerifyingKey, device: str, digests: Sequence[bytes], suite: Suite = INTERNATIONAL
) -> bool:
    """Whether the signature of a run is by this key."""
    return suite.verify(key, run_message(device, digests, suite), proof.signature)


def _has_shape(read: Any) -> bool:
    if type(read) is not list or len(read) != 3 or type(read[0]) is not bytes or type(read[1]) is not list:
        return False
    office = read[2]
    if office is not None and (type(office) is not list or [type(part) for part in office] != [bytes, bytes]):
        return False
    return len(read[1]) <= MOST_ATTESTATIONS and all(
        type(one) is list
        and [type(part) for part in one] == [str, str, str, int, bytes]
        and all(len(word) <= LONGEST_WORD and word.isprintable() and word for word in one[:3])
        for one in read[1]
    )


def _read_office(content: bytes, certificate: bytes) -> OfficeKey:
    scheme = scheme_of(content)
    try:
        if scheme is None or scheme.is_cosignature:
            raise KeyUnreadable("not a key that can sign for an office")
        return OfficeKey(VerifyingKey("office", scheme.kind, content[len(scheme.kind) :]), certificate)
    except KeyUnreadable as error:
        raise ProofRefused(str(error)) from error
