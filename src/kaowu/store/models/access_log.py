"""The access log: refusals, logins, sensitive reads and register changes, in rows that only ever grow."""

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AppendOnly(models.QuerySet["AccessLog"]):
    """A log that can be edited proves nothing."""

    def update(self, **changes: Any) -> NoReturn:
        raise TypeError("the access log only grows")

    def delete(self) -> NoReturn:
        raise TypeError("the access log only grows")


class AccessLog(models.Model):
    """Who tried what, when, from where, and how it ended."""

    class Outcome(models.TextChoices):
        REFUSED = "refused", _("Refused")
        REVEALED = "revealed", _("Revealed")
        EXPORTED = "exported", _("Exported")
        CHANGED = "changed", _("Changed")
        SIGNED_IN = "signed_in", _("Signed in")
        SIGNED_OUT = "signed_out", _("Signed out")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")

    at = models.DateTimeField(default=timezone.now, db_index=True)
    account_number = models.CharField(
        max_length=32, blank=True, db_index=True
    )  # text: the row outlives the account
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    permission = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=200, blank=True)  # path, or register and key
    reason = models.CharField(max_length=500, blank=True)
    address = models.CharField(max_length=45, blank=True)
    details = models.JSONField(default=dict)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ("-at", "-pk")

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise TypeError("the access log only grows")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise TypeError("the access log only grows")
