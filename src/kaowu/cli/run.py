"""运行一个节点 · run a node: server and worker."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """运行本节点：服务与后台任务，按 Ctrl-C 停止。

    Run this node, server and worker, until Ctrl-C. KAOWU_PORT and KAOWU_DATA configure it.
    """
    from kaowu.app.run import CannotStart, run
    from kaowu.cli._output import progress

    try:
        raise SystemExit(run(click.echo))
    except CannotStart as reason:
        progress(str(reason))
        raise SystemExit(1) from reason
