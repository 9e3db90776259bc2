"""Frozen scores: what each candidate reached, with the salt of the leaf, sealed at rest in buckets."""

from django.db import models

from kaowu.store.models.exam import Exam


class FrozenScores(models.Model):
    """Some candidates of one freeze. Which bucket a candidate is in follows from the number.

    The journal holds only the root over all leaves; rows and salts lie here and
    nowhere else, so that one candidate's can be destroyed for good.
    """

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="frozen_scores")
    root = models.CharField(max_length=64)
    bucket = models.PositiveIntegerField()
    buckets = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ("exam", "root", "bucket")
        constraints = (
            models.UniqueConstraint(fields=("exam", "root", "bucket"), name="one_row_per_score_bucket"),
        )
