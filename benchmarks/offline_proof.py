"""The proof of one fact: how many bytes, how long to make and to judge, in a log of any length.

The longest ordinary case: a fact from the middle of a run of 128 under a terminal's own key, so the
proof also carries the way to the run's signature and the fact that enrolled the terminal; three
witnesses cosigned. An act of two persons, attested by the office, is reported beside it.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

NAME = "offline-proof"
SIZES = (10_000, 100_000, 1_000_000)
PROOFS = 100
_SUITES = ("international", "national")


def make_input(size: int, folder: Path) -> None:
    """Nothing lies on disk: leaf hashes are made from their numbers."""


def set_up(folder: Path) -> Any:
    """The signed facts, under both suites."""
    from kaowu.basics.suites import SUITES

    return [_Facts(SUITES[name]) for name in _SUITES]


def run(state: Any, size: int, folder: Path) -> dict[str, Any]:
    """Prove and judge facts spread over the log."""
    found: dict[str, Any] = {"rate": None}
    for facts in state:
        found |= facts.measure(size)
    found["rate"] = round(1000 / found["international_prove_ms"])
    return found


class _Facts:
    """Signed entries of one suite: an enrolment, a run of 128, an act of two persons."""

    def __init__(self, suite: Any) -> None:
        import cbor2

        from kaowu.engines.ledger.frames import leaf_of
        from kaowu.engines.ledger.runs import Office, Proven, signed_run

        self.suite = suite
        self.log_key = suite.new_key("site-370402001", secret=bytes(range(32)))
        terminal = suite.new_key("gate-370402001-01", secret=bytes(range(1, 33)))
        office = Office(
            suite.new_key("site-370402001/office", secret=bytes(range(2, 34))), self.log_key, suite
        )
        names = ("county-370402/mirror", "city-3704/mirror", "discipline-370402")
        self.witnesses = [
            suite.new_key(name, suite.cosignature_kind, bytes([n]) * 32) for n, name in enumerate(names, 1)
        ]

        def entry(device: str, number: int, kind: str, actors: list[list[str]], payload: dict) -> bytes:
            return cbor2.dumps(
                {
                    1: 1,
                    2: hashlib.sha256(b"%d" % number).digest()[:16],
                    3: kind,
                    4: "2026-06-gaokao",
                    5: "370402001",
                    6: device,
                    7: number,
                    8: hashlib.sha256(device.encode()).digest(),
                    9: 1_780_800_000_000 + number,
                    10: "ntp",
                    11: actors,
                    12: "02/370402001/031",
                    13: payload,
                    14: None,
                    15: [],
                    16: bytes(32),
                    17: bytes(32),
                },
                canonical=True,
            )

        at, one = 1_780_800_000_000, [["370402001101", "chief_invigilator"]]
        enrolled = entry(
            "office",
            7,
            "device_enrolled",
            [["370402001001", "site_chief"]],
            {"device": terminal.name, "key": terminal.verifying.to_text(), "site": "370402001"},
        )
        self.enrolment = leaf_of(at, enrolled, office.prove("office", [suite.hash(enrolled)]))
        seat = {"seat": "07", "candidate": "26370402010307", "identity_check": "face"}
        run = [entry(terminal.name, n, "candidate_admitted", one, seat) for n in range(1, 129)]
        self.digests = [suite.hash(content) for content in run]
        self.run_proof = signed_run(terminal, terminal.name, self.digests, suite=suite)
        self.fact = leaf_of(at, run[64])
        two = [["370402001101", "chief_invigilator"], ["370402001102", "assistant_invigilator"]]
        packet = {"packet": "370402001-02-031", "printed": 30, "counted": 30}
        unsealed = entry("office", 8, "packet_unsealed", two, packet)
        proven = [Proven(account, f"passkey/{account}", "passkey", at) for account, _ in two]
        digest = suite.hash(unsealed)
        self.of_two = leaf_of(at, unsealed, office.prove("office", [digest], proven))
        self.of_two_run = 0, [digest], None

    def measure(self, size: int) -> dict[str, Any]:
        from kaowu.engines.ledger.fact_proof import FactProof, make_proof
        from kaowu.engines.ledger.fact_verdict import judge_proof
        from kaowu.engines.ledger.notes import Checkpoint
        from kaowu.engines.ledger.policy import Policy
        from kaowu.engines.ledger.tree import Tree, leaf_hash

        hashes = [hashlib.sha256(b"%d" % n).digest() for n in range(size)]
        places = [size * n // PROOFS + size // 250 for n in range(PROOFS)]
        enrolled_at = size // 300
        hashes[enrolled_at] = leaf_hash(self.enrolment, self.suite)
        for n, place in enumerate(places):
            hashes[place] = leaf_hash(self.of_two if n % 10 == 9 else self.fact, self.suite)
        tree = Tree(hashes, self.suite)
        note = Checkpoint("site-370402001/1", size, tree.root()).note().signed_by(self.log_key, self.suite)
        for witness in self.witnesses:
            note = note.signed_by(witness, self.suite, at=1_780_800_000)
        lines = [f"log {self.log_key.verifying.to_text()}"]
        lines += [f"witness w{n} {one.verifying.to_text()}" for n, one in enumerate(self.witnesses)]
        policy = Policy.from_text("\n".join([*lines, "group g 2 w0 w1 w2", "quorum g"]))

        made, begin = [], time.perf_counter()
        for n, place in enumerate(places):
            if n % 10 == 9:
                proof = make_proof(tree, note, place, self.of_two, run=self.of_two_run, suite=self.suite)
            else:
                proof = make_proof(
                    tree,
                    note,
                    place,
                    self.fact,
                    run=(64, self.digests, self.run_proof),
                    enrolments=[(enrolled_at, self.enrolment)],
                    suite=self.suite,
                )
            made.append(proof.to_bytes())
        between = time.perf_counter()
        assert all(judge_proof(FactProof.from_bytes(one), policy=policy).ok for one in made)
        end, name = time.perf_counter(), self.suite.name
        return {
            f"{name}_bytes_most": max(map(len, made)),
            f"{name}_two_persons_bytes": len(made[9]),
            f"{name}_prove_ms": round((between - begin) * 1000 / PROOFS, 3),
            f"{name}_judge_ms": round((end - between) * 1000 / PROOFS, 3),
        }
