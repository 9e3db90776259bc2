"""见证人 · a witness of other nodes' journals: a notebook that cosigns checkpoints, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kaowu.cli._output import emit, fail, json_option, progress

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def command() -> None:
    """见证人：为别的节点的流水校验点签见证，只签与上次所见一致的。不需要数据库，看不到任何记录。

    A witness: cosigns checkpoints of other nodes' logs if they continue what it saw last. It needs no
    database and sees no fact. FOLDER holds its key and its memory.
    """


@command.command()
@FOLDER
@click.option("--name", required=True, help="见证人名称，如 jijian-370402 · the name of its key")
@click.option("--national", is_flag=True, help="用国密算法 · SM2 and SM3")
@json_option
def init(folder: Path, name: str, national: bool, as_json: bool) -> None:
    """新建见证本与密钥；打印写进信任策略的公钥。

    A new notebook with its key; prints the key for the policy.
    """
    from kaowu.basics.suites import INTERNATIONAL, NATIONAL
    from kaowu.edge.notebook import Notebook

    try:
        if not name or "+" in name or name.split() != [name] or len(name) > 60:
            raise ValueError("名称不含空格和加号 · a name without spaces and plus signs")
        notebook = Notebook.make(folder, name, NATIONAL if national else INTERNATIONAL)
    except (ValueError, FileExistsError) as error:
        fail({"error": str(error)}, as_json, f"没有建立 · not made: {error}")
    found = {"key": notebook.key.to_text(), "folder": str(folder)}
    emit(found, as_json, lambda f: f"见证公钥 witness key: {f['key']}")


@command.command()
@FOLDER
@click.argument("origin")
@click.argument("key")
@json_option
def admit(folder: Path, origin: str, key: str, as_json: bool) -> None:
    """登记一本流水：名称与公钥经电话核对。

    Cosign this log from now on; origin and key were compared by telephone.
    """
    from kaowu.basics.suites import VerifyingKey

    notebook = _opened(folder, as_json)
    try:
        notebook.admit(origin, VerifyingKey.from_text(key))
    except ValueError as error:
        fail({"error": str(error)}, as_json, f"没有登记 · not admitted: {error}")
    emit({"origin": origin, "key": key}, as_json, f"已登记 · admitted: {origin}")


@command.command()
@FOLDER
@json_option
def status(folder: Path, as_json: bool) -> None:
    """公钥、各流水最后签到哪里、有无自相矛盾的证据。

    The key, how far each log was cosigned, and evidence of logs with two faces.
    """
    notebook = _opened(folder, as_json)
    logs = [
        {"origin": one.origin, "size": one.size, "root": one.root.hex(), "cosigned_at": one.cosigned_at}
        for one in notebook.logs
    ]
    evidence = [str(path) for path in notebook.evidence()]
    emit({"key": notebook.key.to_text(), "logs": logs, "evidence": evidence}, as_json, _in_words)


@command.command()
@FOLDER
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8790, show_default=True)
@click.option("--cert", type=click.Path(exists=True, path_type=Path), help="TLS 证书 · certificate")
@click.option("--cert-key", type=click.Path(exists=True, path_type=Path), help="证书私钥 · its key")
def run(folder: Path, host: str, port: int, cert: Path | None, cert_key: Path | None) -> None:
    """在网上应答 add-checkpoint（C2SP tlog-witness），直到 Ctrl-C。非本机地址须有证书。

    Answer over the network until Ctrl-C. Beyond this machine a certificate is needed.
    """
    from kaowu.edge.https import is_here
    from kaowu.edge.witness_door import door

    if cert is None and not is_here(host):
        raise click.UsageError("非本机地址须给出 --cert · beyond this machine --cert is needed")
    served = door(_opened(folder, False), (host, port), cert, cert_key)
    progress(
        f"见证人在 · the witness answers at {'https' if cert else 'http'}://{host}:{served.server_port}/"
    )
    try:
        served.serve_forever()
    except KeyboardInterrupt:
        served.server_close()


@command.command()
@FOLDER
@click.argument("slip", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@json_option
def sign(folder: Path, slip: Path, out: Path, as_json: bool) -> None:
    """不连网：为存储介质带来的校验点签见证，写入 --out。

    With no network: cosign the checkpoint that a memory stick brought (kaowu node witness-out).
    """
    verdict = _opened(folder, as_json).cosign(slip.read_bytes())
    if verdict.code != "cosigned":
        fail({"refused": verdict.code}, as_json, f"拒绝签见证 · refused: {verdict.code}")
    out.write_bytes(verdict.body)
    emit({"file": str(out)}, as_json, f"已签 · cosigned: {out}")


def _opened(folder: Path, as_json: bool) -> Any:
    from kaowu.edge.notebook import Notebook

    try:
        return Notebook(folder)
    except (OSError, ValueError, KeyError) as error:
        fail({"error": str(error)}, as_json, f"不是见证本 · not a notebook: {folder}: {error}")


def _in_words(found: dict[str, Any]) -> str:
    lines = [f"见证公钥 witness key: {found['key']}"]
    lines += [
        f"  {one['origin']}: {one['size']:,} 条 facts, 树根 root {one['root']}" for one in found["logs"]
    ]
    lines += [f"  自相矛盾的校验点 TWO FACES: {path}" for path in found["evidence"]]
    return "\n".join(lines)
