"""名录变更: a register was edited; one generic fact says which entry and which fields."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.record import RegisterEntryChanged
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE


@duty(
    zh="变更名录",
    en="Change a register",
    records=RegisterEntryChanged,
    posts=(*IN_OFFICE, *AT_SITE_OFFICE, "system_administrator", "security_administrator"),
)
def change_register(plan: ExamPlan, fact: RegisterEntryChanged, act: Act) -> RegisterEntryChanged:
    """The edit itself was made by the register's own form."""
    return fact
