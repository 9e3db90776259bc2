"""A signed log of a few devices under either suite, and proofs of its facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cbor2

from kaowu.basics import canonical
from kaowu.basics.suites import INTERNATIONAL, SigningKey, Suite
from kaowu.engines.ledger.fact_proof import FactProof, make_proof
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.runs import Office, Proven, signed_run
from kaowu.engines.ledger.tree import Tree, leaf_hash

ORIGIN = "site-3704/1"
BEGIN = 1_780_800_000_000
PERSONAL = {"name": "张三", "id_number": "370402200701010417"}
SALT = bytes(range(32))
EXAM = "2026-06"


@dataclass
class SignedLog:
    """Facts of one exam with what signs them: an office, and a terminal with a key of its own."""

    suite: Suite = INTERNATIONAL
    leaves: list[bytes] = field(default_factory=list)
    runs: dict[int, tuple[int, list[bytes], bytes | None]] = field(default_factory=dict)
    enrolled: list[int] = field(default_factory=list)
    personal: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    _heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log_key = self.suite.new_key("site-3704", secret=bytes(range(32)))
        self.terminal_key = self.suite.new_key("terminal-01", secret=bytes(range(1, 33)))
        self.office = Office(
            self.suite.new_key("site-3704/office", secret=bytes(range(2, 34))), self.log_key, self.suite
        )
        self.witnesses = [
            self.suite.new_key(f"witness-{n}", self.suite.cosignature_kind, bytes([n]) * 32) for n in range(3)
        ]

    def enrol_terminal(self) -> int:
        """The office enrols the terminal's key by a fact."""
        payload = {"device": "terminal-01", "key": self.terminal_key.verifying.to_text(), "site": "3704"}
        self.enrolled.append(self.by_office("device_enrolled", payload))
        return self.enrolled[-1]

    def by_office(self, kind: str, payload: dict, actors: Sequence[str] = ("office-1",)) -> int:
        """A fact at the counter; two persons are attested by the office."""
        entry = self._entry("office", kind, payload, actors, None)
        digest = self.suite.hash(entry)
        proven = (
            [Proven(one, f"passkey/{one}", "passkey", BEGIN) for one in actors] if len(actors) > 1 else []
        )
        proof = self.office.prove("office", [digest], proven)
        return self._append(entry, proof, (0, [digest], None))

    def by_terminal(self, count: int, personal: bool = False) -> list[int]:
        """One run of the terminal."""
        entries = [
            self._entry("terminal-01", "candidate_admitted", {"seat": f"{n:02d}"}, ("i-1",), personal or None)
            for n in range(count)
        ]
        digests = [self.suite.hash(entry) for entry in entries]
        proof = signed_run(self.terminal_key, "terminal-01", digests, suite=self.suite)
        added = []
        for n, entry in enumerate(entries):
            last = n == count - 1
            added.append(self._append(entry, proof if last else None, (n, digests, None if last else proof)))
            if personal:
                self.personal[added[-1]] = canonical.encode(PERSONAL), SALT
        return added

    def note(self, cosigners: int = 3, key: SigningKey | None = None) -> Note:
        """The checkpoint over all facts, cosigned."""
        note = Checkpoint(ORIGIN, len(self.leaves), self.tree().root()).note()
        note = note.signed_by(key or self.log_key, self.suite)
        for witness in self.witnesses[:cosigners]:
            note = note.signed_by(witness, self.suite, at=BEGIN // 1000)
        return note

    def policy(self, needed: int = 2) -> str:
        """Two of the three witnesses."""
        lines = [f"log {self.log_key.verifying.to_text()}"]
        lines += [f"witness w{n} {one.verifying.to_text()}" for n, one in enumerate(self.witnesses)]
        return "\n".join([*lines, f"group g {needed} w0 w1 w2", "quorum g", ""])

    def tree(self) -> Tree:
        """The tree over all leaves."""
        return Tree((leaf_hash(leaf, self.suite) for leaf in self.leaves), self.suite)

    def proof(self, index: int, note: Note | None = None, personal: bool = False) -> FactProof:
        """The proof of one fact."""
        return make_proof(
            self.tree(),
            note or self.note(),
            index,
            self.leaves[index],
            run=self.runs[index],
            enrolments=[
                (at, self.leaves[at])
                for at in self.enrolled
                if b"terminal-01" in self.leaves[index] and at < index
            ],
            personal=self.personal[index] if personal else None,
            suite=self.suite,
        )

    def _append(self, entry: bytes, proof: bytes | None, run: tuple) -> int:
        self.leaves.append(leaf_of(BEGIN + len(self.leaves), entry, proof))
        self.runs[len(self.leaves) - 1] = run
        return len(self.leaves) - 1

    def _entry(self, device: str, kind: str, payload: dict, actors: Sequence[str], personal: object) -> bytes:
        sequence, previous = self._heads.get(device, (0, bytes(32)))
        number = sum(sequence for sequence, _ in self._heads.values())
        commitment = self.suite.hash(b"\x02" + SALT + canonical.encode(PERSONAL)) if personal else None
        entry = cbor2.dumps(
            {
                1: 1,
                2: number.to_bytes(16, "big"),
                3: kind,
                4: EXAM,
                5: "3704",
                6: device,
                7: sequence + 1,
                8: previous,
                9: BEGIN,
                10: "ntp",
                11: [
                    [one, "site_chief" if kind == "device_enrolled" else "chief_invigilator"]
                    for one in actors
                ],
                12: "01/3704/003",
                13: payload,
                14: None,
                15: [],
                16: commitment,
                17: bytes(32),
            },
            canonical=True,
        )
        self._heads[device] = sequence + 1, self.suite.hash(entry)
        return entry


def small_log(suite: Suite = INTERNATIONAL) -> SignedLog:
    """An enrolment, a run of five with personal fields, an act of two persons."""
    log = SignedLog(suite)
    log.by_office("exam_opened", {"exam": EXAM})
    log.enrol_terminal()
    log.by_terminal(5, personal=True)
    log.by_office("packet_unsealed", {"packet": "P-1"}, ("a-1", "a-2"))
    log.by_office("exam_closed", {"exam": EXAM})
    return log
