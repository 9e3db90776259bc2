"""Plan packages by command: made above, taken below."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kaowu.cli._node import opened, refusals
from kaowu.cli._output import emit, json_option

_NEAREST = ("county", "city", "province")


@click.command()
@click.argument("organisation")
@click.option("--exam", required=True, help="考试代码 · code of the exam")
@click.option("--out", type=click.Path(path_type=Path), help="写入文件 · write the file here")
@click.option("--by", default="node", help="制作人工号 · staff number of who makes it")
@json_option
def package(organisation: str, exam: str, out: Path | None, by: str, as_json: bool) -> None:
    """在上级节点：为考点（或县）制作计划包，封给其节点的钥匙，签名，存档。

    At the node that holds the plan: everything that a site (or a county) needs to hold its part of the
    exam with no network; sealed to its node's key and signed.
    """
    opened()
    from kaowu.facts.envelope import Actor
    from kaowu.web.works import plan_packages

    with refusals(as_json):
        made = plan_packages.make(exam, organisation, Actor(by, "system_administrator"))
        if out is not None:
            out.write_bytes(made.content)
        found: dict[str, Any] = {
            "package": made.digest.hex(),
            "number": made.number,
            "bytes": len(made.content),
            "candidates": made.candidates,
            "rooms": made.rooms,
            "photographs": made.photos,
            "file": str(out) if out else None,
        }
        emit(
            found,
            as_json,
            lambda f: (
                f"计划包 package: {f['candidates']:,} 人 candidates, {f['rooms']} 考场 rooms, {f['photographs']:,} 照片 photographs, {f['bytes']:,} B\n摘要 digest: {f['package']}"
            ),
        )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def take(file: Path, as_json: bool) -> None:
    """在下级节点：验签、解封、装入计划包。装入后不用网络即可办考。

    At the node below: verify, open and install a plan package. From then on the exam needs no network.
    """
    opened()
    with refusals(as_json):
        emit(_taken(file.read_bytes()), as_json, _said)


@click.command()
@click.option("--exam", default="", help="考试代码（默认最新） · code of the exam (default: the latest)")
@json_option
def pull(exam: str, as_json: bool) -> None:
    """从上级节点取最新计划包并装入。

    Get the latest plan package that any node above has, and install it.
    """
    opened()
    with refusals(as_json):
        emit(_taken(_asked_for(exam or "-")), as_json, _said)


def _asked_for(exam: str) -> bytes:
    """The latest package that a node above gives; of equal ones the nearest's.

    Raises LinkDown or Refused as the farthest does if none gives any, or ValueError.
    """
    from kaowu.app.carry import links
    from kaowu.basics.errors import Refused
    from kaowu.edge.carriers import LinkDown
    from kaowu.engines.sync.asking import PACKAGE
    from kaowu.engines.sync.sealed_file import FileRefused, read_file
    from kaowu.web.works.file_words import file_refused

    found: list[tuple[int, bytes]] = []
    trouble: Exception = ValueError("没有登记上级节点 · no node above is enrolled")
    above = [(one.card.role, one) for one in links() if one.card is not None and one.card.role in _NEAREST]
    for _, link in sorted(above, key=lambda pair: _NEAREST.index(pair[0])):
        try:
            content = link.ask(PACKAGE, exam)
            found.append((read_file(content).head.number, content))
        except FileRefused as broken:
            trouble = file_refused(broken)
        except (LinkDown, Refused) as reason:
            trouble = reason
    if not found:
        raise trouble
    return max(found, key=lambda pair: pair[0])[1]


def _taken(content: bytes) -> dict[str, Any]:
    from kaowu.web.works import plan_packages
    from kaowu.web.works.nodes import MACHINE

    fact = plan_packages.take(content, MACHINE)
    return {
        "package": fact.package.hex(),
        "maker": fact.maker,
        "number": fact.number,
        "candidates": fact.candidates,
        "rooms": fact.rooms,
        "photographs": fact.photographs,
    }


def _said(found: dict[str, Any]) -> str:
    if not found["candidates"] + found["rooms"]:
        return f"已经在用，未作改动 · in force already, nothing was changed\n摘要 digest: {found['package']}"
    return f"已装入 · taken: {found['candidates']:,} 人 candidates, {found['rooms']} 考场 rooms, {found['photographs']:,} 照片 photographs\n摘要 digest: {found['package']}"


commands = (package, take, pull)
