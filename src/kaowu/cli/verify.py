"""核验归档 · judge an archive: whole, unaltered, and by whom.

Without `--key` the verdict can only be that an archive agrees with itself:
whoever made all of it could have sealed it too. A checkpoint kept from earlier
finds out even the holder of the key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.suites import KeyUnreadable, VerifyingKey
from kaowu.cli._node import opened
from kaowu.cli._output import emit, fail, json_option
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused
from kaowu.engines.ledger.policy import Policy, PolicyRefused
from kaowu.engines.ledger.verdict import Verdict
from kaowu.engines.ledger.verify import verify_archive
from kaowu.loop.demands import usual_demand

MOST_SHOWN = 20
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
KEYS = click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="VKEY",
    help="从别处得到的公钥（或存放它的文件）· the log's key, or a file that holds it, from elsewhere",
)
POLICY = click.option(
    "--policy",
    type=FILE,
    help="从别处得到的信任策略：最后的校验点须有法定数的见证 · the policy: the last checkpoint must have the quorum",
)
KEPT = click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=FILE,
    help="以前留存的校验点文件，可多次给出 · a checkpoint kept from earlier; may be repeated",
)
ANCHOR = click.option(
    "--anchor",
    "anchors",
    multiple=True,
    metavar="SIZE:ROOT",
    help="纸面锚定上的条数与树根（十六进制，可分组），可多次给出 · size and root as printed on paper; may be repeated",
)


@click.command()
@click.argument("archive", type=FILE, required=False)
@click.option(
    "--node",
    is_flag=True,
    help="重读本节点的流水与各副本 · read this node's journal and its copies again, instead of an archive",
)
@KEYS
@POLICY
@KEPT
@ANCHOR
@click.option(
    "--roots-only",
    is_flag=True,
    help="只核对摘要、树根与签名 · digests, roots and signatures only; entries are not read",
)
@json_option
def command(
    archive: Path | None,
    node: bool,
    keys: tuple[str, ...],
    policy: Path | None,
    checkpoints: tuple[Path, ...],
    anchors: tuple[str, ...],
    roots_only: bool,
    as_json: bool,
) -> None:
    """核验归档文件是否完整、未被改动，以及由谁签发。

    Judge an archive: whole, unaltered, and by whom. Exit code 0 if it is
    accepted, 1 if it is refused (the first bad place is named). With --node: every
    body of this node's books against its hash, signatures and signed roots.
    """
    if node:
        _verify_node(as_json)
        return
    if archive is None:
        raise click.UsageError("请给出归档文件，或用 --node · name an archive, or use --node")
    with archive.open("rb") as source:
        verdict = verify_archive(
            source,
            [key_of(text) for text in keys],
            [read_checkpoint(path) for path in checkpoints],
            roots_only=roots_only,
            demand_of=usual_demand,
            policy=read_policy(policy),
            anchors=[typed_anchor(one) for one in anchors],
        )
    say = emit if verdict.ok else fail
    say(verdict.as_dict(), as_json, lambda _: _in_words(verdict))


def _verify_node(as_json: bool) -> None:
    opened()
    from kaowu.engines.ledger.verdict import reason_of
    from kaowu.store import scrub
    from kaowu.web.counter import clock
    from kaowu.web.node_key import verifying_key

    read = [scrub.read_again(book, clock) for book in scrub.books(verifying_key())]
    found = [
        {
            "origin": one.origin,
            "facts": one.size,
            "faults": one.faults,
            "found": [
                {"index": fault.index, "code": fault.code, "reason": reason_of(fault.code).as_dict()}
                for fault in one.found.order_by("index", "code")
            ],
        }
        for one in read
    ]
    say = fail if any(one.faults for one in read) else emit
    say({"books": found}, as_json, lambda _: _node_in_words(found))


def _node_in_words(found: list[dict[str, Any]]) -> str:
    lines = []
    for book in found:
        state = f"{book['faults']:,} 处不符 faults" if book["faults"] else "无异常 no fault"
        lines.append(f"{book['origin']}: {book['facts']:,} 条 facts · {state}")
        for fault in book["found"][:MOST_SHOWN]:
            reason = fault["reason"]
            lines.append(
                f"  · 第 {fault['index']} 条：{reason['zh']} · fact {fault['index']}: {reason['en']}"
            )
    return "\n".join(lines)


def key_of(text: str) -> VerifyingKey:
    """A verifying key as given on the command line, or the file that holds it."""
    try:
        if "+" not in text and Path(text).is_file():
            text = Path(text).read_text(encoding="utf-8")
        return VerifyingKey.from_text(text)
    except (KeyUnreadable, OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"不是公钥 · not a verifying key: {error}", param_hint="--key") from error


def read_policy(path: Path | None) -> Policy | None:
    """The policy in a file."""
    if path is None:
        return None
    try:
        text = path.read_text("utf-8-sig").replace("\r\n", "\n")
        return Policy.from_text(text)
    except (PolicyRefused, OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"不是信任策略 · not a policy: {error}", param_hint="--policy") from error


def typed_anchor(text: str) -> Checkpoint:
    """Size and root as somebody types them from paper: `1,234:AB12 CD34 …`. The origin is left open."""
    size, parted, root = text.replace("：", ":").partition(":")
    size, root = size.replace(",", "").strip(), "".join(root.split()).replace("-", "")
    try:
        if not parted or not (size.isascii() and size.isdigit()) or len(size) > 19 or len(root) != 64:
            raise ValueError("条数:64 位十六进制 · size:64 hexadecimal digits")
        return Checkpoint("", int(size), bytes.fromhex(root))
    except ValueError as error:
        raise click.BadParameter(f"不是锚定 · not an anchor: {error}", param_hint="--anchor") from error


def read_checkpoint(path: Path) -> Note:
    """A checkpoint that somebody kept in a file."""
    try:
        # Mail and editors of other systems change line ends; what is signed is the text in lines.
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").strip()
        return Note.from_bytes(content + b"\n")
    except NoteRefused as error:
        raise click.BadParameter(
            f"{path.name} 不是校验点 · is not a checkpoint: {error}", param_hint="--checkpoint"
        ) from error


def _in_words(verdict: Verdict) -> str:
    lines = [verdict.sentence.zh, verdict.sentence.en]
    if not verdict.ok:
        lines += [
            f"  · {one.place.zh}：{one.reason.zh} · {one.reason.en}" for one in verdict.faults[:MOST_SHOWN]
        ]
        if verdict.faulty > MOST_SHOWN:
            lines.append(f"  … 共 {verdict.faulty:,} 处 · {verdict.faulty:,} in all")
        return "\n".join(lines)
    made = exam_time(Instant(verdict.made_at or 0))
    agreed = "、".join(f"{size:,}" for size in verdict.checkpoints_checked) or "—"
    rows = [
        ("流水 log", verdict.origin),
        ("考试 exam", verdict.exam),
        ("签发公钥 key", verdict.key),
        ("归档时间 made at", f"{made:%Y-%m-%d %H:%M:%S}"),
        ("记录 facts", f"{verdict.size:,}"),
        ("树根 root", verdict.as_dict()["root"]),
        ("设备签名覆盖 under signatures", f"{verdict.signed:,}（核验签名 checked {verdict.signatures:,}）"),
        ("校验点 checkpoints", f"{verdict.checkpoints:,}"),
        ("封存件 artefacts", f"{verdict.artefacts:,}"),
        *((f"未随附 withheld: {what}", f"{count:,}") for what, count in verdict.withheld.items()),
        ("文档 documents", f"{verdict.documents:,}"),
        ("个人信息已清除 erased", f"{verdict.erased:,}"),
        ("个人信息未随附 withheld", f"{verdict.withheld_fields:,}"),
        ("与留存的校验点一致 agrees with", agreed),
    ]
    if verdict.settled is not None:
        rows.append(("见证齐 cosigned by the quorum", f"{verdict.settled:,}"))
    lines += [f"  {name}: {value}" for name, value in rows]
    if not verdict.facts_checked:
        lines.append("  未逐条核对记录 · the entries were not read")
    if not verdict.origin_checked:
        lines.append("  请用 --key 给出从别处得到的公钥。· Give the key, obtained elsewhere, with --key.")
    return "\n".join(lines)
