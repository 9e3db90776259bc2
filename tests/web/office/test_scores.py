"""Scores in the office: plans, blind entry, a third person, imports, the freeze, its approval, the release."""

import html
import io
import itertools
import random
import re

import openpyxl
import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM
from tests.web.other_nodes import OtherNode
from tests.web.scored import CHINESE, exam_day, exam_day_city, scored  # noqa: F401

from kaowu.engines.scores import State
from kaowu.exam.score_bag import spoken
from kaowu.facts.scores import PointsEntered
from kaowu.facts.sheet_bags import SheetBagSealed
from kaowu.facts.subjects import ScoreKey
from kaowu.facts.violations import ViolationRecorded
from kaowu.rules.registry import judge
from kaowu.store import arrivals, neighbours
from kaowu.store.models import Candidate, Job, SeatRow
from kaowu.store.personal_up import Boxes, seal_one, take_boxes
from kaowu.store.queries import scores as record
from kaowu.web.counter import clock
from kaowu.web.jobs import run_job
from kaowu.web.mirror_api import mirror
from kaowu.web.node_key import opening_key
from kaowu.web.works.score_totals import work_out


def text(scored, name, *places, by="zhang"):  # noqa: F811
    return scored.browser(by).get(reverse(name, args=[EXAM, *places])).content.decode()


def states(subject="语文"):
    found = {row.candidate: row.of(subject) for row in work_out(EXAM).rows}
    return {who: (score.state, score.points) for who, score in found.items()}


def all_read(scored):  # noqa: F811
    scored.plan()
    for ticket in scored.tickets:
        scored.read(ticket)


@pytest.mark.feature("POST-01", "POST-03")
def test_scores_are_entered_twice_frozen_approved_by_two_others_and_released(scored):  # noqa: F811
    scored.ready()
    frozen = record.scores(EXAM).frozen
    assert (frozen.candidates, frozen.scored, frozen.absent, frozen.waiting) == (10, 19, 1, 0)
    assert states()[scored.tickets[1]] == (State.SCORED, 8500)
    assert scored.post("scores_approve", by="zhang", second="sun").status_code == 422  # zhang froze them
    assert scored.approve().status_code == 302
    assert record.scores(EXAM).approved.root == frozen.root
    assert scored.release(opens_at="2027-06-19T10:00").status_code == 422  # that time has passed
    assert scored.release().status_code == 302
    assert [one.counties for one in record.scores(EXAM).releases.values()] == [()]


@pytest.mark.feature("POST-01")
def test_the_second_entry_sees_nothing_of_the_first_and_must_be_another_persons(scored):  # noqa: F811
    all_read(scored)
    first = scored.day.tickets()
    scored.enter("001", "wang", 1, dict.fromkeys(first, ("17.25", "33.75")))
    shown = text(scored, "score_bag", "语文", scored.day.site, "001", by="zhao")
    assert "17.25" not in shown and "33.75" not in shown and "第二遍" in shown
    scored.enter("001", "wang", 2, dict.fromkeys(first, ("17.25", "33.75")))
    assert record.bag(EXAM, ScoreKey("语文", scored.day.site, "001")).due == 2
    waiting = text(scored, "score_settle", "语文", scored.day.site, "001", by="zhou")
    assert "17.25" not in waiting and "还没有录满两遍" in waiting


