"""Copies of other nodes' journals, and what the nodes above have acknowledged of this one.

Only `store/mirror.py` and `store/upstreams.py` write here. An entry of a copy
has no key but its place: which log, which index.
"""

from django.db import models

from kaowu.store.models.row_number import RowNumber
from kaowu.store.sealed import SealedText

BEFORE_ALL_OWN = 1 << 52


class MirroredLog(models.Model):
    """A log that this node keeps a copy of: whose it is, and how far the copy goes."""

    origin = models.CharField(max_length=200, unique=True)
    key = models.TextField()
    size = models.BigIntegerField(default=0)
    root = models.BinaryField(default=bytes)
    next_entry = models.BigIntegerField(default=0)
    cosigned_size = models.BigIntegerField(default=0)
    enrolled_at = models.BigIntegerField()
    card = models.TextField(blank=True)  # what the node says of itself (edge/node_card.py)
    organisation = models.CharField(max_length=20, blank=True)
    heard_at = models.BigIntegerField(default=0)
    judged = models.BigIntegerField(default=0)  # entries whose chains and signatures were checked
    ever_signed = models.BooleanField(default=False)
    arrived = models.BigIntegerField(default=0)  # entries read into `Arrival`
    closed_at = models.BigIntegerField(default=0)
    closed_because = models.CharField(max_length=200, blank=True)


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


class MirroredPersonal(models.Model):
    """The personal fields of one entry of a copy, sealed under their own key; each was compared with its commitment."""

    pk = models.CompositePrimaryKey("log_id", "seq")
    log = models.ForeignKey(MirroredLog, models.PROTECT, db_index=False)
    seq = models.BigIntegerField()
    fact_id = models.UUIDField(db_index=True)
    sealed = models.BinaryField()
    key_slot = models.BigIntegerField()


class Arrival(models.Model):
    """One fact of another node as this node read it from its copy, in the order of arrival.

    It has the columns of a journal entry, so that screens read both alike. A
    fact that was handed in at two logs under one id arrives once. Numbers are
    given without gaps by whoever holds the lock of the journal's head.
    """

    number = RowNumber(primary_key=True)
    # As with the entries of the copy: a check for each row would find nothing.
    log = models.ForeignKey(MirroredLog, models.PROTECT, db_index=False, db_constraint=False)
    seq = models.BigIntegerField()
    fact_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=64)
    exam = models.CharField(max_length=40)
    site = models.CharField(max_length=20, null=True)
    subject = models.CharField(max_length=160)
    stamped_at = models.BigIntegerField()
    recorded_at = models.BigIntegerField()
    device = models.CharField(max_length=64)
    entry = models.BinaryField()
    arrived_at = models.BigIntegerField()

    class Meta:
        indexes = (
            models.Index(fields=("exam", "subject", "number"), name="arrival_by_subject"),
            models.Index(fields=("exam", "site", "number"), name="arrival_by_site"),
        )
        constraints = (models.UniqueConstraint(fields=("log", "seq"), name="one_arrival_per_entry"),)

    @property
    def index(self) -> int:
        """Its place among the records on a screen: below zero, since only this node's own facts have an index."""
        return self.number - BEFORE_ALL_OWN


class Claim(models.Model):
    """What a fact says of a thing that others speak of too; two values under one key contradict each other."""

    pk = models.CompositePrimaryKey("exam", "key", "fact_id")
    exam = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    value = models.CharField(max_length=160)
    fact_id = models.UUIDField(db_index=True)


class CopiedDevice(models.Model):
    """Where the chain of one device of a copied log stands, as the judging of signatures has come to it."""

    pk = models.CompositePrimaryKey("log_id", "device")
    log = models.ForeignKey(MirroredLog, models.PROTECT, db_index=False)
    device = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    digest = models.BinaryField()
    waiting = models.BinaryField(default=bytes)
    waits_from = models.BigIntegerField(default=0)
    overlong = models.BooleanField(default=False)
    key = models.TextField(blank=True)
    exam = models.CharField(max_length=40, blank=True)
    revoked = models.BooleanField(default=False)


class CopyFault(models.Model):
    """A fact of a copy whose chain or signatures do not hold: kept as evidence, and never counted."""

    log = models.ForeignKey(MirroredLog, models.PROTECT)
    seq = models.BigIntegerField()
    device = models.CharField(max_length=64)
    code = models.CharField(max_length=40)
    found_at = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("log", "seq", "code"), name="one_row_per_copy_fault"),)


class LogConflict(models.Model):
    """A checkpoint under a log's own key that contradicts the copy, or goes on after the log was closed.

    Evidence, kept as it was sent.
    """

    log = models.ForeignKey(MirroredLog, models.PROTECT)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    code = models.CharField(max_length=20, default="log_forked")
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
    card = models.TextField(blank=True)  # what the node says of itself (edge/node_card.py)
    standby = models.BooleanField(default=False)
    personal_size = models.BigIntegerField(default=0)  # entries whose personal fields it has taken
    erasures_read = models.BigIntegerField(default=0)  # up to where its orders of erasure were followed
    dispatches_read = models.BigIntegerField(default=0)  # up to where its dispatches were taken


class SentDown(models.Model):
    """A dispatch, or a signature under one, that the nodes below may have to get (联动消息), in the order it is given out.

    One of this node's own only names its journal entry; one from above is kept as
    the node that recorded it wrote it. Numbers are given under the lock of the
    journal's head, so whoever has read up to one has missed none.
    """

    number = models.BigAutoField(primary_key=True)
    fact_id = models.UUIDField(unique=True)
    exam = models.CharField(max_length=40)
    entry = models.BinaryField(null=True)  # only of one from above
    personal = models.BinaryField(null=True)
    key_slot = models.BigIntegerField(null=True)
    came_at = models.BigIntegerField(default=0)
    on_record = models.BooleanField(default=True)  # whether its delivery here is

    class Meta:
        indexes = (models.Index(fields=("exam", "number"), name="sent_down_by_exam"),)


class Invitation(models.Model):
    """A one-time code by which one node enrols with this one (登记码); used once, or out of time."""

    id = models.CharField(max_length=8, primary_key=True)
    secret = SealedText()
    organisation = models.CharField(max_length=20, blank=True)
    role = models.CharField(max_length=10)
    replaces = models.CharField(max_length=200, blank=True)  # the log that a rebuilt node goes on from
    made_by = models.CharField(max_length=32)
    expires_at = models.BigIntegerField()
    used_at = models.BigIntegerField(default=0)
    failed = models.PositiveSmallIntegerField(default=0)


class TakenPackage(models.Model):
    """A plan package that this node has taken (计划包): the latest of an exam is the one it works under."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    exam = models.CharField(max_length=40)
    number = models.BigIntegerField()
    maker = models.CharField(max_length=200)
    organisation = models.CharField(max_length=20)
    taken_at = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("exam", "number"), name="one_package_per_number"),)


class PackedFact(models.Model):
    """A fact about the plan as the node above recorded it; it came with a package and is folded like any other."""

    fact_id = models.UUIDField(primary_key=True)
    package = models.ForeignKey(TakenPackage, models.PROTECT, related_name="facts")
    subject = models.CharField(max_length=160)
    position = models.BigIntegerField()
    recorded_at = models.BigIntegerField()
    entry = models.BinaryField()

    class Meta:
        ordering = ("position",)
        indexes = (models.Index(fields=("subject", "position"), name="packed_by_subject"),)
