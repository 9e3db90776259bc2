"""核验单条证明 · judge the proof of one fact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kaowu.basics.clock import Instant, exam_time
from kaowu.cli._output import emit, fail, json_option
from kaowu.cli.verify import ANCHOR, KEPT, KEYS, POLICY, key_of, read_checkpoint, read_policy, typed_anchor
from kaowu.engines.ledger.fact_proof import FactProof, FactProofRefused
from kaowu.engines.ledger.fact_verdict import FactVerdict, judge_proof
from kaowu.engines.ledger.notes import Checkpoint

_MARKS = {"good": "✓", "false": "✗", "open": "○"}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@KEYS
@POLICY
@KEPT
@ANCHOR
@json_option
def command(
    file: Path,
    keys: tuple[str, ...],
    policy: Path | None,
    checkpoints: tuple[Path, ...],
    anchors: tuple[str, ...],
    as_json: bool,
) -> None:
    """核验一条记录的证明（kaowu prove 出具）：不需要网络、数据库和账号。

    Judge the proof of one fact: no network, no database, no account. Exit code 0 if it is accepted, 1 if
    it is refused, or if nothing from elsewhere was given to judge it by.
    """
    kept = [Checkpoint.from_note(read_checkpoint(path)) for path in checkpoints]
    kept += [typed_anchor(one) for one in anchors]
    try:
        content = file.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").strip() + b"\n"
        proof = FactProof.from_bytes(content)
    except FactProofRefused as error:
        fail({"ok": False, "error": str(error)}, as_json, f"不是单条证明 · not the proof of a fact: {error}")
    verdict = judge_proof(proof, policy=read_policy(policy), keys=[key_of(one) for one in keys], kept=kept)
    (emit if verdict.ok else fail)(_as_dict(verdict, proof), as_json, lambda _: _in_words(verdict, proof))


def _as_dict(verdict: FactVerdict, proof: FactProof) -> dict[str, Any]:
    fields = verdict.fields or {}
    return {
        "ok": verdict.ok,
        "checks": [
            {"name": one.name, "state": one.state, "said": one.said.as_dict()} for one in verdict.checks
        ],
        "origin": proof.checkpoint.origin,
        "index": proof.index,
        "size": proof.checkpoint.size,
        "root": proof.checkpoint.root.hex(),
        "kind": fields.get(3),
        "recorded_at": verdict.recorded_at,
    }


def _in_words(verdict: FactVerdict, proof: FactProof) -> str:
    refused = any(one.state == "false" for one in verdict.checks)
    head = (
        "核验通过 · accepted"
        if verdict.ok
        else "核验不通过 · REFUSED"
        if refused
        else "还不能判断 · not judged"
    )
    lines = [head]
    for one in verdict.checks:
        lines += [f"  {_MARKS[one.state]} {one.said.zh}", f"      {one.said.en}"]
    if verdict.ok and verdict.fields is not None and verdict.recorded_at is not None:
        fields = verdict.fields
        at = exam_time(Instant(verdict.recorded_at))
        lines += [
            f"  种类 kind: {fields[3]} · 考试 exam: {fields[4]} · 考点 site: {fields[5] or '—'} · 所指 subject: {fields[12]}",
            f"  收录时间 recorded: {at:%Y-%m-%d %H:%M:%S} · 人员 persons: {'、'.join(account for account, _ in fields[11])}",
            *(
                f"  {name}: {value.hex() if isinstance(value, bytes) else value}"
                for name, value in fields[13].items()
            ),
        ]
    return "\n".join(lines)
