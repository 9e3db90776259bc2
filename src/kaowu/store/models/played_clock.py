"""The played clock: when an exam day is rehearsed, which time its clock shows and how fast it runs."""

from django.db import models


class PlayedClock(models.Model):
    """One row while an exam is played (演练); without a row the exam's clock is the node's own."""

    exam = models.CharField(max_length=40, primary_key=True)
    played_at = models.BigIntegerField()  # what the exam's clock showed …
    real_at = models.BigIntegerField()  # … at this instant of the node's clock
    speed = models.FloatField(default=1.0)  # seconds of the exam per second of the node; 0 stands still
