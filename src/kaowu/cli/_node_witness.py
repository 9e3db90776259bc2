"""The policy of witnesses at this node by command: set it, see how it stands, ask now, carry by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kaowu.cli._node import opened, refusals, when
from kaowu.cli._output import emit, fail, json_option

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("--may-split", is_flag=True, help="容许过小的法定数 · take a quorum that two groups could meet")
@click.option("--by", default="node", help="工号 · staff number")
@json_option
def policy(file: Path | None, may_split: bool, by: str, as_json: bool) -> None:
    """查看或设定信任策略（C2SP tlog-policy）：见证人、法定数。

    See the policy and how far each witness has cosigned; with FILE, let that policy count from now on.
    """
    opened()
    from kaowu.facts.envelope import Actor
    from kaowu.store import witnessing
    from kaowu.web.works.witnessing import set_policy

    with refusals(as_json):
        if file is not None:
            text = file.read_text("utf-8").replace("\r\n", "\n")
            set_policy(text, by, Actor(by, "system_administrator"), may_split=may_split)
        known = witnessing.policy()
        found = {
            "policy": known.text if known else "",
            "settled": witnessing.settled_size(),
            "witnesses": [
                {
                    "name": one.name,
                    "url": one.url,
                    "size": one.size,
                    "cosigned_at": one.cosigned_at,
                    "trouble": one.trouble,
                }
                for one in witnessing.witnesses()
            ],
        }
        emit(found, as_json, _in_words)


@click.command("witness-ask")
@json_option
def ask(as_json: bool) -> None:
    """立即请各见证人签见证；凑不齐法定数则退出码为 1。

    Ask every witness now; exit code 1 unless the quorum cosigned the latest checkpoint.
    """
    opened()
    from kaowu.app.witnessing import Witnessing
    from kaowu.store import witnessing
    from kaowu.store.models import JournalHead
    from kaowu.web.counter import book

    with refusals(as_json):
        book().checkpoint()
        troubles = Witnessing().ask(at_once=True)
        settled = witnessing.settled_size()
        found = {"settled": settled, "troubles": {name: one for name, one in troubles.items() if one}}
        (emit if settled == JournalHead.objects.get(pk=1).size else fail)(found, as_json, _asked)


@click.command("witness-out")
@click.argument("name")
@click.option("--out", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@json_option
def slip_out(name: str, folder: Path, as_json: bool) -> None:
    """不连网：导出给见证人的校验点。

    With no network: the checkpoint that is carried to a witness.
    """
    opened()
    from kaowu.web.works.witnessing import slip_for

    with refusals(as_json):
        slip = slip_for(name)
        path = folder / slip.name
        path.write_bytes(slip.content)
        emit({"file": str(path), "size": slip.size}, as_json, f"已写入 · written: {path}")


@click.command("witness-in")
@click.argument("name")
@click.argument("file", type=FILE)
@json_option
def slip_in(name: str, file: Path, as_json: bool) -> None:
    """导入见证人签好的见证。

    Take in what the witness signed.
    """
    opened()
    from kaowu.web.works.witnessing import take_slip

    with refusals(as_json):
        size = take_slip(name, file.read_bytes())
        emit({"size": size}, as_json, f"已导入 · taken: {size:,}")


def _in_words(found: dict[str, Any]) -> str:
    if not found["policy"]:
        return "没有设定信任策略 · no policy is set"
    lines = [found["policy"].rstrip(), f"见证齐 quorum up to: {found['settled']:,}"]
    for one in found["witnesses"]:
        heard = when(one["cosigned_at"]) if one["cosigned_at"] else "从未 never"
        lines.append(f"  {one['name']}: {one['size']:,} ({heard}) {one['trouble']}".rstrip())
    return "\n".join(lines)


def _asked(found: dict[str, Any]) -> str:
    lines = [f"见证齐 quorum up to: {found['settled']:,}"]
    return "\n".join([*lines, *(f"  {name}: {one}" for name, one in found["troubles"].items())])


commands = (policy, ask, slip_out, slip_in)
