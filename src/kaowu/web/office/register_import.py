"""Import of registers from a workbook: choose the file, check the problems, write. All or nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.loop.prepare.import_staff import Staff, read_staff
from kaowu.loop.prepare.import_venues import Venues, read_venues
from kaowu.loop.prepare.register_table import RowIssue
from kaowu.store.models import Organisation, Person, School, Site
from kaowu.store.registers import Written, write_staff, write_venues
from kaowu.web import uploads
from kaowu.web.access import Scope, permitted
from kaowu.web.counter import record_register_change

MOST_BYTES = 30_000_000
_SHOWN_ISSUES = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """One register that can be imported."""

    title: Promise
    register: str
    back: str
    back_label: Promise
    needs: Promise
    read: Callable[[bytes, str, Scope], Any]
    write: Callable[[Any, Scope], dict[str, Written]]
    parts: Callable[[Any], list[tuple[str, int]]]
    count: Callable[[Any], int]


def _read_venues(content: bytes, name: str, scope: Scope) -> Venues:
    """Counties that are not in the tree yet are taken over if they carry the city's code."""
    counties = set(_counties(scope).values_list("code", flat=True))
    schools = set(School.objects.filter(scope.over()).values_list("code", flat=True))
    city = _city(scope)

    def county_exists(code: str) -> bool:
        return code in counties or (city is not None and code[:4] == city.code[:4] and len(code) == 6)

    venues = read_venues(content, name, school_exists=schools.__contains__, county_exists=county_exists)
    _require_own(Organisation, "code", [county.code for county in venues.counties], scope, "path")
    _require_own(Site, "code", [site.code for site in venues.sites], scope)
    _require_own(School, "code", [school.code for school in venues.schools], scope)
    return venues


def _read_staff(content: bytes, name: str, scope: Scope) -> Staff:
    schools = set(School.objects.filter(scope.over()).values_list("code", flat=True))
    staff = read_staff(
        content, name, school_exists=schools.__contains__, county_exists=_county_names(scope).__contains__
    )
    _require_own(Person, "number", [person.number for person in staff.people], scope)
    return staff


KINDS: dict[str, Kind] = {
    "venues": Kind(
        _("Import sites and rooms"), "sites", "sites",
        _("Sites and rooms"),
        _("Sheets 考点 and 考场 are needed; 入口 and 学校 are read if present."),
        _read_venues, lambda venues, scope: write_venues(venues, _city(scope)),
        lambda v: [(_t("Counties"), len(v.counties)), (_t("Schools"), len(v.schools)), (_t("Sites"), len(v.sites)), (_t("Rooms"), len(v.rooms)), (_t("Entrances"), len(v.entrances))],
        lambda v: len(v.schools) + len(v.sites) + len(v.rooms) + len(v.entrances),
    ),
    "staff": Kind(
        _("Import exam staff"), "people", "people",
        _("People"), _("The columns 工号, 姓名 and 县区 are needed."),
        _read_staff, lambda staff, scope: write_staff(staff.people, _county_names(scope)),
        lambda s: [(_t("Persons"), len(s.people))], lambda s: len(s.people),
    ),
}  # fmt: skip


@permitted("registry.import", unscoped=("kind",))
def choose(request: HttpRequest, kind: str) -> HttpResponse:
    chosen = _kind(kind)
    refused, status = None, 200
    if request.method == "POST":
        try:
            upload = uploads.keep(request, request.FILES.get("file"), MOST_BYTES)  # type: ignore[arg-type]
            try:
                chosen.read(upload.read(), upload.name, request.scope)  # type: ignore[attr-defined]
            except Refused:
                uploads.forget(request, upload)
                raise
            return redirect("register_import_check", kind=kind, token=upload.token)
        except Refused as reason:
            refused, status = reason, 422
    context = {
        "kind": kind,
        "chosen": chosen,
        "refused": refused,
        "limit": MOST_BYTES // 1_000_000,
        "steps": _STEPS,
    }
    return render(request, "kaowu/registry/import_choose.html", context, status=status)


