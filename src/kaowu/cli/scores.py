"""成绩凭据 · proofs of scores: anybody checks a candidate's file, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kaowu.cli._engine_files import FILE
from kaowu.cli._output import emit, fail, json_option
from kaowu.cli.verify import ANCHOR, KEPT, KEYS, POLICY, key_of, read_checkpoint, read_policy, typed_anchor

_MARKS = {"good": "✓", "false": "✗", "open": "○"}


@click.group()
def command() -> None:
    """成绩凭据 · proofs of scores."""


@command.command()
@click.argument("file", type=FILE)
@click.option("--root", metavar="HEX", help="公布的成绩根 · the root that was published")
@KEYS
@POLICY
@KEPT
@ANCHOR
@json_option
def check(
    file: Path,
    root: str | None,
    keys: tuple[str, ...],
    policy: Path | None,
    checkpoints: tuple[Path, ...],
    anchors: tuple[str, ...],
    as_json: bool,
) -> None:
    """核对成绩凭据：不需要网络、数据库和账号。

    Check a candidate's proof by the published root, or by the log's key, a policy or a kept checkpoint.
    Exit code 0 if it holds, 1 if it does not, or if nothing from elsewhere was given to judge it by.
    """
    from kaowu.basics.errors import Refused
    from kaowu.engines.ledger.fact_verdict import judge_proof
    from kaowu.engines.ledger.notes import Checkpoint
    from kaowu.loop.settle.score_verdict import judge_file

    kept = [Checkpoint.from_note(read_checkpoint(path)) for path in checkpoints]
    kept += [typed_anchor(one) for one in anchors]
    known, rules = [key_of(one) for one in keys], read_policy(policy)
    try:
        wanted = bytes.fromhex("".join(root.split())) if root is not None else None
    except ValueError:
        raise click.UsageError("成绩根应为十六进制 · the root is hexadecimal") from None
    try:
        found = judge_file(
            file.read_bytes(), wanted, lambda proof: judge_proof(proof, policy=rules, keys=known, kept=kept)
        )
    except Refused as refused:
        fail({"ok": False, "error": refused.code}, as_json, f"{refused.sentence.zh} · {refused.sentence.en}")
    said: dict[str, Any] = {
        "ok": found.ok,
        "candidate": found.row.candidate,
        "scores": {one.subject: one.spoken for one in found.row.scores},
        "total": found.row.total / 100,
        "root": found.root.hex(),
        "checks": [
            {"name": one.name, "state": one.state, "said": one.said.as_dict()} for one in found.checks
        ],
    }
    lines = ["核对通过 · holds" if found.ok else "不能确认 · NOT confirmed"]
    for one in found.checks:
        lines.append(f"  {_MARKS[one.state]} {one.said.zh} · {one.said.en}")
    lines += [f"  {subject} {score}" for subject, score in said["scores"].items()]
    (emit if found.ok else fail)(said, as_json, "\n".join(lines))
