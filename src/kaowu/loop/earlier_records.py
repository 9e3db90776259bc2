"""Facts that speak of an earlier one: withdrawn, answered, erased. What they name has to be there."""

from typing import Any, Protocol

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import FactId, fact_id
from kaowu.facts.catalogue import Fact
from kaowu.facts.record import FactWithdrawn, FindingAnswered, PersonalDataErased
from kaowu.loop.duty import Intent


class Book(Protocol):
    """Where earlier records are found."""

    def find(self, id: FactId) -> Any:
        """The fact of that id, if the journal holds it."""


def corrected(fact: Fact) -> FactId | None:
    """The record that a correction names."""
    return _fact_id_or_none(fact.withdrawn) if isinstance(fact, FactWithdrawn) else None


def require_named_record(page: Book, intent: Intent) -> None:
    """A fact that speaks of an earlier one names one of its own subject, with the finding it answers."""
    fact = intent.fact
    if isinstance(fact, PersonalDataErased):
        _require_personal(page, intent.exam, fact)
    if not isinstance(fact, FactWithdrawn | FindingAnswered):
        return
    named = _fact_id_or_none(fact.withdrawn if isinstance(fact, FactWithdrawn) else fact.record)
    record = page.find(named) if named else None
    if record is None or (record.envelope.exam, record.envelope.subject) != (intent.exam, intent.subject):
        raise Refused(
            "no_such_fact_here",
            Sentence(
                zh="不能记录：本考场本场没有所指的那条记录。",
                en="Cannot record: this room-sitting has no such earlier record.",
            ),
        )
    if isinstance(fact, FindingAnswered) and fact.code not in [found.code for found in record.findings]:
        raise Refused(
            "no_such_finding_here",
            Sentence(
                zh=f"不能销号：所指的记录没有发现 {fact.code}。",
                en=f"Cannot answer: that record has no finding {fact.code}.",
            ),
        )


def _require_personal(page: Book, exam: str, fact: PersonalDataErased) -> None:
    """Only what is there can be erased, and only in the exam that the erasure is recorded for."""
    named = _fact_id_or_none(fact.record)
    record = page.find(named) if named else None
    if record is None or record.envelope.exam != exam or not record.personal:
        raise Refused(
            "no_personal_data_there",
            Sentence(
                zh="不能清除：本场考试没有这条记录，或其个人信息已清除。",
                en="Cannot erase: this exam has no such record, or its personal fields are gone already.",
            ),
        )


def _fact_id_or_none(text: str) -> FactId | None:
    try:
        return fact_id(text)
    except ValueError:
        return None
