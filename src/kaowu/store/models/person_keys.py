"""Keys that persons hold themselves, as the journal and the copies of other logs have made them known."""

from django.db import models

from kaowu.store.models.mirror import MirroredLog


class PersonKeyRow(models.Model):
    """A person's own key under this node's log."""

    credential = models.CharField(max_length=64, primary_key=True)
    account = models.CharField(max_length=32)
    exam = models.CharField(max_length=40)
    key = models.TextField()
    enrolled_at = models.BigIntegerField()
    enrolled_index = models.BigIntegerField()
    revoked_index = models.BigIntegerField(null=True)
    revoked_because = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (models.Index(fields=("exam", "account"), name="person_keys_of_account"),)


class CopiedPersonKey(models.Model):
    """The same of a copied log, as far as the judging of signatures has come."""

    pk = models.CompositePrimaryKey("log_id", "credential")
    log = models.ForeignKey(MirroredLog, models.PROTECT, db_index=False)
    credential = models.CharField(max_length=64)
    account = models.CharField(max_length=32)
    exam = models.CharField(max_length=40)
    key = models.TextField()
    revoked = models.BooleanField(default=False)


class Slip(models.Model):
    """An act of two persons that waits for their own signatures (待签单).

    `content` holds the whole intent, sealed; `deed` are the bytes that each of them signs.
    """

    id = models.UUIDField(primary_key=True)
    exam = models.CharField(max_length=40)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=160)
    deed = models.BinaryField()
    content = models.BinaryField()
    persons = models.JSONField(default=list)
    signatures = models.JSONField(default=dict)
    back_to = models.CharField(max_length=300, blank=True)
    made_by = models.CharField(max_length=32)
    made_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    recorded_index = models.BigIntegerField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = (models.Index(fields=("recorded_index", "expires_at"), name="open_slips"),)
