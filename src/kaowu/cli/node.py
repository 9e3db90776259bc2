"""节点 · this node among others: what it is, what it keeps of others, what others acknowledged of it."""

from __future__ import annotations

from typing import Any

import click

from kaowu.cli import _node_bundles, _node_life, _node_neighbours, _node_plan, _node_witness
from kaowu.cli._node import in_words, opened, status_of
from kaowu.cli._output import emit, fail, json_option, progress


@click.group()
def command() -> None:
    """本节点与上下级节点：初始化、登记、计划包、上传流水、重建。

    This node among others: set up, enrolment, plan packages, mirroring upward, rebuilding.
    """


@command.command()
@json_option
def status(as_json: bool) -> None:
    """本节点的名称、公钥、流水长度，以及上级回执与下级副本。

    Name, keys and length of this node's journal; what is acknowledged above and copied from below.
    """
    opened()
    emit(status_of(), as_json, in_words)


@command.command()
@click.option("--once", is_flag=True, help="只传一次 · one attempt, then end")
@json_option
def mirror(once: bool, as_json: bool) -> None:
    """把流水传给所有已登记的上级节点，并读入下级的记录，直到 Ctrl-C；--once 只传一次。

    Bring the journal to every node above, and read what came from below, until Ctrl-C. With --once:
    one attempt, exit code 1 unless all of it was cosigned.
    """
    opened()
    from kaowu.app.carry import Round
    from kaowu.store.models import MirroredLog, Upstream

    if not Upstream.objects.exists() and not (MirroredLog.objects.exists() and not once):
        fail({"error": "no upstream"}, as_json, "没有登记上级节点 · no node above is enrolled")
    carrying = Round(progress)
    if once:
        done = carrying.once()
        settled = all(one.settled for one in done.values())
        (emit if settled else fail)({name: _as_dict(one) for name, one in done.items()}, as_json, _said)
        return
    try:
        carrying.run(lambda: False)
    except KeyboardInterrupt:
        return


@command.command(hidden=True)
def carry() -> None:
    """What `kaowu run` starts beside server and workers."""
    import signal

    opened()
    from kaowu.app.carry import Round

    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.append(1))
    Round(progress).run(lambda: bool(asked))


for module in (_node_life, _node_neighbours, _node_plan, _node_bundles, _node_witness):
    for one in module.commands:
        command.add_command(one)


def _as_dict(one: Any) -> dict[str, Any]:
    return {
        "size": one.size,
        "cosigned": one.cosigned,
        "sent": one.sent,
        "settled": one.settled,
        "trouble": one.trouble,
        "detail": one.detail,
    }


def _said(done: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: {one['cosigned']:,}/{one['size']:,} " + (one["trouble"] or "已回执 acknowledged")
        for name, one in done.items()
    )