@permitted("registry.import", unscoped=("kind", "token"))
def check(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    chosen, upload = _kind(kind), uploads.kept(request, token)
    content = upload.read()
    found = chosen.read(content, upload.name, request.scope)  # type: ignore[attr-defined]
    bad = _bad_rows(found.issues)
    if request.method == "POST" and not bad:
        return _write(request, chosen, upload, content, found)
    rows = chosen.count(found)
    terms = [
        {"label": _t("File rows"), "value": rows},
        {"label": _t("Ready"), "value": rows - bad, "sign": "="},
        {"label": _t("To correct"), "value": bad, "sign": "+", "state": 3 if bad else ""},
    ]
    context = {
        "kind": kind, "chosen": chosen, "upload": upload, "found": found, "terms": terms, "bad": bad, "steps": _STEPS,
        "parts": chosen.parts(found), "issues": found.issues[:_SHOWN_ISSUES], "digest": digest(content).hex(),
        "more": max(len(found.issues) - _SHOWN_ISSUES, 0),
    }  # fmt: skip
    return render(
        request, "kaowu/registry/import_check.html", context, status=422 if request.method == "POST" else 200
    )


def _write(
    request: HttpRequest, chosen: Kind, upload: uploads.Upload, content: bytes, found: Any
) -> HttpResponse:
    """Rows and their one fact in one transaction."""
    scope: Scope = request.scope  # type: ignore[attr-defined]
    with transaction.atomic():
        written = chosen.write(found, scope)
        changes = {name: [counts.added, counts.changed, counts.same] for name, counts in written.items()}
        organisation = Organisation.objects.get(path=scope.paths[0])
        changes |= {"file": upload.name, "sha256": digest(content).hex()}
        record_register_change(request.user, organisation, chosen.register, "import", changes)
    uploads.forget(request, upload)
    total = sum(written.values(), Written(0, 0, 0))
    counts = {"added": total.added, "changed": total.changed, "same": total.same}
    messages.success(request, _t("Written: %(added)d new, %(changed)d changed, %(same)d as before.") % counts)
    return redirect(chosen.back)


def _bad_rows(issues: tuple[RowIssue, ...]) -> int:
    return len({(issue.sheet, issue.row) for issue in issues})


def _require_own(
    table: Any, field: str, keys: list[str], scope: Scope, place: str = "organisation__path"
) -> None:
    """A workbook cannot reach into another county by using its codes."""
    taken = list(
        table.objects.filter(**{f"{field}__in": keys})
        .exclude(scope.over(place))
        .values_list(field, flat=True)[:5]
    )
    if taken:
        listed = "、".join(taken)
        raise Refused(
            "register.outside_scope",
            Sentence(
                f"这些代码已属于您范围以外的单位：{listed}。",
                f"These codes belong outside your area of duty: {', '.join(taken)}.",
            ),
            remedy=Sentence(
                "请核对代码；确须变更归属的，由上级单位办理。",
                "Check the codes; a change of unit is made by the level above.",
            ),
        )


def _city(scope: Scope) -> Organisation | None:
    """The one city of the scope, below which new counties are made; a county officer has none."""
    cities = list(Organisation.objects.filter(scope.over("path"), level="city")[:2])
    return cities[0] if len(cities) == 1 else None


def _counties(scope: Scope) -> Any:
    return Organisation.objects.filter(scope.over("path"), level="county")


def _county_names(scope: Scope) -> dict[str, Organisation]:
    counties = list(_counties(scope))
    return {county.name: county for county in counties} | {county.code: county for county in counties}


def _kind(kind: str) -> Kind:
    if kind not in KINDS:
        raise Http404
    return KINDS[kind]


_STEPS = (_("Choose file"), _("Check problems"), _("Write"))

urlpatterns = [
    path("office/import/<str:kind>/", choose, name="register_import"),
    path("office/import/<str:kind>/<str:token>/", check, name="register_import_check"),
]