@pytest.mark.feature("POST-01")
def test_what_differs_goes_to_a_third_person_with_the_originals(scored):  # noqa: F811
    all_read(scored)
    scored.mark(scored.tickets[0], "absent")
    ill, altered, missed, *_rest = scored.day.tickets()
    same = dict.fromkeys(scored.day.tickets()[1:], ("15", "30"))
    scored.enter("001", "wang", 1, {**same, altered: ("15", "55")})
    scored.enter("001", "zhao", 2, {**same, altered: ("15", "55"), missed: ("15", ""), ill: ("3", "")})
    assert states()[altered][0] is State.NOT_ENTERED
    place = reverse("score_settle", args=[EXAM, "语文", scored.day.site, "001"])
    shown = scored.browser("zhou").get(place).content.decode()
    assert "标记缺考，却录入了分数" in shown and "超过该题满分" in shown and "第二人漏录" in shown
    said = {"cause": "altered", "reason": "原卷涂改处有两人签字", "seen": "on"}
    first, second, third = f"d-{ill}-22", f"d-{altered}-23", f"d-{missed}-23"
    assert re.findall(r'name="(d[^"]*)"', shown) == [first, second, third]
    assert scored.browser("wang").post(place, {first: "-", **said}).status_code == 422  # entered it
    assert scored.browser("zhou").post(place, {second: "41", **said}).status_code == 422  # of 40
    assert scored.browser("zhou").post(place, {first: "-", second: "35", **said}).status_code == 302
    late = scored.browser("zheng", "score_clerk", organisation=exam_day_city(scored.day)).post(
        place, {second: "12", third: "30", **said}
    )
    assert late.status_code == 422 and "没有差异，或已裁定" in late.content.decode()
    assert states()[missed][0] is State.NOT_ENTERED, "what is left of an older page takes no other's place"
    assert scored.browser("zhou").post(place, {third: "30", **said}).status_code == 302
    assert states()[altered] == (State.SCORED, 9000)
    assert states()[ill] == (State.ABSENT, 0)
    assert "原卷涂改处" not in scored.browser("wang").get(place).content.decode()


def test_of_several_sites_the_list_shows_how_far_each_is_and_the_bags_of_the_chosen_one(scored, city):  # noqa: F811
    all_read(scored)
    south = Candidate.objects.create(exam_id=EXAM, number="2799", name="欧阳青", sex="female", id_type="resident_id", id_number="370403200901019999", subjects="语文|数学")  # fmt: skip
    SeatRow.objects.create(exam_id=EXAM, site=city.south_site.code, room="009", seat="01", admission_number="2799", candidate=south)  # fmt: skip
    given = dict.fromkeys(scored.day.tickets(), ("15", "30"))
    scored.enter("001", "wang", 1, given)
    last = scored.enter("001", "zhao", 2, given)
    page = reverse("score_entry", args=[EXAM])

    def cells(browser, **wanted):
        shown = browser.get(page, wanted).content.decode()
        rows = re.findall(r"<tr[^>]*>(<td.*?)</tr>", shown)
        return [re.sub(r"<[^>]+>", " ", row).split() for row in rows], shown

    rows, shown = cells(scored.browser("zhou"))
    assert [row[1:] for row in rows] == [["040201", "2", "1", "1"], ["040301", "1", "0", "0"]]
    assert "已录满两遍 1/3 袋" in shown
    rows, shown = cells(scored.browser("zhou"), site="040201")
    assert [row[0] for row in rows] == ["002", "001"] and "已办完 1/2 袋" in shown
    county = scored.browser("north", "score_clerk", organisation=city.north)
    assert cells(county)[0] == rows == cells(county, site="040301")[0], "its own site and no other"
    assert last.url == reverse("score_bag", args=[EXAM, "语文", "040201", "002"])


def test_a_bag_somebody_else_has_entered_meanwhile_is_refused(scored):  # noqa: F811
    all_read(scored)
    given = dict.fromkeys(scored.day.tickets(), ("15", "30"))
    scored.enter("001", "wang", 1, given)
    late = scored.enter("001", "zhao", 1, given)
    assert late.status_code == 422 and "已由别人完成" in late.content.decode()


def test_what_is_no_number_of_points_is_refused_and_stays_on_the_page(scored):  # noqa: F811
    all_read(scored)
    for typed in ("十五", "-1", "1e3", "15.123", "<b>"):
        answer = scored.enter("001", "wang", 1, {scored.tickets[0]: (typed, "30")})
        assert answer.status_code == 422, typed
        assert record.bag(EXAM, ScoreKey("语文", scored.day.site, "001")).due == 1


