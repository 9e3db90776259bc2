"""Play a seeded exam day of the example exam through the public doors."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from kaowu.cli._output import emit, fail, json_option, progress


@click.command(short_help="演示一个考试日 · play an exam day")
@click.option("--seed", default=1, show_default=True, help="同一种子，同一天 · same seed, same day")
@click.option("--day", default=1, show_default=True, help="考试的第几天 · which day of the exam")
@click.option(
    "--speed", default=60.0, show_default=True, help="考试时间比实际快多少倍 · how many times real time"
)
@click.option("--fast", is_flag=True, help="不开服务器，尽快演完 · no server, as fast as the machine allows")
@click.option("--server", default="", help="正在运行的服务器地址 · address of a running server")
@click.option("--exam", default="", help="考试代码，默认示例考试 · exam, the example by default")
@click.option("--data", type=click.Path(path_type=Path), help="数据文件夹，同 KAOWU_DATA · the data folder")
@click.option(
    "--archive", type=click.Path(path_type=Path), help="演完后归档到此文件 · write the archive here"
)
@click.option(
    "--lines", is_flag=True, hidden=True, help="each step of progress as one JSON line on standard error"
)
@json_option
def command(
    seed: int,
    day: int,
    speed: float,
    fast: bool,
    server: str,
    exam: str,
    data: Path | None,
    archive: Path | None,
    lines: bool,
    as_json: bool,
) -> None:
    """演示示例考试的一个考试日：同样的请求经公开的接口送入，速度可选。

    Play one day of the example exam: the same requests that devices send, through the same doors.
    Without --fast a running server is used (--server, or this machine's KAOWU_PORT).
    """
    if data is not None:
        os.environ["KAOWU_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaowu.app.settings")
    import django

    django.setup()
    from kaowu.app.demo.doors import DoorShut
    from kaowu.app.demo.session import play_day
    from kaowu.basics.errors import Refused

    def tell(done: int, of: int, at: int) -> None:
        if lines:
            click.echo(json.dumps({"done": done, "of": of, "at": at}), err=True)
        elif sys.stderr.isatty():
            click.echo(f"\r{done:,}/{of:,}", err=True, nl=False)

    begun = time.monotonic()
    try:
        result = play_day(
            exam=exam,
            seed=seed,
            day=day,
            speed=None if fast else speed,
            server=server,
            archive=archive,
            tell=tell,
            say=progress,
        )
    except Refused as refusal:
        fail(refusal.as_dict(), as_json, f"{refusal.sentence.zh}\n{refusal.sentence.en}")
    except (DoorShut, OSError) as error:
        fail({"error": str(error)}, as_json, f"接口没有应答 · the door did not answer: {error}")
    result["wall_s"] = round(time.monotonic() - begun, 1)
    emit(result, as_json, _said)


def _said(result: dict[str, Any]) -> str:
    outcomes = "，".join(f"{name} {count:,}" for name, count in sorted(result["outcomes"].items()))
    text = (
        f"演完 {'、'.join(result['sittings'])} 场，{result['requests']:,} 条请求：{outcomes}；"
        f"{sum(result['findings'].values())} 条规则发现；用时 {result['wall_s']} 秒\n"
        f"Played sittings {', '.join(result['sittings'])}: {result['requests']:,} requests, "
        f"{sum(result['findings'].values())} findings, {result['wall_s']} s"
    )
    if result.get("archive"):
        text += f"\n归档 archive: {result['archive']}\n验证 verify:   kaowu verify {result['archive']} --key {result['key']}"
    return text
