"""What all register pages do alike: pages of a list, and saving a form together with its one generic fact."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kaowu.store.models import Organisation
from kaowu.store.sealed import SealedText
from kaowu.web.counter import record_register_change

PER_PAGE = 50


def page_of(request: HttpRequest, rows: QuerySet[Any], per_page: int = PER_PAGE) -> Page[Any]:
    """The asked-for page of a list; a number out of range shows the nearest one."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def save_change(
    request: HttpRequest, form: ModelForm[Any], register: str, key: str, organisation: Organisation
) -> Any:
    """Save the row and record the change in one transaction; nothing is recorded if nothing changed."""
    changes = _changes(form)
    with transaction.atomic():
        row = form.save()
        if changes:
            record_register_change(request.user, organisation, register, key, changes)
    messages.success(request, _("Recorded.") if changes else _("Nothing was changed."))
    return row


def _changes(form: ModelForm[Any]) -> dict[str, Any]:
    """Field → [before, after]; of a sealed field only that it changed."""
    sealed = {field.name for field in form.instance._meta.get_fields() if isinstance(field, SealedText)}
    changes: dict[str, Any] = {}
    for name in form.changed_data:
        if name in sealed:
            changes[name] = ["***", "***"]
        else:
            before = None if form.instance._state.adding else form.initial.get(name)
            changes[name] = [_plain(before), _plain(form.cleaned_data.get(name))]
    return changes


def _plain(value: Any) -> Any:
    code = getattr(value, "code", None)
    return code if code is not None else value if isinstance(value, bool | int | None) else str(value)
