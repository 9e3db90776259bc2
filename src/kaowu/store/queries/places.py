"""Places of exam day as frozen values: sites with their way down the tree, rooms with their desks."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from kaowu.exam.dispatches import Unit
from kaowu.store import bulk, models


@dataclass(frozen=True, slots=True)
class SitePlace:
    """One site: its name, its path in the organisation tree, and the names above it."""

    code: str
    name: str
    path: str
    above: tuple[str, ...]

    @property
    def short_name(self) -> str:
        """The name without the places it lies in, as a wall has room for it."""
        short = self.name
        for name in self.above:
            short = short.removeprefix(name)
        return short.removesuffix("考点") or self.name


@dataclass(frozen=True, slots=True)
class RoomPlace:
    """One room as its register row describes it."""

    number: str
    kind: str
    building: str
    floor: int
    door_number: str
    capacity: int
    columns: str
    start_corner: str
    direction: str


def site(code: str) -> SitePlace | None:
    """One site; None if there is none."""
    row = models.Site.objects.select_related("organisation").filter(code=code).first()
    if row is None:
        return None
    return SitePlace(row.code, row.name, row.organisation.path, _names_above(row.organisation.path))


def site_path(code: str) -> str | None:
    """The organisation path of one site; None if there is none. Asked for every fact that is handed in."""
    sql = "SELECT place.path FROM store_site site JOIN store_organisation place ON place.id = site.organisation_id WHERE site.code = %s"
    return next((path for (path,) in bulk.rows(sql, [code])), None)


def site_paths(codes: Iterable[str]) -> dict[str, str]:
    """Organisation paths of sites by code."""
    rows = models.Site.objects.filter(code__in=list(codes))
    return dict(rows.values_list("code", "organisation__path"))


def short_names(codes: Iterable[str]) -> dict[str, str]:
    """Short names of sites by code."""
    return {place.code: place.short_name for place in sites(codes)}


def sites(codes: Iterable[str]) -> list[SitePlace]:
    """Sites by code, in two queries however many they are."""
    rows = models.Site.objects.filter(code__in=list(codes))
    found = list(rows.values_list("code", "name", "organisation__path"))
    above = {path: _paths_above(path) for _, _, path in found}
    wanted = {one for paths in above.values() for one in paths}
    names = dict(models.Organisation.objects.filter(path__in=wanted).values_list("path", "name"))
    return [
        SitePlace(code, name, path, tuple(names[one] for one in above[path] if one in names))
        for code, name, path in found
    ]


def sites_within(where: Q) -> list[tuple[str, str]]:
    """Codes and names of the sites that a condition on their organisation lets through."""
    return list(models.Site.objects.filter(where).order_by("code").values_list("code", "name"))


def site_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of sites by code."""
    return dict(models.Site.objects.filter(code__in=list(codes)).values_list("code", "name"))


def unit(code: str) -> Unit | None:
    """A unit of the tree; None if there is none of that code."""
    row = models.Organisation.objects.filter(code=code).first()
    return Unit(row.path, row.level) if row else None


def units_along(path: str) -> list[tuple[Unit, str]]:
    """The units above a path, from the top, and all below it; each with its name."""
    wanted = Q(path__in=_paths_above(path)) | Q(path__startswith=path)
    rows = models.Organisation.objects.filter(wanted).order_by("path")
    return [(Unit(row.path, row.level), row.name) for row in rows]


def unit_names(paths: Iterable[str]) -> dict[str, str]:
    """Names of units by path."""
    return dict(models.Organisation.objects.filter(path__in=set(paths)).values_list("path", "name"))


def counties_inside(scope: Q) -> set[str]:
    """Codes of the counties whose row of the organisation tree lies inside."""
    return set(models.Organisation.objects.filter(scope, level="county").values_list("code", flat=True))


def county_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of counties by code."""
    return dict(models.Organisation.objects.filter(code__in=set(codes)).values_list("code", "name"))


def watch_phone(code: str) -> str:
    """The watch telephone of a site; empty if none is registered."""
    return models.Site.objects.filter(code=code).values_list("watch_phone", flat=True).first() or ""


def area(path: str) -> tuple[str, ...]:
    """The names from the top of the tree down to an organisation path."""
    rows = models.Organisation.objects.filter(path=path).values_list("name", flat=True)
    return (*_names_above(path), *rows)


def rooms(site: str) -> dict[str, RoomPlace]:
    """The rooms of a site by number."""
    return {
        row.number: RoomPlace(
            number=row.number,
            kind=row.kind,
            building=row.building,
            floor=row.floor,
            door_number=row.door_number,
            capacity=row.capacity,
            columns=row.columns,
            start_corner=row.start_corner,
            direction=row.direction,
        )
        for row in models.Room.objects.filter(site__code=site).order_by("number")
    }


def _names_above(path: str) -> tuple[str, ...]:
    rows = models.Organisation.objects.filter(path__in=_paths_above(path)).order_by("path")
    return tuple(rows.values_list("name", flat=True))


def _paths_above(path: str) -> list[str]:
    codes = path.rstrip("/").split("/")
    return ["/".join(codes[:length]) + "/" for length in range(1, len(codes))]
