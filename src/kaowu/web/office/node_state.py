"""The state of the node, for the system administrator: no business rows, only how the machine stands."""

import platform
import shutil

import django
from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from kaowu.store import scrub
from kaowu.store.models import Job, JournalHead, MirroredLog
from kaowu.web.access import permitted
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry(
    "node", _("State of the node"), view="node_state", permission="system.see", order=30, icon="device"
)

_LOW_DISK_BYTES = 5_000_000_000


@permitted("system.see")
def node_state(request: HttpRequest) -> HttpResponse:
    disk = shutil.disk_usage(settings.DATA.root)
    head = JournalHead.objects.filter(pk=1).first()
    context = {
        "database": connection.vendor, "python": platform.python_version(), "django": django.get_version(),
        "folder": settings.DATA.root, "disk_free": disk.free // 1_000_000_000,
        "disk_total": disk.total // 1_000_000_000, "disk_low": disk.free < _LOW_DISK_BYTES,
        "facts": head.size if head else 0, "checkpointed": head.checkpointed_size if head else 0,
        "copies": MirroredLog.objects.annotate(faults=Count("copyfault")).order_by("origin"),
        "scrubs": [(one, one.found.order_by("index").first()) for one in scrub.latest()],
        "jobs": [(Job.State(state).label, n) for state, n in Job.objects.values_list("state").annotate(Count("id")).order_by("state")],
    }  # fmt: skip
    return render(request, "kaowu/accounts/node_state.html", context)


urlpatterns = [path("office/node/", node_state, name="node_state")]
