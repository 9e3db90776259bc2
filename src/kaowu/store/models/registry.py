"""Registers that last from exam to exam: organisations, schools, sites, rooms, people.

Codes are the names by which facts and files speak of these rows; the numeric keys stay inside the database.
Who may see a row follows from the organisation it hangs on: `Organisation.path` lists the codes from the
province down, so that "everything below the city" is one prefix.
"""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from kaowu.basics.seat_grid import Corner, Direction
from kaowu.store.sealed import BlindIndex, SealedText

code_form = RegexValidator(r"^[0-9A-Za-z-]+\Z", _("Use digits, letters and hyphens only."))


class Equipment(models.TextChoices):
    """Whether a thing is there and works."""

    PRESENT = "present", _("Present")
    ABSENT = "absent", _("None")
    REPAIR = "repair", _("Under repair")


class Organisation(models.Model):
    """A node of the tree province, city, county, site (省、市、县、考点)."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Province")
        CITY = "city", _("City")
        COUNTY = "county", _("County")
        SITE = "site", _("Exam site")

    code = models.CharField(_("Code"), max_length=20, unique=True, validators=[code_form])
    name = models.CharField(_("Name"), max_length=100)
    level = models.CharField(_("Level"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("Belongs to")
    )
    path = models.CharField(max_length=120, unique=True, editable=False)

    class Meta:
        ordering = ("path",)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **options: object) -> None:
        """The path follows from the parent; neither code nor parent changes once rows hang below."""
        self.path = f"{self.parent.path if self.parent else ''}{self.code}/"
        super().save(*args, **options)  # type: ignore[arg-type]


class School(models.Model):
    """A school that candidates and staff come from."""

    code = models.CharField(_("School code"), max_length=20, unique=True, validators=[code_form])
    name = models.CharField(_("Name"), max_length=100)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="schools", verbose_name=_("County")
    )
    longitude = models.DecimalField(_("Longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(_("Latitude"), max_digits=8, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """An exam site (考点). Its organisation is a node of level "site" with the same code."""

    code = models.CharField(_("Site code"), max_length=20, unique=True, validators=[code_form])
    second_code = models.CharField(
        _("Second site code"), max_length=20, blank=True, help_text=_("For sites with more than 99 rooms.")
    )
    name = models.CharField(_("Name"), max_length=100)
    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="site", editable=False)
    school = models.ForeignKey(
        School, models.PROTECT, null=True, blank=True, related_name="sites", verbose_name=_("School")
    )
    longitude = models.DecimalField(_("Longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(_("Latitude"), max_digits=8, decimal_places=6, null=True, blank=True)
    buildings = models.PositiveSmallIntegerField(_("Buildings"), default=1)
    backup_power = models.CharField(
        _("Backup power"), max_length=10, choices=Equipment.choices, default=Equipment.ABSENT
    )
    medical_point = models.CharField(
        _("Medical point"), max_length=10, choices=Equipment.choices, default=Equipment.ABSENT
    )
    jammers_per_floor = models.PositiveSmallIntegerField(_("Signal jammers per floor"), default=0)
    listening_systems = models.PositiveSmallIntegerField(_("Listening broadcast systems"), default=0)
    watch_phone = models.CharField(_("Watch telephone"), max_length=20, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Entrance(models.Model):
    """A way into a site, with its screening lanes."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="entrances")
    number = models.PositiveSmallIntegerField(_("Number"))
    place = models.CharField(_("Place"), max_length=50)
    screening_gates = models.PositiveSmallIntegerField(_("Screening gates"), default=0)
    metal_wands = models.PositiveSmallIntegerField(_("Metal wands"), default=0)
    face_terminals = models.PositiveSmallIntegerField(_("Face terminals"), default=0)
    lanes = models.PositiveSmallIntegerField(_("Lanes"), default=1)
    step_free = models.BooleanField(_("Step-free"), default=False)

    class Meta:
        ordering = ("site", "number")
        constraints = (models.UniqueConstraint(fields=("site", "number"), name="one_entrance_per_number"),)


