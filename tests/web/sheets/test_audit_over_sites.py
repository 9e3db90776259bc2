"""The sampling audit covers what sites scanned: the sample goes down to where the images are, opinions come up."""

import pytest
from tests.web.exam_day import EXAM
from tests.web.sheets.below import below, disk, knock  # noqa: F401
from tests.web.sheets.conftest import ANSWERS, SUBJECT
from tests.web.sheets.test_reviewing_marks import AUDIT, people  # noqa: F401
from tests.web.sheets.test_scanned_below import AT_SITE, OFFICERS

from kaowu.basics.errors import Refused
from kaowu.edge.carriers import ASK
from kaowu.engines.sync.asking import AUDIT_SAMPLES, Question
from kaowu.facts.exam_setup import ProfileLineOverridden
from kaowu.facts.sheet_audit import AuditConcluded
from kaowu.store.models import Artefact
from kaowu.store.queries import exams
from kaowu.web.counter import record
from kaowu.web.node_key import node_card, origin, signing_key
from kaowu.web.works import audit_samples, sheet_audit, sheet_review, sheet_scans
from kaowu.web.works.orders import list_of, sealed_list
from kaowu.web.works.sheet_review import Item

SEED = "36241156423316254431"
UPSTREAM = "above"
SAMPLE = 2 * len(ANSWERS) - 2  # all but one: what is not drawn cannot hide an error in a million


# Two at the site saw a B where the machine had read an A.
JUDGED = {("q3", "D", False), ("q4", "B", True)}


def everywhere(site):
    return True


@pytest.fixture
def drawn(below, bags, work):  # noqa: F811
    """A site scanned and sealed two sheets and judged one clear field; the centre draws nearly every field of its list."""
    keeper = bags.day.browser("vault_keeper")
    with below.at_work():
        bags.scan_two(keeper, work)
        pages = {line.seat: line.pages[0].read.page for line in bags.view().account.seats if line.pages}
        for reviewer in AT_SITE:
            said = [
                (Item(bags.view().key, pages["01"], field), value)
                for field, value in (("q3", "D"), ("q4", "B"))
            ]
            sheet_review.judge(EXAM, SUBJECT, said, reviewer)
        assert bags.seal(keeper).status_code == 302
        assert below.send().settled
    below.arrive()
    aim = ProfileLineOverridden(line="audit_bound_ppm", value="1", reason="小考", approved_by="city-2")
    record(aim, *OFFICERS, exam=EXAM, subject=EXAM)
    sheet_audit.fix(EXAM, SUBJECT, OFFICERS)
    sheet_audit.draw(EXAM, SUBJECT, SEED, OFFICERS)
    return below


def asked(known="-"):
    """What the site's carrier gets at the door of the centre."""
    return knock(ASK, Question(AUDIT_SAMPLES, origin(), known).signed(signing_key()))


@pytest.mark.feature("X-08")
def test_fields_that_a_site_scanned_are_in_the_list_and_its_opinions_count(drawn, bags, people):  # noqa: F811
    fixed = exams.plan(EXAM).audits[SUBJECT].fixed
    assert fixed.fields == 2 * len(ANSWERS) - 1, "the faint mark is for people anyway"
    assert (fixed.bags, fixed.outside) == (1, 1), "the other room has sealed nothing"
    found = sheet_audit.standing(EXAM, SUBJECT)
    assert not any(one.is_here for one in found.sample) and len(found.sample) == fixed.sample
    judged = {(one.field, one.people, one.misread) for one in found.sample if one.people}
    assert judged <= JUDGED and len(judged) >= len(JUDGED) - 1, (
        "the one field that was not drawn may be one of them"
    )
    assert found.elsewhere == [(bags.day.site, fixed.sample, found.read)]
    assert sheet_review.pile(EXAM, SUBJECT, "r-3", everywhere) == [], "the images are not here"
    page = people["r-1"].get(AUDIT).content.decode()
    assert "在扫描处判读" in page and "1 袋没有列入" in page


