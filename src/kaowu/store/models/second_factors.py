"""The second factor of an account (第二因素): a secret shared with an app on its owner's telephone, and codes for when that is lost."""

from django.db import models

from kaowu.store.models.accounts import Account
from kaowu.store.sealed import SealedText


class SecondFactor(models.Model):
    """One account's secret. It counts once its owner has shown a code that it makes."""

    account = models.OneToOneField(Account, models.PROTECT, primary_key=True, related_name="second_factor")
    secret = SealedText()
    confirmed_at = models.BigIntegerField(default=0)
    last_step = models.BigIntegerField(default=0)  # a code serves once
    failed = models.PositiveSmallIntegerField(default=0)
    locked_until = models.BigIntegerField(default=0)
    spare_codes = models.JSONField(default=list)  # keyed digests of those that are left
