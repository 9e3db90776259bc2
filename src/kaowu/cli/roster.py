"""考生名单核对 · roster: check a candidate roster (.xlsx .xls .csv .dbf …) without touching a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.basics.errors import Refused, Sentence
from kaowu.cli._output import emit, fail, json_option, progress

if TYPE_CHECKING:
    from kaowu.engines.roster import RosterCheck, RosterExam

FILE = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """考生名单核对 · Candidate rosters."""


@command.command("check")
@click.argument("file", type=FILE)
@click.option("--exam", "exam_file", type=FILE, required=True, help="考试说明 JSON · the exam description")
@click.option("--out", type=FILE, required=True, help="结果目录 · folder for NAME.csv and NAME.errors.json")
@click.option(
    "--photos", type=FILE, help="照片压缩包 · zip of photos; NAME.photos.zip beside FILE is taken by itself"
)
@click.option("--error-workbook", is_flag=True, help="另存带“错误原因”列的表格 · also write NAME.errors.xlsx")
@json_option
def check_roster(
    file: Path, exam_file: Path, out: Path, photos: Path | None, error_workbook: bool, as_json: bool
) -> None:
    """核对一份名单，写出 NAME.csv 和 NAME.errors.json · Check one roster.

    Ends with 0 once the file was read, rejected rows included; otherwise a sentence says why it
    could not be read.
    """
    from kaowu.engines.roster import check, read_tables, write_accepted, write_error_workbook, write_issues

    beside = file.with_name(f"{file.stem}.photos.zip")
    if photos is None and beside.is_file():
        photos = beside
    try:
        exam = _exam(exam_file)
        workbook = read_tables(file)
        found = check(workbook, exam, photos=photos, progress=_shown)
        out.mkdir(parents=True, exist_ok=True)
        write_accepted(found, out / f"{file.stem}.csv")
        write_issues(found, out / f"{file.stem}.errors.json")
        if error_workbook:
            write_error_workbook(file.read_bytes(), found, out / f"{file.stem}.errors.xlsx", workbook)
    except Refused as refused:
        fail({"file": str(file), "error": refused.as_dict()}, as_json, _refusal(file, refused))
    except OSError as error:
        sentence = Sentence(
            f"无法写出结果：{error.strerror}", f"the result cannot be written: {error.strerror}"
        )
        failed = Refused("cannot_write", sentence)
        fail({"file": str(file), "error": failed.as_dict()}, as_json, _refusal(file, failed))
    emit(_summary(file, out, found), as_json, _told)


def _exam(path: Path) -> RosterExam:
    from kaowu.engines.roster import RosterExam
    from kaowu.engines.roster.unreadable import unreadable

    try:
        return RosterExam.from_json(json.loads(path.read_text("utf-8-sig")))
    except (OSError, ValueError) as error:
        raise unreadable(
            "exam_invalid", Sentence(f"{path.name}：{error}", f"{path.name}: {error}")
        ) from error


def _shown(done: int, total: int) -> bool:
    if total >= 50_000 and done % 50_000 == 0:
        progress(f"{done:,} / {total:,}")
    return True


def _refusal(file: Path, refused: Refused) -> str:
    lines = [f"{file.name}：{refused.sentence.zh}。", f"{file.name}: {refused.sentence.en}."]
    if refused.remedy:
        lines += [f"{refused.remedy.zh}。", f"{refused.remedy.en}."]
    return "\n".join(lines)


def _summary(file: Path, out: Path, found: RosterCheck) -> dict[str, Any]:
    return {
        "file": str(file),
        "rows": found.rows_read,
        "accepted": len(found.accepted),
        "rejected": found.rejected,
        "findings": found.totals,
        "codes": found.by_code,
        "csv": str(out / f"{file.stem}.csv"),
        "errors": str(out / f"{file.stem}.errors.json"),
        "mapping": found.mapping.as_dict(),
    }


def _told(summary: dict[str, Any]) -> str:
    from kaowu.engines.roster import codes

    lines = [
        f"考生 {summary['rows']:,} 行：接收 {summary['accepted']:,}，退回 {summary['rejected']:,} · "
        f"{summary['rows']:,} rows: {summary['accepted']:,} taken, {summary['rejected']:,} rejected",
    ]
    for code, count in summary["codes"].items():
        entry = codes()[code]
        mark = "✗" if entry.action == "reject" else "△"
        lines.append(f"  {mark} {count:>6,}  {entry.sentence.zh} · {entry.sentence.en}")
    return "\n".join([*lines, summary["csv"], summary["errors"]])