@pytest.mark.feature("POST-01")
def test_absent_is_not_zero_is_not_cancelled_is_not_unscanned_is_not_unentered(scored):  # noqa: F811
    scored.plan()
    absent, nought, void, unscanned, waiting = scored.day.tickets()
    for ticket in (nought, void, waiting, *scored.day.tickets(scored.day.next_room)):
        scored.read(ticket, q1="D", q2="", q3="B")
    scored.mark(absent, "absent")
    for turn, person in ((1, "wang"), (2, "zhao")):
        scored.enter("001", person, turn, dict.fromkeys((nought, void, waiting), ("0", "-")))
    scored.post("score_cancellations", candidate=void, clause="JYB-33 6-4", document="枣考处〔2027〕3号")
    from dataclasses import replace

    scored.sheets[waiting] = replace(scored.sheets[waiting], undecided=1)
    found = states()
    assert found[absent] == (State.ABSENT, 0)
    assert found[nought] == (State.SCORED, 0)
    assert found[void] == (State.VOID, 0)
    assert found[unscanned] == (State.NOT_SCANNED, 0)
    assert found[waiting] == (State.IN_REVIEW, 0)
    assert found[scored.tickets[5]] == (State.NOT_ENTERED, 0)
    scored.freeze()
    assert record.scores(EXAM).frozen is None
    assert "人次的成绩未决" in text(scored, "scores")


@pytest.mark.feature("POST-01")
def test_a_faulty_question_is_regraded_for_everybody_by_two(scored):  # noqa: F811
    scored.plan()
    wrong = scored.tickets[1]
    for ticket in scored.tickets:
        scored.read(ticket)
    scored.read(wrong, q1="D", q3="C")
    scored.enter_all()
    assert states()[wrong] == (State.SCORED, 6500)
    assert scored.post("score_plan_regrade", "语文", question="1", how="also_right", answer="D", reason="题干有歧义").status_code == 302  # fmt: skip
    assert states()[wrong] == (State.SCORED, 7500)
    assert (
        scored.post("score_plan_regrade", "语文", question="3", how="give_all", reason="印错").status_code
        == 302
    )
    assert states()[wrong] == (State.SCORED, 8500)
    assert (
        scored.post("score_plan_regrade", "语文", question="2", how="drop", reason="超纲").status_code == 302
    )
    assert states()[wrong] == (State.SCORED, 7500)
    assert (
        scored.post("score_plan_regrade", "语文", question="9", how="drop", reason="没有这题").status_code
        == 422
    )


FAULTY_PLANS = [
    ({"parts": "作文 录入 20"}, "组成第 1 行"),
    ({"keys0": "1-2 单选 10 A\n3 多选 20 AC"}, "2 道题，写了 1 个答案"),
    ({"keys0": "1-2 单选 10 AB"}, "第 3 题没有答案"),
    ({"keys0": "1-2 单选 10 AB 少选 5\n3 多选 20 AC"}, "单选题没有少选得分"),
    ({"parts": "选择 | 答题卡 | 1-3\n作文 | 录入 | 22=20 22=40"}, "写了两次"),
    ({"parts": ""}, "必填"),
]


def test_a_plan_that_cannot_be_is_refused_by_its_line(scored):  # noqa: F811
    for changed, said in FAULTY_PLANS:
        answer = scored.post("score_plan_approve", "语文", **{**CHINESE, **changed})
        assert answer.status_code == 422, changed
        assert said in answer.content.decode(), changed
    assert not record.scores(EXAM).plans


@pytest.mark.feature("POST-01")
def test_points_of_a_marking_system_are_taken_over_whole_or_not_at_all(scored):  # noqa: F811
    all_read(scored)
    high, word, blank = scored.tickets[:3]
    shown = scored.browser("zhang").get(scored.import_maths(**{high: "180", word: "abc", blank: ""}).url)
    page = shown.content.decode()
    assert "超过满分 100" in page and "不是分数" in page and "漏评或漏填" in page
    link = re.search(r'href="([^"]+errors\.xlsx[^"]*)"', shown.content.decode())
    sheet = openpyxl.load_workbook(
        io.BytesIO(scored.browser("zhang").get(html.unescape(link[1])).content)
    ).active
    reasons = {row[0]: row[-1] for row in sheet.iter_rows(values_only=True) if row[-1]}
    assert "超过满分" in reasons[high] and "请对照原卷" in reasons[high]
    assert "不是分数" in reasons[word] and "为空" in reasons[blank]
    assert scored.take(scored.import_maths(**{high: "180"})).status_code == 422
    assert not record.scores(EXAM).imports
    assert scored.take(scored.import_maths(**{high: "-"})).status_code == 302
    assert states("数学")[high] == (State.SCORED, 0)
    assert states("数学")[word] == (State.SCORED, 8000)


