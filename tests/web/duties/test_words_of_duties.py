"""Sentences of the engine as people read them: numbers with names, posts by their titles."""

from types import SimpleNamespace

from kaowu.basics.errors import Sentence
from kaowu.web.templatetags.duties import called_by_name, duty_post, duty_value, yuan

PEOPLE = {"P1": SimpleNamespace(name="欧阳修"), "P10": SimpleNamespace(name="秦观")}


def test_a_number_that_begins_like_another_keeps_its_own_name():
    said = called_by_name(Sentence("S1 0402/001：P10与P1同校", ""), PEOPLE)
    assert said == "S1 0402/001：P10（秦观）与P1（欧阳修）同校"


def test_posts_stand_by_their_titles_and_unknown_ones_by_their_code():
    said = called_by_name(Sentence("chief_invigilator应1人，interpreter应1人", ""), PEOPLE)
    assert said == "主监考（监考甲）应1人，interpreter应1人"
    assert duty_post("interpreter") == "interpreter"


def test_money_and_places_are_written_plainly():
    assert yuan("15000") == "150.00"
    empty = SimpleNamespace(room="001", post="reserve", person="")
    assert duty_value(empty) == "001|reserve|"