def test_the_sample_comes_up_in_the_piles_of_the_site_among_its_other_crops(drawn, monkeypatch):
    answer = asked()
    assert answer.status == 200 and answer.body
    with drawn.at_work():
        monkeypatch.setattr(audit_samples, "drawn", lambda audit: ())  # the site has no audit of its own
        before = {(one.page, one.field) for one in sheet_review.pile(EXAM, SUBJECT, "r-3", everywhere, 99)}
        assert audit_samples.take(UPSTREAM, node_card(), answer.body) == SAMPLE
        after = {(one.page, one.field) for one in sheet_review.pile(EXAM, SUBJECT, "r-3", everywhere, 99)}
        assert before < after and len(after) > len(before) + len(ANSWERS)
        known = audit_samples.read_up_to(UPSTREAM)
        assert asked(known).body == b"", "nothing is carried twice"


def test_a_sample_is_given_to_its_sites_unit_only_and_ends_with_the_audit(drawn, city):
    card = node_card()
    south = type(card)(
        **{
            **{name: getattr(card, name) for name in card.__slots__},
            "organisation": city.south_site.organisation.code,
        }
    )
    assert audit_samples.given_to(south, "-") == b""
    given = audit_samples.given_to(card, "-")
    with drawn.at_work():  # what the site keeps of it, the centre does not
        assert audit_samples.take(UPSTREAM, card, given) == SAMPLE
        known = audit_samples.read_up_to(UPSTREAM)
    fixed = exams.plan(EXAM).audits[SUBJECT].fixed
    concluded = AuditConcluded(
        subject=SUBJECT,
        frame=fixed.frame,
        fields=fixed.fields,
        sampled=fixed.sample,
        errors=1,
        bound_ppm=200_000,
        confidence=fixed.confidence,
    )
    record(concluded, *OFFICERS, exam=EXAM, subject=EXAM)
    ended = audit_samples.given_to(card, known)
    assert ended, "the site is told, and no longer reads"
    assert list_of(AUDIT_SAMPLES, card, ended) == []
    assert audit_samples.given_to(card, "-") == b"", "who never had it is told nothing"
    assert audit_samples.take(UPSTREAM, card, given) == SAMPLE
    assert audit_samples.take(UPSTREAM, card, ended) == 0
    assert audit_samples.read_up_to(UPSTREAM) != known
    assert Artefact.objects.filter(kind=audit_samples.TAKEN).count() == 1


@pytest.mark.parametrize("rows", [[["E"]], [["E", "S", [["no bag", b"", "q1"]]]], [7]])
def test_a_list_that_names_no_fields_is_refused_and_nothing_of_it_is_kept(drawn, rows):
    card = node_card()
    with pytest.raises(Refused, match="audit_sample_unreadable"):
        audit_samples.take(UPSTREAM, card, sealed_list(AUDIT_SAMPLES, rows, card))
    assert audit_samples.read_up_to(UPSTREAM) == "-"


def test_a_bag_whose_scanner_is_lost_is_read_anew_by_the_office_that_took_it(drawn, bags, people, work):  # noqa: F811
    chief, officer = bags.day.browser("site_chief"), people["r-1"]
    sheet_scans.hand_over(bags.view(), "市考试院", "FT-1", AT_SITE)
    assert bags.view().stage == "handed_over" and bags.view().scanned_elsewhere
    assert bags.check(chief).status_code == 422
    assert "重新三核对" in officer.get(f"{bags.base}001/").content.decode()
    assert bags.check(officer).status_code == 302
    view = bags.view()
    assert view.stage == "checked" and not view.scanned_elsewhere
    assert bags.upload(officer, {"1.jpg": bags.sheet(1)}).status_code == 302 and work().state == "done"
    assert len(bags.view().pages) == 1 and bags.view().pictured(bags.view().pages[0])
