"""Setting up an exam from its description: a profile, subjects, sittings.

The description is the JSON that the roster importer reads too (subjects,
schools, documents, timetable). It becomes a sealed artefact; name, profile and
each sitting become facts.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from kaowu.basics.clock import instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ExamDescribed, ExamSetUp, SittingScheduled
from kaowu.store import artefacts
from kaowu.store.queries import exams
from kaowu.web.counter import clock, record


def set_up(exam: str, profile: str, organisation: str, description: bytes, actor: Actor) -> None:
    """Record the exam with its description and timetable. Raises Refused."""
    said = read_description(description)
    fact = ExamSetUp(name=said["exam"], profile=profile, organisation=organisation)
    record(fact, actor, exam=exam, subject=exam)
    kept = artefacts.keep(description, kind="exam_description", at=clock.now(), exam=exam, name="exam.json")
    record(ExamDescribed(description=kept), actor, exam=exam, subject=exam, attachments=(kept,))
    for sitting in sittings_of(said):
        record(sitting, actor, exam=exam, subject=exam)


def read_description(content: bytes) -> dict[str, Any]:
    """The description as JSON; raises Refused with what is wrong."""
    try:
        said = json.loads(content)
        _ = said["exam"], [subject["name"] for subject in said["subjects"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            "description_unreadable",
            Sentence(
                zh=f"考试说明读不懂：{error}。应为含 exam、subjects 等项的 JSON。",
                en=f"The exam description cannot be read: {error}. It is JSON with exam, subjects and more.",
            ),
        ) from error
    return said  # type: ignore[no-any-return]


def sittings_of(said: Mapping[str, Any]) -> list[SittingScheduled]:
    """One sitting for each row of the timetable, numbered by time: 01, 02, …"""
    rows = [
        (
            instant(datetime.fromisoformat(f"{row['date']}T{row['start']}")),
            instant(datetime.fromisoformat(f"{row['date']}T{row['end']}")),
            row["subject"],
        )
        for row in said.get("timetable", ())
    ]
    return [
        SittingScheduled(sitting=f"{number:02d}", subjects=(subject,), starts_at=start, ends_at=end)
        for number, (start, end, subject) in enumerate(sorted(rows), start=1)
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


def required_subjects(said: Mapping[str, Any]) -> Sequence[str]:
    """The subjects that every candidate takes."""
    return list(said.get("subject_rule", {}).get("required", ()))
