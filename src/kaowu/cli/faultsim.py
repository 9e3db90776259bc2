"""故障仿真 · two real nodes and every misfortune, drawn from a seed."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from kaowu.cli._output import emit, fail, json_option, progress


@click.command()
@click.option(
    "--seeds", default=20, show_default=True, type=click.IntRange(1), help="演几个场景 · how many schedules"
)
@click.option("--first-seed", default=1, show_default=True, help="从哪个种子开始 · the first seed")
@json_option
def command(seeds: int, first_seed: int, as_json: bool) -> None:
    """以随机种子演练故障：断网、断电、磁盘满、位翻转、分叉、旧盘、上级撒谎；每次都核对一条不丢、一条不重。

    Play schedules of faults between a site and a county, each a process on a disk of its own: links
    that fail in every way, kill -9, a full disk, flipped bits, forks, old disks, lies. Exit code 1 if
    any promise is broken; the seed that shows it is printed and replays the same schedule.
    """
    with tempfile.TemporaryDirectory(prefix="kaowu-faultsim-") as folder:
        os.environ["KAOWU_DATA"] = folder
        os.environ.pop("KAOWU_DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
        import django

        django.setup()
        from kaowu.app.faultsim import schedule
        from kaowu.app.faultsim.nodes import make_disk

        empty = Path(folder) / "empty.sqlite3"
        make_disk(empty)
        begun = time.monotonic()
        outcomes = []
        for seed in range(first_seed, first_seed + seeds):
            outcomes.append(schedule.run(seed, empty))
            if outcomes[-1].violation:
                progress(f"{seed}: {outcomes[-1].violation}\n   {' → '.join(outcomes[-1].acts)}")
    happened: Counter[str] = sum((one.happened for one in outcomes), Counter())
    bad = [one for one in outcomes if one.violation]
    result = {
        "first_seed": first_seed,
        "seeds": seeds,
        "facts": sum(one.facts for one in outcomes),
        "faults": dict(sorted(happened.items())),
        "violations": [{"seed": one.seed, "violation": one.violation, "acts": one.acts} for one in bad],
        "wall_s": round(time.monotonic() - begun, 1),
    }
    (fail if bad else emit)(result, as_json, _in_words)


def _in_words(result: dict[str, Any]) -> str:
    faults = sum(result["faults"].values())
    lines = [
        f"{result['seeds']} 个场景，{result['facts']:,} 条记录，{faults} 次故障，用时 {result['wall_s']} 秒",
        f"{result['seeds']} schedules, {result['facts']:,} facts, {faults} faults in {result['wall_s']} s",
        *(f"  {fault}: {count}" for fault, count in result["faults"].items()),
    ]
    for bad in result["violations"]:
        lines.append(f"违背 violated — seed {bad['seed']}: {bad['violation']}")
    return "\n".join(lines)
