"""Profiles: every line of every kind of exam, overrides for one exam, and the digest that binds them."""

import subprocess
import sys
from dataclasses import replace

import pytest
from tests.inner.rules.scene import ENDS, STARTS, at

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused
from kaowu.rules.load import rulebook
from kaowu.rules.moment import read_moment
from kaowu.rules.profile import AUTHORITY, Override
from kaowu.rules.read_day import CORE_STEPS
from kaowu.rules.toml_table import Wrong

BOOK = rulebook()
KINDS = ("gaokao", "postgraduate", "skills", "vocational")

# Each row of the table of default parameters, with the lines that hold it and their values
# in the order gaokao, postgraduate, skills, vocational.
TABLE = {
    "room_capacity": (30, 30, 30, 30),
    "room_capacity_minimum": (25, 25, 1, 1),
    "desk_spacing_cm": (80, 80, 80, 80),
    "empty_desk_may_replace_spacing": (False, False, False, True),
    "invigilators_per_room": (2, 2, 2, 2),
    "invigilators_per_room_most": (3, 2, 2, 2),
    "one_man_one_woman": (False, False, False, True),
    "rooms_per_video_invigilator": (4, 4, 4, 4),
    "spare_rooms_percent": (10, 10, 5, 5),
    "spare_rooms_minimum": (3, 1, 1, 1),
    "late_limit_minutes": (15, 15, 15, 5),
    "early_hand_in": ("never", "never", "after_start", "after_start"),
    "early_hand_in_minutes": (30, 30, 30, 120),
    "distribute_before_start": (5, 5, 5, 5),
    "secrecy_before_unsealing": ("top_secret", "top_secret", "secret", "by_notice"),
    "secrecy_until_used": ("secret", "secret", "secret", "by_notice"),
    "secrecy_of_scripts": ("confidential", "confidential", "by_notice", "by_notice"),
    "vault_guards": (4, 4, 2, 2),
    "vault_heads": (2, 2, 0, 0),
    "escorts_single_vehicle": (3, 3, 2, 2),
    "escorts_per_vehicle": (2, 2, 2, 2),
    "driver_counts_as_escort": (False, False, False, False),
    "vault_patrol_minutes": (30, 30, None, None),
    "vault_joint_checks_per_day": (2, 2, None, None),
    "vault_replay_at": (("00:00", "06:00", "12:00", "18:00"),) * 2 + (None, None),
    "province_report_at": (("22:00",), ("22:00",), None, None),
    "holding_days_before_exam": (2, 2, None, None),
    "vault_video_months": (6, 6, 6, 6),
    "answer_sheets_months": (6, 6, 6, 6),
    "exam_data_years": (3, 3, 3, 3),
    "spare_paper_approval": ("province", "province", "province_centre", "province"),
    "incident_handled_minutes": (2, 2, 2, 2),
    "grade_one_backup_minutes": (5, 5, 5, 5),
    "weather_lead_hours": (72, 72, 72, 72),
    "rehearsal_interval_months": (3, 3, 3, 3),
    "face_tries": (3, 3, 3, 3),
    "draw_interval": ("per_subject", "per_day", "per_exam", "per_day"),
    "units_per_room": (3, 2, 2, 2),
    "statement_days": (7, 7, None, None),
    "review_request_days": (15, 15, None, None),
    "review_decision_days": (30, 30, None, None),
    "reconsideration_days": (60, 60, 60, 60),
    "lawsuit_months": (6, 6, 6, 6),
    "sheets_per_packet": (30, 30, 30, 31),
    "handlers": (2, 2, 2, 2),
    "seal_witnesses": (2, 2, 2, 2),
    "unseal_before_start": (10, 10, 10, 10),
}
TO_CONFIRM = {
    "gaokao": {"holding_days_before_exam", "escorts_single_vehicle", "escorts_per_vehicle", "seal_witnesses"},
    "postgraduate": {"room_capacity", "desk_spacing_cm", "late_limit_minutes", "secrecy_before_unsealing"},
    "skills": {"room_capacity", "desk_spacing_cm"},
    "vocational": set(),
}


def override(key="late_limit_minutes", value="10", fact_id="0190"):
    return Override(key, value, "天气原因，省级批复", "zhao", fact_id)


