"""故障仿真 · two real nodes and every misfortune, drawn from a seed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.cli._output import emit, fail, json_option, progress

if TYPE_CHECKING:
    from kaowu.app.faultsim.report import Report
    from kaowu.app.faultsim.watch import Watch

_KEEPS_EVERY_S = 20.0
MEMORY = Path("/dev/shm")
MEMORY_OF_A_JOB = 256_000_000
"""A schedule has needed a tenth of it; a container often has 64 MB in all, and a disk that is full is no misfortune of the seed."""


@click.command()
@click.option(
    "--seeds", default=20, show_default=True, type=click.IntRange(1), help="演几个场景 · how many schedules"
)
@click.option("--first-seed", default=1, show_default=True, help="从哪个种子开始 · the first seed")
@click.option(
    "--suite",
    default="both",
    show_default=True,
    type=click.Choice(["both", "international", "national"]),
    help="密码套件；both：奇数种子用国际，偶数用国密 · both: odd seeds international, even ones national",
)
@click.option(
    "--report",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="结果并入此文件；已演过的种子不再演 · merge into this file; seeds that are in it are not played again",
)
@click.option(
    "--minutes",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="最多演多久；同一命令可接着演 · at most so long; the same command goes on from there",
)
@click.option(
    "--jobs",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="几个进程同时演 · how many at once",
)
@click.option(
    "--whole",
    is_flag=True,
    help="有不能演的故障即失败 · fail where a kind of fault cannot be played on this machine",
)
@json_option
def command(
    seeds: int,
    first_seed: int,
    suite: str,
    file: Path | None,
    minutes: float,
    jobs: int,
    whole: bool,
    as_json: bool,
) -> None:
    """以随机种子演练故障：断网、断电、坏盘、位翻转、错钟、分叉、旧盘、换机、上级撒谎；每次核对一条不丢、一条不重、画面一致。

    Play schedules of faults between a site and a county, each a process on a disk of its own, under signed runs and in
    both cipher suites. Exit code 1 if any promise is broken; the seed that shows it is printed and replays the same
    schedule. docs/explanation/faultsim.md says what can happen and what must hold.
    """
    # Whoever ends it, by whatever signal, leaves no disks behind, and the report keeps what was played.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="kaowu-faultsim-", dir=_memory(jobs)) as folder:
        os.environ["KAOWU_DATA"] = str(Path(folder) / "simulator")
        os.environ.pop("KAOWU_DATABASE_URL", None)
        os.environ.pop("KAOWU_SUITE", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
        import django

        django.setup()
        from kaowu.app.faultsim import disk
        from kaowu.app.faultsim.players import PlayerDied
        from kaowu.app.faultsim.report import Report
        from kaowu.app.faultsim.watch import Watch

        if missing := disk.why_not():
            progress(f"不能演的磁盘故障 · disks cannot be spoilt here: {missing}")
            if whole:
                raise SystemExit(1)
        report = Report.read(file) if file else Report()
        try:
            with Watch() as watch:
                _play(
                    Path(folder),
                    range(first_seed, first_seed + seeds),
                    suite,
                    report,
                    file,
                    minutes * 60,
                    jobs,
                    watch,
                )
        except PlayerDied as died:
            progress(f"未演完 not played out: {died}")
            raise SystemExit(1) from died
        finally:
            if file:
                report.write(file)
    result = report.as_dict()
    (fail if report.violations else emit)(result, as_json, _in_words)


def _memory(jobs: int) -> Path | None:
    """Memory in the place of a disk: what a power cut takes away the simulator takes away. None where it is too small."""
    there = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= jobs * MEMORY_OF_A_JOB
    return MEMORY if there else None


def _play(
    folder: Path,
    seeds: range,
    suite: str,
    report: Report,
    file: Path | None,
    within_s: float,
    jobs: int,
    watch: Watch,
) -> None:
    from kaowu.app.faultsim import acts, judgement, nodes, schedule
    from kaowu.app.faultsim.players import played

    suites = ("national", "international") if suite == "both" else (suite, suite)
    new = [seed for seed in seeds if not report.has(seed, suites[seed % 2])]
    if not new:
        return
    watch.mark("making the nodes that schedules begin with")
    nodes.warm_up()
    worlds = {name: schedule.begin(folder / name, name) for name in sorted(set(suites))}
    here, missing = acts.acts_here()
    watch.mark("")

    def play(seed: int) -> schedule.Outcome:
        return schedule.run(
            seed, worlds[suites[seed % 2]], here, acts.LAST, judgement.judge_all, folder, watch.mark
        )

    part = report.begin_part(missing)
    begun = kept = time.monotonic()
    with closing(played(new, jobs, play)) as outcomes:
        for outcome in outcomes:
            part.add(outcome)
            if outcome.violation:
                progress(
                    f"违背 violated — kaowu faultsim --seeds 1 --first-seed {outcome.seed} --suite {outcome.suite}\n"
                    f"   {outcome.violation}\n   {' → '.join(outcome.acts)}"
                )
            now = time.monotonic()
            if file and now - kept >= _KEEPS_EVERY_S:
                report.write(file)
                kept = now
            if now - begun >= within_s:
                progress(
                    f"时间到，同一命令可接着演 · time is up after seed {outcome.seed}; the same command goes on"
                )
                return


def _in_words(result: dict[str, Any]) -> str:
    faults = sum(result["faults"].values())
    lines = [
        f"{result['schedules']:,} 个场景，{result['facts']:,} 条回执，{faults:,} 次故障，CPU {result['cpu_s']:,} 秒",
        f"{result['schedules']:,} schedules, {result['facts']:,} acknowledged facts, {faults:,} faults,"
        f" {result['cpu_s']:,} CPU s",
        *(f"  {fault}: {count:,}" for fault, count in result["faults"].items()),
    ]
    for bad in result["violations"]:
        lines.append(f"违背 violated — seed {bad['seed']} ({bad['suite']}): {bad['violation']}")
    return "\n".join(lines)
