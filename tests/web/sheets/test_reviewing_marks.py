"""The review: two judge blind, a third decides, known crops measure, and the audit bounds what remains."""

import re

import pytest
from django.test import Client
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM
from tests.web.sheets.conftest import ANSWERS, SUBJECT

from kaowu.engines.omr.trial.ink import Mark
from kaowu.exam.sheet_bag import IDENTITY
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ProfileLineOverridden
from kaowu.reports.sheets.blank import NOBODY
from kaowu.store.models import JournalEntry
from kaowu.store.queries import exams
from kaowu.store.queries.answers import final_answers
from kaowu.web.counter import record
from kaowu.web.works import sheet_audit, sheet_review

REVIEW = f"/office/sheet-review/{EXAM}/{SUBJECT}/"
AUDIT = f"/office/sheet-audit/{EXAM}/{SUBJECT}/"
TOKEN = re.compile(r'name="token" value="([^"]+)"')


def login(one):
    client = Client()
    client.force_login(one, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def scanned(bags, work):
    """A bag in which the second question of seat 1 is a faint mark; everything else is clear."""
    keeper = bags.day.browser("vault_keeper")
    files = {f"{seat}.jpg": bags.sheet(seat) for seat in range(2, 6)}
    files["1.jpg"] = bags.sheet(1, looks={"q2": Mark.FAINT})
    bags.scan(keeper, work, files)
    bags.seal(keeper)
    return bags


@pytest.fixture
def people(account, city):
    """Three officers of the city, each with a browser."""
    return {name: login(account("city_officer", name)) for name in ("r-1", "r-2", "r-3")}


def whole_pile(person, known=True):
    found = sheet_review.pile(EXAM, SUBJECT, person, lambda site: True)
    return found if known else [one for one in found if one.field == "q2"]


def say(browser, person, says, path="judge"):
    """Hand in the pile as its page shows it, answering by `says(item)`."""
    shown = browser.get(REVIEW if path == "judge" else REVIEW + "disputes/").content.decode()
    items = (
        whole_pile(person)
        if path == "judge"
        else sheet_review.disputes(EXAM, SUBJECT, person, lambda s: True)
    )
    tokens = TOKEN.findall(shown)
    assert len(tokens) == len(items)
    given = {"token": tokens}
    for number, item in enumerate(items):
        given[f"says-{number}"] = list(says(item))
    return browser.post(REVIEW + f"{path}/", given)


def truth(item):
    return ANSWERS.get(item.field, "-")


def answer_of(scanned, seat=1):
    return next(one for one in final_answers(EXAM, SUBJECT) if one.candidate == scanned.number(seat))


def test_a_doubtful_mark_is_undecided_until_two_agree(scanned, people):
    before = answer_of(scanned)
    assert (before.undecided, "q2" in before.fields) == (1, False)
    assert say(people["r-1"], "r-1", truth).status_code == 302
    assert answer_of(scanned).undecided == 1
    assert say(people["r-2"], "r-2", truth).status_code == 302
    after = answer_of(scanned)
    assert (after.undecided, after.fields["q2"]) == (0, ANSWERS["q2"])
    assert whole_pile("r-3") == []


def test_where_two_differ_a_third_decides_and_neither_of_them(scanned, people):
    say(people["r-1"], "r-1", truth)
    say(people["r-2"], "r-2", lambda item: "-" if item.field == "q2" else truth(item))
    assert answer_of(scanned).undecided == 1
    assert sheet_review.disputes(EXAM, SUBJECT, "r-1", lambda site: True) == []
    page = people["r-3"].get(REVIEW + "disputes/").content.decode()
    assert "请裁定" in page
    assert say(people["r-3"], "r-3", lambda item: "-", "decide").status_code == 302
    assert answer_of(scanned).fields["q2"] == ""
    kinds = list(JournalEntry.objects.filter(kind="field_adjudicated").values_list("kind", flat=True))
    assert len(kinds) == 1


def test_an_opinion_is_nowhere_in_the_open_part_of_the_journal(scanned, people):
    say(people["r-1"], "r-1", lambda item: "D")
    for entry in JournalEntry.objects.filter(kind="mark_judged"):
        assert b"says" not in bytes(entry.entry)
    timeline = people["r-2"].get(REVIEW).content.decode()
    assert "r-1" not in timeline


def test_known_crops_are_among_the_others_and_measure_the_reviewer(scanned, people):
    pile = whole_pile("r-1")
    assert len(pile) > 1
    assert sum(
        one.field == "q2" and one.page == scanned.view().account.seats[0].pages[0].read.page for one in pile
    )
    page = people["r-1"].get(REVIEW).content.decode()
    assert scanned.number(1) not in page
    assert "known" not in page
    say(people["r-1"], "r-1", lambda item: truth(item) if item.field == "q2" else "-")
    [quality] = sheet_review.qualities(EXAM, SUBJECT, lambda site: True)
    assert (quality.judged, quality.known, quality.right) == (len(pile), len(pile) - 1, 0)
    shown = people["r-2"].get(f"/office/sheet-review/{EXAM}/").content.decode()
    assert "判读质量" in shown


def test_one_slip_on_a_clear_field_changes_no_answer_but_two_alike_do(scanned, people):
    before = answer_of(scanned, 2).fields
    say(people["r-1"], "r-1", lambda item: "-")
    assert {**answer_of(scanned, 2).fields} == dict(before)


def test_a_crop_opens_for_the_person_it_was_given_to_and_nobody_else(scanned, people):
    token = TOKEN.findall(people["r-1"].get(REVIEW).content.decode())[0]
    crop = f"{REVIEW}crop/{token}.png"
    assert people["r-1"].get(crop).content.startswith(b"\x89PNG")
    assert people["r-2"].get(crop).status_code == 404
    assert people["r-1"].get(f"{REVIEW}crop/{token[:-6]}AAAAAA.png").status_code == 404
    assert people["r-2"].post(REVIEW + "judge/", {"token": [token], "says-0": ["A"]}).status_code == 404
    invigilator = scanned.day.browser("chief_invigilator")
    assert invigilator.get(crop).status_code == 403
    assert invigilator.get(REVIEW).status_code == 403


def test_a_site_sees_only_crops_of_its_own_bags(scanned, account, city):
    other = login(account("site_chief", "south-chief", organisation=city.south_site.organisation))
    page = other.get(REVIEW)
    assert page.status_code in (200, 404)
    assert not TOKEN.findall(page.content.decode())


def test_nobody_judges_twice_or_under_another_name(scanned, people):
    first = whole_pile("r-1")[0]
    token = TOKEN.findall(people["r-1"].get(REVIEW).content.decode())[0]
    for _time in range(2):
        people["r-1"].post(REVIEW + "judge/", {"token": [token], "says-0": list(truth(first))})
    review = scanned.view().bag.review(first.page, first.field)
    assert len(review.opinions) == 1
    assert JournalEntry.objects.filter(kind="attempt_refused").count() == 1


def test_whose_sheet_it_is_is_decided_by_two_where_the_codes_do_not_say(bags, people, work):
    keeper = bags.day.browser("vault_keeper")
    spare = bags.sheet(1, bearer=NOBODY)
    bags.scan(keeper, work, {"spare.jpg": spare})
    [loose] = bags.view().account.loose
    assert loose.obstacle == "identity"

    def seat_one(item):
        return ["01"] if item.field == IDENTITY else truth(item)

    say(people["r-1"], "r-1", seat_one)
    say(people["r-2"], "r-2", seat_one)
    account = bags.view().account
    assert (account.seats[0].state, account.loose) == ("present", ())


@pytest.mark.feature("X-08")
def test_an_audit_draws_by_a_public_seed_and_states_the_bound(scanned, people):
    signed = {"own_password": PASSWORD, "second_number": "r-2", "second_password": PASSWORD}
    browser = people["r-1"]
    aim = ProfileLineOverridden(line="audit_bound_ppm", value="100000", reason="小考", approved_by="city-2")
    two = (Actor("city-1", "city_officer"), Actor("city-2", "city_officer"))
    record(aim, *two, exam=EXAM, subject=EXAM)
    assert browser.get(AUDIT + "report.pdf").status_code == 404
    assert browser.post(AUDIT + "fix/", signed).status_code == 302
    audit = exams.plan(EXAM).audits[SUBJECT]
    assert audit.fixed.fields == 5 * len(ANSWERS) - 1
    assert browser.post(AUDIT + "draw/", {**signed, "seed": "123"}).status_code == 422
    seed = "36241 15642 33162 54431"
    assert browser.post(AUDIT + "draw/", {**signed, "seed": seed}).status_code == 302
    assert browser.post(AUDIT + "draw/", {**signed, "seed": seed[::-1]}).status_code == 422
    sample = sheet_audit.standing(EXAM, SUBJECT).sample
    assert len(sample) == audit.fixed.sample == len({(one.page, one.field) for one in sample})
    assert browser.post(AUDIT + "conclude/", signed).status_code == 422
    for person in ("r-1", "r-2"):
        while whole_pile(person):
            say(people[person], person, truth)
    found = sheet_audit.standing(EXAM, SUBJECT)
    assert (found.read, found.errors) == (len(sample), 0)
    assert browser.post(AUDIT + "conclude/", signed).status_code == 302
    concluded = exams.plan(EXAM).audits[SUBJECT].concluded
    assert (concluded.sampled, concluded.errors) == (len(sample), 0)
    assert 0 < concluded.bound_ppm <= 100_000
    assert browser.get(AUDIT + "report.pdf").content.startswith(b"%PDF")
    assert "已作结论" in browser.get(f"/office/sheet-audit/{EXAM}/").content.decode()


def test_only_the_offices_hold_an_audit(scanned, people):
    assert scanned.day.browser("site_chief").get(AUDIT).status_code == 403
    assert people["r-1"].get(AUDIT).status_code == 200
