"""The judge of one fact's proof: check by check, each with its sentence, nothing trusted but the keys given.

A check is good, false, or open: open is what the proof does not show or nobody
gave the means to check. One that is false refuses the proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaowu.basics.errors import Sentence
from kaowu.basics.suites import KeyUnreadable, Suite, VerifyingKey
from kaowu.engines.ledger.entries import EntryRefused, read_entry, read_leaf, require_committed
from kaowu.engines.ledger.fact_proof import Enrolment, FactProof, RunPlace, meeting
from kaowu.engines.ledger.notes import Checkpoint, NoteRefused
from kaowu.engines.ledger.persons import deed_of, is_held, read_key
from kaowu.engines.ledger.policy import NONE, Policy
from kaowu.engines.ledger.proofs import holds_leaf, root_from_path, subtree_holds_leaf
from kaowu.engines.ledger.runs import (
    BY_KEY,
    Attestation,
    Proof,
    ProofRefused,
    office_message,
    run_message_over,
)
from kaowu.engines.ledger.tree import leaf_hash

GOOD, FALSE, OPEN = "good", "false", "open"
_DEVICE_KEY, _PERSON_KEY = "device_enrolled", "person_key_enrolled"
_KIND, _EXAM, _DEVICE, _ACTORS, _PAYLOAD, _COMMITTED = 3, 4, 6, 11, 13, 16


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: which, how it ended, and in words."""

    name: str
    state: str
    said: Sentence


@dataclass(frozen=True, slots=True)
class FactVerdict:
    """The judgement of one proof."""

    checks: tuple[Check, ...]
    fields: dict[int, Any] | None = None
    """The entry's numbered fields, if it could be read."""
    recorded_at: int | None = None
    checkpoint: Checkpoint | None = None

    @property
    def ok(self) -> bool:
        """Nothing is false, and the checkpoint is known by its signature or from outside."""
        states = {one.name: one.state for one in self.checks}
        anchored = GOOD in (states.get("log"), states.get("kept"))
        return FALSE not in states.values() and anchored


def judge_proof(
    proof: FactProof,
    *,
    policy: Policy | None = None,
    keys: Sequence[VerifyingKey] = (),
    kept: Sequence[Checkpoint] = (),
) -> FactVerdict:
    """Judge a proof by what its reader has from elsewhere: a policy, the log's key, checkpoints."""
    return _Judge(proof, policy, tuple(keys), tuple(kept)).verdict()


