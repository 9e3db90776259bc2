"""Two persons at one act: both prove themselves at that moment."""

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory
from tests.web.conftest import PASSWORD

from kaowu.store.models import AccessLog, Person
from kaowu.web.two_persons import DualSignForm, authenticate_pair


@pytest.fixture
def sign(account, city):
    """Tries an act as the chief invigilator of the northern site."""
    first = account("chief_invigilator")

    def attempt(second="assistant-invigilator", own=PASSWORD, second_password=PASSWORD, **rules):
        form = DualSignForm(
            {"own_password": own, "second_number": second, "second_password": second_password}
        )
        request = RequestFactory().post("/act/", form.data, REMOTE_ADDR="127.0.0.1")
        request.user, request.session = first, {}
        request._messages = FallbackStorage(request)
        return authenticate_pair(request, form, **rules), form

    return attempt


def test_two_different_persons_with_different_posts_pass(sign, account):
    second = account("assistant_invigilator")
    pair, form = sign()
    assert pair is not None, form.errors
    assert [one.number for one in pair] == ["chief-invigilator", second.number]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"second": "chief-invigilator"}, "second_number", "第二人不能是本人"),
        ({"own": "wrong"}, "own_password", "工号或密码不对"),
        ({"second_password": "wrong"}, "second_password", "工号或密码不对"),
        ({"second": "nobody"}, "second_password", "工号或密码不对"),
        ({"second": ""}, "second_number", "必填"),
    ],
)
def test_one_short_is_refused_and_says_where(sign, account, given, field, words):
    account("assistant_invigilator")
    pair, form = sign(**given)
    assert pair is None
    assert words in str(form.errors[field])


def test_one_person_with_two_accounts_is_refused(sign, account, city):
    from kaowu.store.models import Account

    second = account("assistant_invigilator")
    person = Person.objects.get(number="P040201")
    Account.objects.filter(number="chief-invigilator").update(person=person)
    with pytest.raises(Exception, match=r"(?i)unique"):
        Account.objects.filter(pk=second.pk).update(person=person)


def test_two_of_the_same_post_are_refused_unless_the_act_allows_it(sign, account):
    account("chief_invigilator", number="other-chief")
    assert sign(second="other-chief")[0] is None
    assert sign(second="other-chief", different_posts=False)[0] is not None


def test_the_second_person_needs_the_permission_at_this_place(sign, account, city):
    account("assistant_invigilator", organisation=city.south_site.organisation)
    pair, form = sign(permission="packets.handle", place=city.north_site.organisation.path)
    assert pair is None
    assert "第二人的岗位在此处没有这项权限" in str(form.errors["second_number"])
    assert sign(permission="packets.handle", place=city.south_site.organisation.path)[0] is not None


def test_guessing_the_second_password_locks_that_account(sign, account):
    account("assistant_invigilator")
    for _ in range(5):
        sign(second_password="wrong")
    pair, form = sign()
    assert pair is None
    assert "已锁定" in str(form.errors["second_password"])
    assert (
        AccessLog.objects.filter(outcome="sign_in_failed", account_number="assistant-invigilator").count()
        >= 5
    )


def test_passwords_of_a_failed_act_are_kept_nowhere(sign, account):
    from axes.models import AccessAttempt

    account("assistant_invigilator")
    sign(second_password="almost-right-secret", own="my-other-secret")
    kept = "".join(AccessAttempt.objects.values_list("post_data", flat=True))
    assert "secret" not in kept
    assert "secret" not in str(list(AccessLog.objects.values()))
