"""Receiving bags of answer sheets by command: a folder that the scanner writes, once or as it fills."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.cli._node import opened, refusals
from kaowu.cli._output import emit, json_option, progress

if TYPE_CHECKING:
    from kaowu.facts.envelope import Actor

FILE = click.Path(exists=True, file_okay=False, path_type=Path)
LOOK_EVERY_S = 5


@click.command()
@click.argument("folder", type=FILE)
@click.option("--exam", required=True, help="考试代码 · code of the exam")
@click.option("--site", required=True, help="考点代码 · code of the site")
@click.option("--subject", required=True, help="科目 · the subject")
@click.option("--room", help="考场号；不给时每个子文件夹是一个考场 · room; without it each subfolder is one")
@click.option("--by", required=True, help="扫描人工号 · staff number of who scans")
@click.option("--watch", is_flag=True, help="一直看着文件夹 · go on looking until stopped")
@json_option
def receive(
    folder: Path,
    exam: str,
    site: str,
    subject: str,
    room: str | None,
    by: str,
    watch: bool,
    as_json: bool,
) -> None:
    """收扫描仪输出的文件夹：已三核对的袋逐袋识别入库 · Take in what the scanner wrote, bag by bag.

    A bag must have had its triple check on the page. Pages that a bag holds already are not read again.
    """
    opened()
    with refusals(as_json):
        actor = _actor(by, site)
        found = [_one(exam, site, subject, name, files, actor) for name, files in _bags(folder, room)]
        while watch:
            time.sleep(LOOK_EVERY_S)
            for name, files in _bags(folder, room):
                if _still(files):
                    found = [_one(exam, site, subject, name, files, actor)]
        emit(found, as_json, lambda rows: "\n".join(_said(row) for row in rows))


def _actor(by: str, site: str) -> Actor:
    """The person in the post by which they may scan at this site; Refused if they may not."""
    from kaowu.basics.errors import Refused, Sentence
    from kaowu.store.models import Account
    from kaowu.store.queries import places
    from kaowu.web.access import scope_of
    from kaowu.web.office.exam_here import actor_of

    account, place = Account.objects.filter(number=by, is_active=True).first(), places.site(site)
    if account is None or place is None or not scope_of(account, "sheets.scan").covers(place.path):
        raise Refused(
            "not_entitled",
            Sentence(
                f"不能扫描：{by} 在考点 {site} 没有这项权限。",
                f"Cannot scan: {by} may not do this at site {site}.",
            ),
        )
    return actor_of(account, "sheets.scan", place.path)


def _bags(folder: Path, room: str | None) -> Iterator[tuple[str, list[Path]]]:
    from kaowu.engines.omr.files import is_sheet_file

    places = (
        [(room, folder)] if room else [(one.name, one) for one in sorted(folder.iterdir()) if one.is_dir()]
    )
    for name, place in places:
        yield name, [path for path in sorted(place.iterdir()) if is_sheet_file(path)]


def _still(files: list[Path]) -> bool:
    """The scanner has stopped writing: nothing is younger than one look."""
    return bool(files) and time.time() - max(path.stat().st_mtime for path in files) > LOOK_EVERY_S


def _one(exam: str, site: str, subject: str, room: str, files: list[Path], actor: Actor) -> dict[str, Any]:
    from kaowu.basics.ids import digest
    from kaowu.facts.subjects import RoomSittingKey
    from kaowu.store.queries import sheet_bags
    from kaowu.web.works import sheet_scans

    sitting = sheet_bags.sitting_of(exam, subject)
    key = RoomSittingKey(sitting.id if sitting else "", site, room)
    view = sheet_scans.bag_view(exam, key, subject)
    held = {page.file for page in view.pages}
    new = [(path.name, path) for path in files if digest(path.read_bytes()) not in held]
    if new:
        sheet_scans.receive(view, new, actor, lambda done, of: progress(f"{room}: {done:,} / {of:,}"))
        view = sheet_scans.bag_view(exam, key, subject)
    account = view.account
    return {
        "room": room,
        "new_files": len(new),
        "pages": account.pages,
        "present": account.count("present"),
        "absent": account.count("absent"),
        "to_settle": account.open,
        "in_review": account.undecided,
    }


def _said(row: dict[str, Any]) -> str:
    return (
        f"{row['room']}: 新收 {row['new_files']} 件，共 {row['pages']} 页；有效 {row['present']}，缺考 {row['absent']}，"
        f"待认定 {row['to_settle']}，待判读 {row['in_review']}"
    )