class _Judge:
    def __init__(
        self,
        proof: FactProof,
        policy: Policy | None,
        keys: tuple[VerifyingKey, ...],
        kept: tuple[Checkpoint, ...],
    ) -> None:
        self._proof = proof
        self._suite: Suite = proof.suite
        self._policy = policy
        self._keys = (*keys, *(policy.logs if policy else ()))
        self._kept = kept
        self._checks: list[Check] = []
        self._log: VerifyingKey | None = None

    def verdict(self) -> FactVerdict:
        checkpoint = self._proof.checkpoint
        self._look_at_tree(checkpoint)
        self._look_at_log()
        self._look_at_witnesses()
        self._look_at_kept(checkpoint)
        try:
            recorded_at, entry, beside = read_leaf(self._proof.leaf)
            fields = read_entry(entry)
        except EntryRefused as refused:
            self._say("entry", FALSE, "记录不合格式", f"the entry does not have its form: {refused.code}")
            return FactVerdict(tuple(self._checks), checkpoint=checkpoint)
        self._say("entry", GOOD, "记录的编码唯一、字段齐全", "the entry is canonical and complete")
        self._look_at_signature(entry, fields, beside)
        self._look_at_personal(fields)
        return FactVerdict(tuple(self._checks), fields, recorded_at, checkpoint)

    def _say(self, name: str, state: str, zh: str, en: str) -> None:
        self._checks.append(Check(name, state, Sentence(zh, en)))

    # ---- the book ----

    def _look_at_tree(self, checkpoint: Checkpoint) -> None:
        proof = self._proof
        hash = leaf_hash(proof.leaf, self._suite)
        holds = holds_leaf(proof.index, checkpoint.size, hash, proof.path, checkpoint.root, self._suite)
        self._say(
            "included",
            GOOD if holds else FALSE,
            f"记录{'在' if holds else '不在'}流水 {checkpoint.origin} 的第 {proof.index} 号位（校验点 {checkpoint.size} 条）",
            f"the fact is {'' if holds else 'NOT '}at index {proof.index} of log {checkpoint.origin}, under the checkpoint of {checkpoint.size} facts",
        )

    def _look_at_log(self) -> None:
        if not self._keys:
            self._say("log", OPEN, "没有给出流水公钥，签名未核", "no key of the log was given")
            return
        try:
            self._log = self._proof.note.verified_by(self._keys, self._suite)[0]
            self._say(
                "log", GOOD, f"校验点由 {self._log.name} 签名", f"{self._log.name} signed the checkpoint"
            )
        except NoteRefused as error:
            self._say(
                "log",
                FALSE,
                "校验点不是所给公钥签名的",
                f"the key given did not sign the checkpoint: {error}",
            )

    def _look_at_witnesses(self) -> None:
        if self._policy is None:
            self._say(
                "witnesses",
                OPEN,
                "没有给出信任策略，见证未核",
                "no policy was given; witnesses were not checked",
            )
            return
        try:
            found = self._policy.judge(self._proof.note, self._suite, self._keys)
        except NoteRefused as error:
            self._say("witnesses", FALSE, "见证签名不成立", f"the cosignatures do not hold: {error}")
            return
        if self._policy.quorum == NONE:
            self._say("witnesses", OPEN, "策略不要求见证", "the policy asks for no witnesses")
            return
        names = "、".join(found.cosigned) or "—"
        said = (
            f"见证：{names}，{'够' if found.quorum else '不够'}法定数",
            f"cosigned by {names}: {'the' if found.quorum else 'NOT the'} quorum",
        )
        self._say("witnesses", GOOD if found.quorum else FALSE, *said)

    def _look_at_kept(self, checkpoint: Checkpoint) -> None:
        same = [one for one in self._kept if one.size == checkpoint.size]
        if not self._kept:
            self._say("kept", OPEN, "没有给出另外留存的校验点", "no checkpoint from elsewhere was given")
        elif not same:
            self._say(
                "kept",
                OPEN,
                "留存的校验点是另一条数的，无法比对；请索取对着它出具的证明",
                "the checkpoint from elsewhere has another size; ask for a proof under it",
            )
        else:
            agrees = all(
                (one.origin or checkpoint.origin, one.root) == (checkpoint.origin, checkpoint.root)
                for one in same
            )
            self._say(
                "kept",
                GOOD if agrees else FALSE,
                f"与另外留存的校验点{'一致' if agrees else '矛盾'}",
                f"{'agrees with' if agrees else 'CONTRADICTS'} the checkpoint from elsewhere",
            )

    # ---- who signed ----

    def _look_at_signature(self, entry: bytes, fields: dict[int, Any], beside: bytes | None) -> None:
        run = self._proof.run
        if run is None:
            self._say("device", OPEN, "证明里没有设备签名", "the proof shows no signature of a device")
            return
        content = beside if beside is not None else run.proof
        try:
            proof = Proof.from_bytes(content or b"")
            if (beside is None) == (run.proof is None) or (beside is not None and run.place != run.count - 1):
                raise ProofRefused("the signature stands beside the last entry of the run")
            key = self._run_key(proof, fields)
            if not self._suite.verify(key, self._run_message(entry, fields, run), proof.signature):
                raise ProofRefused("the signature does not hold")
        except ProofRefused as error:
            self._say(
                "device",
                FALSE,
                f"设备 {fields[_DEVICE]} 的签名不成立",
                f"the signature of device {fields[_DEVICE]}: {error}",
            )
            return
        how = ("本机办公密钥", "the node's office key") if proof.office else ("设备自己的密钥", "its own key")
        self._say(
            "device",
            GOOD,
            f"设备 {fields[_DEVICE]} 的链段签名成立（{run.count} 条中第 {run.place + 1} 条，{how[0]}）",
            f"device {fields[_DEVICE]} signed it by {how[1]} (entry {run.place + 1} of a run of {run.count})",
        )
        self._look_at_persons(entry, fields, run, proof, key)

    def _run_message(self, entry: bytes, fields: dict[int, Any], run: RunPlace) -> bytes:
        root = root_from_path(run.place, run.count, self._suite.hash(entry), run.path, self._suite)
        if root is None:
            raise ProofRefused("the path within the run does not fit")
        return run_message_over(fields[_DEVICE], run.count, root)

    def _run_key(self, proof: Proof, fields: dict[int, Any]) -> VerifyingKey:
        if proof.office is not None:
            vouched = self._log is not None and self._suite.verify(
                self._log, office_message(proof.office.key), proof.office.certificate
            )
            if not vouched:
                raise ProofRefused("the log's key does not vouch for the office key")
            return proof.office.key
        return self._enrolled(_DEVICE_KEY, "device", fields[_DEVICE], fields[_EXAM])

    def _enrolled(self, kind: str, field: str, name: str, exam: str) -> VerifyingKey:
        """The key that an earlier fact of the log enrols under this name; raises ProofRefused."""
        for one in self._proof.enrolments:
            read = self._read_enrolment(one)
            payload = read[_PAYLOAD]
            if (read[_KIND], payload.get(field), read[_EXAM]) != (kind, name, exam):
                continue
            try:
                key = VerifyingKey.from_text(str(payload.get("key")))
            except KeyUnreadable as error:
                raise ProofRefused(str(error)) from error
            return key
        raise ProofRefused(f"no fact in the proof enrols {name}")

    def _read_enrolment(self, one: Enrolment) -> dict[int, Any]:
        proof = self._proof
        try:
            if one.index >= proof.index:
                raise ProofRefused("enrolled after it signed")
            depth, (start, end) = meeting(proof.index, proof.checkpoint.size, one.index)
            hash = leaf_hash(one.leaf, self._suite)
            meets = proof.path[-1 - depth]
            if not subtree_holds_leaf(one.index, start, end, hash, one.path, meets, self._suite):
                raise ProofRefused("an enrolment is not in the log")
            return read_entry(read_leaf(one.leaf)[1])
        except (ValueError, IndexError) as error:
            raise ProofRefused(str(error)) from error

    # ---- persons ----

    def _look_at_persons(
        self, entry: bytes, fields: dict[int, Any], run: RunPlace, proof: Proof, key: VerifyingKey
    ) -> None:
        accounts = [account for account, _ in fields[_ACTORS]]
        if len(accounts) < 2 and not proof.attestations:
            return
        try:
            if run.count != 1:
                raise ProofRefused("an act of two persons is signed by itself")
            for one in proof.attestations:
                self._require_attested(one, entry, fields, key)
            attested = {one.proven.account for one in proof.attestations}
            credentials = {one.proven.credential for one in proof.attestations}
            if len(set(accounts)) < len(accounts) or not set(accounts) <= attested:
                raise ProofRefused("an actor is missing or named twice")
            if len(accounts) > 1 and len(credentials) < len(proof.attestations):
                raise ProofRefused("two persons signed with one credential")
        except ProofRefused as error:
            self._say("persons", FALSE, "在场人员的签认不成立", f"the attestations do not hold: {error}")
            return
        by = "、".join(
            f"{one.proven.account}（{'本人密钥' if one.proven.method == BY_KEY else one.proven.method}）"
            for one in proof.attestations
        )
        self._say("persons", GOOD, f"在场人员均已签认：{by}", f"attested: {by}")

    def _require_attested(
        self, one: Attestation, entry: bytes, fields: dict[int, Any], key: VerifyingKey
    ) -> None:
        if one.proven.method == BY_KEY:
            own = self._enrolled_person(one, fields[_EXAM])
            message = one.proven.deed_message(self._suite.hash(deed_of(entry)))
            holds = self._suite.verify(own, message, one.signature)
        else:
            message = one.proven.message(self._suite.hash(entry))
            holds = self._suite.verify(key, message, one.signature)
        if not holds:
            raise ProofRefused(f"of {one.proven.account}")

    def _enrolled_person(self, one: Attestation, exam: str) -> VerifyingKey:
        for enrolment in self._proof.enrolments:
            read = self._read_enrolment(enrolment)
            payload = read[_PAYLOAD]
            if read[_KIND] != _PERSON_KEY or payload.get("person") != one.proven.account:
                continue
            key = read_key(payload.get("person"), payload.get("key"), self._suite)
            fits = key is not None and key.name == one.proven.credential and read[_EXAM] == exam
            if key is not None and fits and is_held(key, exam, payload.get("possession"), self._suite):
                return key
        raise ProofRefused(f"no fact in the proof enrols the key of {one.proven.account}")

    # ---- personal fields ----

    def _look_at_personal(self, fields: dict[int, Any]) -> None:
        shown = self._proof.personal
        if shown is None:
            if fields[_COMMITTED] is not None:
                self._say(
                    "personal",
                    OPEN,
                    "个人信息未出示，只有承诺值",
                    "personal fields are committed to, not shown",
                )
            return
        try:
            require_committed(fields[_COMMITTED], *shown, self._suite)
            self._say(
                "personal",
                GOOD,
                "出示的个人信息就是当时记录的",
                "the personal fields are those that were entered",
            )
        except EntryRefused:
            self._say(
                "personal",
                FALSE,
                "出示的个人信息与承诺值不符",
                "the personal fields are not those committed to",
            )
