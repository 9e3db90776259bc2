"""已由测试证明的功能 · the features that passing tests prove.

The list of features lies beside this module; which of them are proved is read
from the record of the last complete test run (`tests/record.py` writes it).
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kaowu.cli._output import emit, json_option, progress
from kaowu.cli._project import project_root

LIST = Path(__file__).with_name("features.toml")
RECORD = Path("var") / "test-results.json"


@dataclass(frozen=True)
class Feature:
    """One row of the list: what the product must do."""

    id: str
    title: str
    does: str


def feature_list() -> dict[str, Feature]:
    """Every feature by its id, in the order of the list."""
    groups = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return {id_: Feature(id_, **row) for rows in groups.values() for id_, row in rows.items()}


def proved(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Each feature with the passing tests that carry its id."""
    rows = []
    for feature in feature_list().values():
        passing = [
            test["id"]
            for test in record["tests"]
            if feature.id in test["features"] and test["outcome"] == "passed"
        ]
        if passing:
            rows.append({"id": feature.id, "title": feature.title, "tests": passing})
    return rows


def last_record() -> dict[str, Any] | None:
    """The record of the last complete test run in this checkout, if there was one."""
    root = project_root()
    if root is None or not (root / RECORD).is_file():
        return None
    record: dict[str, Any] = json.loads((root / RECORD).read_text(encoding="utf-8"))
    return record


def as_text(rows: list[dict[str, Any]]) -> str:
    """One line for each feature, for people."""
    lines = [f"{row['id']:8} {row['title']}  （{len(row['tests'])}）" for row in rows]
    closing = (
        f"已证明 {len(rows)} 项，共 {len(feature_list())} 项 · {len(rows)} of {len(feature_list())} features"
    )
    return "\n".join([*lines, closing])


@click.command()
@json_option
def command(as_json: bool) -> None:
    """列出上一次完整测试所证明的功能。

    List the features that passing tests proved in the last complete run.
    """
    record = last_record()
    if record is None:
        progress(
            "没有完整测试的记录，请先运行 make test。 · No complete test run is recorded: run `make test` first."
        )
        raise SystemExit(1)
    progress(f"测试完成于 · tested at {record['finished_at']}")
    emit(proved(record), as_json, as_text)
