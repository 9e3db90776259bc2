"""What all papers of an exam say at their head: the exam, the site, the sittings, with this exam's own times."""

from collections.abc import Sequence
from datetime import datetime

from kaowu.basics.clock import exam_time
from kaowu.exam.plan import Sitting
from kaowu.reports.contents import ExamHead, Note, SiteHead, SittingHead
from kaowu.rules.profile import Profile
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.exams import ExamLine

_PLEDGE = "我已阅读并承诺遵守《诚信考试承诺书》。"


def printed_at(exam: str) -> datetime:
    """The time of printing, on the exam's clock."""
    return exam_time(exam_time_now(exam).now).replace(microsecond=0)


def exam_head(line: ExamLine, profile: Profile, notes: tuple[Note, ...] = ()) -> ExamHead:
    """The exam as its papers name it."""
    template = profile.template("admission_number")
    return ExamHead(
        exam_id=line.code,
        name=line.name,
        authority=line.organisation_name,
        notes=notes,
        pledge=_PLEDGE,
        admission_number_groups=tuple(field.width for field in template.fields),
    )


def site_head(site: str, name: str, above: Sequence[str]) -> SiteHead:
    """A site as its papers name it."""
    return SiteHead(site, site, name, district=f"{above[-1]}考区" if above else "")


def sitting_head(profile: Profile, sitting: Sitting, *, is_first: bool = False) -> SittingHead:
    """One sitting, with when to arrive and when entry closes by this exam's minute script."""
    return SittingHead(
        sitting_id=sitting.id,
        subject="、".join(sitting.subjects),
        starts_at=exam_time(sitting.starts_at),
        ends_at=exam_time(sitting.ends_at),
        arrive_by=_step(profile, "enter_site", sitting, is_first).time(),
        entry_closes_at=_entry_closes(profile, sitting).time(),
    )


def _step(profile: Profile, key: str, sitting: Sitting, is_first: bool) -> datetime:
    if key not in profile.script.by_key:
        return exam_time(sitting.starts_at)
    at = profile.step_at(key, sitting.starts_at, sitting.ends_at, sitting.subjects, is_first=is_first)
    return exam_time(at)


def _entry_closes(profile: Profile, sitting: Sitting) -> datetime:
    foreign = profile.occasion(sitting.subjects) == "foreign_language"
    key = "late_limit_foreign_language_minutes" if foreign else "late_limit_minutes"
    minutes = profile.number_or_none(key) or 0
    return exam_time(type(sitting.starts_at)(sitting.starts_at + minutes * 60_000))
