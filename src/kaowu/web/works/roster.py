"""Taking a roster: read and check an upload, then make it the exam's, whole or not at all.

The file itself and the checked rows become sealed artefacts, and one fact
binds both. A check writes nothing; what is written is checked again from the
same bytes, so that nothing between check and writing has to be believed.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.engines.roster import Mapping, RosterCheck, RosterExam, Workbook, check, read_tables
from kaowu.facts.envelope import Actor
from kaowu.facts.roster import RosterImported
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.roster_table import RosterRow, number_rows, write_roster
from kaowu.store import artefacts
from kaowu.web.counter import clock, record
from kaowu.web.works.exam_setup import description_of

Progress = Callable[[int, int], bool]

ROSTER, FILE, PHOTOS = "roster", "roster_file", "roster_photos"
_LONGEST = {"number": 40, "name": 200, "name_raw": 200, "school": 120, "subjects": 300}


@dataclass(frozen=True)
class CheckedUpload:
    """The file as it was read, and what the check says of it."""

    workbook: Workbook
    check: RosterCheck


def check_upload(
    exam: str,
    content: bytes,
    name: str,
    *,
    mapping: Mapping | None = None,
    photos: bytes | None = None,
    progress: Progress | None = None,
) -> CheckedUpload:
    """Read and check a file for an exam. Raises Refused for a file that is no roster; writes nothing."""
    described = RosterExam.from_json(description_of(exam))
    workbook = read_tables(content, name)
    return CheckedUpload(workbook, check(workbook, described, mapping, photos, progress))


def take_roster(
    exam: str, found: RosterCheck, content: bytes, name: str, actor: Actor, photos: bytes | None = None
) -> Receipt:
    """Make a checked roster the exam's. Raises Refused, and then nothing was taken."""
    rows = number_rows(candidate._asdict() for candidate in found.accepted)
    _require_fitting(rows)
    roster = write_roster(rows)
    kept: tuple[bytes, ...] = ()
    if not found.rejected:  # otherwise the desk refuses, and there is nothing to keep
        kept = _keep(exam, roster, content, name, photos)
    fact = RosterImported(
        roster=digest(roster),
        file=digest(content),
        file_name=name[:200],
        candidates=len(rows),
        rejected=found.rejected,
        flagged=len({(i.sheet, i.row) for i in found.issues if i.scope == "row" and not i.rejects}),
    )
    return record(fact, actor, exam=exam, subject=exam, attachments=kept)


def _keep(exam: str, roster: bytes, content: bytes, name: str, photos: bytes | None) -> tuple[bytes, ...]:
    now = clock.now()
    kept = [
        artefacts.keep(roster, kind=ROSTER, at=now, exam=exam, name="roster.cbor"),
        artefacts.keep(content, kind=FILE, at=now, exam=exam, name=name),
    ]
    if photos is not None:
        kept.append(artefacts.keep(photos, kind=PHOTOS, at=now, exam=exam, name="photos.zip"))
    return tuple(kept)


def _require_fitting(rows: list[RosterRow]) -> None:
    """Values longer than any register holds are no names or numbers; a person must look."""
    for place, row in enumerate(rows, start=1):
        for field, longest in _LONGEST.items():
            if len(getattr(row, field)) > longest:
                raise Refused(
                    "roster_value_too_long",
                    Sentence(
                        f"不能写入：第 {place} 名考生的一项内容超过 {longest} 个字符。",
                        f"Cannot import: a value of candidate {place} is longer than {longest} characters.",
                    ),
                    remedy=Sentence(
                        "请核对该行各列是否错位。", "Check that row: its columns may be shifted."
                    ),
                )
    if not rows:
        raise Refused(
            "roster_empty",
            Sentence("不能写入：文件中没有可写入的考生。", "Cannot import: the file holds no candidate."),
        )


_ASKED = {
    "registration_number": "报名号",
    "name": "姓名",
    "id_type": "证件类型",
    "id_number": "证件号码",
    "school": "毕业学校",
    "county": "县区",
    "subjects": "科目",
    "foreign_language": "外语语种",
    "accommodation": "合理便利",
    "phone": "联系电话",
}
"""What is asked of one candidate who comes late, under the headers that the importer knows."""


def check_one(exam: str, values: dict[str, str]) -> tuple[RosterRow | None, list[Sentence]]:
    """One candidate entered by hand, checked exactly like a row of a file; writes nothing."""
    given = {name: values.get(name, "").strip() for name in _ASKED}
    used = [name for name in _ASKED if given[name]]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_ASKED[name] for name in used])
    writer.writerow([given[name] for name in used])
    try:
        found = check_upload(exam, out.getvalue().encode("utf-8-sig"), "补报考生.csv").check
    except Refused as refused:
        return None, [refused.sentence]
    issues = [one.sentence for one in found.issues if one.rejects]
    rows = number_rows(candidate._asdict() for candidate in found.accepted)
    return (rows[0], issues) if rows and not issues else (None, issues)
