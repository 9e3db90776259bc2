"""Bundles for a memory stick, by command: two persons prove who they are at the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kaowu.cli._node import opened, refusals
from kaowu.cli._output import emit, json_option

_PERMISSION = "bundles.carry"


def _persons(function: Callable[..., None]) -> Callable[..., None]:
    """The two persons: staff numbers as options, passwords asked for without showing them."""
    options = (
        click.option("--first", required=True, help="第一人工号 · staff number of the first person"),
        click.option("--second", required=True, help="第二人工号 · staff number of the second person"),
        click.option("--first-password", prompt="第一人密码 first password", hide_input=True),
        click.option("--second-password", prompt="第二人密码 second password", hide_input=True),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group()
def bundle() -> None:
    """离线包：网络不通时由两人用存储介质上送流水、带回回执。

    Bundles: the journal on a memory stick in the hands of two persons, and the receipt that comes back.
    """


@bundle.command("out")
@click.argument("upstream")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="目录 · folder"
)
@_persons
@json_option
def out(
    upstream: str,
    folder: Path,
    first: str,
    second: str,
    first_password: str,
    second_password: str,
    as_json: bool,
) -> None:
    """导出上级未回执的全部记录，封给上级的钥匙。

    Everything that the node above has not acknowledged, sealed to its key.
    """
    opened()
    from kaowu.app.carry import personal_fields_go_up
    from kaowu.web.works import bundles

    with refusals(as_json):
        pair = _pair((first, first_password), (second, second_password))
        _write(bundles.make_up(upstream, pair, personal_fields_go_up()), folder, as_json)


@bundle.command("receipt")
@click.argument("origin")
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="目录 · folder"
)
@_persons
@json_option
def receipt(
    origin: str,
    folder: Path,
    first: str,
    second: str,
    first_password: str,
    second_password: str,
    as_json: bool,
) -> None:
    """在上级节点：导出给下级的回执。

    At the node above: the cosignature for a log below, to be carried back.
    """
    opened()
    from kaowu.web.works import bundles

    with refusals(as_json):
        pair = _pair((first, first_password), (second, second_password))
        _write(bundles.make_receipt(origin, pair), folder, as_json)


@bundle.command("in")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_persons
@json_option
def take(
    file: Path, first: str, second: str, first_password: str, second_password: str, as_json: bool
) -> None:
    """导入离线包或回执；重复导入无害。

    Take a bundle or a receipt in; handing it in twice is harmless.
    """
    opened()
    from kaowu.web.works import bundles

    with refusals(as_json):
        done = bundles.take(file.read_bytes(), _pair((first, first_password), (second, second_password)))
        found: dict[str, Any] = (
            {"acknowledged": done}
            if isinstance(done, int)
            else {"origin": done.origin, "cosigned": done.cosigned, "new": done.new}
        )
        emit(found, as_json, _said)


def _said(found: dict[str, Any]) -> str:
    if "acknowledged" in found:
        return f"回执已导入 · acknowledged up to {found['acknowledged']:,}"
    return (
        f"已导入 · taken: {found['origin']}，新 new {found['new']:,}，已签回执 cosigned {found['cosigned']:,}"
    )


def _write(made: Any, folder: Path, as_json: bool) -> None:
    path = folder / made.name
    path.write_bytes(made.content)
    found = {
        "file": str(path),
        "start": made.start,
        "end": made.end,
        "bytes": len(made.content),
        "digest": made.digest.hex(),
    }
    emit(
        found,
        as_json,
        lambda f: (
            f"已写入 · written: {f['file']}（第 {f['start']:,} 至 {f['end']:,} 条，{f['bytes']:,} B）\n摘要 digest: {f['digest']}"
        ),
    )


def _pair(*given: tuple[str, str]) -> Any:
    """Two different persons who may carry bundles. Raises Refused."""
    from kaowu.basics.errors import Refused, Sentence
    from kaowu.engines.ledger.runs import Proven
    from kaowu.facts.envelope import Actor
    from kaowu.store.models import Account
    from kaowu.web.access import grants_of
    from kaowu.web.counter import clock
    from kaowu.web.permissions import PERMISSIONS
    from kaowu.web.works.bundles import Pair

    accounts = []
    for number, password in given:
        account = Account.objects.filter(number=number, is_active=True).first()
        if account is None or not account.check_password(password):
            raise Refused(
                "not_proven",
                Sentence(f"工号或密码不对：{number}。", f"Number or password is wrong: {number}."),
            )
        accounts.append(account)
    one, two = accounts
    if one.pk == two.pk or (one.person_id and one.person_id == two.person_id):
        raise Refused("second_person_missing", Sentence("须两个人。", "Two persons are needed."))
    actors = []
    for account in accounts:
        held = [post for post, _ in grants_of(account) if post in PERMISSIONS[_PERMISSION].posts]
        if not held:
            raise Refused(
                "post_not_entitled",
                Sentence(
                    f"{account.number} 的岗位不能交接离线包。",
                    f"The post of {account.number} may not carry bundles.",
                ),
            )
        actors.append(Actor(account.number, held[0]))
    proven = tuple(Proven(a.number, f"account/{a.number}", "password", clock.now()) for a in accounts)
    return Pair(actors, proven)


@click.command()
@click.option("--goes-on-from", "previous", default="", help="要接续的流水 · the log to go on from")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="写入文件 · write the file here")
@json_option
def card(previous: str, out: Path | None, as_json: bool) -> None:
    """在新机器上：写出本机名片，交给上级或备机制作流水副本。

    At the new machine: its card, for whoever is to give it the copy of a log (`node copy`).
    """
    opened()
    from kaowu.app import rebuilding
    from kaowu.web.works.log_files import short_form

    with refusals(as_json):
        own = rebuilding.card_for_copy(previous)
        if out is not None:
            out.write_text(own.to_text() + "\n", encoding="utf-8")
        found = {
            "card": own.to_text(),
            "origin": own.origin,
            "short": short_form(own),
            "file": str(out or ""),
        }
        emit(found, as_json, lambda f: f"{f['card']}\n核对码 compare: {f['short']}")


@click.command()
@click.argument("origin")
@click.option("--for", "card_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
              help="新机器的名片文件 · card of the new machine")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="文件 · file")
@_persons
@json_option
def copy(
    origin: str,
    card_file: Path,
    out: Path,
    first: str,
    second: str,
    first_password: str,
    second_password: str,
    as_json: bool,
) -> None:
    """在上级或备机：把持有的流水副本写入文件，封给新机器；原流水随即停收。

    At the node above or at the standby: the copy of a log in a file, sealed to the new machine. The old
    log is closed with it.
    """
    opened()
    from kaowu.engines.sync.cards import NodeCard
    from kaowu.web.node_key import verifying_key
    from kaowu.web.works import log_files

    with refusals(as_json):
        pair = _pair((first, first_password), (second, second_password))
        text = card_file.read_text(encoding="utf-8")
        made = log_files.give(origin, text, pair)
        out.write_bytes(made.content)
        found = {
            "file": str(out),
            "facts": made.facts,
            "successor": made.successor,
            "short": log_files.short_form(NodeCard.from_text(text.strip())),
            "key": verifying_key().to_text(),
            "bytes": len(made.content),
        }
        emit(
            found,
            as_json,
            lambda f: (
                f"已写入 · written: {f['file']}（{f['facts']:,} 条 facts，{f['bytes']:,} B）\n"
                f"核对码 compare: {f['short']}\n本机流水公钥 log key for --key: {f['key']}"
            ),
        )


commands = (bundle, card, copy)
