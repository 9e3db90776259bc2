"""How commands speak: people read text, programs read exactly one JSON value.

With `--json` standard output holds one JSON value and nothing else; progress
and warnings always go to standard error. A command that fails says so by its
exit code, with or without JSON.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import click

json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="标准输出只含一个 JSON 值 · exactly one JSON value on standard output",
)


def emit(value: object, as_json: bool, human: Callable[[Any], str] | str = "") -> None:
    """Write `value` as JSON, or what `human` makes of it for a person to read."""
    if as_json:
        text = json.dumps(value, ensure_ascii=False, indent=2, default=plain)
    else:
        text = human if isinstance(human, str) else human(value)
    if text:
        click.echo(text)


def fail(
    value: object,
    as_json: bool,
    human: Callable[[Any], str] | str = "",
    *,
    code: int = 1,
) -> NoReturn:
    """Write the result as `emit` does (text to standard error), then end with `code`."""
    if as_json:
        emit(value, as_json)
    else:
        progress(human if isinstance(human, str) else human(value))
    raise SystemExit(code)


def progress(text: str) -> None:
    """Say to the person what is going on, beside the result."""
    click.echo(text, err=True)


def plain(value: object) -> object:
    """The JSON form of the values that commands hand out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")
