"""归档 · the archive of an exam as a file: closed for good by an officer, or as the open copy without persons.

`kaowu verify` judges both. The whole archive holds the personal fields that
were not erased and is to be kept as the papers are; the open copy goes to anybody.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.cli._node import opened, refusals
from kaowu.cli._output import emit, json_option, progress

if TYPE_CHECKING:
    from kaowu.facts.envelope import Actor
    from kaowu.web.works.archive import ClosedArchive

OUT = click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="写到哪个新文件（.kwa） · the new file to write",
)


@click.group()
def command() -> None:
    """归档 · the archive of an exam as a file."""


@command.command("open-copy")
@click.argument("exam")
@OUT
@json_option
def open_copy(exam: str, out: Path, as_json: bool) -> None:
    """写出公开版：不含个人字段和涉及个人的材料，一切证明仍可核验 · Write the open copy, without persons.

    What was left out is counted and named in it; nothing is recorded.
    """
    opened()
    from kaowu.web.works.archive import write_archive

    with refusals(as_json):
        _require_new(out)
        emit(_told(write_archive(exam, out, _tell, without_persons=True)), as_json, _said)


@command.command()
@click.argument("exam")
@OUT
@click.option("--by", required=True, help="归档人工号 · staff number of who closes it")
@json_option
def close(exam: str, out: Path, by: str, as_json: bool) -> None:
    """归档：把归档记入流水，写出完整档案 · Put the closing on record and write the whole archive.

    It holds personal data: whoever gets the file holds them.
    """
    opened()
    from kaowu.web.works.archive import close_archive

    with refusals(as_json):
        _require_new(out)
        made = close_archive(exam, out, _actor(by, exam), _tell)
        _log_taken(exam, out, by)
        emit(_told(made), as_json, _said)


def _log_taken(exam: str, out: Path, by: str) -> None:
    """Who has the file has the personal data in it: written down as a download is."""
    from kaowu.store.models import AccessLog

    AccessLog.objects.create(
        outcome=AccessLog.Outcome.EXPORTED,
        permission="archive.make",
        subject=f"{exam}/{out.name}"[:200],
        reason="归档文件",
        account_number=by,
        details={"method": "command"},
    )


def _actor(by: str, exam: str) -> Actor:
    """The person in the post by which they may close this exam's archive; Refused if they may not."""
    from kaowu.basics.errors import Refused, Sentence
    from kaowu.store.models import Account
    from kaowu.store.queries import exams
    from kaowu.web.access import scope_of
    from kaowu.web.office.exam_here import actor_of

    account, line = Account.objects.filter(number=by, is_active=True).first(), exams.exam(exam)
    place = line.organisation_path if line else ""
    if account is None or (line and not scope_of(account, "archive.make").covers(place)):
        raise Refused(
            "not_entitled",
            Sentence(
                f"不能归档：{by} 没有本考试的归档权限。", f"Cannot close: {by} may not archive this exam."
            ),
        )
    return actor_of(account, "archive.make", place)


def _require_new(out: Path) -> None:
    if out.exists():
        raise ValueError(f"{out} 已存在，不覆盖 · it exists and is not written over")


def _tell(done: int, total: int) -> None:
    progress(f"{done:,}/{total:,}")


def _told(made: ClosedArchive) -> dict[str, Any]:
    return {
        "path": str(made.path),
        "bytes": made.path.stat().st_size,
        "facts": made.sealed.size,
        "artefacts": made.artefacts,
        "documents": made.documents,
        "withheld": made.withheld,
    }


def _said(told: dict[str, Any]) -> str:
    left_out = f"；涉及个人的 {told['withheld']} 份材料未随附 · withheld" if told["withheld"] else ""
    return (
        f"已写出 {told['path']}（{told['bytes']:,} 字节）：记录 {told['facts']:,}、材料 {told['artefacts']:,}、"
        f"文件 {told['documents']} · facts, artefacts, documents{left_out}\n"
        f"核验 · judge it: kaowu verify {told['path']}"
    )