def test_columns_with_names_of_their_own_are_matched_by_a_person(scored):  # noqa: F811
    all_read(scored)
    rows = "\n".join(f"{number},{one},77" for number, one in enumerate(scored.tickets))
    uploaded = scored.upload("序,代码,卷面\n" + rows)
    assert "还有列未对应" in scored.browser("zhang").get(uploaded.url).content.decode()
    assert scored.take(uploaded, i0="", c0="1", i1="解答", c1="2").status_code == 302
    assert states("数学")[scored.tickets[0]] == (State.SCORED, 7700)


def test_a_file_that_is_no_table_is_refused_with_a_sentence(scored):  # noqa: F811
    all_read(scored)
    for content in (b"%PDF-1.7 x", b"PK\x03\x04" + bytes(300), b"\xd0\xcf\x11\xe0" + bytes(600), bytes(50)):
        answer = scored.upload(content, "数学.xlsx")
        assert answer.status_code == 422 and "finding" in answer.content.decode(), content[:8]


@pytest.mark.feature("POST-03")
def test_records_after_the_freeze_stop_the_approval(scored):  # noqa: F811
    scored.ready()
    scored.post(
        "score_cancellations", candidate=scored.tickets[3], clause="JYB-33 6-4", document="枣考处〔2027〕9号"
    )
    scored.approve()
    assert record.scores(EXAM).approved is None
    assert "冻结后又有记录，1 名考生" in text(scored, "scores")
    assert scored.freeze().status_code == 302  # no reason given
    assert record.scores(EXAM).freezes == 1
    scored.freeze(reason="处理决定到达")
    assert scored.approve().status_code == 302
    assert record.scores(EXAM).frozen.void == 2


@pytest.mark.feature("POST-01", "VIO-02")
def test_only_a_numbered_decision_takes_a_score_and_it_can_be_lifted(scored):  # noqa: F811
    all_read(scored)
    scored.enter_all()
    caught = scored.tickets[2]
    fact = ViolationRecorded(
        admission_number=caught,
        clause="JYB-33 6-4",
        found_by="in_room",
        reminded=False,
        told=True,
        narrative="手机",
    )
    scored.day.record(fact, "chief_invigilator", "assistant_invigilator", at=scored.day.at(60))
    scored.set_clock(6, 20, 9)
    assert states()[caught][0] is State.SCORED
    assert caught in text(scored, "score_cancellations")
    assert (
        scored.post("score_cancellations", candidate=caught, clause="JYB-33 6-4", document="").status_code
        == 422
    )
    scored.post(
        "score_cancellations",
        candidate=caught,
        clause="JYB-33 6-4",
        document="枣考处〔2027〕1号",
        subjects=["语文"],
    )
    assert states()[caught][0] is State.VOID
    assert states("数学")[caught][0] is not State.VOID
    assert scored.post("score_lift", caught, document="鲁考复〔2027〕2号").status_code == 302
    assert states()[caught][0] is State.SCORED


@pytest.mark.feature("POST-02", "VIO-03")
def test_rooms_that_stand_out_are_called_leads(scored):  # noqa: F811
    scored.ready()
    shown = text(scored, "score_spread")
    assert "线索不是结论" in shown and "平均 85" in shown
    assert "作弊" not in shown
    paper = scored.browser("zhang").get(reverse("score_spread_paper", args=[EXAM]))
    assert paper.content.startswith(b"%PDF")
    for number in range(3):
        fact = ViolationRecorded(
            admission_number=scored.tickets[number],
            clause="JYB-33 6-4",
            found_by="video",
            reminded=False,
            told=False,
            narrative="传纸条",
        )
        scored.day.record(fact, "chief_invigilator", "assistant_invigilator", at=scored.day.at(60 + number))
    from kaowu.store.models import RoomSitting

    RoomSitting.objects.filter(exam_id=EXAM).update(entered=5)
    shown = text(scored, "score_spread")
    assert "3 起，按其他处的比率" in shown and "群体性违规线索" in shown


