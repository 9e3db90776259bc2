"""What the scanner read becomes a score: from the sealed bag to the score page, with nothing between them replaced."""

import pytest
from tests.web.exam_day import EXAM
from tests.web.sheets.conftest import ANSWERS, SUBJECT, grid

from kaowu.engines.scores import State
from kaowu.facts.entry import CandidateAbsent
from kaowu.facts.envelope import Actor
from kaowu.web.works import score_plans
from kaowu.web.works.score_totals import work_out

KEYS = "1-10 单选 5 BCDABCDABC\n11-15 多选 10 BD BD BD BD BD 少选 5"


@pytest.mark.feature("POST-01", "PAP-26")
def test_a_sealed_bag_is_scored_by_the_key_and_an_unscanned_one_is_not_zero(bags, work):
    keeper = bags.day.browser("vault_keeper")
    absent = CandidateAbsent(admission_number=bags.number(5))
    bags.day.record(absent, "chief_invigilator", at=bags.day.at(30))
    bags.day.at(210)
    files = {f"{seat:02d}.jpg": bags.sheet(seat) for seat in (1, 3, 4)}
    files["02.jpg"] = bags.sheet(2, answers={"q1": "A", "q11": "B"})
    files["05.jpg"] = bags.sheet(5, answers=dict.fromkeys(ANSWERS, "") | grid("") | {"absent": "缺考"})
    bags.scan(keeper, work, files)
    plan = score_plans.read(SUBJECT, "选择 | 答题卡 | 1-15", {"": KEYS}, 1)
    score_plans.approve(EXAM, plan, (Actor("city-1", "city_officer"), Actor("city-2", "city_officer")))

    def scores():
        rows = {row.candidate: row.of(SUBJECT) for row in work_out(EXAM).rows}
        return {number[-5:]: (score.state, score.points) for number, score in rows.items()}

    assert scores()["00101"] == (State.NOT_SCANNED, 0), "before the seal nothing is final"
    assert bags.seal(keeper).status_code == 302
    found = scores()
    assert found["00101"] == (State.SCORED, 10_000)
    assert found["00102"] == (State.SCORED, 9_000), "one wrong choice, one option of two"
    assert found["00105"] == (State.ABSENT, 0)
    assert found["00201"] == (State.NOT_SCANNED, 0)
