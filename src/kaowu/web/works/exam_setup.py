"""Setting up an exam from its description: a profile, subjects, sittings.

The description is the JSON that the roster importer reads too (subjects,
schools, documents, timetable). It becomes a sealed artefact; name, profile and
each sitting become facts. It is read completely before anything is recorded,
so that a faulty timetable leaves no half-made exam behind.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from kaowu.basics.clock import Instant, exam_time, instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.id_number import KINDS
from kaowu.basics.ids import new_fact_id
from kaowu.engines.roster import RosterExam
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ExamDescribed, ExamSetUp, ProfileLineOverridden, SittingScheduled
from kaowu.loop.desk import Receipt
from kaowu.loop.duty import Intent
from kaowu.store import artefacts
from kaowu.store.queries import exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.counter import OFFICE, clock, counter, record

MOST_BYTES = 5_000_000
_LONGEST_NAME = 80


def set_up(exam: str, profile: str, organisation: str, description: bytes, actor: Actor) -> None:
    """Record the exam with its description and timetable. Raises Refused, and then there is no exam."""
    said = read_description(description)
    timetable = sittings_of(said)
    fact = ExamSetUp(name=said["exam"], profile=profile, organisation=organisation)
    record(fact, actor, exam=exam, subject=exam)
    _describe(exam, description, timetable, actor)


def describe(exam: str, description: bytes, actor: Actor) -> None:
    """Give an exam another description and timetable, as long as no roster was read by the present one."""
    said = read_description(description)
    _describe(exam, description, sittings_of(said), actor)


def override_line(
    exam: str, line: str, value: str, reason: str, proposed_by: Actor, approved_by: Actor
) -> Receipt:
    """One profile line is different for this exam; a second person approves. Raises Refused."""
    fact = ProfileLineOverridden(line=line, value=value, reason=reason, approved_by=approved_by.account)
    return record(fact, proposed_by, approved_by, exam=exam, subject=exam)


def read_description(content: bytes) -> dict[str, Any]:
    """The description as JSON; raises Refused with what is wrong."""
    try:
        said = json.loads(content.decode("utf-8-sig"))
        named = said["exam"]
        _ = [subject["name"] for subject in said["subjects"]]
        if not isinstance(named, str) or not 0 < len(named) <= _LONGEST_NAME:
            raise ValueError(f"exam: 1–{_LONGEST_NAME}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(
            "description_unreadable",
            Sentence(
                zh=f"考试说明读不懂：{error}。应为含 exam、subjects 等项的 JSON。",
                en=f"The exam description cannot be read: {error}. It is JSON with exam, subjects and more.",
            ),
        ) from error
    RosterExam.from_json(said)
    return said  # type: ignore[no-any-return]


def sittings_of(said: Mapping[str, Any]) -> list[SittingScheduled]:
    """One sitting for each row of the timetable, numbered by time: 01, 02, …  Raises Refused."""
    try:
        rows = sorted(_row(row) for row in said.get("timetable", ()))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            "timetable_unreadable",
            Sentence(
                f"场次时间读不懂：{error}。每行须有 subject、date、start、end。",
                f"The timetable cannot be read: {error}. Each row has subject, date, start and end.",
            ),
        ) from error
    for start, end, subjects in rows:
        if end <= start:
            raise _timetable_wrong(subjects, "结束不晚于开考", "it does not end after it starts")
    for (_, end, subjects), (start, _, _) in pairwise(rows):
        if start < end:
            raise _timetable_wrong(subjects, "与下一场时间重叠", "it overlaps the next sitting")
    return [
        SittingScheduled(sitting=f"{number:02d}", subjects=subjects, starts_at=start, ends_at=end)
        for number, (start, end, subjects) in enumerate(rows, start=1)
    ]


def description_of(exam: str) -> dict[str, Any]:
    """The description that was recorded for an exam; Refused if there is none."""
    digest = exams.plan(exam).description
    if digest is None:
        raise Refused(
            "exam_not_described",
            Sentence(zh="这场考试还没有考试说明。", en="This exam has no description yet."),
            remedy=Sentence(zh="先录入考试说明。", en="Enter the description first."),
        )
    return read_description(artefacts.read(digest))


def said_of(exam: str) -> dict[str, Any]:
    """The description for pages that only take words from it; empty if none was recorded."""
    return description_of(exam) if exams.plan(exam).description is not None else {}


def document_kinds(said: Mapping[str, Any]) -> dict[str, Sentence]:
    """The kinds of documents in words: those everybody knows, and those the description names."""
    kinds = dict(KINDS)
    for one in said.get("id_types", ()):
        known = kinds.get(one["code"])
        kinds[one["code"]] = Sentence(one["name"], known.en if known else one["name"])
    return kinds


def required_subjects(said: Mapping[str, Any]) -> Sequence[str]:
    """The subjects that every candidate takes."""
    return list((said.get("subject_rule") or {}).get("required", ()))


def year_of(exam: str) -> int:
    """The year that numbers of an exam carry: that of its first sitting."""
    sittings = exams.sittings(exam)
    return exam_time(sittings[0].starts_at if sittings else clock.now()).year


def _describe(exam: str, description: bytes, timetable: Sequence[SittingScheduled], actor: Actor) -> None:
    kept = artefacts.keep(description, kind="exam_description", at=clock.now(), exam=exam, name="exam.json")
    facts: list[tuple[Fact, tuple[bytes, ...]]] = [(ExamDescribed(description=kept), (kept,))]
    facts += [(sitting, ()) for sitting in timetable]
    now = exam_time_now(exam).now
    answers = counter().submit_all(
        [
            Intent(
                id=new_fact_id(clock.now()),
                fact=fact,
                exam=exam,
                subject=exam,
                actors=(actor,),
                stamped_at=now,
                device=OFFICE,
                attachments=attached,
            )
            for fact, attached in facts
        ]
    )
    for answer in answers:
        if isinstance(answer, Refused):
            raise answer


def _row(row: Mapping[str, Any]) -> tuple[Instant, Instant, tuple[str, ...]]:
    date.fromisoformat(row["date"])
    return (
        instant(datetime.fromisoformat(f"{row['date']}T{row['start']}")),
        instant(datetime.fromisoformat(f"{row['date']}T{row['end']}")),
        tuple(str(row["subject"]).split("|")),
    )


def _timetable_wrong(subjects: Sequence[str], zh: str, en: str) -> Refused:
    return Refused(
        "timetable_wrong",
        Sentence(f"“{'、'.join(subjects)}”一场{zh}。", f"The sitting of {', '.join(subjects)}: {en}."),
        remedy=Sentence("请改正场次时间后再提交。", "Correct the times and submit again."),
    )
