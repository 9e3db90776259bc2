"""Late changes: everybody who can keeps the seat, and each move has its reason."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.inner.engines.seating.small_exams import SEED, RoomKind, exam, rooms, school, seed
from tests.inner.engines.seating.test_seating_properties import small_exams
from tools import verify_draw

from kaowu.basics.errors import Refused
from kaowu.engines.seating import (
    Candidate,
    Candidates,
    Infeasible,
    Placement,
    Reason,
    Room,
    Rules,
    SeatingProblem,
    SeatPlan,
    Site,
    Sitting,
    judge_changes,
    place,
    replan,
    solve,
    swap,
    verify_changes,
)


def people_of(problem: SeatingProblem) -> dict[str, Candidate]:
    return {person.id: person for person in problem.candidates.rows()}


def with_people(problem: SeatingProblem, people: dict[str, Candidate]) -> SeatingProblem:
    return replace(problem, candidates=Candidates.of(people.values()))


def with_rooms(problem: SeatingProblem, change: Callable[[Site], list[Room]]) -> SeatingProblem:
    return replace(problem, sites=tuple(replace(site, rooms=tuple(change(site))) for site in problem.sites))


def spots(plan: SeatPlan) -> dict[str, tuple[str, str, int]]:
    return {row.candidate: (row.site, row.room, row.seat) for row in plan.rows()}


def usual() -> SeatingProblem:
    """Four rooms of 25 of 30, and two rooms nobody uses."""
    crowd = [p for name, n in (("甲", 34), ("乙", 28), ("丙", 22), ("丁", 16)) for p in school(name, n)]
    return exam(crowd, rooms(6), capacity=25)


def roomy(problem: SeatingProblem) -> SeatingProblem:
    return problem.with_rules(capacity=30)


@pytest.mark.feature("SITE-14")
def test_a_withdrawal_moves_nobody_and_leaves_an_empty_seat():
    old = usual()
    plan = solve(old, SEED)
    people = people_of(old)
    gone = sorted(people)[7]
    del people[gone]
    new = with_people(old, people)
    found = replan(old, plan, new, seed(9))
    assert (found.moved, found.bound) == (0, 0)
    assert [(m.candidate, m.code) for m in found.moves] == [(gone, "withdrawn")]
    assert found.plan.follows == plan.digest
    assert verify_changes(old, plan, new, found.plan, found.moves, seed(9)) == []


def test_an_added_candidate_takes_a_vacant_seat_and_nobody_moves():
    old = usual()
    plan = solve(old, SEED)
    people = people_of(old)
    people["迟-1"] = Candidate("迟-1", "P", {"school": "甲"})
    new = roomy(with_people(old, people))
    found = replan(old, plan, new, seed(9))
    assert [(m.candidate, m.code, m.is_move) for m in found.moves] == [("迟-1", "added", False)]
    assert found.plan.figures["rooms_used"] == plan.figures["rooms_used"]
    assert verify_changes(old, plan, new, found.plan, found.moves) == []


def test_a_corrected_school_moves_the_corrected_candidate_and_only_if_someone_sits_beside():
    old = usual()
    plan = solve(old, SEED)
    people = people_of(old)
    moved = 0
    for name in sorted(people)[::9]:
        changed = people | {name: replace(people[name], keys={"school": "甲"})}
        new = roomy(with_people(old, changed))
        found = replan(old, plan, new, SEED)
        assert {m.candidate for m in found.moves} <= {name}
        assert found.moved == found.bound <= 1
        assert all(m.code == "neighbours" for m in found.moves)
        assert verify_changes(old, plan, new, found.plan, found.moves) == []
        moved += found.moved
    assert moved


@pytest.mark.feature("SITE-14")
def test_a_closed_room_moves_as_one_into_an_unused_room_and_seats_keep_their_numbers():
    old = usual()
    plan = solve(old, SEED)
    new = with_rooms(old, lambda site: [room for room in site.rooms if room.id != "002"])
    found = replan(old, plan, new, SEED)
    before, after = spots(plan), spots(found.plan)
    assert found.moved == found.bound == 25
    assert {m.code for m in found.moves} == {"room_lost"}
    assert all(after[m.candidate][2] == before[m.candidate][2] for m in found.moves)
    assert {after[m.candidate][1] for m in found.moves} == {"005"}
    assert "考场停用" in found.moves[0].sentence.zh
    assert verify_changes(old, plan, new, found.plan, found.moves) == []


def test_a_spare_room_serves_once_the_office_releases_it():
    halls = rooms(4) + rooms(1, "5x6", first=901, kind=RoomKind.SPARE)
    old = exam([p for name in "甲乙丙丁" for p in school(name, 25)], halls, capacity=25)
    plan = solve(old, SEED)
    closed = with_rooms(old, lambda site: [room for room in site.rooms if room.id != "003"])
    with pytest.raises(Infeasible):
        replan(old, plan, closed, SEED)
    released = with_rooms(closed, lambda site: [replace(r, kind=RoomKind.ORDINARY) for r in site.rooms])
    found = replan(old, plan, released, SEED)
    assert found.moved == found.bound == 25
    assert {m.after.room for m in found.moves} == {"901"}
    assert verify_changes(old, plan, released, found.plan, found.moves) == []


@pytest.mark.feature("SITE-14")
def test_a_flooded_site_is_taken_in_by_the_other_sites_of_its_pool():
    crowd = [p for name, n in (("甲", 90), ("乙", 80), ("丙", 40), ("丁", 30)) for p in school(name, n)]
    sites = (
        Site("S1", "P", tuple(rooms(4))),
        Site("S2", "P", tuple(rooms(7))),
        Site("S3", "P", tuple(rooms(2))),
    )
    old = SeatingProblem(Candidates.of(crowd), sites, Rules())
    plan = solve(old, SEED)
    new = replace(old, sites=sites[1:])
    there = sum(site == "S1" for site, _, _ in spots(plan).values())
    found = replan(old, plan, new, SEED)
    assert found.moved == found.bound == there > 0
    assert {m.code for m in found.moves} == {"site_lost"}
    assert verify_changes(old, plan, new, found.plan, found.moves) == []


def test_an_approved_wheelchair_gets_a_front_desk_without_steps():
    halls = rooms(2) + rooms(1, first=3, step_free=True)
    crowd = [p for name, n in (("甲", 30), ("乙", 26), ("丙", 20)) for p in school(name, n)]
    old = exam(crowd, halls)
    plan = solve(old, SEED)
    people = people_of(old)
    name = next(row.candidate for row in plan.rows() if row.room == "001")
    people[name] = replace(people[name], needs=("accessible",))
    new = with_people(old, people)
    found = replan(old, plan, new, SEED)
    (move,) = [m for m in found.moves if m.candidate == name]
    assert (move.code, move.after.room) == ("accommodation", "003")
    assert found.moved <= found.bound + 1
    assert verify_changes(old, plan, new, found.plan, found.moves) == []


def test_a_corrected_language_moves_to_a_room_of_that_language():
    crowd = [p for name in "甲乙丙" for p in school(name, 12, language="英语")]
    crowd += [p for name in "甲乙丙" for p in school(name, 3, language="俄语")]
    old = exam(crowd, rooms(4), never_mix=("language",))
    plan = solve(old, SEED)
    people = people_of(old)
    name = next(n for n in people if "英语" in n)
    people[name] = replace(people[name], keys={**people[name].keys, "language": "俄语"})
    new = with_people(old, people)
    found = replan(old, plan, new, SEED)
    assert [(m.candidate, m.code) for m in found.moves] == [(name, "stream_changed")]
    assert verify_changes(old, plan, new, found.plan, found.moves) == []


def test_candidates_stay_at_their_site_for_all_papers():
    crowd = [p for name in "甲乙丙丁" for p in school(name, 30, sittings=("语文", "物理"))]
    sites = (Site("S1", "P", tuple(rooms(3))), Site("S2", "P", tuple(rooms(4))))
    sittings = (Sitting("语文"), Sitting("物理"))
    old = SeatingProblem(Candidates.of(crowd), sites, Rules(), sittings)
    plan = solve(old, SEED)
    used = next(row.room for row in plan.rows() if row.site == "S2")
    new = with_rooms(old, lambda site: [r for r in site.rooms if (site.id, r.id) != ("S2", used)])
    found = replan(old, plan, new, SEED)
    assert found.moved == found.bound > 0
    assert verify_changes(old, plan, new, found.plan, found.moves) == []


def test_a_second_change_follows_the_first():
    old = usual()
    first_plan = solve(old, SEED)
    people = people_of(old)
    names = sorted(people)
    del people[names[3]]
    second = with_people(old, people)
    one = replan(old, first_plan, second, seed(1))
    del people[names[50]]
    people["迟-1"] = Candidate("迟-1", "P", {"school": "丁"})
    third = with_people(old, people)
    two = replan(second, one.plan, third, seed(2))
    assert (one.plan.follows, two.plan.follows) == (first_plan.digest, one.plan.digest)
    assert two.moved == 0
    assert verify_changes(second, one.plan, third, two.plan, two.moves) == []
    assert SeatPlan.from_bytes(two.plan.to_bytes()) == two.plan


def test_somebody_makes_room_where_nothing_else_helps_and_it_is_said():
    """One room of nine, full: whoever comes must not sit beside schoolmates."""
    crowd = [*school("甲", 3), *school("乙", 3), *school("丙", 2)]
    old = exam(crowd, rooms(1, "3x3"))
    people = people_of(old)
    people["甲-late"] = Candidate("甲-late", "P", {"school": "甲"})
    new = with_people(old, people)
    told = set()
    for number in range(40):
        plan = solve(old, seed(number))
        try:
            found = replan(old, plan, new, seed(number))
        except Infeasible:
            continue
        assert verify_changes(old, plan, new, found.plan, found.moves) == []
        told |= {move.code for move in found.moves}
    assert "made_room" in told


def test_the_old_plan_must_belong_to_the_old_problem():
    old = usual()
    with pytest.raises(Refused):
        replan(roomy(old), solve(old, SEED), old, SEED)


# Properties

NO_SHRINK = (Phase.explicit, Phase.reuse, Phase.generate)  # a smaller case takes minutes to find


def changed(problem: SeatingProblem, chance: random.Random) -> SeatingProblem:
    """Some people go, some come, some are corrected; perhaps a room is closed."""
    people = people_of(problem)
    for name in chance.sample(sorted(people), min(len(people) - 1, chance.randrange(4))):
        del people[name]
    for number in range(chance.randrange(4)):
        keys = {"school": chance.choice("甲乙丙丁戊"), "language": "英语", "electives": "物化生"}
        people[f"迟{number}"] = Candidate(f"迟{number}", "P", keys)
    for name in chance.sample(sorted(people), min(len(people), chance.randrange(4))):
        person = people[name]
        keys = dict(person.keys)
        match chance.randrange(4):
            case 0:
                keys["school"] = chance.choice("甲乙丙丁戊")
            case 1:
                keys["language"] = chance.choice(["英语", "日语"])
            case 2:
                keys["electives"] = chance.choice(["物化生", "史地政"])
        needs = (chance.choice(["accessible", "single", "separate:extra_time_30"]),)
        people[name] = replace(person, keys=keys, needs=needs if chance.random() < 0.2 else person.needs)
    new = with_people(problem, people)
    if chance.random() < 0.5:
        closed = chance.choice([room.id for room in problem.sites[0].rooms[:4]])
        new = with_rooms(new, lambda site: [room for room in site.rooms if room.id != closed])
    return new


@settings(max_examples=60, deadline=None, phases=NO_SHRINK)
@given(small_exams(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_re_plan_keeps_every_rule_and_moves_no_fewer_than_the_bound(problem, number, change):
    problem = problem.with_rules(capacity=max(problem.rules.capacity, 9), gaps=True)
    try:
        plan = solve(problem, seed(number))
    except Infeasible:
        return
    if any(reason.code == "not_found" for reason in plan.reasons):
        return
    new = changed(problem, random.Random(change))
    try:
        found = replan(problem, plan, new, seed(number + 1))
    except Infeasible:
        return
    again = replan(problem, plan, new, seed(number + 1))
    assert again.plan.to_bytes() == found.plan.to_bytes()
    breaks = verify_changes(problem, plan, new, found.plan, found.moves, seed(number + 1))
    proved = all(reason.code != "not_found" for reason in found.plan.reasons)
    assert not breaks or not proved, breaks
    assert found.bound <= found.moved
    stayed = {m.candidate for m in found.moves}
    before, after = spots(plan), spots(found.plan)
    assert all(after[name] == before[name] for name in after if name in before and name not in stayed)


def replayed(old: SeatingProblem, plan: SeatPlan, new: SeatingProblem, number: int) -> object:
    """The rooms that the published second program works out."""
    files = [json.loads(part.to_bytes()) for part in (new, old, plan)]
    return verify_draw.Replanning(files[0], seed(number), files[1], files[2], plan.digest).plan()


@settings(max_examples=40, deadline=None, phases=NO_SHRINK)
@given(small_exams(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_re_plan_is_worked_out_again_bit_for_bit_by_the_published_program(problem, number, change):
    problem = problem.with_rules(capacity=max(problem.rules.capacity, 9))
    try:
        plan = solve(problem, seed(number))
        new = changed(problem, random.Random(change))
        if change % 3 == 0:  # no unused rooms: people have to make room
            used = {room.room for room in plan.rooms}
            new = with_rooms(new, lambda site: [room for room in site.rooms if room.id in used])
        found = replan(problem, plan, new, seed(number + 1))
    except Infeasible:
        return
    assert replayed(problem, plan, new, number + 1) == json.loads(found.plan.to_bytes())["rooms"]


def test_a_re_plan_of_several_sittings_is_worked_out_again():
    crowd = [p for name in "甲乙丙丁" for p in school(name, 30, sittings=("语文", "物理"))]
    sites = (Site("S1", "P", tuple(rooms(3))), Site("S2", "P", tuple(rooms(4))))
    old = SeatingProblem(Candidates.of(crowd), sites, Rules(), (Sitting("语文"), Sitting("物理")))
    plan = solve(old, SEED)
    closed = next(row.room for row in plan.rows() if row.site == "S2")
    new = with_rooms(old, lambda site: [r for r in site.rooms if (site.id, r.id) != ("S2", closed)])
    found = replan(old, plan, new, seed(4))
    assert replayed(old, plan, new, 4) == json.loads(found.plan.to_bytes())["rooms"]


def test_the_published_program_judges_the_files_of_a_re_plan(tmp_path):
    old = usual()
    plan = solve(old, SEED)
    new = with_rooms(old, lambda site: [room for room in site.rooms if room.id != "002"])
    found = replan(old, plan, new, SEED)
    for name, content in (("old", old), ("plan", plan), ("new", new), ("found", found.plan)):
        (tmp_path / name).write_bytes(content.to_bytes())
    names = [str(tmp_path / name) for name in ("new", "found", "old", "plan")]
    arguments = [names[0], SEED.hex(), *names[1:]]
    assert verify_draw.main(arguments) == 0
    assert verify_draw.main([*arguments[:3], names[2], names[1]]) == 1
    assert verify_draw.main(arguments[:3]) == 2


# Changes by hand


def test_a_swap_inside_a_school_is_accepted_and_one_beside_a_schoolmate_is_found():
    problem = usual()
    plan = solve(problem, SEED)
    names = [name for name in spots(plan) if name.startswith("甲")]
    fair = swap(problem, plan, names[0], names[1])
    assert judge_changes(problem, plan, fair) == []
    assert spots(fair)[names[0]] == spots(plan)[names[1]]
    bad = {
        broken.code
        for other in spots(plan)
        if not other.startswith("甲")
        for broken in judge_changes(problem, plan, swap(problem, plan, names[0], other))
    }
    assert bad == {"neighbours"}


def test_a_seat_taken_twice_by_hand_is_found_and_a_vacant_one_is_accepted():
    problem = roomy(usual())
    plan = solve(usual(), SEED)
    problem_of_plan = usual()
    name = next(iter(spots(plan)))
    taken = next(row for row in plan.rows() if row.candidate != name)
    twice = place(problem_of_plan, plan, name, Placement(name, "all", taken.site, taken.room, taken.seat))
    assert "seat_twice" in {broken.code for broken in judge_changes(problem_of_plan, plan, twice)}
    vacant = [place(problem, plan, name, Placement(name, "all", "S1", "001", seat)) for seat in range(26, 31)]
    codes = [{b.code for b in judge_changes(problem_of_plan, plan, changed)} for changed in vacant]
    assert set() in codes or all(c <= {"neighbours", "over_capacity"} for c in codes)


@pytest.mark.parametrize("planted", ["seat", "tale", "follows", "kept"])
def test_the_judge_finds_each_planted_break_of_a_re_plan(planted):
    old = usual()
    plan = solve(old, SEED)
    new = with_rooms(old, lambda site: [room for room in site.rooms if room.id != "002"])
    found = replan(old, plan, new, SEED)
    forged, moves = found.plan, found.moves
    if planted == "seat":
        room = forged.rooms[0]
        one, two, *rest = room.candidates
        forged = replace(forged, rooms=(replace(room, candidates=(two, one, *rest)), *forged.rooms[1:]))
    elif planted == "tale":
        moves = moves[1:]
    elif planted == "follows":
        forged = replace(forged, follows="0" * 64)
    else:
        by_hand = next(
            changed
            for other in spots(plan)
            if (changed := swap(new, forged, moves[0].candidate, other)).follows
            and [b.code for b in judge_changes(new, forged, changed)] == ["neighbours"]
        )
        broken = judge_changes(new, forged, by_hand)[0]
        lie = Reason("kept", "all", broken.site, broken.room, "school", "", 0, 25, 0, 4, "kept", 1)
        codes = {b.code for b in judge_changes(new, forged, replace(by_hand, reasons=(lie,)))}
        assert codes == {"pair_is_new"}
        return
    codes = {b.code for b in verify_changes(old, plan, new, forged, moves)}
    expected = {"seat": "move_not_told", "tale": "move_not_told", "follows": "another_plan"}
    assert expected[planted] in codes