@pytest.mark.feature("VIO-02", "VIO-03")
def test_a_room_whose_sealed_sheets_contradict_the_record_is_a_lead_above_without_their_images(scored):  # noqa: F811
    below = OtherNode("scan-a", scored.day.site)
    neighbours.keep_card(below.card, clock)
    minutes = itertools.count(200)

    def seal(room, **findings):
        counted = dict.fromkeys(("pages", "files", "backed_up", "counted", "found", "expected", "present"), 5)
        none = (
            "absent",
            "void",
            "missing",
            "spare",
            "absent_with_answers",
            "absence_differs",
            "violation_differs",
        )
        said = {**counted, **dict.fromkeys(none, 0), **findings}
        signed = ("scanner", "scan_operator"), ("leader", "collecting_leader")
        fact, held = SheetBagSealed(subject="语文", readings=bytes(32), **said), len(below.leaves)
        below.say(
            fact, *signed, exam=EXAM, subject=str(room), site=room.site, at=scored.day.at(next(minutes))
        )
        assert int(below.send(mirror(), held).status) == 200
        while arrivals.read_on(clock, judge):
            continue

    assert "已封袋的答题卡中，缺考、违纪标记与记录没有不符。" in text(scored, "score_spread")
    seal(scored.day.room, absent_with_answers=1)
    seal(scored.day.next_room)
    assert "群体性违规线索" not in text(scored, "score_spread"), "one case is no cluster"
    seal(scored.day.room, absent_with_answers=2, violation_differs=1)  # sealed anew
    shown = text(scored, "score_spread")
    assert "3 起，按其他处的比率应有 0.00 起" in shown and "600.0" in shown
    assert "作弊" not in shown


@pytest.mark.feature("POST-01")
def test_points_entered_at_a_node_below_count_above_once_they_have_come_up(scored):  # noqa: F811
    all_read(scored)
    below, key = OtherNode("entry-a", scored.day.site), ScoreKey("语文", scored.day.site, "001")
    neighbours.keep_card(below.card, clock)
    typed = spoken({ticket: {"22": "15", "23": "30"} for ticket in scored.day.tickets()})
    for turn, person in ((1, "wang"), (2, "zhao")):
        fact = PointsEntered(turn=turn, by=person, people=5, values=10, typed=typed)
        at = scored.day.at(400 + turn)
        below.say(fact, (person, "score_clerk"), exam=EXAM, subject=str(key), site=key.site, at=at)
    assert int(below.send(mirror()).status) == 200
    while arrivals.read_on(clock, judge):
        continue
    assert states()[scored.tickets[1]] == (State.NOT_HERE, 0), "the records do not say what was typed"
    shown = scored.browser("li").get(
        reverse("score_entry", args=[EXAM]), {"subject": "语文", "site": key.site}
    )
    assert "已录入，分数未到本机" in shown.content.decode()
    asked = scored.browser("li").get(reverse("score_bag", args=[EXAM, "语文", key.site, "001"]), follow=True)
    assert "分数不在本机" in asked.content.decode() and 'name="turn"' not in asked.content.decode()
    assert "未到本机" in text(scored, "scores")
    own = opening_key()
    sealed = [(seq, seal_one(own.box_key, below.origin, seq, *kept)) for seq, kept in below.personal.items()]
    assert take_boxes(Boxes(below.origin, 2, sealed).to_bytes(), own, clock.now()) == 2
    assert states()[scored.tickets[1]] == (State.SCORED, 8500)
    assert record.bag(EXAM, key) == record.bags(EXAM, "语文")[key.site, key.room]


def test_points_stay_with_their_candidate_when_the_list_changes_while_they_are_typed(scored):  # noqa: F811
    all_read(scored)
    first, *others = scored.day.tickets()
    values = dict.fromkeys([first, *others], ("15", "30"))
    SeatRow.objects.filter(exam_id=EXAM, admission_number=first).update(room="002", seat="06")
    refused = scored.enter("001", "wang", 1, values)
    shown = html.unescape(refused.content.decode())
    assert refused.status_code == 422 and f"{first} 已不在本袋" in shown
    assert f'name="p-{others[0]}-22" value="15"' in shown and f"p-{first}-22" not in shown
    assert record.bag(EXAM, ScoreKey("语文", scored.day.site, "001")).due == 1, "nothing of it is kept"
    del values[first]
    assert scored.enter("001", "wang", 1, values).status_code == 302
    assert set(record.bag(EXAM, ScoreKey("语文", scored.day.site, "001")).entries[1]) == set(others)


