"""Who signed the facts of a log: chains of devices, their runs, the persons at each act.

One judge for every place that has to know: the counter that takes a device's
run in, the node above that keeps a copy, and whoever verifies an archive. It
reads entries in the order of the log and names every fault instead of stopping
at the first, since a log that has one must still be read.

Keys of devices and of persons are learnt from the log itself: a fact enrols a
key, a later one revokes it, and what a revoked key signed after that place does
not count.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kaowu.basics.suites import INTERNATIONAL, KeyUnreadable, Suite, VerifyingKey
from kaowu.engines.ledger.persons import PersonKeys, deed_of, not_signed_themselves, own_signatures
from kaowu.engines.ledger.runs import (
    BY_KEY,
    MOST_IN_RUN,
    OfficeKey,
    Proof,
    ProofRefused,
    Proven,
    office_message,
    run_holds,
)

NO_PREVIOUS = bytes(32)
ENROLLED, REVOKED = "device_enrolled", "device_revoked"
PERSON_ENROLLED, PERSON_REVOKED = "person_key_enrolled", "person_key_revoked"
_TEACHES = frozenset((ENROLLED, REVOKED, PERSON_ENROLLED, PERSON_REVOKED))
_KIND, _EXAM, _DEVICE, _SEQUENCE, _PREVIOUS, _ACTORS, _PAYLOAD = 3, 4, 6, 7, 8, 11, 13


@dataclass(frozen=True, slots=True)
class Demand:
    """What the rules ask of the signatures under one kind of fact."""

    persons: int
    posts: frozenset[str]
    within_ms: int
    may_be_refused: bool
    """An intention counts only with all its persons; a deed that one did alone is a deed with a finding."""


DemandOf = Callable[[str, str], Demand | None]
"""What the rules ask of a kind of fact in an exam; None where nobody knows."""


def nothing_asked(kind: str, exam: str) -> Demand | None:
    """Where the rules are not at hand: only what stands in the log itself is judged."""
    return None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not hold: the fact (by its place in the log), its device, and what."""

    index: int
    device: str
    code: str


@dataclass(slots=True)
class Chain:
    """Where the chain of one device stands, and under which key."""

    sequence: int = 0
    head: bytes = NO_PREVIOUS
    waiting: list[bytes] = field(default_factory=list)
    """Digests of the entries that no signature covers yet."""
    overlong: bool = False
    """More wait than one signature may cover; their digests are no longer kept."""
    short: list[Fault] = field(default_factory=list)
    """What the rules miss in entries that wait: said once a signature that holds covers them."""
    waits_from: int = 0
    key: VerifyingKey | None = None
    exam: str = ""
    revoked: bool = False


