"""Rules that look at every fact: clocks, privacy, overrides; and the machinery of judging."""

import pytest
from tests.inner.rules.scene import ASSISTANT, BOTH, CHIEF, at, codes, findings, profile

from kaowu.basics.errors import Finding, Sentence
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.plan import ExamPlan
from kaowu.facts.catalogue import Fact, fact, kinds
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.exam_setup import ProfileLineOverridden
from kaowu.facts.papers import PacketCollected
from kaowu.facts.spelling import identifier, text
from kaowu.facts.subjects import Subject
from kaowu.rules.load import rulebook
from kaowu.rules.privacy import undeclared_personal_fields
from kaowu.rules.registry import judge, rule, rules

HERE = CandidateAdmitted(admission_number="T01", identity="matched")
PLAN = ExamPlan.begin("G27")


@pytest.mark.parametrize(
    ("stamped", "received", "found"),
    [
        ("08:42", "08:40", []),  # two minutes ahead is allowed
        ("08:42:01", "08:40", ["clocks.from_the_future"]),
        ("08:40", "09:10", []),
        ("08:40", "09:11", ["clocks.recorded_late"]),
    ],
)
def test_device_time_is_held_against_the_time_of_the_node(stamped, received, found):
    assert codes(HERE, stamped, now=received, by=(ASSISTANT,)) == found


def test_a_time_on_paper_after_its_record_is_found():
    written = CandidateAdmitted(admission_number="T01", identity="matched", written_at=at("08:45"))
    assert codes(written, "08:40", by=(ASSISTANT,)) == ["clocks.written_after_recorded"]


@pytest.mark.parametrize(
    ("remark", "found"),
    [
        ("袋口已贴新封条", []),
        ("准考证 2704020100703", []),
        ("考生 11010519491231002X 证件遗失", ["privacy.personal_number_in_open_text"]),
        ("考生 110105194912310021 证件遗失", []),  # the check character does not hold: no document number
        ("家长电话13800138000", ["privacy.personal_number_in_open_text"]),
    ],
)
def test_a_document_or_telephone_number_does_not_lie_in_the_open(remark, found):
    collected = PacketCollected(packet="P1", seal="B9", sheets=5, state="intact", remark=remark)
    assert [c for c in codes(collected, "11:05") if c.startswith("privacy")] == found


def test_no_fact_of_the_catalogue_has_an_undeclared_personal_field():
    assert undeclared_personal_fields(kinds().values()) == ()


def test_a_field_that_speaks_of_a_person_must_say_so():
    @fact(zh="测试", en="Test", about=Subject.SITE)
    class Visited(Fact):
        guest: str = identifier(zh="来访者姓名", en="Guest")
        phone: str = identifier(zh="号码", en="Number")
        note: str = text(zh="病情", en="Illness", personal=True)

    found = undeclared_personal_fields([Visited.kind])
    assert [f.sentence.en.split("“")[1].split("”")[0] for f in found] == ["Guest", "Number"]


@pytest.mark.parametrize(
    ("line", "value", "approved_by", "found"),
    [
        ("late_limit_minutes", "10", "zhao", []),
        ("late_limit_minutes", "10", "zhang", ["overrides.approved_by_another"]),
        ("late_limit_minutes", "900", "zhao", ["overrides.unreadable"]),
        ("no_such_line", "1", "zhao", ["overrides.unreadable"]),
    ],
)
def test_an_override_is_approved_by_another_and_fits_its_line(line, value, approved_by, found):
    made = ProfileLineOverridden(line=line, value=value, reason="省级批复", approved_by=approved_by)
    assert codes(made, "08:00", state=PLAN, by=(CHIEF,)) == found


def test_before_an_exam_has_a_profile_nothing_is_found():
    seen = Circumstances(BOTH, at("08:40"), at("08:40"), PLAN)
    assert judge("candidate_admitted", HERE, None, None, seen) == ()


def test_every_rule_has_both_languages_a_remedy_and_a_docstring():
    for one in rules().values():
        assert one.label.zh and one.label.en and one.story, one.code
        assert one.remedy and one.remedy.zh and one.remedy.en, one.code
        assert one.code.split(".")[0] == one.check.__module__.rpartition(".")[2], one.code


def test_every_citation_of_a_rule_exists_and_every_profile_knows_one_of_them():
    book = rulebook()
    clauses = {c.citation for pack in book.packs.values() for c in pack.clauses.values()}
    for one in rules().values():
        assert set(one.cites) <= clauses | set(book.lines), one.code
        for kind in book.profiles.values():
            assert any(kind.knows(citation) for citation in one.cites), (one.code, kind.id)


def test_a_clause_fits_where_findings_are_kept():
    for kind in rulebook().profiles.values():
        assert max(len(kind.cite(citation)) for citation in (*kind.clauses, *kind.lines)) <= 200


def test_findings_come_in_the_order_of_their_codes():
    found = findings(CandidateAdmitted(admission_number="X9", identity="matched"), "09:20", now="08:00")
    assert [f.code for f in found] == sorted(f.code for f in found) and len(found) == 3


def test_a_rule_that_asks_for_something_unknown_is_a_defect():
    with pytest.raises(TypeError, match="weather"):

        @rule("x.y", zh="甲", en="a", cites="handlers", on=CandidateAdmitted)
        def strange(weather):
            return None


@pytest.mark.parametrize(
    ("verdict", "sentences"),
    [
        (None, []),
        (True, []),
        (False, ["规则名"]),
        (Sentence("一", "one"), ["一"]),
        ([Sentence("一", "one"), Finding("other.code", Sentence("二", "two"))], ["一", "二"]),
    ],
)
def test_a_rule_may_answer_with_nothing_no_one_or_several(verdict, sentences):
    @rule("x.y", zh="规则名", en="Name", cites="handlers", on=CandidateAdmitted)
    def answering(fact):
        return verdict

    found = answering.findings(answering.check(HERE), profile())
    assert [f.sentence.zh for f in found] == sentences
