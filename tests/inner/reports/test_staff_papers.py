"""What the staff read on their papers: lists, sheets, badges, minutes of a draw."""

from dataclasses import replace

import pytest
from tests.inner.reports.reading import DIGEST, PRINTED_AT, codes, joined, texts

from kaowu.reports import print_pack, registry, samples
from kaowu.reports.contents import PayLine, StaffMember, Vest
from kaowu.reports.draw_minutes import sample_minutes
from kaowu.reports.lettering import glyph_findings, wrapped
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.pay_sheet import sums
from kaowu.reports.shortage_list import sample_shortage
from kaowu.reports.staff_samples import sample_staff
from kaowu.reports.wording import yuan

LONG = "古丽巴哈尔·阿不都热依木·买买提"
RARE = "丁𬎆𪚥"


def print_it(name, contents):
    return texts(registry.document(name).render(contents, PRINTED_AT, DIGEST))


def with_staff(contents, **changed):
    return replace(contents, staff=replace(contents.staff, **changed))


def renamed(contents, name, unit="望川县第二中学"):
    people = tuple(replace(one, name=name, unit=unit) for one in contents.staff.people)
    return with_staff(contents, people=people)


def alone(contents, number):
    """The same site as one person's paper shows it."""
    staff = contents.staff
    return with_staff(
        contents,
        people=tuple(one for one in staff.people if one.number == number),
        duties=tuple(one for one in staff.duties if one.person == number),
    )


def test_the_duty_list_of_a_large_site_names_every_room_in_every_sitting():
    pages = print_it("duty-list", sample_staff(rooms=60, sittings=4))
    for subject in ("语文", "数学", "历史", "英语"):
        own = "".join(page for page in pages if subject in page)
        assert all(f"{number:03}" in own for number in range(1, 61))
    signed = [page for page in pages if "考务办公室" in page]
    assert len(signed) == 4  # on the last page of each sitting


def test_two_at_one_post_of_a_room_stand_side_by_side():
    contents = sample_staff(rooms=1, sittings=1)
    again = next(duty for duty in contents.staff.duties if duty.post == "assistant_invigilator")
    other = StaffMember("T9", "钱三强", "澜州师范学校")
    staff = contents.staff
    more = with_staff(
        contents, people=(*staff.people, other), duties=(*staff.duties, replace(again, person="T9"))
    )
    assert "钱三强" in joined(print_it("duty-list", more)[0])


def test_the_notice_board_shows_names_and_units_and_nothing_else_of_a_person():
    contents = sample_staff()
    text = joined("".join(print_it("duty-notice", contents)))
    for person in contents.staff.people:
        assert joined(person.name) in text
        assert person.number not in text
        assert person.phone not in text
    office = joined("".join(print_it("duty-list", contents)))
    assert any(person.phone in office for person in contents.staff.people)


@pytest.mark.parametrize("name", [LONG, RARE, "王·", "欧阳䶮"])
@pytest.mark.parametrize(
    "paper", ["duty-list", "duty-notice", "duty-sheet", "badges", "vest-list", "pay-sheet", "video-watch"]
)
def test_any_name_fits_every_paper_of_the_staff(paper, name):
    unit = "澜州市职业技术教育中心学校（东校区）附属综合高级中学"
    contents = renamed(sample_staff(rooms=3, sittings=2), name, unit)
    assert joined(name) in joined("".join(print_it(paper, contents)))


def test_a_letter_that_no_face_holds_in_a_name_of_the_staff_is_a_finding():
    contents = renamed(sample_staff(rooms=1, sittings=1), "王\U0003fffd")
    assert {finding.code for finding in glyph_findings(contents)} == {"glyph_missing"}
    assert "人员 T03010001" in glyph_findings(contents)[0].sentence.zh


def test_a_duty_sheet_says_where_when_in_which_vest_and_to_whom_the_post_is_handed_over():
    contents = sample_staff(rooms=4, sittings=2)
    (page,) = print_it("duty-sheet", alone(contents, "T03010001"))
    text = joined(page)
    assert "徐景行" in text
    assert "001" in text
    assert "蓝色" in text
    assert "8:00考务办公室" in text  # reports at, and where
    assert "交接：语文11:50" in text
    assert "0000-7654321" in text
    assert "（每15分钟）" in text
    assert "第1页共1页" in text


def test_the_code_of_a_duty_sheet_holds_identifiers_only():
    contents = alone(sample_staff(rooms=4, sittings=2), "T03010001")
    document = registry.document("duty-sheet")
    assert codes(document.render(contents, PRINTED_AT, DIGEST)) == ["KW:duty:2027-gaokao:370301:T03010001"]


