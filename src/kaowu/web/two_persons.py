"""Two persons at one act: both prove who they are, here and now.

Whoever is signed in enters the password again; a second person enters account and password beside it. One
person with two browsers does not pass, since the accounts must differ and so must the persons behind them.
The lock-out counts these attempts like any login.

Who holds a key of their own for the exam signs with it as well: the act then waits for that (`slips.py`), and
nothing is recorded on the node's word. A door that says `by_key_in` lets such a person leave the password out.
"""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kaowu.engines.ledger.runs import BY_KEY
from kaowu.store import person_keys
from kaowu.store.models import AccessLog, Account
from kaowu.web import second_factor
from kaowu.web.access import grants_of, log, scope_of
from kaowu.web.counter import clock
from kaowu.web.permissions import POSTS


class DualSignForm(forms.Form):
    """The two rows of signatures. Subclass it to add the fields of the act itself."""

    own_password = forms.CharField(
        label=_("Your password"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    second_number = forms.CharField(
        label=_("Second person: staff number"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    second_password = forms.CharField(
        label=_("Second person: password"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    second_code = forms.CharField(
        label=_("Second person: code, if a second factor is set up"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def authenticate_pair(
    request: HttpRequest,
    form: DualSignForm,
    *,
    permission: str = "",
    place: str = "",
    different_posts: bool = True,
    by_key_in: str = "",
) -> tuple[Account, Account] | None:
    """Both accounts, or None with the reasons standing at the fields of the form.

    `by_key_in` names the exam whose keys may stand for passwords; such a door must hand `method_of` each on.

    With a `permission` the second person must hold it too, over `place` (an organisation path) if given.
    """
    if not form.is_valid():
        return None
    given: dict[str, Any] = form.cleaned_data
    first, second = (
        _prove(request, form, field, number, given[field])
        if given[field] or not by_key_in
        else _who_will_sign(form, field, number, by_key_in)
        for field, number in (
            ("own_password", request.user.number),
            ("second_password", given["second_number"].strip()),
        )
    )
    if first is None or second is None:
        return None
    if first.pk == second.pk or (first.person_id and first.person_id == second.person_id):
        form.add_error("second_number", _("Two persons are needed: the second must not be yourself."))
    elif permission and not _holds(second, permission, place):
        form.add_error("second_number", _("The second person's post may not do this here."))
    elif different_posts and _posts(first) == _posts(second):
        form.add_error("second_number", _("The two persons must hold different posts."))
    if form.errors:
        return None
    return first, second


def _prove(request: HttpRequest, form: forms.Form, field: str, number: str, password: str) -> Account | None:
    if not password:
        form.add_error(field, _("Enter the password."))
        return None
    account = authenticate(request, username=number, password=password)
    if account is None:
        log(request, AccessLog.Outcome.SIGN_IN_FAILED, "", request.path, account=number, reason=field)
        form.add_error(field, failure_sentence(request))
    elif account.pk != request.user.pk and not _shows_code(request, form, account):  # type: ignore[union-attr]
        return None
    return account  # type: ignore[return-value]


def _shows_code(request: HttpRequest, form: forms.Form, account: Any) -> bool:
    """Whoever comes to the act shows no less than at a sign-in; the first person showed it there."""
    if not second_factor.holds(account):
        return True
    why = second_factor.judge(account, form.cleaned_data.get("second_code", ""), clock.now())
    if why:
        log(request, AccessLog.Outcome.SIGN_IN_FAILED, "", request.path, account=account.number, reason=why)
        form.add_error("second_code", _("The code is wrong, or served already. Wait for the next one."))
    return not why


def _who_will_sign(form: forms.Form, field: str, number: str, exam: str) -> Account | None:
    """The account, if it holds a key for the exam: not proven yet. Who holds none has to give the password."""
    account = Account.objects.filter(number=number, is_active=True).first()
    if account is None or not person_keys.holds_key(number, exam):
        form.add_error(field, _("Enter the password, or enrol a key of your own."))
        return None
    account.proves_by_key = True  # type: ignore[attr-defined]
    return account


def method_of(account: Account) -> str:
    """How somebody proved who they are; `key` counts for nothing until the key has signed."""
    return BY_KEY if getattr(account, "proves_by_key", False) else "password"


def failure_sentence(request: HttpRequest) -> Any:
    """Why a proof of identity failed, without telling which half was wrong."""
    if getattr(request, "axes_locked_out", False):
        return _("Locked after 5 wrong attempts. Wait 15 minutes, or ask the security administrator.")
    return _(
        "Staff number or password is wrong. After 5 wrong attempts the account is locked for 15 minutes."
    )


def _holds(account: Account, permission: str, place: str) -> bool:
    scope = scope_of(account, permission)
    return scope.covers(place) if place else bool(scope.paths)


def _posts(account: Account) -> set[str]:
    return {post for post, _path in grants_of(account)}


def posts_in_words(account: Account) -> str:
    """For the signature row: the posts of an account."""
    return " · ".join(str(POSTS[post]) for post in sorted(_posts(account)) if post in POSTS)
