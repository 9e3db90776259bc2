"""The journal: append-only entries, the head they hang on, and what stands beside them.

Only `store/journal.py` writes here. The numeric primary key of an entry is its
index in the log; ids are unique in the database, so that a fact sent twice
cannot be kept twice, whatever the program believes.
"""

from typing import Any

from django.db import models

from kaowu.store.models.row_number import RowNumber


class JournalHead(models.Model):
    """The one row that every writer locks: how long the log is and how its tree stands."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    origin = models.CharField(max_length=200)
    size = models.BigIntegerField(default=0)
    tree = models.BinaryField(default=bytes)
    root = models.BinaryField(default=bytes)
    last_recorded_at = models.BigIntegerField(default=0)
    checkpointed_size = models.BigIntegerField(default=0)
    checkpointed_at = models.BigIntegerField(default=0)
    claimed = models.BigIntegerField(default=0)  # own facts that were compared with those of others
    arrived = models.BigIntegerField(default=0)  # facts of other nodes that were read into `Arrival`
    closed_because = models.CharField(max_length=200, blank=True)  # why nothing may be added any more

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="one_journal_head"),)


class JournalEntry(models.Model):
    """One fact as it was recorded. Never updated, never deleted."""

    index = RowNumber(primary_key=True)
    fact_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=64)
    exam = models.CharField(max_length=40)
    site = models.CharField(max_length=20, null=True)
    subject = models.CharField(max_length=160)
    stamped_at = models.BigIntegerField()
    recorded_at = models.BigIntegerField()
    device = models.CharField(max_length=64)
    device_seq = models.BigIntegerField()
    entry = models.BinaryField()
    leaf_hash = models.BinaryField()
    personal = models.BinaryField(null=True)  # personal fields and their salt, sealed (store/personal.py)
    key_slot = models.BigIntegerField(null=True)  # the key that opens them
    proof = models.BinaryField(null=True)  # beside the last entry of a signed run; in the leaf

    class Meta:
        indexes = (
            models.Index(fields=("exam", "subject", "index"), name="entry_by_subject"),
            models.Index(fields=("exam", "site", "index"), name="entry_by_site"),
        )
        constraints = (
            models.UniqueConstraint(fields=("device", "device_seq"), name="one_entry_per_device_seq"),
        )


class DoomedKey(models.Model):
    """A record's key that an erasure has doomed; the row goes when the key is destroyed."""

    slot = models.BigIntegerField(primary_key=True)


class ErasedRecord(models.Model):
    """A record whose personal fields were erased: whoever brings them again later, brings them in vain."""

    number = models.BigAutoField(primary_key=True)
    fact_id = models.UUIDField(unique=True)
    erased_by = models.CharField(max_length=200)  # the log whose fact says so


class DeviceHead(models.Model):
    """Where the chain of one device stands: the link its next entry must name, and whose key signs it.

    A device without a key of its own is a counter of this node: the node's office key signs for it.
    """

    device = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField(default=0)
    digest = models.BinaryField(default=bytes)
    key = models.TextField(blank=True)
    exam = models.CharField(max_length=40, blank=True)
    site = models.CharField(max_length=20, blank=True)
    enrolled_index = models.BigIntegerField(null=True)
    revoked_index = models.BigIntegerField(null=True)
    revoked_because = models.CharField(max_length=200, blank=True)


class DeviceCode(models.Model):
    """A one-time code (登记码) by which a terminal or a person enrols a key; kept as a keyed digest, used once, soon out of time."""

    digest = models.CharField(max_length=64, primary_key=True)
    device = models.CharField(max_length=64)  # or the name of the person's key
    person = models.CharField(max_length=32, blank=True)
    exam = models.CharField(max_length=40)
    site = models.CharField(max_length=20)
    made_by = models.CharField(max_length=32)
    made_post = models.CharField(max_length=40)
    made_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    used_at = models.BigIntegerField(default=0)


class RefusedRun(models.Model):
    """What a device handed in and was refused: evidence, word for word. Never updated, never deleted."""

    device = models.CharField(max_length=64)
    code = models.CharField(max_length=40)
    content = models.BinaryField()
    refused_at = models.BigIntegerField()


class Scrub(models.Model):
    """One re-reading of a book (巡检): of this node's journal, or of a copy; how far it is and what it found."""

    origin = models.CharField(max_length=200)
    begun_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    size = models.BigIntegerField()
    faults = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=("origin", "-begun_at"), name="scrub_by_origin"),)


class ScrubFault(models.Model):
    """One place that a scrub found changed, missing or without a good signature."""

    scrub = models.ForeignKey(Scrub, models.PROTECT, related_name="found")
    index = models.BigIntegerField()
    code = models.CharField(max_length=40)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("scrub", "index", "code"), name="one_row_per_scrub_fault"),
        )


class FindingRow(models.Model):
    """What a rule found beside a fact. Derived, so it is not in the journal's leaves."""

    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="findings", null=True)
    arrival = models.ForeignKey("store.Arrival", models.PROTECT, related_name="findings", null=True)
    exam = models.CharField(max_length=40)
    site = models.CharField(max_length=20, blank=True)
    subject = models.CharField(max_length=160)
    code = models.CharField(max_length=80)
    severity = models.PositiveSmallIntegerField()
    zh = models.TextField()
    en = models.TextField()
    clause = models.CharField(max_length=200, blank=True)
    remedy_zh = models.TextField(blank=True)
    remedy_en = models.TextField(blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        indexes = (models.Index(fields=("exam", "is_open", "severity"), name="open_findings"),)

    @property
    def fact(self) -> Any:
        """The entry or the arrival beside which it stands."""
        return self.entry or self.arrival


class Checkpoint(models.Model):
    """A signed note over (size, root): what the node has put its name to."""

    size = RowNumber(primary_key=True)
    note = models.TextField()
    made_at = models.BigIntegerField()


class Artefact(models.Model):
    """A sealed artefact by its SHA-256; the bytes lie encrypted in the artefact folder."""

    digest = models.BinaryField(primary_key=True, max_length=32)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField()
    exam = models.CharField(max_length=40, blank=True)
    kept_at = models.BigIntegerField()
