"""归档: the book is closed up to here and leaves the house as one file."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.settling import ArchiveClosed
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE


@duty(zh="归档", en="Close the archive", records=ArchiveClosed, posts=(*IN_OFFICE, "auditor"))
def close_archive(plan: ExamPlan, fact: ArchiveClosed, act: Act) -> ArchiveClosed:
    """What is filed is what the journal holds; nothing is left out."""
    return fact
