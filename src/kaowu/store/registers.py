"""Writes whole registers from a workbook: rows that are new are added, rows that are known are brought up to date.

Nothing is deleted, since a room that is missing from a file may hold last year's exam. The caller's
transaction decides over all of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.db import models

from kaowu.loop.prepare.import_staff import NewPerson
from kaowu.loop.prepare.import_venues import NewEntrance, NewRoom, NewSchool, NewSite, Venues
from kaowu.store.models import Entrance, Organisation, Person, Room, School, Site

_BATCH = 500
Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows of one register were added, changed, and left as they were."""

    added: int
    changed: int
    same: int

    def __add__(self, other: "Written") -> "Written":
        return Written(self.added + other.added, self.changed + other.changed, self.same + other.same)


def write_venues(venues: Venues, city: Organisation | None = None) -> dict[str, Written]:
    """Counties that are new below the city, then schools, sites with their nodes, rooms and entrances."""
    _write_counties(venues, city)
    counties = {node.code: node for node in Organisation.objects.filter(level="county")}
    written = {
        "schools": _write_schools(venues.schools, counties),
        "sites": _write_sites(venues.sites, counties),
    }
    sites = {site.code: site for site in Site.objects.filter(code__in=[new.code for new in venues.sites])}
    written["rooms"] = _write_rooms(venues.rooms, sites)
    written["entrances"] = _write_entrances(venues.entrances, sites)
    return written


def write_staff(people: Sequence[NewPerson], counties: dict[str, Organisation]) -> dict[str, Written]:
    """Exam staff; `counties` finds the unit by the county's name or code."""
    schools = {school.code: school for school in School.objects.all()}
    known = {
        person.number: person for person in Person.objects.filter(number__in=[new.number for new in people])
    }
    rows = []
    for new in people:
        values = asdict(new)
        values["organisation"] = counties[values.pop("county")]
        values["school"] = schools.get(new.school)
        kept = known.get(new.number)
        if kept and not new.id_number:
            values["id_number"] = kept.id_number  # a list without document numbers does not take them away
        rows.append((kept, values))
    return {"people": _write(Person, rows)}


def _write_counties(venues: Venues, city: Organisation | None) -> Written:
    known = set(Organisation.objects.values_list("code", flat=True))
    new = [county for county in venues.counties if county.code not in known]
    for county in new:
        Organisation.objects.create(code=county.code, name=county.name, level="county", parent=city)
    return Written(len(new), 0, len(venues.counties) - len(new))


def _write_schools(new: Iterable[NewSchool], counties: dict[str, Organisation]) -> Written:
    known = {school.code: school for school in School.objects.all()}
    rows = []
    for school in new:
        values = asdict(school)
        values["organisation"] = counties[values.pop("county")]
        rows.append((known.get(school.code), values))
    return _write(School, rows)


def _write_sites(new: Iterable[NewSite], counties: dict[str, Organisation]) -> Written:
    schools = {school.code: school for school in School.objects.all()}
    known = {site.code: site for site in Site.objects.select_related("organisation")}
    rows = []
    for site in new:
        values = asdict(site)
        county = counties[values.pop("county")]
        values["school"] = schools.get(site.school)
        kept = known.get(site.code)
        if kept is None:
            node = Organisation.objects.create(code=site.code, name=site.name, level="site", parent=county)
            values["organisation"] = node
        elif kept.organisation.name != site.name:
            Organisation.objects.filter(pk=kept.organisation_id).update(name=site.name)
        rows.append((kept, values))
    return _write(Site, rows)


def _write_rooms(new: Iterable[NewRoom], sites: dict[str, Site]) -> Written:
    known = {(room.site_id, room.number): room for room in Room.objects.filter(site__in=sites.values())}
    rows = []
    for room in new:
        values = asdict(room) | {"site": sites[room.site]}
        rows.append((known.get((sites[room.site].pk, room.number)), values))
    return _write(Room, rows)


def _write_entrances(new: Iterable[NewEntrance], sites: dict[str, Site]) -> Written:
    known = {(row.site_id, row.number): row for row in Entrance.objects.filter(site__in=sites.values())}
    rows = []
    for entrance in new:
        values = asdict(entrance) | {"site": sites[entrance.site]}
        rows.append((known.get((sites[entrance.site].pk, entrance.number)), values))
    return _write(Entrance, rows)


def _write(table: type[Row], rows: Iterable[tuple[Row | None, dict[str, Any]]]) -> Written:
    """Add what is new, change what differs, count what is the same."""
    fresh: list[Row] = []
    changed: list[Row] = []
    fields: set[str] = set()
    same = 0
    for kept, values in rows:
        if kept is None:
            fresh.append(table(**values))
            continue
        differing = {name: value for name, value in values.items() if getattr(kept, name) != value}
        if not differing:
            same += 1
            continue
        for name, value in differing.items():
            setattr(kept, name, value)
        fields |= differing.keys()
        changed.append(kept)
    table._default_manager.bulk_create(fresh, batch_size=_BATCH)
    if changed:
        _refresh_indexes(table, changed, fields)
        table._default_manager.bulk_update(changed, sorted(fields), batch_size=_BATCH)
    return Written(len(fresh), len(changed), same)


def _refresh_indexes(table: type[Row], rows: Iterable[Row], fields: set[str]) -> None:
    """A blind index follows its sealed field; bulk_update does not call pre_save for fields it is not given."""
    for name in [name for name in fields if name in {"phone", "id_number"}]:
        index = table._meta.get_field(f"{name}_index")
        for row in rows:
            index.pre_save(row, False)
        fields.add(f"{name}_index")
