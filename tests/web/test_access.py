"""Who may open what: every address, every post, and places outside the scope."""

import itertools

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from kaowu.store.models import SEPARATED_POSTS, AccessLog, Assignment, Organisation
from kaowu.web.access import PLACES, Scope, declared_by, scope_of
from kaowu.web.api import api
from kaowu.web.permissions import PERMISSIONS, POSTS

FOREIGN = {"organisation": "370403", "site": "040301", "person": "P040301", "school": "0403011"}
OWN = {"organisation": "040201", "site": "040201", "person": "S040201"}


def addresses(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry


ADDRESSES = list(addresses())
NAMES = [address for address, _ in ADDRESSES]


@pytest.mark.parametrize(("address", "entry"), ADDRESSES, ids=NAMES)
def test_every_address_says_who_may_open_it(address, entry):
    if address.startswith("api/") and entry.name == "api-root":
        pytest.skip("django-ninja's own root answers 404 only")
    declared = declared_by(entry.callback)
    assert declared is not None, f"{address} declares nothing: use @permitted, @signed_in or @public"
    if declared.kind == "permitted":
        assert declared.permission in PERMISSIONS
        places = set(entry.pattern.converters)
        assert places <= set(PLACES) | declared.unscoped, (
            f"{address}: {places} must be places or declared unscoped"
        )
    else:
        assert declared.why


def test_every_operation_of_the_api_says_who_may_call_it():
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                assert hasattr(operation.view_func, "access"), f"{operation.methods} {path} declares nothing"


@pytest.mark.parametrize("post", POSTS)
def test_a_page_opens_for_exactly_the_posts_of_its_permission(as_post, post, city):
    client = as_post(post)
    for address, entry in ADDRESSES:
        declared = declared_by(entry.callback)
        if declared is None or declared.kind != "permitted" or address.startswith("api/"):
            continue
        if set(entry.pattern.converters) - set(OWN):
            continue
        response = client.get(
            "/" + reverse(entry.name, kwargs={n: OWN[n] for n in entry.pattern.converters}).lstrip("/")
        )
        allowed = post in PERMISSIONS[declared.permission].posts
        assert (response.status_code != 403) is allowed, f"{post} {address}: {response.status_code}"


@pytest.mark.parametrize("post", ["county_officer", "site_chief"])
def test_nobody_reaches_another_county_through_an_address(as_post, post, city):
    client = as_post(post)
    tried = 0
    for address, entry in ADDRESSES:
        declared = declared_by(entry.callback)
        places = [name for name in entry.pattern.converters if name in PLACES and name in FOREIGN]
        if declared is None or declared.kind != "permitted" or not places or address.startswith("api/"):
            continue
        values = {name: FOREIGN.get(name, "001") for name in entry.pattern.converters}
        try:
            there = reverse(entry.name, kwargs=values)
        except Exception:
            continue
        assert client.get(there).status_code == 403, f"{post} reached {there}"
        assert client.post(there).status_code == 403, f"{post} reached {there}"
        tried += 1
    assert tried >= 5


def test_a_refusal_says_why_and_is_written_down(as_post, city):
    client = as_post("assistant_invigilator")
    response = client.get(reverse("people"))
    assert response.status_code == 403
    text = response.content.decode()
    assert "您的岗位没有“查看名录”这项权限" in text
    assert "your post may not do this" in text
    entry = AccessLog.objects.get(outcome="refused")
    assert (entry.account_number, entry.permission, entry.subject) == (
        "assistant-invigilator",
        "registry.see",
        "/office/people/",
    )


def test_a_list_shows_only_rows_inside_the_scope(as_post, city):
    text = as_post("county_officer").get(reverse("sites")).content.decode()
    assert "市中区第一中学考点" in text
    assert "薛城区第一中学考点" not in text


def test_a_withdrawn_post_ends_at_once(as_post, city):
    from django.utils import timezone

    client = as_post("county_officer")
    assert client.get(reverse("sites")).status_code == 200
    Assignment.objects.update(ended_at=timezone.now())
    assert client.get(reverse("sites")).status_code == 403


def test_an_account_without_a_post_may_do_nothing(city, db):
    from kaowu.store.models import Account

    bare = Account.objects.open_account("bare", "无岗", None)
    assert all(scope_of(bare, permission) == Scope() for permission in PERMISSIONS)


def test_an_empty_scope_covers_nothing_and_finds_nothing(city):
    assert not Scope().covers("370000/")
    assert not Organisation.objects.filter(Scope().over("path")).exists()


def test_a_code_that_begins_alike_is_not_inside(city):
    assert not Scope(("370000/370400/370402/",)).covers("370000/370400/3704021/")


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SEPARATED_POSTS, 2)))
def test_the_database_refuses_two_administrators_in_one_account(account, city, one, other):
    from django.db import IntegrityError, transaction

    held = account(one)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(account=held, post=other, organisation=city.north)


def test_system_administration_reads_no_business_rows_and_audit_changes_nothing():
    business = {
        name
        for name in PERMISSIONS
        if not name.startswith(("system.", "access_log.", "accounts.", "journal."))
    }
    assert not [name for name in business if "system_administrator" in PERMISSIONS[name].posts]
    changing = [
        n for n, p in PERMISSIONS.items() if "audit_administrator" in p.posts and not n.endswith(".see")
    ]
    assert not changing


def test_a_view_that_declares_nothing_stays_shut(as_post, rf, city):
    from kaowu.web.access import NotPermitted, UnannouncedViewsRefused

    request = rf.get("/forgotten/")
    request.user = type("Nobody", (), {"number": ""})()
    with pytest.raises(NotPermitted):
        UnannouncedViewsRefused(lambda r: None).process_view(request, lambda r: None, (), {})


def test_a_program_without_login_gets_a_sentence_in_both_languages(db):
    import json

    from django.test import RequestFactory

    from kaowu.web.access import ask_to_sign_in

    answer = json.loads(ask_to_sign_in(RequestFactory().get("/api/x")).content)
    assert answer["sentence"] == {"zh": "请先登录。", "en": "Sign in first."}


def test_the_access_log_only_grows(db):
    row = AccessLog.objects.create(outcome="refused")
    for act in (
        row.save,
        row.delete,
        AccessLog.objects.all().delete,
        lambda: AccessLog.objects.update(reason="x"),
    ):
        with pytest.raises(TypeError):
            act()


def test_pages_without_login_lead_to_the_sign_in_page(db):
    client = Client()
    for address, entry in ADDRESSES:
        declared = declared_by(entry.callback)
        if (
            declared
            and declared.kind != "public"
            and not entry.pattern.converters
            and not address.startswith("api/")
        ):
            response = client.get("/" + address)
            assert response.status_code == 302 and response["Location"].startswith("/account/sign-in/"), (
                address
            )


def test_the_database_itself_refuses_to_change_the_access_log(db):
    from django.db import DatabaseError, connection, transaction

    from kaowu.store import append_only

    AccessLog.objects.create(outcome="refused", reason="先前的理由")
    append_only.install()
    append_only.install()
    for statement in ("UPDATE store_accesslog SET reason = ''", "DELETE FROM store_accesslog"):
        with (
            pytest.raises(DatabaseError, match="only grows"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert AccessLog.objects.get().reason == "先前的理由"
