"""Reconciliation: do the figures of each sitting and site balance, what does not, and the site chief's signature."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.errors import Refused
from kaowu.exam.reconciliation import Accuracy, Gap, Reconciliation, paper_accuracy, reconcile
from kaowu.exam.room_sitting import Figures
from kaowu.facts.envelope import Actor
from kaowu.facts.settling import SittingReconciled
from kaowu.loop.posts import AT_SITE_OFFICE
from kaowu.store.queries import day, exams, findings, places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import grants_of, permitted
from kaowu.web.counter import record
from kaowu.web.day.where import sites_in_scope, sitting_of
from kaowu.web.office.exam_here import exam_here, to_current
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("settle", _("Reconciliation"), view="settling", permission="settle.see", order=10)

_EQUATIONS = {
    "people": _("expected against entered + absent"),
    "sheets": _("issued against used + absent + spare + void"),
    "packets": _("packets handed out against packets collected"),
}


_LINKS = {
    "handed_out": _("no packet was handed out"),
    "unsealed": _("no packet was unsealed"),
    "counted": _("the sheets were not counted"),
    "collected": _("a packet was not collected"),
    "sheets": _("the sheets do not balance"),
}


class SignForm(forms.Form):
    """The remark beside a signature; needed where figures do not close."""

    remark = forms.CharField(
        label=_("Remark"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Where an equation does not close, write why."),
    )


@permitted("settle.see")
def settling(request: HttpRequest) -> HttpResponse:
    return to_current(request, "settle")


@permitted("settle.see", unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """Every sitting with its sites: who has signed, what does not close."""
    line, signed = exam_here(request, exam), findings.signed_sittings(exam)
    now = exam_time_now(exam).now
    rows: list[dict[str, Any]] = []
    for held in exams.sittings(exam):
        sites = sites_in_scope(request.scope, exam, held.id)  # type: ignore[attr-defined]
        names = places.site_names(site.site for site in sites)
        lines = [
            {
                "site": site,
                "name": names.get(site.site, ""),
                "found": _found(exam, held.id, site.site),
                "signed": signed.get((held.id, site.site)),
            }
            for site in sorted(sites, key=lambda site: site.site)
        ]
        state = "before" if now < held.starts_at else "running" if now < held.ends_at else "over"
        accuracy = _accuracy(exam, held.id, [site.site for site in sites]) if state == "over" else None
        rows.append({"sitting": held, "lines": lines, "state": state, "accuracy": accuracy})
    context = {
        "line": line,
        "rows": rows,
        "signed": sum(bool(one["signed"]) for row in rows for one in row["lines"]),
        "all": sum(len(row["lines"]) for row in rows),
        "accuracy": sum((row["accuracy"] for row in rows if row["accuracy"]), Accuracy(0, 0, ())),
        "links": _LINKS,
    }
    return render(request, "kaowu/settle/overview.html", context)


@permitted("settle.see", unscoped=("exam", "sitting"))
def sheet(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    """One sitting at one site: equations, gaps by room, open findings, signature."""
    return _sheet(request, exam, sitting, site)


@permitted("settle.reconcile", unscoped=("exam", "sitting"))
def sign(request: HttpRequest, exam: str, sitting: str, site: str) -> HttpResponse:
    """The chief of the site puts the figures of the journal on record as checked."""
    form = SignForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _sheet(request, exam, sitting, site, form, 422 if request.method == "POST" else 200)
    exam_here(request, exam)
    actor, found = _signing(request, site), _found(exam, sitting, site)
    if actor is None or not found.rooms:
        raise Http404
    fact = SittingReconciled(
        sitting=sitting,
        rooms=found.rooms,
        remark=form.cleaned_data["remark"].strip(),
        open_findings=_open_findings(exam, sitting, site),
        **{name: _shown(request, name, getattr(found.total, name)) for name in _SIGNED},
    )
    try:
        record(fact, actor, exam=exam, subject=f"{sitting}/{site}", site=site)
    except Refused as refused:
        return _sheet(request, exam, sitting, site, form, 409, refused)
    messages.success(request, _t("Recorded. The sitting is reconciled."))
    return redirect("settle_sheet", exam=exam, sitting=sitting, site=site)


def _sheet(
    request: HttpRequest,
    exam: str,
    sitting: str,
    site: str,
    form: SignForm | None = None,
    status: int = 200,
    refused: Refused | None = None,
) -> HttpResponse:
    line, held, place = exam_here(request, exam), sitting_of(exam, sitting), places.site(site)
    found = _found(exam, sitting, site)
    if place is None or not found.rooms:
        raise Http404
    rooms = day.rooms(exam, sitting, site)
    total, over = found.total, exam_time_now(exam).now >= held.ends_at
    context = {
        "line": line,
        "sitting": held,
        "site": place,
        "found": found,
        "equations": _equations(total, over),
        "over": over,
        "gaps": [] if not over else [{"gap": gap, "of": _EQUATIONS[gap.equation], "difference": _difference(gap)} for gap in found.gaps],
        "rooms": rooms,
        "counted": sum(room.figures.counted for room in rooms),
        "findings": [one for one in day.open_findings(exam, site=site) if one.subject.startswith(f"{sitting}/")],
        "signed": findings.signed_sittings(exam).get((sitting, site)),
        "signing": _signing(request, site),
        "hidden": {name: getattr(total, name) for name in _SIGNED},
        "form": form or SignForm(),
        "refused": refused,
    }  # fmt: skip
    return render(request, "kaowu/settle/sheet.html", context, status=status)


_SIGNED = ("expected", "entered", "absent", "issued", "used", "absent_sheets", "spare", "void")


def _shown(request: HttpRequest, name: str, present: int) -> int:
    """The figure that stood on the page when it was signed; the desk refuses it if newer facts have come."""
    given = request.POST.get(name, "")
    return int(given) if given.isdigit() and len(given) < 9 else present


def _found(exam: str, sitting: str, site: str) -> Reconciliation:
    return reconcile((room.key, room.figures) for room in day.rooms(exam, sitting, site))


def _accuracy(exam: str, sitting: str, sites: list[str]) -> Accuracy:
    by_site = day.rooms_by_site(exam, sitting)
    return paper_accuracy((room.key, room.figures) for site in sites for room in by_site.get(site, ()))


def _open_findings(exam: str, sitting: str, site: str) -> int:
    return sum(room.open_findings for room in day.rooms(exam, sitting, site))


def _difference(gap: Gap) -> int:
    return gap.left - gap.right


def _equations(total: Figures, over: bool) -> list[dict[str, Any]]:
    """The three equations; while the sitting lasts nobody knows whether they will close."""
    equations = [
        {
            "title": _t("Number of people"),
            "terms": [
                {"label": _t("Expected"), "value": total.expected},
                {"label": _t("Entered"), "value": total.entered, "sign": "="},
                {"label": _t("Absent"), "value": total.absent, "sign": "+"},
            ],
            "difference": total.expected - total.entered - total.absent,
        },
        {
            "title": _t("Sheets"),
            "terms": [
                {"label": _t("Issued"), "value": total.issued},
                {"label": _t("Used"), "value": total.used, "sign": "="},
                {"label": _t("Absent"), "value": total.absent_sheets, "sign": "+"},
                {"label": _t("Spare"), "value": total.spare, "sign": "+"},
                {"label": _t("Void"), "value": total.void, "sign": "+"},
            ],
            "difference": total.issued - total.used - total.absent_sheets - total.spare - total.void,
        },
        {
            "title": _t("Packets"),
            "terms": [
                {"label": _t("Handed out"), "value": total.packets},
                {"label": _t("Collected"), "value": total.collected, "sign": "="},
            ],
            "difference": total.packets - total.collected,
        },
    ]
    return equations if over else [{**one, "difference": None} for one in equations]


def _signing(request: HttpRequest, site: str) -> Actor | None:
    """The account as the site's own chief; officers of the level above read, they do not sign for a site."""
    path = places.site_paths([site]).get(site, "")
    held = [
        post for post, own in grants_of(request.user) if post in AT_SITE_OFFICE[:2] and path.startswith(own)
    ]
    return Actor(request.user.number, held[0]) if held else None  # type: ignore[union-attr]


urlpatterns = [
    path("office/settle/", settling, name="settling"),
    path("office/settle/<str:exam>/", overview, name="settle"),
    path("office/settle/<str:exam>/<str:sitting>/<str:site>/", sheet, name="settle_sheet"),
    path("office/settle/<str:exam>/<str:sitting>/<str:site>/sign/", sign, name="settle_sign"),
]