class SignatureJudge:
    """Follows every device of one log."""

    def __init__(
        self,
        log_key: VerifyingKey | None,
        suite: Suite = INTERNATIONAL,
        demand_of: DemandOf = nothing_asked,
        chains: Mapping[str, Chain] | None = None,
        persons: PersonKeys | None = None,
    ) -> None:
        self._log_key = log_key
        self._suite = suite
        self._demand_of = demand_of
        self.chains: dict[str, Chain] = dict(chains or {})
        self.persons = persons or PersonKeys()
        self._demands: dict[tuple[str, str], Demand | None] = {}
        self._shorts: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[str]] = {}
        self.signatures = 0
        """How many signatures were checked."""
        self.covered = 0
        """How many entries lie under a signature that holds."""
        self.touched: set[str] = set()
        """Devices whose chain has moved."""
        self._open = {device for device, chain in self.chains.items() if chain.waiting or chain.overlong}
        self._offices: dict[OfficeKey, bool] = {}

    @property
    def is_open(self) -> bool:
        """Whether any entry still waits for the signature that covers it."""
        return bool(self._open)

    def take(self, index: int, entry: bytes, fields: Mapping[int, Any], proof: bytes | None) -> list[Fault]:
        """The next entry of the log, with what stands beside it; returns every fault."""
        device: str = fields[_DEVICE]
        digest = self._suite.hash(entry)
        chain = self.chains.get(device)
        if chain is None:
            chain = self.chains[device] = Chain()
        self.touched.add(device)
        codes = [] if _follows(chain, fields) else [_break(chain, fields)]
        if codes != ["device_fork"]:
            chain.sequence, chain.head = fields[_SEQUENCE], digest
        if not chain.waiting and not chain.overlong:
            chain.waits_from = index
        chain.waiting.append(digest)
        self._open.add(device)
        if len(chain.waiting) > MOST_IN_RUN:
            chain.waiting, chain.overlong = [], True
        if chain.revoked:
            codes.append("device_revoked")
        elif chain.key is not None and chain.exam != fields[_EXAM]:
            codes.append("device_of_other_exam")
        faults = [Fault(index, device, code) for code in codes]
        if proof is None:
            chain.short += [Fault(index, device, code) for code in self._short(fields)]
        else:
            faults += self._take_proof(chain, index, device, entry, fields, proof)
        if fields[_KIND] in _TEACHES:
            faults += [Fault(index, device, code) for code in self._learn(fields)]
        return faults

    def settle(self) -> list[Fault]:
        """Where a transaction has ended nothing may wait for a signature; names what does, once."""
        faults = []
        for device in self._open:
            chain = self.chains[device]
            faults.append(Fault(chain.waits_from, device, "unsigned"))
            chain.waiting, chain.overlong, chain.short = [], False, []
        self.touched |= self._open
        self._open.clear()
        return sorted(faults, key=lambda fault: fault.index)

    # ---- one proof ----

    def _take_proof(
        self, chain: Chain, index: int, device: str, entry: bytes, fields: Mapping[int, Any], content: bytes
    ) -> list[Fault]:
        digests, too_long, short = chain.waiting, chain.overlong, chain.short
        chain.waiting, chain.overlong, chain.short = [], False, []
        self._open.discard(device)
        key, proof, code = self._proof(chain, content)
        if too_long and code != "proof_malformed":
            code = "run_too_long"
        if key is None or proof is None or code:
            return [Fault(index, device, code)]
        self.signatures += 1
        if not run_holds(proof, key, device, digests, self._suite):
            return [Fault(index, device, "signature_false")]
        self.covered += len(digests)
        return short + [
            Fault(index, device, code) for code in self._persons(entry, fields, proof, key, digests)
        ]

    def _proof(self, chain: Chain, content: bytes) -> tuple[VerifyingKey | None, Proof | None, str]:
        try:
            proof = Proof.from_bytes(content)
        except ProofRefused:
            return None, None, "proof_malformed"
        key, code = self._key_for(chain, proof)
        return key, proof, "" if key else code

    def _key_for(self, chain: Chain, proof: Proof) -> tuple[VerifyingKey | None, str]:
        if proof.office is None:
            return chain.key, "device_unknown"
        if chain.key is not None:
            return None, "device_must_sign"
        if proof.office not in self._offices:
            self.signatures += 1
            self._offices[proof.office] = self._log_key is not None and self._suite.verify(
                self._log_key, office_message(proof.office.key), proof.office.certificate
            )
        return (proof.office.key, "") if self._offices[proof.office] else (None, "office_uncertified")

    def _persons(
        self,
        entry: bytes,
        fields: Mapping[int, Any],
        proof: Proof,
        key: VerifyingKey,
        digests: Sequence[bytes],
    ) -> list[str]:
        actors = [(account, post) for account, post in fields[_ACTORS]]
        demand = self._demand(fields)
        codes = []
        if len(actors) > 1 or proof.attestations:
            if len(digests) > 1:
                codes.append("not_signed_alone")
            for one in proof.attestations:
                self.signatures += 1
                if one.proven.method != BY_KEY and not self._suite.verify(
                    key, one.proven.message(digests[-1]), one.signature
                ):
                    return [*codes, "attestation_false"]
            codes += self._own_keys(entry, fields, proof)
        within = demand.within_ms if demand else None
        codes += persons_at(actors, [one.proven for one in proof.attestations], within)
        return codes + (_unmet(demand, actors) if demand else [])

    def _own_keys(self, entry: bytes, fields: Mapping[int, Any], proof: Proof) -> list[str]:
        exam, proven = fields[_EXAM], [one.proven for one in proof.attestations]
        codes = []
        if any(one.method == BY_KEY or self.persons.find(one.credential) for one in proven):
            signed = [(one.proven, one.signature) for one in proof.attestations]
            deed = self._suite.hash(deed_of(entry))
            codes = own_signatures(signed, exam, deed, self.persons.find, self._suite)
        return codes + not_signed_themselves(proven, exam, self.persons.has_key)

    def _short(self, fields: Mapping[int, Any]) -> list[str]:
        """What an entry inside a run lacks: it stands for one person, in a post that may do it alone."""
        actors = tuple([(account, post) for account, post in fields[_ACTORS]])
        asked = fields[_KIND], fields[_EXAM], actors
        if asked not in self._shorts:  # the same people do the same all day
            demand = self._demand(fields)
            codes = ["not_signed_alone"] if len(actors) > 1 else []
            self._shorts[asked] = codes + (_unmet(demand, actors) if demand else [])
        return self._shorts[asked]

    def _demand(self, fields: Mapping[int, Any]) -> Demand | None:
        asked = fields[_KIND], fields[_EXAM]
        if asked not in self._demands:
            self._demands[asked] = self._demand_of(*asked)
        return self._demands[asked]

    # ---- keys of devices and of persons ----

    def _learn(self, fields: Mapping[int, Any]) -> list[str]:
        payload = fields[_PAYLOAD]
        if fields[_KIND] == PERSON_ENROLLED:
            person, key, held = (payload.get(name) for name in ("person", "key", "possession"))
            return self.persons.enrol(person, key, held, fields[_EXAM], self._suite)
        if fields[_KIND] == PERSON_REVOKED:
            self.persons.revoke(payload.get("credential"))
            return []
        return self._take_enrolment(fields)

    def _take_enrolment(self, fields: Mapping[int, Any]) -> list[str]:
        name = fields[_PAYLOAD].get("device")
        if not isinstance(name, str):
            return ["enrolment_malformed"]
        chain = self.chains.setdefault(name, Chain())
        self.touched.add(name)
        if fields[_KIND] == REVOKED:
            chain.revoked = True
            return []
        if chain.sequence or chain.key is not None:
            return ["device_enrolled_twice"]
        try:
            chain.key = VerifyingKey.from_text(str(fields[_PAYLOAD].get("key")))
        except KeyUnreadable:
            return ["enrolment_malformed"]
        chain.exam = fields[_EXAM]
        return []


