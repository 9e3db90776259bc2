"""单条证明 · the proof of one fact: a small file that anybody checks offline."""

from __future__ import annotations

from pathlib import Path

import click

from kaowu.cli._node import opened
from kaowu.cli._output import emit, fail, json_option

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("fact")
@click.option("--out", type=FILE, required=True, help="证明文件 · the proof, *.tlog-proof")
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="对着这个留存的校验点出具 · under this checkpoint, kept from earlier",
)
@click.option("--personal", is_flag=True, help="出示个人信息 · show the personal fields")
@click.option("--verifier", type=FILE, help="另存核验网页 · also write the page that verifies it")
@click.option("--policy", type=FILE, help="另存策略与公钥 · also write the policy with the log's key")
@json_option
def command(
    fact: str,
    out: Path,
    checkpoint: Path | None,
    personal: bool,
    verifier: Path | None,
    policy: Path | None,
    as_json: bool,
) -> None:
    """出具一条记录的证明。FACT 是流水序号或记录编号。

    Prove one fact of this node's journal: FACT is its index or its id. The proof must reach its reader
    apart from the key or policy: whoever sends both could have made both up.
    """
    opened()
    from kaowu.cli.verify import read_checkpoint
    from kaowu.store import fact_proofs
    from kaowu.web.node_key import verifying_key
    from kaowu.web.verifier import page_with_words

    kept = fact_proofs.find(fact)
    if kept is None:
        fail({"error": "fact_unknown"}, as_json, f"没有这条记录 · no such fact: {fact}")
    proof = fact_proofs.proof_of(
        kept.index, read_checkpoint(checkpoint) if checkpoint else None, personal=personal
    )
    if proof is None:
        fail(
            {"error": "not_covered"},
            as_json,
            "还没有含有它的校验点 · no checkpoint covers it yet (kaowu node witness-ask, or wait)",
        )
    content = proof.to_bytes()
    out.write_bytes(content)
    if verifier is not None:
        verifier.write_bytes(page_with_words())
    if policy is not None:
        policy.write_text(fact_proofs.key_lines(verifying_key()), encoding="utf-8", newline="\n")
    found = {
        "file": str(out),
        "bytes": len(content),
        "index": kept.index,
        "id": str(kept.fact_id),
        "kind": kept.kind,
        "checkpoint": proof.checkpoint.size,
    }
    emit(
        found,
        as_json,
        lambda f: (
            f"已出具 · written: {f['file']}（{f['bytes']:,} B，第 {f['index']} 号，校验点 {f['checkpoint']:,} 条）"
        ),
    )
