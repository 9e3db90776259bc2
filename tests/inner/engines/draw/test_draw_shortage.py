"""Before a lot is drawn the office hears who is missing, as a count that proves itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from tests.inner.engines.draw.small_draws import SEED, exam, people, rooms

from kaowu.basics.errors import Refused
from kaowu.engines.draw import (
    DrawProblem,
    Line,
    Per,
    Person,
    Post,
    Repeats,
    Room,
    Rules,
    Sex,
    Site,
    Sitting,
    shortage,
    solve,
    verify,
)

ROSTERS = Path(__file__).parents[3] / "data" / "rosters"


def test_nothing_is_short_when_there_are_enough():
    assert shortage(exam(people(16), rooms(8, 2), 2)).conflicts == ()


def test_missing_men_are_counted_and_each_relaxation_says_what_remains():
    staff = [replace(p, sex=Sex.WOMAN) if n > 10 else p for n, p in enumerate(people(24))]
    problem = exam(staff, rooms(8, 1), 1)
    (conflict,) = shortage(problem).conflicts
    assert (conflict.code, conflict.needed, conflict.available) == ("people_short", 8, 6)
    assert "需男8人" in conflict.sentence.zh and "缺2人" in conflict.sentence.zh
    help_ = {one.code: one for one in shortage(problem).relaxations}
    assert help_["any_sex"].remaining == 0
    relaxed = problem.with_rules(**help_["any_sex"].changes)
    assert verify(relaxed, solve(relaxed, SEED)) == []
    with pytest.raises(Refused):
        solve(problem, SEED)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("room_closed", exam(people(16, 2), [*rooms(7, 1), Room("T0", "A", "X", 30, ("S0", "S1"))], 1)),
        (
            "one_unit",
            exam([replace(p, unit="S0") if n > 4 else p for n, p in enumerate(people(16))], rooms(8, 1), 1),
        ),
        ("rooms_used_up", exam(people(4, 2), rooms(2, 3), 3, repeated_room=Repeats.NEVER)),
        ("people_short", exam(people(15), rooms(8, 1), 1)),
        ("people_short", exam(people(15, 5, ""), rooms(8, 1), 1)),
        (
            "people_short",
            exam(
                people(20, 5),
                rooms(8, 1),
                1,
                posts=(Post("chief", years=6), Post("assistant")),
            ),
        ),
    ],
)
def test_each_planted_contradiction_is_named(code, problem):
    found = shortage(problem)
    assert code in {one.code for one in found.conflicts}
    assert all(one.needed > one.available for one in found.conflicts)
    assert found.relaxations or code in ("people_short", "rooms_used_up")


@cache
def sheets() -> tuple[list, list, tuple, list]:
    """Sites, rooms, and the header and rows of the staff, read once."""
    venues = openpyxl.load_workbook(ROSTERS / "zaozhuang_venues.xlsx", read_only=True)
    site_rows = list(venues["考点"].iter_rows(min_row=2, values_only=True))
    room_rows = list(venues["考场"].iter_rows(min_row=2, values_only=True))
    staff = openpyxl.load_workbook(ROSTERS / "zaozhuang_staff.xlsx", read_only=True)["考务人员"]
    header, *rows = staff.iter_rows(values_only=True)
    return site_rows, room_rows, header, rows


def real_city(need_pledge: bool, final_year_out: bool) -> DrawProblem:
    """枣庄: its staff, its sites and standard rooms, the first two papers."""
    site_rows, room_rows, header, rows = sheets()
    found = []
    for values in rows:
        row = dict(zip(header, values, strict=True))
        ends = row["证书有效期"]
        found.append(
            Person(
                row["工号"],
                Sex.MAN if row["性别"] == "男" else Sex.WOMAN,
                row["学校代码"],
                "枣庄",
                subjects=(row["任教学科"],),
                certified=row["是否持证"] == "是"
                and bool(ends)
                and date.fromisoformat(ends) >= date(2027, 6, 7),
                pledged=row["已签保密责任书"] == "是",
                years=int(row["监考年限"] or 0),
                recused=("exam",)
                if row["有无亲属参加本次考试"] == "是" or (final_year_out and row["任教年级"] == "高三")
                else (),
            )
        )
    posts = tuple(
        Post(name, certified=name in ("chief", "assistant"), pledged=need_pledge, years=2 * (name == "chief"))
        for name in ("chief", "assistant", "video", "corridor")
    )
    lines = (
        Line("chief"),
        Line("assistant"),
        Line("video", 1, Per.ROOMS, 10),
        Line("corridor", 1, Per.ROOMS, 10),
    )
    return DrawProblem(
        tuple(found),
        tuple(Site(row[0], "枣庄", row[3]) for row in site_rows),
        (Sitting("语文", 540, 690, ("语文",)), Sitting("数学", 900, 1020, ("数学",))),
        tuple(
            Room(sitting, row[0], row[1])
            for sitting in ("语文", "数学")
            for row in room_rows
            if row[2] == "标准考场"
        ),
        rules=Rules(posts, lines),
    )


def test_the_real_city_first_hears_who_has_not_signed_then_that_men_are_missing_then_draws():
    (unsigned,) = shortage(real_city(need_pledge=True, final_year_out=True)).conflicts
    assert (unsigned.needed, unsigned.available) == (718, 146)
    explained = shortage(real_city(need_pledge=False, final_year_out=True))
    assert (explained.conflicts[0].needed, explained.conflicts[0].available) == (1_516, 1_194)
    assert "需男1516人" in explained.conflicts[0].sentence.zh
    assert all(one.remaining < explained.conflicts[0].missing for one in explained.relaxations)
    problem = real_city(need_pledge=False, final_year_out=False)
    assert shortage(problem).conflicts == ()
    plan = solve(problem, SEED)
    assert verify(problem, plan, SEED) == []
    assert plan.figures["most_duties"] <= 2