class Room(models.Model):
    """An exam room (考场) with the grid its desks really stand in."""

    class Kind(models.TextChoices):
        STANDARD = "standard", _("Standard room")
        SPARE = "spare", _("Spare room")
        ISOLATION = "isolation", _("Isolation room")

    class StartCorner(models.TextChoices):
        FRONT_LEFT = Corner.FRONT_LEFT.value, _("Front left")
        FRONT_RIGHT = Corner.FRONT_RIGHT.value, _("Front right")
        BACK_LEFT = Corner.BACK_LEFT.value, _("Back left")
        BACK_RIGHT = Corner.BACK_RIGHT.value, _("Back right")

    class SeatOrder(models.TextChoices):
        SERPENTINE = Direction.SERPENTINE.value, _("Serpentine, by columns")
        COLUMNS = Direction.COLUMNS.value, _("Each column the same way")
        SERPENTINE_ROWS = Direction.SERPENTINE_ROWS.value, _("Serpentine, by rows")
        ROWS = Direction.ROWS.value, _("Each row the same way")

    site = models.ForeignKey(Site, models.PROTECT, related_name="rooms")
    number = models.CharField(
        _("Room number"),
        max_length=10,
        validators=[code_form],
        help_text=_("Text with leading zeros, such as 007."),
    )
    kind = models.CharField(_("Kind"), max_length=10, choices=Kind.choices, default=Kind.STANDARD)
    building = models.CharField(_("Building"), max_length=50)
    floor = models.SmallIntegerField(_("Floor"), default=1)
    door_number = models.CharField(_("Door number"), max_length=20, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("Capacity"), validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    columns = models.CharField(
        _("Desks per column"), max_length=60, blank=True, validators=[RegexValidator(r"^\d{1,2}(-\d{1,2})*\Z", _("Write the lengths of the columns with hyphens, such as 7-8-8-7."))],
        help_text=_("From the first column on, such as 7-8-8-7. Empty if the room has no fixed desks."),
    )  # fmt: skip
    start_corner = models.CharField(
        _("Seat 01"), max_length=12, choices=StartCorner.choices, default=StartCorner.FRONT_LEFT
    )
    direction = models.CharField(
        _("Seat order"), max_length=16, choices=SeatOrder.choices, default=SeatOrder.SERPENTINE
    )
    cameras = models.PositiveSmallIntegerField(_("Cameras"), default=0)
    clock = models.CharField(
        _("Wall clock"), max_length=10, choices=Equipment.choices, default=Equipment.PRESENT
    )
    speaker = models.CharField(
        _("Loudspeaker"), max_length=10, choices=Equipment.choices, default=Equipment.PRESENT
    )
    identity_terminal = models.CharField(
        _("Identity terminal"), max_length=10, choices=Equipment.choices, default=Equipment.PRESENT
    )
    jammer = models.CharField(
        _("Signal jammer"), max_length=10, choices=Equipment.choices, default=Equipment.PRESENT
    )
    air_conditioning = models.CharField(
        _("Air conditioning"), max_length=10, choices=Equipment.choices, default=Equipment.ABSENT
    )
    step_free = models.BooleanField(_("Step-free"), default=False)
    area_m2 = models.DecimalField(_("Area (m²)"), max_digits=6, decimal_places=1, null=True, blank=True)
    desk_distance_m = models.DecimalField(
        _("Least distance of desks (m)"), max_digits=4, decimal_places=2, null=True, blank=True
    )

    class Meta:
        ordering = ("site", "number")
        constraints = (models.UniqueConstraint(fields=("site", "number"), name="one_room_per_number"),)

    def __str__(self) -> str:
        return self.number


class Person(models.Model):
    """A member of the exam staff. Whoever works here may or may not have an account."""

    class Sex(models.TextChoices):
        MALE = "male", _("Male")
        FEMALE = "female", _("Female")

    number = models.CharField(_("Staff number"), max_length=32, unique=True, validators=[code_form])
    name = models.CharField(_("Name"), max_length=50)
    sex = models.CharField(_("Sex"), max_length=6, choices=Sex.choices, blank=True)
    id_number = SealedText(_("Document number"), blank=True)
    id_number_index = BlindIndex(of="id_number", kind="id_number")
    phone = SealedText(_("Telephone"), blank=True)
    phone_index = BlindIndex(of="phone", kind="phone")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="people", verbose_name=_("Unit")
    )
    school = models.ForeignKey(
        School, models.PROTECT, null=True, blank=True, related_name="staff", verbose_name=_("School")
    )
    subject = models.CharField(_("Teaches"), max_length=30, blank=True)
    grade = models.CharField(_("Grade"), max_length=20, blank=True)
    class_head = models.BooleanField(_("Class head"), default=False)
    years_teaching = models.PositiveSmallIntegerField(_("Years of teaching"), default=0)
    years_invigilating = models.PositiveSmallIntegerField(_("Years of invigilating"), default=0)
    certified = models.BooleanField(_("Holds a certificate"), default=False)
    certificate_until_on = models.DateField(_("Certificate valid until"), null=True, blank=True)
    relative_in_exam = models.BooleanField(_("Relative among the candidates"), default=False)
    relative_candidate_number = models.CharField(
        _("Candidate number of the relative"), max_length=32, blank=True
    )
    relation = models.CharField(_("Relation"), max_length=20, blank=True)
    intended_post = models.CharField(_("Intended post"), max_length=30, blank=True)
    spouse_number = models.CharField(_("Staff number of the spouse"), max_length=32, blank=True)
    breach_on = models.DateField(_("Stopped from exam work for a breach on"), null=True, blank=True)
    secrecy_pledged = models.BooleanField(_("Secrecy pledge signed"), default=False)
    in_service = models.BooleanField(_("In service"), default=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return self.name
