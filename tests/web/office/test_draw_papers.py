"""Papers around a draw: the shortage list before it, the minutes and the sealed file's cover after it."""

import hashlib

import pytest
from django.urls import reverse
from tests.inner.reports.reading import joined, texts
from tests.web.office.test_draw_pages import PAIR, SIGNED, add_people, officer, ready, staffed, step  # noqa: F401

from kaowu.facts.subjects import SENT
from kaowu.store import artefacts
from kaowu.store.queries import draws as draw_states
from kaowu.web.works import draws


def text_of(answer):
    assert answer["Content-Type"] == "application/pdf"
    return joined("".join(texts(answer.content)))


@pytest.mark.feature("STF-28")
def test_the_shortage_list_is_printed_before_the_draw_with_what_is_missing(ready, city, officer):  # noqa: F811
    add_people(city.south, 6)
    text = text_of(officer.get(reverse("shortage_paper", args=[ready])))
    assert "监考缺口表" in text and "主监考" in text
    assert "需7人，除去不合格和回避者只有6人，缺1人" in text
    assert "仍缺2人" in text  # what would help, and what it leaves
    assert "人手够用" not in text
    page = officer.get(reverse("staffing", args=[ready])).content.decode()
    assert reverse("shortage_paper", args=[ready]) in page


def test_with_enough_people_the_list_says_so(staffed, officer):  # noqa: F811
    text = text_of(officer.get(reverse("shortage_paper", args=[staffed])))
    assert "✓各考点各场次人手够用，可以抽签" in text


def test_a_site_does_not_print_the_list_of_the_whole_exam(staffed, as_post):  # noqa: F811
    assert as_post("site_chief").get(reverse("shortage_paper", args=[staffed])).status_code == 403


def test_the_cover_of_the_sealed_file_names_everything_in_it_by_digest(staffed, officer):  # noqa: F811
    draws.draw_and_seal(staffed, SENT, PAIR)
    attempt = draw_states.draw(staffed, SENT).latest
    text = text_of(officer.get(reverse("lots_file", args=[staffed, 1, "cover.pdf", "sent"])))
    assert attempt.sealed.sealed_file.hex() in text
    assert hashlib.sha256(artefacts.read(attempt.committed.problem)).hexdigest() in text
    assert "封口" in text and "纪检监察" in text
    minutes = text_of(officer.get(reverse("lots_file", args=[staffed, 1, "minutes.pdf", "sent"])))
    assert "抽签记录" in minutes and attempt.committed.root.hex() in minutes
    assert "示例见证人" in minutes


def test_there_is_no_cover_before_the_draw_is_sealed(staffed, officer):  # noqa: F811
    assert step(officer, staffed, "commit", **SIGNED).status_code == 302
    assert officer.get(reverse("lots_file", args=[staffed, 1, "cover.pdf", "sent"])).status_code == 404
