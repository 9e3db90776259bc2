"""Accounts: one account, one person, named by staff number."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
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

    objects = Accounts()

    USERNAME_FIELD = "number"
    REQUIRED_FIELDS = ("name",)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.name