@pytest.mark.feature("GOV-23")
@pytest.mark.parametrize("key", TABLE)
def test_a_line_has_its_value_in_every_kind_of_exam(key):
    assert tuple(BOOK.profile(kind).line(key).value for kind in KINDS) == TABLE[key]


@pytest.mark.feature("GOV-23")
def test_there_are_four_kinds_and_each_resolves_with_a_digest_of_its_own():
    assert tuple(BOOK.profiles) == KINDS
    assert len({kind.resolve().digest for kind in BOOK.profiles.values()}) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_checked_against_a_full_text_says_so(kind):
    marked = {key for key, line in BOOK.profile(kind).lines.items() if line.to_confirm}
    assert marked >= TO_CONFIRM[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_cites_a_clause_or_says_that_the_authority_sets_it(kind):
    clauses = {c.citation for pack in BOOK.packs.values() for c in pack.clauses.values()}
    for key, line in BOOK.profile(kind).lines.items():
        assert line.source == AUTHORITY or line.source in clauses, key


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_can_be_entered_as_it_is_said(kind):
    for line in BOOK.profile(kind).lines.values():
        said = ",".join(line.value) if isinstance(line.value, tuple) else str(line.value)
        assert line.spec.take_text("none" if line.value is None else said) == line.value


@pytest.mark.parametrize("kind", KINDS)
def test_templates_and_layouts_can_be_used(kind):
    profile = BOOK.profile(kind)
    values = {"year": "2027", "county": "370402", "site": "040201", "room": "007", "seat": "03"}
    assert profile.template("admission_number").number(values).endswith("00703")
    assert profile.template("room_number").number({"room": "007"}) == "007"
    assert profile.layout().seats == profile.number("room_capacity")


def test_one_approved_override_changes_its_line_and_nothing_else():
    base = BOOK.profile("gaokao")
    resolved = base.resolve([override()])
    assert resolved.number("late_limit_minutes") == 10 and base.number("late_limit_minutes") == 15
    assert [k for k in base.lines if base.lines[k].value != resolved.lines[k].value] == ["late_limit_minutes"]
    assert "zhao" in resolved.cite("late_limit_minutes") and "省级批复" in resolved.cite("late_limit_minutes")


def test_an_override_moves_the_step_of_the_minute_script_that_names_the_line():
    resolved = BOOK.profile("gaokao").resolve([override()])
    assert exam_time(resolved.step_at("entry_closed", STARTS, ENDS)).strftime("%H:%M") == "09:10"


def test_of_two_overrides_of_a_line_the_later_holds_and_both_are_bound():
    base = BOOK.profile("gaokao")
    both = base.resolve([override(value="10", fact_id="1"), override(value="12", fact_id="2")])
    assert both.number("late_limit_minutes") == 12
    assert both.digest != base.resolve([override(value="12", fact_id="2")]).digest


def test_the_digest_is_the_same_in_another_process_and_differs_for_another_value():
    code = (
        "from kaowu.rules.load import rulebook\nfrom kaowu.rules.profile import Override\n"
        "o = Override('late_limit_minutes', '10', '天气原因，省级批复', 'zhao', '0190')\n"
        "print(rulebook().profile('gaokao').resolve([o]).digest.hex())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = BOOK.profile("gaokao").resolve([override()]).digest
    assert done.stdout.strip() == here.hex()
    assert here != BOOK.profile("gaokao").resolve([override(value="11")]).digest
    assert here != BOOK.profile("gaokao").resolve().digest


def test_a_better_translation_does_not_change_the_digest_but_a_moved_step_does():
    base = BOOK.profile("gaokao")
    line = base.lines["handlers"]
    spec = replace(line.spec, label=replace(line.spec.label, en="Two pairs of eyes"))
    reworded = replace(base, lines=base.lines | {"handlers": replace(line, spec=spec)})
    assert reworded.resolve().digest == base.resolve().digest
    script = base.script
    steps = tuple(replace(s, at=read_moment("T-31")) if s.key == "enter" else s for s in script.steps)
    moved = replace(base, scripts={**base.scripts, script.id: replace(script, steps=steps)})
    assert moved.resolve().digest != base.resolve().digest


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("late_limit_minutes", "十五", "不是整数"),
        ("late_limit_minutes", "61", "超出范围"),
        ("late_limit_minutes", "none", "不能为"),
        ("minute_script", "beijing", "时间脚本"),
        ("admission_number", "{planet:3}", "planet"),
        ("seat_layout", "7-8-8-7 middle zigzag", "座位排列"),
        ("spare_paper_approval", "school", "可选项"),
        ("speed_of_light", "1", "没有"),
    ],
)
def test_an_override_that_does_not_fit_its_line_is_refused_with_the_reason(key, value, words):
    with pytest.raises(Refused) as refused:
        BOOK.profile("gaokao").resolve([override(key, value)])
    assert words in refused.value.sentence.zh
    assert refused.value.sentence.en.isascii() or "“" in refused.value.sentence.en


