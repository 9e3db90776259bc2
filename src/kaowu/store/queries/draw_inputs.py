"""What a draw problem is made of: staff, seats by sitting, roster, and duties done before."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from kaowu.loop.prepare.draw_inputs import OnRoster, PastDuty, SeatedAt
from kaowu.loop.prepare.seat_table import serves
from kaowu.registry.people import RegisteredPerson
from kaowu.store.models import Candidate, DutyRow, Exam, Organisation, Person, SeatRow, Sitting
from kaowu.store.seat_rows import takes


def people_below(path: str) -> list[RegisteredPerson]:
    """The staff in service under an organisation path, by staff number."""
    rows = (
        Person.objects.filter(organisation__path__startswith=path, in_service=True)
        .select_related("organisation", "school")
        .order_by("number")
    )
    counties = dict(Organisation.objects.filter(level="county").values_list("path", "code"))
    return [_person(row, counties) for row in rows]


@dataclass(frozen=True, slots=True)
class BriefPerson:
    """One of the staff as a list shows them."""

    number: str
    name: str
    school: str
    intended_post: str


def briefly(numbers: Iterable[str], where: Q) -> dict[str, BriefPerson]:
    """Those of the staff with these numbers who lie inside `where`, by number."""
    wanted = set(numbers)
    rows = Person.objects.filter(where).select_related("school", "organisation").order_by("number")
    return {
        row.number: BriefPerson(
            row.number, row.name, row.school.name if row.school else row.organisation.name, row.intended_post
        )
        for row in rows
        if row.number in wanted
    }


def seated(exam: str, site: str = "") -> list[SeatedAt]:
    """Everybody in every sitting they take, by the seats in force."""
    sittings = list(Sitting.objects.filter(exam_id=exam))
    rows = SeatRow.objects.filter(exam_id=exam, **({"site": site} if site else {}))
    found = []
    for held, place, room, number, school, subjects, accommodation in rows.values_list(
        "sitting",
        "site",
        "room",
        "candidate__number",
        "candidate__school",
        "candidate__subjects",
        "candidate__accommodation",
    ):
        found += [
            SeatedAt(sitting.code, place, room, number, school, accommodation)
            for sitting in sittings
            if serves(held, sitting.code) and takes(subjects, sitting.subjects)
        ]
    return found


def roster(exam: str) -> list[OnRoster]:
    """What of each candidate can give a relation away."""
    rows = Candidate.objects.filter(exam_id=exam).only("number", "phone", "id_number", "county")
    return [OnRoster(row.number, row.phone, row.id_number, row.county) for row in rows]


def drawn_before(exam: str, starts_at: int) -> list[PastDuty]:
    """Duties in sittings of this exam that begin before a moment, as they stand now."""
    earlier = Sitting.objects.filter(exam_id=exam, starts_at__lt=starts_at).values_list("code", flat=True)
    return _duties(Q(exam_id=exam, sitting__in=list(earlier)))


def drawn_after(exam: str, starts_at: int) -> list[PastDuty]:
    """Duties in sittings of this exam that begin after a moment, when an earlier one is drawn again."""
    later = Sitting.objects.filter(exam_id=exam, starts_at__gt=starts_at).values_list("code", flat=True)
    return _duties(Q(exam_id=exam, sitting__in=list(later)))


def former(exam: str, exams: int) -> list[PastDuty]:
    """Duties of so many exams before this one."""
    own = Exam.objects.filter(pk=exam).values_list("starts_at", flat=True).first()
    if own is None or not exams:
        return []
    with_duties = DutyRow.objects.exclude(sitting="").values("exam_id")
    before = Exam.objects.filter(starts_at__lt=own, pk__in=with_duties).exclude(pk=exam)
    codes = list(before.order_by("-starts_at").values_list("pk", flat=True)[:exams])
    return _duties(Q(exam_id__in=codes) & ~Q(sitting=""))


def sent(exam: str) -> dict[str, str]:
    """Site by person, as the people were sent."""
    return dict(DutyRow.objects.filter(exam_id=exam, draw="sent").values_list("person", "site"))


def area_of(path: str, whole_city: bool) -> str:
    """The part of the tree from which people come: the city around an organisation, or itself."""
    if not whole_city:
        return path
    above = [path[: at + 1] for at, sign in enumerate(path) if sign == "/"]
    city = Organisation.objects.filter(path__in=above, level="city").values_list("path", flat=True).first()
    return city or path


def _duties(where: Q) -> list[PastDuty]:
    rows = DutyRow.objects.filter(where).order_by("exam", "sitting", "site", "room", "post", "person")
    return [PastDuty(*row) for row in rows.values_list("exam", "sitting", "site", "room", "post", "person")]


def _person(row: Person, counties: dict[str, str]) -> RegisteredPerson:
    path = row.organisation.path
    county = next((code for own, code in counties.items() if path.startswith(own)), row.organisation.code)
    return RegisteredPerson(
        number=row.number,
        sex=row.sex,
        county=county,
        school=row.school.name if row.school else "",
        subject=row.subject,
        grade=row.grade,
        class_head=row.class_head,
        years=row.years_invigilating,
        certified=row.certified,
        certified_until=row.certificate_until_on,
        pledged=row.secrecy_pledged,
        intended_post=row.intended_post,
        relative_in_exam=row.relative_in_exam,
        relative_number=row.relative_candidate_number,
        spouse_number=row.spouse_number,
        breach_on=row.breach_on,
        phone=row.phone,
        id_number=row.id_number,
    )
