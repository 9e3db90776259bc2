"""`kaowu engine seating proof`: whether one candidate's seat stands under a root, from the candidate's file alone."""

from __future__ import annotations

from pathlib import Path

import click

from kaowu.cli._engine_files import FILE, read
from kaowu.cli._output import emit, fail, json_option


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--root", metavar="HEX", help="记录在案的座位树根 · the root on record; without it the file's own."
)
@json_option
def proof(file: Path, root: str | None, as_json: bool) -> None:
    """核对座位凭据 · check a proof of one's own seat; exit 1 if it does not lead to the root."""
    from kaowu.loop.prepare.seat_proofs import SeatProof

    found = read(file, SeatProof.from_bytes, as_json)
    as_published = root is None or root.strip().lower() == found.root.hex()
    line = found.line
    said = {
        "holds": found.holds and as_published,
        "path": found.holds,
        "root_on_record": as_published if root is not None else None,
        "root": found.root.hex(),
        "exam": found.exam,
        "seat": {"site": line.site, "room": line.room, "seat": line.seat, "sitting": line.sitting},
        "admission_number": line.admission_number,
    }
    where = f"{line.site} 考点 {line.room} 考场 {line.seat} 座（{line.admission_number}）"
    if not as_published:
        fail(said, as_json, f"树根与所给的不同 · another root than the one given：{found.root.hex()}")
    if not found.holds:
        fail(said, as_json, f"凭据算不到树根 · the path does not lead to the root：{where}")
    emit(said, as_json, f"相符 · holds：{where}\n树根 · root {found.root.hex()}")
