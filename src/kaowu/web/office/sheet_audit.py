"""The sampling audit of read answer sheets: fix the list, draw by a public seed, read blind, state the bound."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.facts.envelope import Actor
from kaowu.loop.desk import Receipt
from kaowu.store.queries import exams, places, sheet_bags
from kaowu.web.access import permitted
from kaowu.web.office.exam_here import actor_of, exam_here, own_exam, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.workbooks import attachment
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import sheet_audit as works

MENU = MenuEntry("settle", _("Sampling audit"), view="sheet_audit", permission="sheets.audit", order=24)

_AUDIT = "sheets.audit"
STEPS = (_("Fix the list"), _("Draw in public"), _("Read blind"), _("Conclude"))


class SeedForm(DualSignForm):
    """What chance gave in public, and who saw it."""

    seed = forms.CharField(
        label=_("Public seed"),
        max_length=200,
        help_text=_("At least 20 throws of dice, in the order they fell; spaces do not count."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


@permitted(_AUDIT)
def choose(request: HttpRequest) -> HttpResponse:
    return to_current(request, "sheet_audit_exam")


@permitted(_AUDIT, unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """Every subject with its audit."""
    line = exam_here(request, exam)
    subjects = [subject for sitting in exams.sittings(exam) for subject in sitting.subjects]
    context = {"line": line, "rows": [(subject, works.standing(exam, subject)) for subject in subjects]}
    return render(request, "kaowu/sheet_audit/overview.html", context)


@permitted(_AUDIT, unscoped=("exam", "subject"))
@never_cache
def subject_page(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """One audit, step by step."""
    return _page(request, exam, subject)


@permitted(_AUDIT, unscoped=("exam", "subject"))
@require_POST
def fix(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Fix the list that will be drawn from."""
    form = DualSignForm(request.POST)
    return _act(request, exam, subject, form, "fix", lambda pair: works.fix(exam, subject, pair))


@permitted(_AUDIT, unscoped=("exam", "subject"))
@require_POST
def draw(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """Publish the seed."""
    form = SeedForm(request.POST)
    return _act(
        request,
        exam,
        subject,
        form,
        "draw",
        lambda pair: works.draw(exam, subject, form.cleaned_data["seed"], pair),
    )


@permitted(_AUDIT, unscoped=("exam", "subject"))
@require_POST
def conclude(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """State the bound."""
    form = DualSignForm(request.POST)
    return _act(request, exam, subject, form, "conclude", lambda pair: works.conclude(exam, subject, pair))


@permitted(_AUDIT, unscoped=("exam", "subject"))
def report(request: HttpRequest, exam: str, subject: str) -> HttpResponse:
    """The audit on paper."""
    line = exam_here(request, exam)
    content = works.report(exam, subject)
    if content is None:
        raise Http404
    return attachment(content, f"{line.name}_{subject}_答题卡识别抽查报告.pdf", "application/pdf")


def _act(
    request: HttpRequest, exam: str, subject: str, form: DualSignForm, name: str, act: Any
) -> HttpResponse:
    line = own_exam(request, exam, _AUDIT)
    place = line.organisation_path
    pair = authenticate_pair(request, form, permission=_AUDIT, place=place, different_posts=False)
    if pair is None:
        return _page(request, exam, subject, {name: form})
    signed: tuple[Actor, Actor] = (actor_of(pair[0], _AUDIT, place), actor_of(pair[1], _AUDIT, place))
    try:
        receipt: Receipt = act(signed)
    except Refused as refused:
        return _page(request, exam, subject, {name: form}, refused)
    messages.success(request, _t("Recorded."))
    for found in receipt.findings:
        messages.warning(request, found.sentence.in_language(request.LANGUAGE_CODE))
    return redirect("sheet_audit_subject", exam=exam, subject=subject)


def _page(
    request: HttpRequest,
    exam: str,
    subject: str,
    given: dict[str, DualSignForm] | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    line = exam_here(request, exam)
    if sheet_bags.sitting_of(exam, subject) is None:
        raise Http404
    found, forms_given = works.standing(exam, subject), given or {}
    audit = found.audit
    step = 1
    if audit is not None:
        step = 2 if audit.drawn is None else 3 if found.read < audit.fixed.sample else 4
        step = 5 if audit.concluded is not None else step
    context = {
        "line": line,
        "subject": subject,
        "found": found,
        "audit": audit,
        "steps": STEPS,
        "step": step,
        "left": audit.fixed.sample - found.read if audit is not None else 0,
        "here": any(one.is_here and one.people is None for one in found.sample),
        "elsewhere": _elsewhere(found),
        "outside": found.outside,
        # A bag that was read anew has other pages: its sampled fields can no longer be judged.
        "lost": audit is not None and audit.drawn is not None and len(found.sample) < audit.fixed.sample,
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "fix_form": forms_given.get("fix") or DualSignForm(),
        "draw_form": forms_given.get("draw") or SeedForm(),
        "conclude_form": forms_given.get("conclude") or DualSignForm(),
        "refused": refused,
        "errors": [one for one in found.sample if one.misread],
    }
    status = 422 if given or refused else 200
    return render(request, "kaowu/sheet_audit/subject.html", context, status=status)


_AT = "office/sheet-audit/<str:exam>/<str:subject>/"


def _elsewhere(found: works.Standing) -> list[dict[str, Any]]:
    """Sites that judge some of the sample, those with most to do first."""
    names = places.site_names(site for site, _count, _judged in found.elsewhere)
    rows = [
        {
            "site": site,
            "name": names.get(site, site),
            "count": count,
            "judged": judged,
            "left": count - judged,
        }
        for site, count, judged in found.elsewhere
    ]
    return sorted(rows, key=lambda row: (-row["left"], row["site"]))


urlpatterns = [
    path("office/sheet-audit/", choose, name="sheet_audit"),
    path("office/sheet-audit/<str:exam>/", overview, name="sheet_audit_exam"),
    path(_AT, subject_page, name="sheet_audit_subject"),
    path(_AT + "fix/", fix, name="sheet_audit_fix"),
    path(_AT + "draw/", draw, name="sheet_audit_draw"),
    path(_AT + "conclude/", conclude, name="sheet_audit_conclude"),
    path(_AT + "report.pdf", report, name="sheet_audit_report"),
]
