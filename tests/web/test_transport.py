"""What goes over the wire: headers, cookies, sizes, plain HTTP."""

import pytest
from django.test import override_settings

SIGN_IN = "/account/sign-in/"


def test_every_page_carries_the_protective_headers(client, db):
    headers = client.get(SIGN_IN).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, account):
    from tests.web.conftest import PASSWORD

    response = client.post(
        SIGN_IN, {"username": account("city_officer").number, "password": PASSWORD}, secure=True
    )
    cookie = response.cookies["kaowu_login"]
    assert cookie["httponly"] and cookie["secure"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    ("host", "secure", "expected"),
    [
        ("localhost", False, False),
        ("127.0.0.1:8000", False, False),
        ("exam.example", False, True),
        ("localhost", True, True),
    ],
)
def test_cookies_are_secure_except_on_loopback_http(client, db, host, secure, expected):
    with override_settings(ALLOWED_HOSTS=["*"]):
        response = client.get(SIGN_IN, headers={"host": host}, secure=secure)
    assert bool(response.cookies["kaowu_csrf"]["secure"]) is expected


def test_plain_http_from_another_machine_is_refused_in_both_languages(client, db):
    response = client.get(SIGN_IN, REMOTE_ADDR="10.1.2.3")
    assert response.status_code == 403
    text = response.content.decode()
    assert "明文 HTTP" in text and "plain HTTP" in text
    assert client.get(SIGN_IN, REMOTE_ADDR="10.1.2.3", secure=True).status_code == 200


def test_a_body_larger_than_agreed_is_refused_before_it_is_read(client, db):
    response = client.post(SIGN_IN, {"username": "x"}, CONTENT_LENGTH=str(10**10))
    assert response.status_code == 413
    assert "超过 200 MB" in response.content.decode()


@pytest.mark.parametrize("status", [400, 404])
def test_an_error_page_says_what_happened_in_both_languages(rf, status):
    from kaowu.web import errors

    view = {400: errors.bad_request, 404: errors.not_found}[status]
    response = view(rf.get("/x"))
    assert response.status_code == status
    text = response.content.decode()
    assert any(word in text for word in ("请求读不懂", "没有这一页"))
    assert any(word in text for word in ("cannot be read", "no such page"))


def test_a_defect_shows_a_page_without_its_insides(client, as_post, monkeypatch):
    from kaowu.web.office import job_pages

    client = as_post("city_officer")
    client.raise_request_exception = False
    monkeypatch.setattr(job_pages, "render", lambda *a, **k: 1 / 0)
    response = client.get("/office/jobs/")
    assert response.status_code == 500
    text = response.content.decode()
    assert "没有写入任何内容" in text and "ZeroDivision" not in text


def test_pages_are_chinese_whatever_the_browser_asks_for(client, db):
    assert "登录" in client.get(SIGN_IN, headers={"accept-language": "en-US,en"}).content.decode()


def test_the_switch_turns_pages_english_and_back(client, db):
    client.post("/account/language/", {"language": "en", "next": SIGN_IN})
    assert "Sign in" in client.get(SIGN_IN).content.decode()
    client.post("/account/language/", {"language": "zh-hans", "next": SIGN_IN})
    assert "登录" in client.get(SIGN_IN).content.decode()


def test_secrets_in_the_data_folder_are_the_owners_alone(settings):
    for path in settings.DATA.keys.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
