"""The example that a new node starts with: a city, one of its counties, and a site in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """Codes of the organisations over which the demonstration accounts hold their posts."""

    city: str
    county: str
    site: str


def load() -> Places:
    """Make the example's registers; harmless when they are there already."""
    from django.db import transaction

    from kaowu.store.models import Organisation, Room, School, Site

    with transaction.atomic():
        parent = None
        for code, name, level in (
            ("370000", "山东省", "province"),
            ("370400", "枣庄市", "city"),
            ("370405", "台儿庄区", "county"),
        ):
            parent, _ = Organisation.objects.get_or_create(
                code=code, defaults={"name": name, "level": level, "parent": parent}
            )
        school, _ = School.objects.get_or_create(
            code="0405001", defaults={"name": "枣庄市台儿庄区运河高级中学", "organisation": parent}
        )
        node, _ = Organisation.objects.get_or_create(
            code="040507", defaults={"name": f"{school.name}考点", "level": "site", "parent": parent}
        )
        site, _ = Site.objects.get_or_create(
            code="040507", defaults={"name": node.name, "organisation": node, "school": school}
        )
        for number in range(1, 31):
            Room.objects.get_or_create(
                site=site,
                number=f"{number:03d}",
                defaults={"building": "明德楼", "floor": 1 + number // 10, "capacity": 30, "columns": "7-8-8-7"},
            )
    return Places("370400", "370405", "040507")
