"""Judging a candidate's proof file (成绩凭据核对): the path, the root on record, a correction, each with its sentence."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.ledger.fact_proof import FactProof, FactProofRefused
from kaowu.engines.ledger.fact_verdict import FactVerdict
from kaowu.loop.settle.score_rows import ScoreProof, ScoreRow, leaf_of

GOOD, FALSE, OPEN = "good", "false", "open"
_KIND, _EXAM, _PAYLOAD = 3, 4, 13
JudgeFact = Callable[[FactProof], FactVerdict]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, how it ended, and in words."""

    name: str
    state: str
    said: Sentence


@dataclass(frozen=True, slots=True)
class ScoreVerdict:
    """What became of a proof file: the scores that stand now, and every check."""

    row: ScoreRow
    root: bytes
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Nothing is false, and the root is known from the journal or from outside."""
        states = {one.name: one.state for one in self.checks}
        anchored = GOOD in (states.get("root"), states.get("journal"))
        return FALSE not in states.values() and anchored and states.get("correction") != OPEN


def judge_file(content: bytes, root: bytes | None, judge: JudgeFact) -> ScoreVerdict:
    """Judge a proof file by a root that was published, or by the journal's own proof. Raises Refused."""
    try:
        plain = json.loads(content)
    except ValueError as error:
        raise _unreadable(error) from error
    proof = ScoreProof.from_plain(plain)
    checks = [
        _check("path", proof.holds, "路径由成绩算到成绩根", "the path leads from the scores to the root")
    ]
    if root is not None:
        checks.append(
            _check("root", root == proof.root, "成绩根与给出的相同", "the root is the one that was given")
        )
    checks.append(_journal(plain.get("fact"), proof, judge))
    row = proof.row
    if plain.get("corrected"):
        row, corrected = _corrected(plain["corrected"], proof, judge)
        checks += corrected
    return ScoreVerdict(row, proof.root, tuple(checks))


def _journal(text: Any, proof: ScoreProof, judge: JudgeFact) -> Check:
    fields = _payload(text, judge)
    if fields is None:
        return Check(
            "journal",
            OPEN,
            Sentence("没有可用以核对流水的公钥或校验点", "no key or checkpoint to judge the journal by"),
        )
    fits = (fields.get(_KIND), fields.get(_EXAM)) == ("scores_frozen", proof.exam)
    fits = fits and fields.get(_PAYLOAD, {}).get("root") == proof.root
    return _check("journal", fits, "流水中的冻结记录含有此根", "the freeze in the journal holds this root")


def _corrected(plain: Any, proof: ScoreProof, judge: JudgeFact) -> tuple[ScoreRow, list[Check]]:
    try:
        row = ScoreRow.from_plain(plain["row"])
        leaf = leaf_of(proof.exam, row, bytes.fromhex(plain["salt"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(error) from error
    fields = _payload(plain.get("fact"), judge)
    if fields is None:
        said = Sentence(
            "更正记录没有可用以核对的公钥或校验点", "no key or checkpoint to judge the correction by"
        )
        return row, [Check("correction", OPEN, said)]
    payload = fields.get(_PAYLOAD, {})
    fits = fields.get(_KIND) == "score_corrected" and fields.get(_EXAM) == proof.exam
    fits = fits and (payload.get("leaf"), payload.get("candidate")) == (leaf, row.candidate)
    fits = fits and row.candidate == proof.row.candidate
    return row, [
        _check("correction", fits, "更正后的成绩与流水中的更正相符", "the corrected scores fit the journal")
    ]


def _payload(text: Any, judge: JudgeFact) -> dict[int, Any] | None:
    """The entry's fields once its proof was accepted; None where nothing could be judged."""
    if not isinstance(text, str):
        return None
    try:
        verdict = judge(FactProof.from_bytes(text.encode()))
    except FactProofRefused as error:
        raise _unreadable(error) from error
    states = {one.name: one.state for one in verdict.checks}
    if states.get("log") != GOOD:
        # Who signed an entry is vouched for by the log's key; without it a kept checkpoint still says that it is there.
        states = {name: state for name, state in states.items() if name not in ("device", "persons")}
    if FALSE in states.values():
        return {}
    return verdict.fields if GOOD in (states.get("log"), states.get("kept")) else None


def _check(name: str, holds: bool, zh: str, en: str) -> Check:
    if holds:
        return Check(name, GOOD, Sentence(zh, en))
    return Check(name, FALSE, Sentence(f"不成立：{zh}", f"does not hold: {en}"))


def _unreadable(error: Exception) -> Refused:
    return Refused(
        "score_proof_unreadable",
        Sentence(f"成绩凭据文件无法读懂：{error}", f"The proof of scores cannot be read: {error}"),
    )
