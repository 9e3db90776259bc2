"""Assignments: which account holds which post, for which part of the organisation tree.

Posts are plain words here; what each may do stands in `web/access.py`. That system, security and audit
administration never meet in one account is held by the database itself, so that no screen can be talked
out of it.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kaowu.store.models.accounts import Account
from kaowu.store.models.registry import Organisation

SEPARATED_POSTS = ("system_administrator", "security_administrator", "audit_administrator")  # 三员分立


class Assignment(models.Model):
    """One post of one account, over one organisation and all below it. It ends; it is never deleted."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="assignments")
    post = models.CharField(_("Post"), max_length=40)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="assignments", verbose_name=_("Scope")
    )
    since_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("account", "since_at")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "post", "organisation"),
                condition=models.Q(ended_at__isnull=True),
                name="one_open_assignment_each",
            ),
            models.UniqueConstraint(
                fields=("account",),
                condition=models.Q(ended_at__isnull=True, post__in=SEPARATED_POSTS),
                name="administrators_are_separate",
            ),
        )
