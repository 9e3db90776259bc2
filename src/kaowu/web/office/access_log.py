"""The access log as the auditor reads it: refusals, sign-ins, revealed numbers."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kaowu.store.models import AccessLog, Account
from kaowu.web.access import Scope, permitted
from kaowu.web.office.menu import MenuEntry
from kaowu.web.office.registers import page_of
from kaowu.web.permissions import PERMISSIONS

MENU = MenuEntry(
    "node", _("Access log"), view="access_log", permission="access_log.see", order=20, icon="eye"
)


@permitted("access_log.see")
def access_log(request: HttpRequest) -> HttpResponse:
    query, outcome = request.GET.get("q", "").strip(), request.GET.get("outcome", "")
    rows = _inside(request.scope)  # type: ignore[attr-defined]
    if outcome in AccessLog.Outcome.values:
        rows = rows.filter(outcome=outcome)
    if query:
        rows = rows.filter(Q(account_number__istartswith=query) | Q(subject__icontains=query))
    labels = {name: permission.label for name, permission in PERMISSIONS.items()}
    page = page_of(request, rows)
    lines = [(row, labels.get(row.permission, "")) for row in page]
    context = {
        "page": page,
        "lines": lines,
        "q": query,
        "outcome": outcome,
        "outcomes": AccessLog.Outcome.choices,
    }
    return render(request, "kaowu/accounts/access_log.html", context)


def _inside(scope: Scope):  # type: ignore[no-untyped-def]
    """Rows of accounts inside the scope, and of names that belong to no account at all."""
    outside = Account.objects.exclude(scope.over()).values("number")
    return AccessLog.objects.exclude(account_number__in=outside)


urlpatterns = [path("office/access-log/", access_log, name="access_log")]
