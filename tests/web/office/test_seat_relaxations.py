"""Every relaxation that is offered has profile lines, and under these lines the count is what was promised."""

import pytest
from tests.inner.loop.prepare.test_seatings_apart import gaokao, site

from kaowu.engines.seating import explain
from kaowu.loop.prepare.arrange_seats import seating_problem
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.web.templatetags.office_pages import items_named, line_name, line_value
from kaowu.web.works.seat_views import lines_for


def rows():
    """Three languages and two streams, a handful each: too many rooms for four that may be used."""
    return [
        RosterRow(
            f"R{n:03d}", "", "", "", "", "", "", f"学校{n % 7}", ("物理", "历史")[n % 2],
            ("英语", "俄语", "日语")[n % 3], "370402", "", "", "",
        )
        for n in range(90)
    ]  # fmt: skip


def problem(**lines):
    return seating_problem("gk", gaokao(**{"spare_rooms_minimum": 2, **lines}), rows(), [site(5)])


def taken(lines):
    """The lines as an override would hold them."""
    profile = gaokao()
    return {key: profile._base.line(key).spec.take_text(value) for key, value in lines}


@pytest.mark.feature("X-04")
def test_each_offered_relaxation_is_said_by_lines_that_do_what_was_counted():
    explanation = explain(problem())
    assert explanation.conflicts
    codes = {one.code for one in explanation.relaxations}
    assert "may_mix" in codes and len(codes) >= 3
    for one in explanation.relaxations:
        lines = lines_for(one, problem().rules.never_mix)
        assert lines, one.code
        again = explain(problem(**taken(lines)))
        assert (not again.conflicts) == (one.remaining == 0), one.code


def test_letting_languages_share_rooms_is_one_line_beside_the_remainder_rule():
    [mixed] = [one for one in explain(problem()).relaxations if one.code == "may_mix"]
    assert dict(lines_for(mixed, ("foreign_language",))) == {
        "never_mixed": "无", "remainder_rule": "last_room",
    }  # fmt: skip
    assert taken(lines_for(mixed, ("foreign_language",)))["never_mixed"] is None


def test_the_office_reads_items_and_lines_by_their_names():
    [mixed] = [one for one in explain(problem()).relaxations if one.code == "may_mix"]
    assert "“外语语种”" in items_named(mixed.sentence).zh
    said = [
        f"{line_name(key).zh} = {line_value(value, key).zh}"
        for key, value in lines_for(mixed, ("foreign_language",))
    ]
    assert "合并尾数时也不得混编的项目 = 无" in said
