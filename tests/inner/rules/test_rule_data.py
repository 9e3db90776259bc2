"""The rule data themselves: which clauses there are, and how their files are read."""

import shutil
from pathlib import Path

import pytest

from kaowu.rules.load import data_folders, faults_in, faults_of, rulebook
from kaowu.rules.reference import pages
from kaowu.rules.toml_table import FaultyRules

BOOK = rulebook()
JYB, RSB, BM = BOOK.packs["jyb-33"], BOOK.packs["rsb-31"], BOOK.packs["bm-2004"]


@pytest.mark.feature("VIO-02")
def test_every_behaviour_of_the_two_regulations_is_there():
    behaviours = [c.code for c in JYB.clauses.values() if c.kind.is_violation]
    assert behaviours == [
        f"{article}-{item}"
        for article, items in ((5, 9), (6, 9), (7, 5), (8, 5))
        for item in range(1, items + 1)
    ]
    assert [c.code for c in RSB.clauses.values() if c.kind.is_violation] == [
        *[f"6({n})" for n in range(1, 11)],
        *[f"7({n})" for n in range(1, 7)],
        *[f"8({n})" for n in range(1, 4)],
        *[f"9({n})" for n in range(1, 5)],
        "10",
        "11",
    ]


def test_staff_articles_and_procedure_are_there_too():
    assert {f"13-{n}" for n in range(1, 11)} | {f"14-{n}" for n in range(1, 11)} <= set(JYB.clauses)
    assert {"18", "19", "20", "21", "22", "23", "25", "26", "27", "28", "29", "30", "31"} <= set(JYB.clauses)
    assert {"6", "7", "12", "14", "15", "16", "17", "18", "21", "22", "23", "24", "25", "26"} == set(
        BM.clauses
    )


@pytest.mark.parametrize("pack", [JYB, RSB], ids=lambda pack: pack.id)
def test_every_behaviour_says_what_follows_who_decides_and_which_clocks_run(pack):
    for clause in pack.clauses.values():
        if clause.kind.is_violation:
            assert clause.consequence and clause.decided_by and clause.clocks and clause.found_by, clause.code


def test_who_decides_differs_between_breach_and_cheating():
    assert "市级" in JYB.clauses["5-4"].decided_by.zh and "省级" in JYB.clauses["6-2"].decided_by.zh
    assert JYB.clauses["7-2"].found_by == ("grading",)


def test_the_clocks_of_the_law_take_their_length_from_the_profile():
    clocks = {clock.code: clock.line for clock in JYB.clauses["6-4"].clocks}
    gaokao = BOOK.profile("gaokao")
    assert {code: gaokao.number_or_none(line) for code, line in clocks.items()} == {
        "statement": 7,
        "review_request": 15,
        "review_decision": 30,
        "reconsideration": 60,
        "lawsuit": 6,
    }


def test_a_regulation_knows_from_when_it_holds():
    assert not JYB.in_force_on(JYB.effective_on.replace(month=3, day=31))
    assert JYB.in_force_on(JYB.effective_on)


def test_the_three_lists_cover_each_other_at_the_turning_points():
    three = {"chief_invigilator", "assistant_invigilator", "roving_invigilator", "video_invigilator"}
    items = {post: BOOK.checklists[post].items for post in three}
    for step in ("unseal", "start", "end"):
        covered = {post for post in three if any(i.at.anchor == step for i in items[post])}
        assert {"roving_invigilator", "video_invigilator", "chief_invigilator"} <= covered, step
    confirmed = {
        other
        for post in ("roving_invigilator", "video_invigilator")
        for i in items[post]
        for other in i.confirms
    }
    assert {"chief_invigilator.unseal", "chief_invigilator.start", "chief_invigilator.end"} <= confirmed


def test_every_post_has_a_list_in_two_languages_and_hand_overs_pair_up():
    for checklist in BOOK.checklists.values():
        for item in checklist.items:
            assert item.text.zh and item.text.en and item.text.zh != item.text.en
    papers = BOOK.checklists["site_office"].items
    assert {"vault_keeper.release", "chief_invigilator.collect", "chief_invigilator.return"} <= {
        other for item in papers for other in item.confirms
    }


