"""Where violations gather more than chance lets one expect."""

from hypothesis import given
from hypothesis import strategies as st

from kaowu.engines.scores import clusters

PEOPLE = {f"{room:03d}": 30 for room in range(1, 41)}


def found(cases, at_least=3):
    return clusters(cases, PEOPLE, at_least=at_least, chance=0.001)


def test_five_in_one_room_stand_out_and_one_in_each_does_not():
    assert [one.group for one in found({"007": 5, "008": 1, "009": 1})] == ["007"]
    assert not found(dict.fromkeys(PEOPLE, 1))


def test_with_no_case_elsewhere_several_stand_out():
    [one] = found({"007": 3})
    assert one.expected == 0 and one.chance == 0


def test_fewer_than_the_exams_least_are_no_cluster():
    assert not found({"007": 2})


@given(st.dictionaries(st.sampled_from(sorted(PEOPLE)), st.integers(0, 30)))
def test_a_chance_is_a_chance(cases):
    for one in found(cases, at_least=1):
        assert 0 <= one.chance < 0.001 and one.cases > one.expected
