"""Tokens by which a program acts for an account: shown once, kept as a digest, ended at any time."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaowu.store.models.accounts import Account


class ProgramToken(models.Model):
    """One token. Its rights are those of the account, read anew at every request."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="program_tokens")
    name = models.CharField(_("What the token is for"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    issued_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("Valid until"))
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-issued_at",)

    def __str__(self) -> str:
        return self.name
