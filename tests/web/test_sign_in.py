"""Signing in, being locked out, staying, leaving."""

import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string
from tests.web.conftest import PASSWORD

from kaowu.app import settings as in_service
from kaowu.store.models import AccessLog

SIGN_IN = "/account/sign-in/"


def attempt(client, number, password, **more):
    return client.post(SIGN_IN, {"username": number, "password": password}, **more)


def test_the_right_password_opens_the_first_page_and_is_logged(client, account):
    officer = account("city_officer")
    response = attempt(client, officer.number, PASSWORD)
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert "测试city" in client.get("/").content.decode()
    assert AccessLog.objects.filter(outcome="signed_in", account_number=officer.number).count() == 1


def test_in_service_a_password_is_kept_as_argon2_that_is_slow_to_guess(account):
    [named] = in_service.PASSWORD_HASHERS
    hasher = import_string(named)()
    kept = hasher.decode(hasher.encode(PASSWORD, hasher.salt()))
    assert (kept["algorithm"], kept["variety"]) == ("argon2", "argon2id")
    assert kept["memory_cost"] >= 19_456 and kept["time_cost"] >= 2
    assert account("city_officer").password.startswith("argon2$argon2id$")


def test_a_wrong_password_does_not_tell_which_half_was_wrong(client, account):
    officer = account("city_officer")
    known, unknown = attempt(client, officer.number, "wrong"), attempt(client, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert "工号或密码不对" in known.content.decode()
    assert "工号或密码不对" in unknown.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "已锁定"), ("en", "Locked after 5 wrong attempts")]
)
def test_after_five_wrong_passwords_the_right_one_is_refused_too(client, account, language, words):
    officer = account("city_officer")
    client.cookies["kaowu_language"] = language
    for _ in range(5):
        attempt(client, officer.number, "wrong")
    response = attempt(client, officer.number, PASSWORD)
    assert response.status_code == 429
    assert words in response.content.decode()
    assert client.get("/").status_code == 302


def test_four_wrong_passwords_do_not_lock(client, account):
    officer = account("city_officer")
    for _ in range(4):
        attempt(client, officer.number, "wrong")
    assert attempt(client, officer.number, PASSWORD).status_code == 302


def test_a_colleague_at_another_address_is_not_locked_with_me(client, account):
    officer = account("city_officer")
    for _ in range(5):
        attempt(client, officer.number, "wrong", REMOTE_ADDR="127.0.0.2")
    assert attempt(client, officer.number, PASSWORD, REMOTE_ADDR="127.0.0.3").status_code == 302


def test_a_closed_account_does_not_open(client, account):
    officer = account("city_officer")
    officer.is_active = False
    officer.save()
    assert attempt(client, officer.number, PASSWORD).status_code == 422


def test_a_login_ends_when_its_account_is_closed(as_post):
    client = as_post("city_officer")
    from kaowu.store.models import Account

    assert client.get("/").status_code == 200
    Account.objects.update(is_active=False)
    assert client.get("/").status_code == 302


def test_without_use_for_half_an_hour_the_login_ends(as_post):
    client = as_post("city_officer")
    client.get("/")
    session = client.session
    session["login_seen"] = int(time.time()) - 31 * 60
    session.save()
    response = client.get("/", follow=True)
    assert response.redirect_chain
    assert "30 分钟没有操作" in response.content.decode()


def test_after_twelve_hours_the_login_ends_however_busy(as_post):
    client = as_post("city_officer")
    client.get("/")
    session = client.session
    session["login_since"] = int(time.time()) - 12 * 3600 - 1
    session.save()
    assert client.get("/").status_code == 302


def test_signing_out_leaves_nothing_behind(as_post):
    client = as_post("city_officer")
    client.post(reverse("logout"))
    assert client.get("/").status_code == 302


def test_a_page_asked_for_without_login_opens_after_it(client, account):
    officer = account("city_officer")
    response = client.get("/office/jobs/")
    assert response["Location"] == "/account/sign-in/?next=%2Foffice%2Fjobs%2F"
    response = client.post(
        response["Location"], {"username": officer.number, "password": PASSWORD, "next": "/office/jobs/"}
    )
    assert response["Location"] == "/office/jobs/"


def test_the_way_back_never_leaves_this_site(client, account):
    officer = account("city_officer")
    response = client.post(
        SIGN_IN, {"username": officer.number, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert response["Location"] == "/"


def test_a_form_from_elsewhere_is_refused_with_a_sentence(account):
    client = Client(enforce_csrf_checks=True)
    response = attempt(client, account("city_officer").number, PASSWORD)
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()
    assert "Cannot submit" in response.content.decode()


def test_a_weak_new_password_is_refused(as_post):
    client = as_post("city_officer")
    form = {"old_password": PASSWORD, "new_password1": "1234567890", "new_password2": "1234567890"}
    assert client.post("/account/password/", form).status_code == 422
    form |= {"new_password1": "paper-seal-lamp-77", "new_password2": "paper-seal-lamp-77"}
    assert client.post("/account/password/", form).status_code == 302
