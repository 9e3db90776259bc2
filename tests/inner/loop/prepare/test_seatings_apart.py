"""3+1+2: what all take is seated once, each elective anew, with only those who take it; and who goes where late."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from kaowu.basics.clock import Instant
from kaowu.basics.seat_grid import SeatGrid
from kaowu.engines.seating import solve, verify
from kaowu.exam.plan import Sitting
from kaowu.loop.prepare.arrange_seats import seating_problem
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.loop.prepare.seat_moves import apart_by_time, joined, moves_between, read_moves, write_moves
from kaowu.loop.prepare.seat_pools import sites_after
from kaowu.loop.prepare.seat_table import SeatLine, serves
from kaowu.loop.prepare.seatings import seatings_of
from kaowu.registry.sites import RegisteredRoom, RegisteredSite
from kaowu.rules.load import rulebook

REQUIRED = ("语文", "数学")
SITTINGS = [
    Sitting("01", ("语文",), Instant(1), Instant(2)),
    Sitting("02", ("数学",), Instant(3), Instant(4)),
    Sitting("03", ("物理", "历史"), Instant(5), Instant(6)),
    Sitting("04", ("化学",), Instant(7), Instant(8)),
]
TAKEN = ("物理|化学", "历史|化学", "物理", "历史")


def rows(count=120):
    return [
        RosterRow(
            f"R{n:04d}", "", "", "", "", "", "", f"学校{n % 4}",
            "|".join((*REQUIRED, TAKEN[n % 4])), "英语", "370402", "", "", "",
        )
        for n in range(count)
    ]  # fmt: skip


def site(rooms=9, code="0402", county="370402"):
    grid = SeatGrid.from_layout("7-8-8-7")
    return RegisteredSite(
        code, "", "一中", county,
        tuple(RegisteredRoom(f"{n:03d}", "standard", "", 1, "", 30, grid, True) for n in range(1, rooms + 1)),
    )  # fmt: skip


def gaokao(**changed):
    """The national profile with some lines changed."""
    base = rulebook().profiles["gaokao"]
    return _Changed(base, changed)


class _Changed:
    def __init__(self, base, changed):
        self._base, self._changed = base, changed

    def __getattr__(self, name):
        return getattr(self._base, name)

    def line(self, key):
        return SimpleNamespace(value=self._changed[key]) if key in self._changed else self._base.line(key)

    def choice(self, key):
        return self.line(key).value

    def texts(self, key):
        return self.line(key).value

    def number(self, key):
        return self.line(key).value


def problem(**changed):
    lines = {"remainder_rule": "last_room", "spare_rooms_minimum": 0, **changed}
    return seating_problem("gk", gaokao(**lines), rows(), [site()], REQUIRED, SITTINGS)


@pytest.mark.parametrize(
    ("mode", "seatings"),
    [("once", []), ("electives", ["01,02", "03", "04"]), ("each", ["01", "02", "03", "04"])],
)
def test_the_profile_says_which_sittings_share_their_seats(mode, seatings):
    found = seatings_of(gaokao(seat_per_sitting=mode), SITTINGS, REQUIRED)
    assert [one.id for one in found.seatings] == seatings


def test_each_elective_is_seated_anew_with_only_those_who_take_it():
    asked = problem(seat_per_sitting="electives")
    plan = solve(asked, bytes(32))
    assert verify(asked, plan) == []
    seated = {}
    for row in plan.rows():
        seated.setdefault(row.sitting, set()).add(row.candidate)
    assert len(seated["01,02"]) == len(seated["03"]) == 120
    takers = {row.number for row in rows() if "化学" in row.subjects}
    assert seated["04"] == takers and len(takers) == 60
    papers = {row.number: row.subjects for row in rows()}
    for room in plan.rooms:
        if room.sitting == "03" and len(room.seats) == 30:
            assert len({"物理" in papers[name] for name in room.candidates}) == 1, "one paper in a room"
    sites = {row.candidate: set() for row in plan.rows()}
    for row in plan.rows():
        sites[row.candidate].add(row.site)
    assert all(len(found) == 1 for found in sites.values()), "one site for all papers"


def test_a_seat_serves_the_sittings_that_it_names_and_none_named_means_all():
    assert serves("", "03") and serves("01,02", "02") and not serves("01,02", "03")


LINES = [SeatLine("R1", "0402", "001", "01", "n1"), SeatLine("R2", "0402", "001", "02", "n2")]


def test_once_a_sitting_has_begun_its_seats_are_set_apart_from_those_to_come():
    begun, coming = apart_by_time(LINES, frozenset({"01"}), ["01", "02", "03"])
    assert {line.sitting for line in begun} == {"01"} and {line.sitting for line in coming} == {"02,03"}
    assert apart_by_time(LINES, frozenset(), ["01", "02"]) == ([], LINES)


def test_only_who_moves_has_two_lines_afterwards():
    codes = ["01", "02", "03"]
    begun, coming = apart_by_time(LINES, frozenset({"01"}), codes)
    moved = [replace(coming[0], room="005"), coming[1]]
    assert joined([*begun, *moved], codes) == [
        replace(LINES[0], sitting="01"), LINES[1], replace(LINES[0], sitting="02,03", room="005"),
    ]  # fmt: skip


def test_moves_name_who_came_who_left_and_who_changed():
    after = [SeatLine("R2", "0402", "002", "05", "n2"), SeatLine("R3", "0402", "001", "01", "n3")]
    moves = {move.candidate: move for move in moves_between(LINES, after)}
    assert moves["R1"].is_gone and moves["R2"].is_moved and moves["R3"].is_new
    assert read_moves(write_moves(list(moves.values()))) == list(moves.values())


def test_who_comes_late_or_lost_the_site_goes_where_most_places_are_left():
    sites = [site(4), site(8, "0403"), site(9, "0404", "370403")]
    allocated = {row.number: ("0402" if n % 2 else "0403") for n, row in enumerate(rows(40))}
    late = [*rows(40), *rows(42)[40:]]
    found = sites_after(allocated, late, sites, frozenset(), 30, 0)
    assert {found[row.number] for row in late[40:]} == {"0403"}, "the roomier site of the county"
    closed = sites_after(allocated, late, sites, frozenset({("0403", "")}), 30, 0)
    assert set(closed.values()) == {"0402"} and len(closed) == 42


def test_a_language_that_may_be_mixed_becomes_one_of_the_groups():
    kept = problem().rules
    assert kept.never_mix == ("foreign_language",)
    relaxed = problem(never_mixed=None).rules
    assert relaxed.never_mix == () and "foreign_language" in relaxed.group_by
