"""The example of a first start: a newcomer finds an exam that is ready for its day."""

import pytest

from kaowu.app import example
from kaowu.engines.lots import Ceremony, check
from kaowu.engines.seating import SeatingProblem, SeatPlan, verify
from kaowu.facts.subjects import SEATS
from kaowu.store import artefacts
from kaowu.store.journal import open_book
from kaowu.store.models import JournalEntry, Person, SeatRow
from kaowu.store.queries import draws, exams, seat_plans
from kaowu.web.node_key import origin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.feature("SITE-14")
def test_the_example_is_seated_sealed_and_loaded_once():
    open_book(origin())
    places = example.load()
    assert (places.city, places.county, places.site) == ("370400", "370405", "040501")
    line = exams.exam(example.EXAM)
    assert (line.candidates, line.seated, len(exams.sittings(example.EXAM))) == (2_000, 2_000, 9)
    assert Person.objects.count() == 790, "own staff, and those whom the city sends"
    numbers = set(SeatRow.objects.values_list("admission_number", flat=True))
    assert len(numbers) == 2_000, "every candidate has a number of their own"

    plan = exams.plan(example.EXAM)
    assert all(override.fact.approved_by == "city2" for override in plan.overrides)
    [attempt] = seat_plans.attempts(example.EXAM)
    held = draws.draw(example.EXAM, SEATS).latest
    assert held.published.seed == attempt.seed and attempt.sealed_at is not None
    problem = SeatingProblem.from_bytes(artefacts.read(attempt.problem))
    solution = SeatPlan.from_bytes(artefacts.read(attempt.solution))
    assert verify(problem, solution, bytes.fromhex(attempt.seed)) == []
    opened = Ceremony.from_bytes(artefacts.read(held.published.ceremony))
    assert opened.hands[0].digits == example.throws()
    assert check(opened, problem.to_bytes(), solution.to_bytes()) == []

    facts = JournalEntry.objects.count()
    assert example.load() == places
    assert JournalEntry.objects.count() == facts, "a second start adds nothing"
