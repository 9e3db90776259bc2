"""考试类别配置：列出、查看、检查 · list, show and check exam profiles."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from kaowu.basics.errors import Refused
from kaowu.cli._output import emit, fail, json_option
from kaowu.rules.load import KINDS, data_folders, faults_in, rulebook
from kaowu.rules.profile import Line, Profile
from kaowu.rules.toml_table import Fault


@click.group()
def command() -> None:
    """考试类别配置：法规包与全部数字 · exam profiles: rule packs and every number."""


@command.command("list")
@json_option
def list_profiles(as_json: bool) -> None:
    """列出全部类别配置 · list the profiles."""
    rows = [_summary(profile) for profile in rulebook().profiles.values()]
    emit(rows, as_json, lambda values: "\n".join(_summary_line(row) for row in values))


@command.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """显示一个类别配置的每一行及其依据 · show every line with its source."""
    try:
        profile = rulebook().profile(name)
    except Refused as refused:
        fail(refused.as_dict(), as_json, f"{refused.sentence.zh}\n{refused.sentence.en}")
    resolved = profile.resolve()
    value = {
        **_summary(profile),
        "digest": resolved.digest.hex(),
        "lines": {key: _line(line) for key, line in profile.lines.items()},
        "script": [
            {"key": step.key, "at": str(step.at), "post": step.post, "label": step.label.as_dict()}
            for step in profile.script.steps
        ],
    }
    emit(value, as_json, lambda _: _shown(profile, resolved.digest))


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    help="文件属于哪一类；默认看所在文件夹，否则为 profiles · what the file is",
)
@json_option
def check(file: Path, kind: str | None, as_json: bool) -> None:
    """检查一个文件，列出全部错误 · check one file and list every fault."""
    chosen = kind or (file.parent.name if file.parent.name in KINDS else "profiles")
    faults = _faults_with(file, chosen)
    value = {"file": str(file), "kind": chosen, "faults": [fault.as_dict() for fault in faults]}
    if faults:
        fail(value, as_json, "\n".join(f"{fault.said.zh}\n  {fault.said.en}" for fault in faults))
    emit(value, as_json, f"{file}：没有错误 · no faults")


def _faults_with(file: Path, kind: str) -> tuple[Fault, ...]:
    """The faults of the rule data with this file in it; it stands in for a file of the same name."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = [_copy(folder, Path(scratch) / str(n)) for n, folder in enumerate(data_folders())]
        name = file.name if file.suffix == ".toml" else f"{file.name}.toml"  # nothing else is read
        places = [folder / kind for folder in folders if (folder / kind / name).exists()]
        place = places[0] if places else Path(scratch) / "added" / kind
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place / name)
        return faults_in((*folders, *([] if places else [place.parent])))


def _copy(folder: Path, target: Path) -> Path:
    for kind in KINDS:
        (target / kind).mkdir(parents=True)
        for file in (folder / kind).glob("*.toml"):
            shutil.copyfile(file, target / kind / file.name)
    return target


def _summary(profile: Profile) -> dict[str, object]:
    return {
        "id": profile.id,
        "title": profile.title.as_dict(),
        "packs": [pack.id for pack in profile.packs],
        "minute_script": profile.script.id,
        "late_limit_minutes": profile.number("late_limit_minutes"),
        "to_confirm": sum(line.to_confirm for line in profile.lines.values()),
    }


def _summary_line(row: dict[str, Any]) -> str:
    title = row["title"]
    return (
        f"{row['id']:<14}{title['zh']} · {title['en']}\n"
        f"{'':<14}{', '.join(row['packs'])}；待核 to confirm: {row['to_confirm']}"
    )


def _line(line: Line) -> dict[str, object]:
    return {
        "value": line.value,
        "unit": line.spec.unit,
        "label": line.spec.label.as_dict(),
        "source": line.source,
        "to_confirm": line.to_confirm,
        "note": line.note.as_dict() if line.note else None,
    }


def _shown(profile: Profile, digest: bytes) -> str:
    book = rulebook()
    rows = [f"{profile.id}  {profile.title.zh} · {profile.title.en}", profile.story.zh, profile.story.en, ""]
    for group, label in book.groups.items():
        rows.append(f"{label.zh} · {label.en}")
        for key, line in profile.lines.items():
            if line.spec.group == group:
                mark = "（待核 to confirm）" if line.to_confirm else ""
                rows.append(f"  {key} = {line.said.zh}{mark}    {line.spec.label.zh} · {line.spec.label.en}")
                rows.append(f"      {line.cited}")
        rows.append("")
    rows.append(f"摘要 digest {digest.hex()}")
    return "\n".join(rows)
