"""What all engine commands share: files read strictly, and the seed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from kaowu.cli._output import fail

Read = TypeVar("Read")
BREAKS_SHOWN = 50
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SEED_OPTION = click.option(
    "--seed", "seed_text", metavar="HEX", help="随机种子 · the seed: 32 or more hexadecimal digits."
)
out_option = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="写入结果文件 · write the result."
)


def seed_of(text: str | None) -> bytes:
    """The seed of a text in hexadecimal, or a fresh one."""
    if text is None:
        return secrets.token_bytes(32)
    try:
        seed = bytes.fromhex(text)
    except ValueError as error:
        raise click.BadParameter("不是十六进制 · not hexadecimal", param_hint="--seed") from error
    if len(seed) < 16:
        raise click.BadParameter(
            "种子至少128位（32个十六进制数字） · a seed has at least 128 bits", param_hint="--seed"
        )
    return seed


def read(path: Path, reader: Callable[[bytes], Read], as_json: bool) -> Read:
    """What a reader makes of a file; a refusal is told and ends the command."""
    from kaowu.basics.errors import Refused

    try:
        return reader(path.read_bytes())
    except Refused as refused:
        sentence = refused.sentence
        fail({"file": str(path), **refused.as_dict()}, as_json, f"{path.name}：{sentence.zh} · {sentence.en}")