def test_all_overrides_at_fault_are_told_in_one_sentence():
    with pytest.raises(Refused) as refused:
        BOOK.profile("gaokao").resolve(
            [override(value="900"), override("face_tries", "0"), override("x", "1")]
        )
    assert refused.value.sentence.zh.count("；") == 2


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("late_limit_foreign_language_minutes", "-15", -15),
        ("one_man_one_woman", "是", True),
        ("spare_paper_approval", "市级考试机构", "city"),
        ("room_grouping", "试卷文字，外语语种", ("paper_language", "foreign_language")),
        ("vault_patrol_minutes", "无", None),
        ("province_report_at", "21:30、22:00", ("21:30", "22:00")),
    ],
)
def test_an_override_may_be_written_as_people_write(key, written, value):
    assert BOOK.profile("gaokao").resolve([override(key, written)]).line(key).value == value


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        (("数学",), {"collect_papers": "08:20", "enter": "08:30", "unseal": "08:50", "distribute": "08:55"}),
        (("语文",), {"collect_papers": "08:15", "enter": "08:25", "unseal": "08:50", "distribute": "08:55"}),
        (("外语",), {"collect_papers": "08:10", "in_room": "08:20", "enter": "08:30"}),
    ],
)
def test_the_minute_script_follows_the_subject(subjects, expected):
    rows = BOOK.profile("gaokao").timetable(STARTS, ENDS, subjects)
    times = {step.key: exam_time(moment).strftime("%H:%M") for moment, step in rows}
    assert expected.items() <= times.items()
    assert [moment for moment, _ in rows] == sorted(moment for moment, _ in rows)


def test_every_step_of_every_script_belongs_to_a_post_with_a_checklist():
    for script in BOOK.scripts.values():
        assert set(CORE_STEPS) <= set(script.by_key)
        assert {step.post for step in script.steps} <= set(BOOK.checklists)


def test_each_province_column_can_be_chosen_for_an_exam():
    hainan = BOOK.profile("gaokao").resolve([override("minute_script", "gaokao-hainan-2018")])
    assert hainan.step_at("enter", STARTS, ENDS, ("数学",)) == at("08:20")
    assert hainan.step_at("enter", STARTS, ENDS, ("英语",)) == at("08:10")


@pytest.mark.parametrize(
    "written", ["T-40", "E", "D-1", "unseal-5", "T+late_limit_minutes", "E-end_reminder_minutes"]
)
def test_a_moment_is_said_as_it_was_written(written):
    assert str(read_moment(written)) == written


@pytest.mark.parametrize("written", ["", "t-40", "T 40", "T-4O", "T--4", "+5", "T+12345"])
def test_what_is_no_moment_is_refused(written):
    with pytest.raises(Wrong):
        read_moment(written)


def test_an_unknown_profile_names_those_there_are():
    with pytest.raises(Refused) as refused:
        BOOK.profile("toefl")
    assert "gaokao" in refused.value.remedy.zh


@pytest.mark.parametrize(
    ("unit", "one", "two"),
    [("persons", "1 person", "2 persons"), ("minutes", "1 min", "2 min"), ("percent", "1 %", "2 %")],
)
def test_one_of_a_unit_is_said_in_the_singular(unit, one, two):
    spec = next(line for line in rulebook().lines.values() if line.unit == unit)
    assert (spec.say(1).en, spec.say(2).en) == (one, two)
