"""The life of a node: set up, run, go on from a lost one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kaowu.cli._node import opened, refusals
from kaowu.cli._output import emit, fail, json_option

ROLES = ("site", "county", "city", "province")


@click.command()
@click.option("--role", type=click.Choice(ROLES), required=True, help="级别 · role")
@click.option("--name", required=True, help="节点名称，全国唯一 · a name of its own, such as site-370405001")
@click.option("--organisation", default="", help="单位代码 · code of the unit it stands for")
@click.option("--url", default="", help="别的节点怎样找到它，以 /mirror 结尾 · where others reach it")
@json_option
def init(role: str, name: str, organisation: str, url: str, as_json: bool) -> None:
    """把一个空的数据目录设为正式节点：不装示例，建三名管理员账号。

    Make an empty data folder a real node: no example, and three administrators' accounts with passwords
    that are shown once.
    """
    from kaowu.app import data_folder, node_file

    folder = data_folder.from_environment().root
    if (folder / "node.json").exists() or (folder / "kaowu.sqlite3").exists():
        fail({"error": "not empty"}, as_json, f"数据目录已有节点 · there is a node in {folder} already")
    if (
        not name
        or set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
        or len(name) > 60
    ):
        fail(
            {"error": "name"},
            as_json,
            "名称只用字母、数字、点和连字符 · letters, digits, dots and hyphens only",
        )
    if role == "site" and not organisation:
        fail(
            {"error": "organisation"}, as_json, "考点节点须给出考点代码 · a site's node needs --organisation"
        )
    node_file.write_identity(folder, node_file.NodeIdentity(name, role, organisation, 1, url))
    opened()
    from kaowu.app import first_start

    accounts = first_start.open_administrators()
    found = {
        "origin": f"{name}/1",
        "folder": str(folder),
        "accounts": [{"number": one.number, "password": one.password, "post": one.post} for one in accounts],
    }
    emit(found, as_json, _founded)


def _founded(found: dict[str, Any]) -> str:
    lines = [f"节点已建立 · node made: {found['origin']} ({found['folder']})"]
    lines += [f"  {one['number']:<10} {one['password']:<18} {one['post']}" for one in found["accounts"]]
    lines.append(
        "密码只显示这一次；首次登录后请修改 · passwords are shown once; change them after signing in"
    )
    return "\n".join(lines)


@click.command()
def run() -> None:
    """运行本节点（同 kaowu run）。

    Run this node (the same as kaowu run).
    """
    from kaowu.cli.run import command

    command.main(args=[], standalone_mode=True)


@click.command()
@click.option(
    "--from",
    "source",
    required=True,
    help="上级节点地址（…/mirror）或副本文件 · URL of the node above, or a file with the copy",
)
@click.option("--code", default="", help="上级给的登记码 · the one-time code of the node above")
@click.option(
    "--of", "previous", default="", help="原流水名称（默认：本节点的上一纪元） · the log to go on from"
)
@click.option(
    "--key", default="", help="给出副本文件的节点的流水公钥，电话核对 · log key of who gave the file"
)
@json_option
def rebuild(source: str, code: str, previous: str, key: str, as_json: bool) -> None:
    """在新机器上重建被毁的节点：先 node init 同名节点，再用此命令取回流水并开启新纪元。

    Build a destroyed node anew on another machine: `node init` with the same name, then this. The copy
    is proven, the old key is dead, the new log's first facts name where it goes on from. A file comes
    from `node copy` at the node above or at the standby.
    """
    opened()
    from kaowu.app import rebuilding

    with refusals(as_json):
        done = (
            rebuilding.from_upstream(source, code, previous)
            if "://" in source
            else rebuilding.from_file(Path(source).read_bytes(), signed_by=key)
        )
        emit(done, as_json, _rebuilt)


@click.command()
@click.option("--of", "previous", required=True, help="主机流水名称 · the log of the machine that failed")
@json_option
def takeover(previous: str, as_json: bool) -> None:
    """备机接管：以本机持有的副本继续，不再接收主机的流水；上级节点据此自动停收主机的流水。

    The standby takes over: it goes on from the copy that it holds, and takes nothing more of the other.
    The node above closes the other log by itself as soon as it hears of it.
    """
    opened()
    from kaowu.app import rebuilding

    with refusals(as_json):
        emit(rebuilding.from_standby(previous), as_json, _rebuilt)


def _rebuilt(done: dict[str, Any]) -> str:
    return (
        f"已接续 · goes on from {done['previous']}: {done['size']:,} 条 facts, 树根 root {done['root']}\n"
        f"新流水 new log: {done['origin']}"
    )


commands = (init, run, rebuild, takeover)