# Reading ------------------------------------------------------------------

PACK = """
title = "《试行办法》"
title_en = "Trial measures"
number = "试〔2026〕1号"
[classes.breach]
zh = "违纪"
en = "breach"
violation = true
[[clauses]]
code = "1"
article = "第一条"
class = "breach"
zh = "迟到"
en = "comes late"
"""
SCRIPT_STEP = '[[steps]]\nkey = "x"\nzh = "甲"\nen = "a"\npost = "{post}"\nat = "{at}"\n'


def written(folder: Path, kind: str, name: str, content: str) -> Path:
    (folder / kind).mkdir(parents=True, exist_ok=True)
    (folder / kind / f"{name}.toml").write_text(content, encoding="utf-8")
    return folder


def said(faults) -> str:
    return "\n".join(fault.said.zh for fault in faults)


def test_a_further_folder_adds_a_pack(tmp_path):
    book = rulebook(written(tmp_path, "packs", "trial", PACK))
    assert book.packs["trial"].clauses["1"].citation == "TRIAL 1"


@pytest.mark.parametrize(
    ("broken", "key", "words"),
    [
        (PACK.replace('zh = "迟到"', 'zh = "迟到"\ncolour = "red"'), "clauses[1].colour", "没有这个键"),
        (PACK.replace('number = "试〔2026〕1号"', "number = 31"), "number", "应为文字"),
        (PACK.replace('en = "comes late"', ""), "clauses[1].en", "未填写"),
        (PACK.replace('class = "breach"', 'class = "crime"'), "clauses[1].class", "没有“crime”这一类"),
        (PACK + PACK[PACK.index("[[clauses]]") :], "clauses[2].code", "重复"),
        (PACK + 'evidence = ["video"]\n', "clauses[1].evidence", "没有在本法规包中声明"),
        (PACK.replace("violation = true", 'violation = "yes"'), "classes.breach.violation", "true 或 false"),
        (PACK.replace('title = "', 'effective_on = "2026"\ntitle = "'), "effective_on", "日期"),
        ('joins = ["toefl"]\n' + PACK, "joins", "没有“toefl”这个类别配置"),
        ("title = ", "", "不是有效的 TOML"),
    ],
)
def test_a_fault_in_a_pack_names_file_key_and_reason(tmp_path, broken, key, words):
    [fault] = faults_of(written(tmp_path, "packs", "trial", broken))
    assert (fault.file, fault.key) == ("packs/trial.toml", key)
    assert words in fault.said.zh and "packs/trial.toml" in fault.said.en and fault.sentence.en


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    written(tmp_path, "packs", "trial", PACK.replace('en = "comes late"', ""))
    written(
        tmp_path, "lines", "more", 'zh = "甲"\nen = "a"\n[lines.x]\nzh = "乙"\nen = "b"\nunit = "miles"\n'
    )
    written(tmp_path, "checklists", "cook", 'zh = "厨师"\nen = "Cook"\nduty_zh = "做饭"\nduty_en = "cooks"\n')
    with pytest.raises(FaultyRules) as faulty:
        rulebook(tmp_path)
    files = {fault.file for fault in faulty.value.faults}
    assert {"packs/trial.toml", "lines/more.toml", "checklists/cook.toml"} <= files


