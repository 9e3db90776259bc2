"""考务引擎 · engines on files: a problem goes in, a solution comes out, anybody's solution is judged."""

from __future__ import annotations

import click

from kaowu.cli._engine_allocation import allocation
from kaowu.cli._engine_draw import draw
from kaowu.cli._engine_opening import opening
from kaowu.cli._engine_seating import seating


@click.group(help=__doc__)
def command() -> None:
    pass


command.add_command(seating)
command.add_command(draw)
command.add_command(allocation)
command.add_command(opening)
