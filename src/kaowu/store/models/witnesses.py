"""Who cosigned the checkpoints of this node's own log, and the policy that says how many it takes."""

from django.db import models


class WitnessPolicy(models.Model):
    """A policy that was set here, or came with a plan package; the latest counts."""

    text = models.TextField()
    source = models.CharField(max_length=200)  # the staff number of who set it, or the maker of the package
    set_at = models.BigIntegerField()


class Cosignature(models.Model):
    """One cosignature of one checkpoint, by a node above or a witness: the signature line as it came."""

    size = models.BigIntegerField()
    key = models.CharField(max_length=400)
    line = models.TextField()
    at = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("size", "key"), name="one_cosignature_per_key_and_size"),
        )


class WitnessState(models.Model):
    """How far a witness of the policy has cosigned, and how the last attempt ended."""

    key = models.CharField(max_length=400, primary_key=True)
    size = models.BigIntegerField(default=0)
    cosigned_at = models.BigIntegerField(default=0)
    tried_at = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=60, blank=True)
