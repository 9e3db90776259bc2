"""Accounts: open one, assign and end posts, close, end its logins. For the security administrator."""

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kaowu.store.models import Account, Assignment, Organisation, Person
from kaowu.web import second_factor
from kaowu.web.access import permitted
from kaowu.web.counter import record_register_change
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.registers import page_of
from kaowu.web.permissions import POSTS

MENU = MenuEntry(
    "node", _("Accounts and posts"), view="accounts", permission="accounts.see", order=10, icon="lock"
)

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class AccountForm(forms.ModelForm[Account]):
    """A new account. Its first password is made by chance and shown once."""

    class Meta:
        model = Account
        fields = ("number", "name", "organisation", "person")

    def __init__(self, *args: Any, scope: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(scope.over("path"))  # type: ignore[attr-defined]
        self.fields["organisation"].required = True
        self.fields["person"] = forms.CharField(
            label=_("Staff number in the people register"), required=False, max_length=32
        )
        self._scope = scope

    def clean_person(self) -> Person | None:
        number = self.cleaned_data["person"].strip()
        if not number:
            return None
        person = Person.objects.filter(self._scope.over(), number=number).first()
        if person is None:
            raise ValidationError(_t("Nobody in your area of duty has this staff number."))
        if Account.objects.filter(person=person).exists():
            raise ValidationError(_t("This person has an account already: one person, one account."))
        return person


class AssignmentForm(forms.ModelForm[Assignment]):
    """One post over one organisation and all below it."""

    post = forms.ChoiceField(label=_("Post"), choices=list(POSTS.items()))

    class Meta:
        model = Assignment
        fields = ("post", "organisation")

    def __init__(self, *args: Any, scope: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(scope.over("path"))  # type: ignore[attr-defined]


@permitted("accounts.see")
def accounts(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    rows = _accounts(request).order_by("number")
    if query:
        rows = rows.filter(Q(number__istartswith=query) | Q(name__contains=query))
    return render(
        request, "kaowu/accounts/list.html", {"page": page_of(request, rows), "q": query, "posts": POSTS}
    )


@permitted("accounts.see", unscoped=("account",))
def account_page(request: HttpRequest, account: str) -> HttpResponse:
    row = _own(request, account)
    form = AssignmentForm(scope=request.scope)  # type: ignore[attr-defined]
    context = {"account": row, "form": form, "posts": POSTS, "has_factor": second_factor.holds(row)}
    return render(request, "kaowu/accounts/account.html", context)


@permitted("accounts.change")
def account_new(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, scope=request.scope)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        password = _new_password()
        with transaction.atomic():
            row = form.save(commit=False)
            row.give_password(password)
            row.save()
            _record(request, row, {"opened": [None, row.name]})
        return render(request, "kaowu/accounts/password.html", {"account": row, "password": password})
    context = {
        "form": form,
        "heading": _t("New account"),
        "up": "accounts",
        "up_label": _t("Accounts and posts"),
    }
    return render(request, "kaowu/registry/form.html", context, status=422 if form.errors else 200)


@permitted("accounts.change", unscoped=("account",))
@require_POST
def account_assign(request: HttpRequest, account: str) -> HttpResponse:
    row = _own(request, account)
    form = AssignmentForm(request.POST, scope=request.scope)  # type: ignore[attr-defined]
    if form.is_valid():
        try:
            with transaction.atomic():
                given = form.cleaned_data
                Assignment.objects.create(account=row, post=given["post"], organisation=given["organisation"])
                _record(request, row, {"post": [None, f"{given['post']}@{given['organisation'].code}"]})
            messages.success(request, _t("Recorded."))
        except IntegrityError:
            form.add_error(
                "post",
                _t(
                    "Refused: the account holds this post already, or it would join two of the administrators that must be separate persons."
                ),
            )
    if form.errors:
        context = {"account": row, "form": form, "posts": POSTS}
        return render(request, "kaowu/accounts/account.html", context, status=422)
    return redirect("account", account=row.number)


@permitted("accounts.change", unscoped=("account", "assignment"))
@require_POST
def assignment_end(request: HttpRequest, account: str, assignment: int) -> HttpResponse:
    row = _own(request, account)
    held = get_object_or_404(Assignment, pk=assignment, account=row, ended_at=None)
    with transaction.atomic():
        Assignment.objects.filter(pk=held.pk).update(ended_at=timezone.now())
        _record(request, row, {"post": [f"{held.post}@{held.organisation.code}", None]})
    messages.success(request, _t("The post has ended; it holds no longer from this moment."))
    return redirect("account", account=row.number)


@permitted("accounts.change", unscoped=("account", "act"))
@require_POST
def account_act(request: HttpRequest, account: str, act: str) -> HttpResponse:
    """Close, reopen, end all logins, make a new password, or take a lost second factor away."""
    row = _own(request, account)
    if act not in {"close", "reopen", "end-logins", "new-password", "no-factor"}:
        raise Http404
    password = _new_password() if act == "new-password" else ""
    with transaction.atomic():
        if act in {"close", "reopen"}:
            row.is_active = act == "reopen"
        if password:
            row.give_password(password)
        if act == "no-factor":
            second_factor.take_away(row)
        row.save()
        if act != "reopen":
            _end_logins(row)
        _record(request, row, {act: [None, "done"]})
    if password:
        return render(request, "kaowu/accounts/password.html", {"account": row, "password": password})
    messages.success(request, _t("Recorded."))
    return redirect("account", account=row.number)


def _accounts(request: HttpRequest) -> Any:
    """Accounts inside the scope, with their open posts."""
    held = Assignment.objects.filter(ended_at=None).select_related("organisation")
    own = request.scope.over("organisation__path")  # type: ignore[attr-defined]
    return (
        Account.objects.filter(own)
        .select_related("organisation", "person")
        .prefetch_related(Prefetch("assignments", held))
    )


def _own(request: HttpRequest, number: str) -> Account:
    return get_object_or_404(_accounts(request), number=number)  # type: ignore[no-any-return]


def _record(request: HttpRequest, row: Account, changes: dict[str, Any]) -> None:
    record_register_change(request.user, row.organisation, "accounts", row.number, changes)


def _end_logins(row: Account) -> None:
    """Sessions do not know their account, so all open ones are looked into; there are few."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        if session.get_decoded().get("_auth_user_id") == str(row.pk):
            session.delete()


def _new_password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


urlpatterns = [
    path("office/accounts/", accounts, name="accounts"),
    path("office/accounts/new/", account_new, name="account_new"),
    path("office/accounts/<str:account>/", account_page, name="account"),
    path("office/accounts/<str:account>/assign/", account_assign, name="account_assign"),
    path("office/accounts/<str:account>/posts/<int:assignment>/end/", assignment_end, name="assignment_end"),
    path("office/accounts/<str:account>/<str:act>/", account_act, name="account_act"),
]
