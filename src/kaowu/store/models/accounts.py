"""Accounts: one account, one person, named by staff number."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaowu.store.models.registry import Organisation, Person, code_form


class Accounts(BaseUserManager["Account"]):
    """Makes accounts. There is no superuser: every right comes from an assignment."""

    def open_account(self, number: str, name: str, password: str | None, **more: Any) -> "Account":
        """A new account; without a password nobody can log in to it yet."""
        account = self.model(number=number, name=name, **more)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """Who logs in. What an account may do stands in its assignments (`scopes.py`)."""

    number = models.CharField(_("Staff number"), max_length=32, unique=True, validators=[code_form])
    name = models.CharField(_("Name"), max_length=50)
    person = models.OneToOneField(
        Person, models.PROTECT, null=True, blank=True, related_name="account", verbose_name=_("Person")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("Unit")
    )
    is_active = models.BooleanField(_("Open"), default=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    password_set_at = models.DateTimeField(default=timezone.now, editable=False)
    password_is_given = models.BooleanField(default=False, editable=False)  # chosen by somebody else

    objects = Accounts()

    USERNAME_FIELD = "number"
    REQUIRED_FIELDS = ("name",)

    class Meta:
        ordering = ("number",)

    def set_password(self, raw_password: str | None) -> None:
        """A password that the owner has chosen now; whoever gives one out says so with `give_password`."""
        super().set_password(raw_password)
        self.password_set_at, self.password_is_given = timezone.now(), False

    def give_password(self, raw_password: str) -> None:
        """A password made by somebody else: the owner changes it at the first sign-in."""
        self.set_password(raw_password)
        self.password_is_given = True

    def __str__(self) -> str:
        return self.name