@pytest.mark.parametrize(
    ("find", "put", "key", "words"),
    [
        (
            "late_limit_minutes = { value = 15",
            "late_limit_minutes = { value = 150",
            "lines.late_limit_minutes.value",
            "超出范围",
        ),
        ("handlers = { value = 2", 'handlers = { value = "2"', "lines.handlers.value", "应为整数"),
        ("handlers = {", "handlerz = {", "lines.handlerz", "没有声明过"),
        (
            'source = "BM-2004 18"',
            'source = "BM-2004 99"',
            "lines.vault_guards.source",
            "条款“BM-2004 99”不存在",
        ),
        ('"bm-2004", ', '"bm-2005", ', "packs", "没有“bm-2005”这个法规包"),
        (
            "gaokao-shandong-2010",
            "gaokao-mars-2010",
            "lines.minute_script",
            "没有“gaokao-mars-2010”这个时间脚本",
        ),
    ],
)
def test_a_fault_in_a_profile_names_file_key_and_reason(tmp_path, find, put, key, words):
    [own] = data_folders()
    shutil.copytree(own, tmp_path / "rules", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = tmp_path / "rules" / "profiles" / "gaokao.toml"
    content = file.read_text(encoding="utf-8")
    assert find in content
    file.write_text(content.replace(find, put), encoding="utf-8")
    faults = faults_in((tmp_path / "rules",))
    assert (faults[0].file, faults[0].key) == ("profiles/gaokao.toml", key)
    assert words in said(faults)


def test_two_files_of_one_name_are_a_fault(tmp_path):
    [fault] = faults_of(written(tmp_path, "packs", "jyb-33", PACK))
    assert "重名" in fault.said.zh


def test_profiles_that_extend_each_other_in_a_circle_are_a_fault(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        written(tmp_path, "profiles", name, f'extends = "{other}"\n')
    assert "互相继承" in said(faults_of(tmp_path))


@pytest.mark.parametrize(
    ("at", "post", "words"),
    [
        ("T-5", "chief_invigilator", "缺少步骤“unseal”"),
        ("unseal", "chief_invigilator", "须从 T 或 E 算起"),
        ("T-5", "cook", "岗位“cook”没有清单"),
        ("T-vault_replay_at", "chief_invigilator", "不是一个数字行"),
        ("soon!", "chief_invigilator", "不是时刻"),
    ],
)
def test_a_minute_script_is_held_against_posts_lines_and_core_steps(tmp_path, at, post, words):
    content = 'zh = "甲"\nen = "a"\nsource = "省"\n' + SCRIPT_STEP.format(post=post, at=at)
    assert words in said(faults_of(written(tmp_path, "scripts", "trial", content)))


def test_the_reference_has_a_page_for_everything_in_two_languages():
    made = pages()
    for name in BOOK.packs:
        assert f"rules/pack-{name}.md" in made
    for post, checklist in BOOK.checklists.items():
        page = made[f"rules/checklist-{post}.md"]
        assert all(item.text.zh in page and item.text.en in page for item in checklist.items)
    assert all(f"`{key}`" in made["rules/profiles.md"] for key in BOOK.lines)
    assert "custody.two_at_unsealing" in made["rules/checks.md"]
    assert pages() == made


def test_the_four_posts_known_by_a_colour_wear_four_different_vests_with_their_names():
    posts = ("identity_checker", "screener", "video_invigilator", "roving_invigilator")
    vests = [BOOK.checklists[post].vest for post in posts]
    assert all(vest is not None and vest.colour.zh and vest.colour.en for vest in vests)
    assert len({vest.rgb for vest in vests}) == len({vest.colour.zh for vest in vests}) == 4


def test_a_vest_without_a_name_or_without_a_printable_colour_is_a_fault(tmp_path):
    head = 'zh = "厨师"\nen = "Cook"\nduty_zh = "做饭"\nduty_en = "cooks"\n'
    item = '[[items]]\ncode = "cook"\nat = "T"\nzh = "做"\nen = "cook"\n'
    written(tmp_path, "checklists", "cook", head + 'vest_rgb = "#ff0000"\n' + item)
    written(
        tmp_path, "checklists", "baker", head + 'vest_zh = "红"\nvest_en = "red"\nvest_rgb = "red"\n' + item
    )
    with pytest.raises(FaultyRules) as raised:
        rulebook(tmp_path)
    assert {fault.key for fault in raised.value.faults} == {"vest_rgb"}
    assert len(raised.value.faults) == 2


def test_the_resident_team_checks_that_the_reception_room_is_abolished():
    items = BOOK.checklists["resident_inspector"].items
    assert any("接待室已取消" in item.text.zh for item in items)
