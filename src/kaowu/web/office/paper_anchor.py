"""The paper anchor: print a root for the discipline inspectors, record who keeps it, and type it in again to compare."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.facts.anchors import RootCompared, RootDeposited
from kaowu.store import fact_proofs, witnessing
from kaowu.store.queries import day
from kaowu.web.access import permitted
from kaowu.web.counter import book, record
from kaowu.web.office.exam_here import acting, exam_here, own_exam, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.qr_codes import drawn

MENU = MenuEntry("settle", _("Root on paper"), view="paper_anchors", permission="settle.see", order=42)

_ACT = "journal.see"
GROUP = 4
_KINDS = (RootDeposited.kind.name, RootCompared.kind.name)


class DepositForm(forms.Form):
    """Who keeps the sheet."""

    size = forms.IntegerField(label=_("Facts"), min_value=1, widget=forms.HiddenInput)
    holder = forms.CharField(label=_("Kept by"), max_length=60)


class CompareForm(forms.Form):
    """What stands on the sheet that was kept."""

    size = forms.CharField(label=_("Number of facts on the sheet"), max_length=24)
    root = forms.CharField(label=_("Root on the sheet, 16 groups of 4"), max_length=200)
    holder = forms.CharField(label=_("Kept by"), max_length=60)

    def clean_size(self) -> int:
        digits = re.sub(r"[\s,，]", "", self.cleaned_data["size"])
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
            raise forms.ValidationError(_("A number, as printed."))
        return int(digits)

    def clean_root(self) -> str:
        root = re.sub(r"[\s\-:：·]", "", self.cleaned_data["root"]).lower()
        if not re.fullmatch("[0-9a-f]{64}", root):
            raise forms.ValidationError(_("64 digits 0 to 9 and letters A to F; spaces do not matter."))
        return root


@permitted("settle.see")
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "paper_anchor")


@permitted("settle.see", unscoped=("exam",))
@never_cache
def anchor(request: HttpRequest, exam: str) -> HttpResponse:
    return _page(request, exam, DepositForm(), CompareForm())


@permitted(_ACT, unscoped=("exam",))
@require_POST
def fresh(request: HttpRequest, exam: str) -> HttpResponse:
    """Sign a checkpoint over all facts, to be printed."""
    own_exam(request, exam, _ACT)
    book().checkpoint()
    return redirect("paper_anchor", exam=exam)


@permitted(_ACT, unscoped=("exam",))
@require_POST
def deposit(request: HttpRequest, exam: str) -> HttpResponse:
    """The sheet was handed over."""
    line = own_exam(request, exam, _ACT)
    form = DepositForm(request.POST)
    note = witnessing.cosigned_note(form.cleaned_data["size"]) if form.is_valid() else None
    if note is None:
        return _page(request, exam, form, CompareForm(), status=422)
    checkpoint = Checkpoint.from_note(note)
    record(
        RootDeposited(size=checkpoint.size, root=checkpoint.root, holder=form.cleaned_data["holder"]),
        acting(request, _ACT, line.organisation_path),
        exam=exam,
        subject=exam,
    )
    messages.success(request, _t("Recorded: the sheet was handed over."))
    return redirect("paper_anchor", exam=exam)


@permitted(_ACT, unscoped=("exam",))
@require_POST
@never_cache
def compare(request: HttpRequest, exam: str) -> HttpResponse:
    """The sheet is back: is the journal still the one whose root was printed?"""
    line = own_exam(request, exam, _ACT)
    form = CompareForm(request.POST)
    if not form.is_valid():
        return _page(request, exam, DepositForm(), form, status=422)
    size, root, holder = (form.cleaned_data[name] for name in ("size", "root", "holder"))
    present = fact_proofs.root_at(size)
    outcome = "too_long" if present is None else "agrees" if present.hex() == root else "differs"
    record(
        RootCompared(size=size, typed=root, outcome=outcome, holder=holder),
        acting(request, _ACT, line.organisation_path),
        exam=exam,
        subject=exam,
    )
    compared = {"size": size, "outcome": outcome, "groups": _differing(present, root) if present else []}
    return _page(request, exam, DepositForm(), form, compared=compared)


def _differing(present: bytes, root: str) -> list[int]:
    """Which groups differ from the root as it is now; one alone is a slip of the pen, all are another journal."""
    pairs = zip(in_groups(present.hex()), in_groups(root), strict=True)
    return [number for number, (one, other) in enumerate(pairs, 1) if one != other]


def in_groups(root: str) -> list[str]:
    """64 digits in groups that the eye can follow."""
    return [root[at : at + GROUP].upper() for at in range(0, len(root), GROUP)]


def _page(
    request: HttpRequest,
    exam: str,
    deposit_form: DepositForm,
    compare_form: CompareForm,
    *,
    compared: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    line = exam_here(request, exam)
    sizes = witnessing.latest_sizes()
    note = witnessing.cosigned_note(sizes[0]) if sizes else None
    context: dict[str, Any] = {
        "line": line,
        "whole": request.scope.covers(line.organisation_path),  # type: ignore[attr-defined]
        "deposit_form": deposit_form,
        "compare_form": compare_form,
        "compared": compared,
        "kept": [one for one in day.timeline(exam, exam, limit=500) if one.kind in _KINDS],
    }
    if note is not None:
        context |= _printed(note)
    return render(request, "kaowu/settle/anchor.html", context, status=status)


def _printed(note: Note) -> dict[str, Any]:
    checkpoint = Checkpoint.from_note(note)
    return {
        "checkpoint": checkpoint,
        "groups": in_groups(checkpoint.root.hex()),
        "note": note.to_bytes().decode(),
        "code": drawn(note.to_bytes().decode()),
        "cosigned": [one.name for one in note.signatures[1:]],
    }


urlpatterns = [
    path("office/anchor/", lists, name="paper_anchors"),
    path("office/anchor/<str:exam>/", anchor, name="paper_anchor"),
    path("office/anchor/<str:exam>/fresh", fresh, name="paper_anchor_fresh"),
    path("office/anchor/<str:exam>/deposit", deposit, name="paper_anchor_deposit"),
    path("office/anchor/<str:exam>/compare", compare, name="paper_anchor_compare"),
]
