"""Two factors at sign-in, judged with no network; passwords that were given or are too old are changed first."""

import base64
import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.test import Client, RequestFactory
from django.utils import timezone
from tests.web.conftest import PASSWORD

from kaowu.basics.clock import Instant
from kaowu.store.models import AccessLog, JournalEntry, SecondFactor
from kaowu.web import second_factor
from kaowu.web.counter import clock
from kaowu.web.two_persons import DualSignForm, authenticate_pair

SIGN_IN, ASKED, SET_UP = "/account/sign-in/", "/account/sign-in/code/", "/account/second-factor/"
AT = Instant(1_900_000_020_000)


@pytest.fixture
def now(monkeypatch):
    """The node's clock stands still until a test moves it."""
    time = [AT]
    monkeypatch.setattr(type(clock), "now", lambda self: time[0])
    return time


def app(secret, at):
    """What the app on the telephone shows."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(at // 1000).decode()


def sign_in(number):
    browser = Client()
    return browser, browser.post(SIGN_IN, {"username": number, "password": PASSWORD})


@pytest.fixture
def officer(account, now):
    """An officer who has set a second factor up; the spare codes."""
    made = account("city_officer", "o-1")
    browser, _ = sign_in("o-1")
    page = browser.get(SET_UP).content.decode()
    [secret] = re.findall(r"token\">([A-Z2-7]{32})<", page)
    assert browser.get(SET_UP).content.decode().count(secret) == 1, "the same secret until it is confirmed"
    assert browser.post(SET_UP, {"code": "000000"}).status_code == 422
    assert not second_factor.holds(made)
    spare = re.findall(
        r"<li>(\w{10})</li>", browser.post(SET_UP, {"code": app(secret, now[0])}).content.decode()
    )
    assert len(spare) == 8 and second_factor.holds(made)
    assert secret not in browser.get(SET_UP).content.decode(), "it is not shown again"
    now[0] += 60_000
    return secret, spare


@pytest.mark.feature("X-14")
def test_the_password_alone_opens_nothing_and_a_code_serves_once(officer, now):
    secret, _ = officer
    browser, half = sign_in("o-1")
    assert half.status_code == 302 and half.url.startswith(ASKED)
    assert browser.get("/").status_code == 302, "not in yet"
    assert browser.post(ASKED, {"code": "123456"}).status_code == 422
    assert browser.post(ASKED, {"code": app(secret, now[0])}).status_code == 302
    assert browser.get("/").status_code == 200
    again, _ = sign_in("o-1")
    assert again.post(ASKED, {"code": app(secret, now[0])}).status_code == 422
    assert AccessLog.objects.filter(outcome="sign_in_failed", reason="wrong").count() == 2


def test_a_code_without_the_password_before_it_leads_back_to_the_beginning(officer, now):
    secret, _ = officer
    assert Client().post(ASKED, {"code": app(secret, now[0])}).url == SIGN_IN
    browser, _ = sign_in("o-1")
    now[0] += 6 * 60_000
    assert browser.post(ASKED, {"code": app(secret, now[0])}).url == SIGN_IN, "five minutes are over"


def test_a_spare_code_serves_once_however_it_is_written(officer):
    _, spare = officer
    written = f" {spare[0][:5].upper()}-{spare[0][5:]} "
    for code, status in ((written, 302), (spare[0], 422), (spare[1], 302)):
        browser, _ = sign_in("o-1")
        assert browser.post(ASKED, {"code": code}).status_code == status
    assert len(SecondFactor.objects.get().spare_codes) == 6
    assert not set(spare) & set(SecondFactor.objects.get().spare_codes), "only digests are kept"


def test_five_wrong_codes_from_any_browser_lock_for_a_quarter_of_an_hour(officer, now):
    secret, _ = officer
    for _ in range(5):
        browser, _half = sign_in("o-1")
        assert browser.post(ASKED, {"code": "000000"}).status_code == 422
    right = browser.post(ASKED, {"code": app(secret, now[0])})
    assert right.status_code == 422 and "5 次" in right.content.decode()
    now[0] += 15 * 60_000 + 1
    browser, _half = sign_in("o-1")
    assert browser.post(ASKED, {"code": app(secret, now[0])}).status_code == 302


def test_an_administrator_of_a_real_node_sets_one_up_before_anything_else(account, now, monkeypatch):
    monkeypatch.setattr(settings, "SECOND_FACTOR", "administrators")
    account("security_administrator", "sec-1")
    account("city_officer", "o-2")
    browser, _ = sign_in("sec-1")
    assert browser.get("/office/accounts/").url == SET_UP
    [secret] = re.findall(r"token\">([A-Z2-7]{32})<", browser.get(SET_UP).content.decode())
    browser.post(SET_UP, {"code": app(secret, now[0])})
    assert browser.get("/office/accounts/").status_code == 200
    assert sign_in("o-2")[0].get("/").status_code == 200, "it is not asked of an officer"


def test_the_security_administrator_takes_a_lost_factor_away_and_that_is_on_record(officer, account, now):
    account("security_administrator", "sec-1")
    browser, _ = sign_in("sec-1")
    assert "no-factor" in browser.get("/office/accounts/o-1/").content.decode()
    assert browser.post("/office/accounts/o-1/no-factor/").status_code == 302
    assert not SecondFactor.objects.exists()
    last = JournalEntry.objects.filter(kind="register_entry_changed").latest("index")
    assert b"o-1" in bytes(last.entry) and b"no-factor" in bytes(last.entry)
    assert sign_in("o-1")[0].get("/").status_code == 200


@pytest.mark.feature("X-14")
@pytest.mark.parametrize("why", ["given", "old"])
def test_a_password_that_was_given_or_is_too_old_is_changed_before_anything_else(account, why):
    made = account("city_officer", "o-3")
    if why == "given":
        made.password_is_given = True
    else:
        made.password_set_at = timezone.now() - timedelta(days=settings.PASSWORD_DAYS + 1)
    made.save()
    browser, _ = sign_in("o-3")
    assert browser.get("/office/accounts/").url == "/account/password/"
    change = {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert browser.post("/account/password/", change).status_code == 422, "the same one is no change"
    fresh = "quite-another-7391"
    assert (
        browser.post(
            "/account/password/", change | {"new_password1": fresh, "new_password2": fresh}
        ).status_code
        == 302
    )
    assert browser.get("/").status_code == 200
    made.refresh_from_db()
    assert not made.password_is_given


def test_a_new_password_from_the_administrator_is_known_to_be_given(account):
    account("security_administrator", "sec-1")
    officer = account("city_officer", "o-4")
    browser, _ = sign_in("sec-1")
    assert browser.post("/office/accounts/o-4/new-password/").status_code == 200
    officer.refresh_from_db()
    assert officer.password_is_given


def test_the_secret_does_not_lie_in_clear(officer):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM store_secondfactor")
        [(kept,)] = cursor.fetchall()
    assert officer[0] not in kept


@pytest.mark.parametrize("shown", ["code", "", "000000"])
def test_a_second_person_who_holds_a_factor_shows_it_at_the_act_as_well(officer, account, now, shown):
    first = account("county_officer", "o-9")
    given = {"own_password": PASSWORD, "second_number": "o-1", "second_password": PASSWORD}
    form = DualSignForm(given | {"second_code": app(officer[0], now[0]) if shown == "code" else shown})
    request = RequestFactory().post("/act/", given)
    request.user, request.session = first, {}
    pair = authenticate_pair(request, form)
    assert (pair is not None) is (shown == "code"), form.errors
    assert ("second_code" in form.errors) is (shown != "code")
