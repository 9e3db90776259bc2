"""Who has which duty: the rows of the draws that are sealed, and of what was changed after them."""

from django.db import models

from kaowu.store.models.exam import Exam


class DutyRow(models.Model):
    """One person at one post. Without a sitting: who was sent to which site; without a room: a site post."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="duties")
    draw = models.CharField(max_length=48)
    sitting = models.CharField(max_length=16, blank=True)
    site = models.CharField(max_length=20)
    room = models.CharField(max_length=10, blank=True)
    post = models.CharField(max_length=30, blank=True)
    person = models.CharField(max_length=32)
    since = models.UUIDField()
    taken_at = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("exam", "sitting", "site", "room", "post", "person")
        indexes = (
            models.Index(fields=("exam", "site", "sitting"), name="duty_by_site"),
            models.Index(fields=("exam", "person"), name="duty_by_person"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("exam", "draw", "sitting", "site", "room", "post", "person"), name="one_row_per_duty"
            ),
        )