def persons_at(
    actors: Sequence[tuple[str, str]],
    proven: Sequence[Proven],
    within_ms: int | None,
) -> list[str]:
    """Whether the persons of an act are two, on two credentials, within the time; an act of one needs none."""
    if len(actors) < 2:
        return []
    codes = []
    accounts = [account for account, _ in actors]
    by_account = {one.account: one for one in proven}
    if len(set(accounts)) < len(accounts):
        codes.append("persons_not_distinct")
    if not set(accounts) <= by_account.keys():
        codes.append("attestation_missing")
    credentials = [one.credential for one in proven]
    if len(set(credentials)) < len(credentials):
        codes.append("credentials_not_distinct")
    times = [one.at for one in proven]
    if times and within_ms is not None and max(times) - min(times) > within_ms:
        codes.append("signatures_apart")
    return codes


def _unmet(demand: Demand, actors: Sequence[tuple[str, str]]) -> list[str]:
    codes = []
    if any(post not in demand.posts for _, post in actors):
        codes.append("post_not_entitled")
    if demand.may_be_refused and len({account for account, _ in actors}) < demand.persons:
        codes.append("second_person_missing")
    return codes


def _follows(chain: Chain, fields: Mapping[int, Any]) -> bool:
    return bool(fields[_SEQUENCE] == chain.sequence + 1 and fields[_PREVIOUS] == chain.head)


def _break(chain: Chain, fields: Mapping[int, Any]) -> str:
    return chain_break(chain.sequence, chain.head, fields[_SEQUENCE], fields[_PREVIOUS])


def chain_break(latest: int, head: bytes, sequence: int, previous: bytes) -> str:
    """Why an entry does not follow the latest of its device; empty if it does."""
    if sequence > latest + 1:
        return "device_gap"
    if sequence <= latest:
        return "device_fork"
    return "device_chain_broken" if previous != head else ""
