"""What the screens read of an exam: projections of its facts and artefacts.

Every row here follows from the journal and the sealed artefacts and could be
made again from them. They are written in the transaction of the fact that they
come from, by `store/projections.py` and nowhere else.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaowu.store.models.registry import Organisation
from kaowu.store.sealed import BlindIndex, SealedText


class Exam(models.Model):
    """One exam as its list line."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(_("Exam"), max_length=80)
    profile = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="exams")
    candidates = models.PositiveIntegerField(default=0)
    seated = models.PositiveIntegerField(default=0)
    starts_at = models.BigIntegerField(null=True)
    ends_at = models.BigIntegerField(null=True)
    archived = models.BooleanField(default=False)

    class Meta:
        ordering = ("-starts_at", "code")


class Sitting(models.Model):
    """One sitting of an exam (场次)."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="sittings")
    code = models.CharField(max_length=16)
    subjects = models.JSONField(default=list)
    starts_at = models.BigIntegerField()
    ends_at = models.BigIntegerField()

    class Meta:
        ordering = ("starts_at", "code")
        constraints = (models.UniqueConstraint(fields=("exam", "code"), name="one_sitting_per_code"),)


class Candidate(models.Model):
    """One candidate of one exam, as the roster gives it; numbers and telephones encrypted."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="roster")
    number = models.CharField(_("Candidate number"), max_length=40)
    name = models.CharField(_("Name"), max_length=200)
    name_as_written = models.CharField(max_length=200)
    sex = models.CharField(max_length=10, blank=True)
    id_type = models.CharField(max_length=40)
    id_number = SealedText(_("Document number"))
    id_number_index = BlindIndex(of="id_number", kind="id_number")
    birth_on = models.CharField(max_length=10, blank=True)
    school = models.CharField(_("School"), max_length=120, blank=True)
    county = models.CharField(max_length=20, blank=True)
    subjects = models.CharField(max_length=300, blank=True)
    foreign_language = models.CharField(max_length=40, blank=True)
    phone = SealedText(_("Telephone"), blank=True)
    accommodation = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("exam", "number")
        constraints = (
            models.UniqueConstraint(fields=("exam", "number"), name="one_candidate_per_number"),
            models.UniqueConstraint(fields=("exam", "id_number_index"), name="one_candidate_per_document"),
        )


class SeatRow(models.Model):
    """One seat of the plan in force. Numbers are text, leading zeros and all.

    `sitting` names the sittings for which it holds, joined by commas; empty means all of them.
    """

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="seats")
    sitting = models.CharField(max_length=80, blank=True, default="")
    site = models.CharField(max_length=20)
    room = models.CharField(max_length=10)
    seat = models.CharField(max_length=4)
    admission_number = models.CharField(max_length=40)
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="seat_rows")

    class Meta:
        ordering = ("exam", "sitting", "site", "room", "seat")
        constraints = (
            models.UniqueConstraint(
                fields=("exam", "site", "room", "seat", "sitting"), name="one_candidate_per_seat"
            ),
            models.UniqueConstraint(
                fields=("exam", "admission_number", "sitting"), name="one_seat_per_ticket"
            ),
            models.UniqueConstraint(fields=("candidate", "sitting"), name="one_seat_per_candidate"),
        )


class RoomSitting(models.Model):
    """The figures of one room-sitting (考场场次), kept beside the facts they are counted from."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="room_sittings")
    sitting = models.CharField(max_length=16)
    site = models.CharField(max_length=20)
    room = models.CharField(max_length=10)
    expected = models.PositiveIntegerField(default=0)
    entered = models.PositiveIntegerField(default=0)
    absent = models.PositiveIntegerField(default=0)
    in_doubt = models.PositiveIntegerField(default=0)
    violations = models.PositiveIntegerField(default=0)
    packets = models.PositiveIntegerField(default=0)
    unsealed = models.PositiveIntegerField(default=0)
    collected = models.PositiveIntegerField(default=0)
    issued = models.PositiveIntegerField(default=0)
    used = models.PositiveIntegerField(default=0)
    absent_sheets = models.PositiveIntegerField(default=0)
    spare = models.PositiveIntegerField(default=0)
    void = models.PositiveIntegerField(default=0)
    counted = models.BooleanField(default=False)
    changed_at = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("exam", "sitting", "site", "room")
        constraints = (
            models.UniqueConstraint(
                fields=("exam", "sitting", "site", "room"), name="one_row_per_room_sitting"
            ),
        )
