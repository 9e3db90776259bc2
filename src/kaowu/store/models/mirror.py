"""Copies of other nodes' journals, and what the nodes above have acknowledged of this one.

Only `store/mirror.py` and `store/upstreams.py` write here. An entry of a copy
has no key but its place: which log, which index.
"""

from django.db import models


class MirroredLog(models.Model):
    """A log that this node keeps a copy of: whose it is, and how far the copy goes."""

    origin = models.CharField(max_length=200, unique=True)
    key = models.TextField()
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(default=bytes)
    next_entry = models.BigIntegerField(default=0)
    cosigned_size = models.BigIntegerField(default=0)
    enrolled_at = models.BigIntegerField()


class MirroredCheckpoint(models.Model):
    """A checkpoint of a log that was accepted; with the cosignature once all it covers is held."""

    pk = models.CompositePrimaryKey("log_id", "size")
    log = models.ForeignKey(MirroredLog, models.PROTECT, db_index=False)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    cosignature = models.TextField(blank=True)
    accepted_at = models.BigIntegerField()


class MirroredEntry(models.Model):
    """One entry of a copy: the content of its leaf, and the hash under which it was proven."""

    pk = models.CompositePrimaryKey("log_id", "seq")
    # Rows are written only while the log's row is locked, so a check for each would find nothing.
    log = models.ForeignKey(MirroredLog, models.PROTECT, db_index=False, db_constraint=False)
    seq = models.BigIntegerField()
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField()


class LogConflict(models.Model):
    """A checkpoint under a log's own key that contradicts the copy: evidence, kept as it was sent."""

    log = models.ForeignKey(MirroredLog, models.PROTECT)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    found_at = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("log", "size", "root"), name="one_row_per_conflict"),)


class Upstream(models.Model):
    """A node above that mirrors this one's journal, and the latest size it cosigned."""

    name = models.CharField(max_length=60, primary_key=True)
    url = models.CharField(max_length=300)
    key = models.TextField()
    cosigned_size = models.BigIntegerField(default=0)
    cosigned_note = models.TextField(blank=True)
    cosigned_at = models.BigIntegerField(default=0)
    tried_at = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=60, blank=True)