@pytest.mark.feature("POST-02", "VIO-03")
def test_two_who_share_wrong_answers_are_a_lead_with_their_seats_and_in_the_rates(scored):  # noqa: F811
    keys = "1-20 单选 2 " + "A" * 20
    given = {"parts": "选择 | 答题卡 | 1-20", "keys0": keys, "rounded_to": "1"}
    assert scored.post("score_plan_approve", "语文", **given).status_code == 302
    chance = random.Random(3)
    for ticket in scored.tickets:
        scored.read(ticket, **{f"q{number}": chance.choice("ABCD") for number in range(1, 21)})
    copied, copier = scored.day.tickets()[1:3]
    scored.read(copier, **scored.sheets[copied].fields)
    shown = text(scored, "score_alike", "语文", scored.day.site)
    assert "02 · 03" in shown and "座位号相连" in shown and "线索不是结论" in shown
    assert shown.count("<tr><td>") == 1 and "作弊" not in shown
    assert "本科目还没有筛查全部考点" in text(scored, "score_spread")
    assert scored.post("score_screen", "语文").status_code == 302
    [job] = Job.objects.filter(work="scores.screen")
    run_job.func(str(job.pk))
    job.refresh_from_db()
    assert job.state == "done" and "线索不是结论" in job.outcome_zh
    shown = text(scored, "score_spread")
    assert '<td class="num">2</td><td class="num">5</td><td class="num">400.0</td>' in shown
    assert "2 个考场中 1 个有雷同线索" in shown and "JYB-33" in shown


VIEWS = {
    "scores": ((), {"city_officer", "county_officer", "auditor"}),
    "score_spread": ((), {"city_officer", "county_officer", "auditor"}),
    "score_alike": (("语文", "040201"), {"city_officer", "county_officer", "auditor"}),
    "score_plan": (("语文",), {"city_officer", "county_officer", "auditor"}),
    "score_entry": ((), {"city_officer", "county_officer", "score_clerk"}),
    "score_bag": (("语文", "040201", "001"), {"city_officer", "county_officer", "score_clerk"}),
    "score_settle": (("语文", "040201", "001"), {"city_officer", "county_officer", "score_clerk"}),
    "score_import": (("数学",), {"city_officer"}),
    "score_cancellations": ((), {"city_officer"}),
    "score_rechecks": ((), {"city_officer"}),
    "score_candidate": ((), {"city_officer"}),
    "score_spread_paper": ((), {"city_officer", "auditor"}),
}
"""Who may look at a page; those of the whole exam are the organiser's alone."""


def test_each_page_opens_to_its_posts_only(scored, accounts):  # noqa: F811
    from django.test import Client

    scored.ready()
    for post in (
        "city_officer",
        "county_officer",
        "site_chief",
        "chief_invigilator",
        "auditor",
        "score_clerk",
        "system_administrator",
    ):
        account = accounts[post]
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        for name, (places, posts) in VIEWS.items():
            status = client.get(reverse(name, args=[EXAM, *places])).status_code
            assert (status in (200, 302)) == (post in posts), (post, name, status)


def test_a_county_may_not_freeze_approve_or_release_the_citys_exam(scored):  # noqa: F811
    scored.ready()
    county = scored.browser("county", "county_officer")
    for name in ("scores_freeze", "scores_approve", "scores_release"):
        assert county.post(reverse(name, args=[EXAM])).status_code == 403, name


def test_a_clerk_of_another_county_cannot_open_the_bag(scored, city):  # noqa: F811
    all_read(scored)
    clerk = scored.browser("south", "score_clerk", organisation=city.south)
    assert clerk.get(reverse("score_bag", args=[EXAM, "语文", scored.day.site, "001"])).status_code in (
        403,
        404,
    )
    assert scored.day.site not in clerk.get(reverse("score_entry", args=[EXAM])).content.decode()