def test_many_steps_go_on_to_a_second_page_and_the_receipt_stands_on_the_last():
    contents = alone(sample_staff(rooms=4, sittings=1), "T03010001")
    posts = tuple(replace(post, steps=post.steps * 8) for post in contents.staff.posts)
    pages = print_it("duty-sheet", with_staff(contents, posts=posts))
    assert len(pages) == 2
    assert ["本人已阅" in page for page in pages] == [False, True]
    assert "第2页共2页" in joined(pages[1])


def test_eight_badges_lie_on_a_sheet_and_the_vest_is_named_in_words():
    contents = sample_staff(rooms=8, sittings=1)
    pages = print_it("badges", contents)
    assert len(pages) == -(-len(contents.staff.people) // 8)
    assert joined(pages[0]).count("蓝色马甲") == 8
    plain = with_staff(contents, posts=tuple(replace(post, vest=None) for post in contents.staff.posts))
    assert "马甲" not in joined(print_it("badges", plain)[0]).replace("马甲颜色以文字为准", "")


def test_whoever_changes_vests_is_sent_to_the_duty_sheet():
    contents = alone(sample_staff(rooms=1, sittings=4), "T03010001")
    assert "马甲颜色见任务单" in joined(print_it("badges", contents)[0])


def test_each_person_signs_once_for_badge_and_vest_and_colours_are_summed():
    contents = sample_staff(rooms=8, sittings=4)
    text = joined("".join(print_it("vest-list", contents)))
    assert f"胸牌{len(contents.staff.people)}枚" in text
    red = tuple(replace(post, vest=Vest("红色", "#c00")) for post in contents.staff.posts)
    assert "红色马甲22件" in joined("".join(print_it("vest-list", with_staff(contents, posts=red))))


def test_a_handbook_page_has_the_minutes_of_every_sitting_for_each_post():
    contents = sample_staff(rooms=2, sittings=4)
    pages = print_it("handbook-page", contents)
    assert len(pages) == len(contents.staff.posts)
    first = joined(pages[0])
    assert "监考员进入考场8:1514:158:1514:15" in first
    assert "第十三条" in first
    assert "0000-7654321" in first


def test_pay_adds_up_by_people_and_by_posts():
    lines = [PayLine("T1", "a", 3, 15_000), PayLine("T1", "b", 1, 10_050), PayLine("T2", "a", 2, 15_000)]
    counted = sums(lines)
    assert counted.by_person == {"T1": 55_050, "T2": 30_000}
    assert counted.by_post == {"a": (5, 75_000), "b": (1, 10_050)}
    assert counted.agree
    contents = with_staff(sample_staff(), pay=tuple(lines))
    text = joined("".join(print_it("pay-sheet", contents)))
    assert "逐人合计850.50元＝按岗位合计850.50元✓相符" in text


@pytest.mark.parametrize("count", [1, 14, 18, 19, 20, 26, 27, 45, 52, 240])
def test_a_pay_sheet_of_any_length_fits_its_pages_and_its_page_sums_add_up(count):
    lines = tuple(PayLine(f"T{number}", "a", 1, 100) for number in range(count))
    pages = print_it("pay-sheet", with_staff(sample_staff(), pay=lines))
    small = [joined(page).split("本页小计")[1].split(".00元")[0] for page in pages]
    assert sum(map(int, small)) == count


@pytest.mark.parametrize(
    ("cents", "said"), [(0, "0.00"), (5, "0.05"), (135_000, "1,350.00"), (-250, "-2.50"), (10**11, "1,000,000,000.00")]
)  # fmt: skip
def test_yuan_come_from_whole_cents(cents, said):
    assert yuan(cents) == said


def test_the_video_table_names_each_watch_and_leaves_room_for_handling_times():
    pages = print_it("video-watch", sample_staff(rooms=10, sittings=2))
    assert len(pages) == 2
    assert len(print_it("video-watch", sample_staff(rooms=60, sittings=1))) == 1
    text = joined(pages[0])
    assert "001、002、003、004" in text
    assert "009、010" in text
    assert "处置时间" in text
    assert "10个，3人负责" in text


def test_minutes_keep_a_void_attempt_with_its_reason_and_print_digits_only_when_published():
    published = joined("".join(print_it("draw-minutes", sample_minutes())))
    assert "第1次抽签（作废，留存）" in published
    assert "重抽理由第1次输入漏报" in published
    assert "58213907741660238419" in published
    sealed = replace(
        sample_minutes(),
        published_at=None,
        attempts=tuple(
            replace(one, seed="", hands=tuple(replace(hand, digits="") for hand in one.hands))
            for one in sample_minutes().attempts
        ),
    )
    text = joined("".join(print_it("draw-minutes", sealed)))
    assert "58213907741660238419" not in text
    assert "随机数和种子现已封存" in text
    assert "verify_draw.py" in text
    assert "买买提依明·阿卜杜热合曼" in text


def test_minutes_say_when_the_hands_have_given_too_little_chance():
    told = sample_minutes()
    weak = replace(told, attempts=tuple(replace(one, hands=one.hands[:1]) for one in told.attempts))
    assert "◆须达到128比特" in joined("".join(print_it("draw-minutes", weak)))


def test_minutes_with_many_attempts_and_hands_go_on_to_further_pages():
    told = sample_minutes()
    attempt = told.attempts[0]
    hands = tuple(replace(attempt.hands[0], number=number, digits="4" * 200) for number in range(1, 13))
    many = replace(told, attempts=tuple(replace(attempt, number=n, hands=hands) for n in range(1, 5)))
    pages = print_it("draw-minutes", many)
    assert len(pages) > 3
    assert "主持人" in pages[-1]


def test_the_cover_of_a_sealed_file_names_every_content_and_has_signatures_over_the_flap():
    document = registry.document("sealed-file-cover")
    pdf = document.render(document.sample(), PRINTED_AT, DIGEST)
    text = joined(texts(pdf)[0])
    assert "封存件" in text
    assert "9f3b6a12" * 8 in text
    assert text.count("纪检监察") >= 2
    assert codes(pdf) == ["KW:sealed:2027-gaokao:sent:2:b6d208f5b6d208f5"]


def test_a_shortage_list_counts_the_worst_first_and_says_what_would_help():
    told = sample_shortage()
    text = joined(print_it("shortage-list", told)[0])
    assert "2处，共缺7人" in text
    assert text.index("语文场需要60名") < text.index("主监考须有2年")
    assert "仍缺3人" in text
    none = replace(told, shortages=(), remedies=())
    assert "✓各考点各场次人手够用" in joined(print_it("shortage-list", none)[0])


def test_a_site_without_a_resident_team_stands_first():
    document = registry.document("inspection-teams")
    text = joined(print_it("inspection-teams", document.sample())[0])
    assert "2/3个考点" in text
    assert text.index("◆未派") < text.index("梁望舒")
    assert "接待室已取消" in text


def test_rows_that_stay_together_go_on_together():
    rows = [Row("a", 10), Row("b", 10), Row("head", 5, with_next=True), Row("c", 10)]
    assert broken(rows, 30) == [["a", "b"], ["head", "c"]]
    assert broken(rows, 35) == [["a", "b", "head", "c"]]
    assert broken([Row("tall", 99)], 30) == [["tall"]]


@pytest.mark.parametrize(
    "text", ["核对科目、份数；不符立即停手报告。" * 5, "verify_draw.py " * 20, "𪚥" * 90, ""]
)
def test_wrapped_lines_hold_the_whole_text_and_none_begins_with_a_mark(text):
    lines = wrapped(text, 40, 9)
    assert joined("".join(lines)) == joined(text)
    assert not any(line[:1] in "，。、；" for line in lines if line)


def test_the_head_of_a_table_comes_again_on_the_next_page():
    head = Row("head", 5, with_next=True)
    rows = [head, *(Row(str(number), 10, under=head) for number in range(4))]
    assert broken(rows, 25) == [["head", "0", "1"], ["head", "2", "3"]]


def test_a_sites_print_pack_holds_the_lists_of_its_staff_once_they_are_drawn(tmp_path):
    drawn = replace(samples.sample_rooms(), staff=sample_staff(rooms=2, sittings=2).staff)
    path = tmp_path / "pack.pdf"
    summary = print_pack.build(drawn, path, printed_at=PRINTED_AT, digest=DIGEST)
    counted = {line.zh: line.pages for line in summary.counts}
    assert counted["监考安排表"] == counted["监考安排公示"] == counted["视频监考分工表"] == 2
    assert counted["胸牌马甲领取表"] == 1
    assert "岗位任务单" not in counted, "sheets are handed to each person, not to the site in one pile"
    assert "名单e19d0f77" in joined(texts(path)[1])
    bare = print_pack.build(samples.sample_rooms(), path, printed_at=PRINTED_AT, digest=DIGEST)
    assert "监考安排表" not in {line.zh for line in bare.counts}
