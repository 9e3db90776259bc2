"""The page of a long job, its progress for htmx, and the list of one's own jobs."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Sentence
from kaowu.store.models import Job
from kaowu.web import jobs
from kaowu.web.access import signed_in


@signed_in("only the account's own jobs")
def job_list(request: HttpRequest) -> HttpResponse:
    shown = [view_of(job) for job in Job.objects.filter(account=request.user)[:50]]
    return render(request, "kaowu/office/jobs.html", {"jobs": shown})


@signed_in("only the account's own job")
def job_page(request: HttpRequest, job: uuid.UUID) -> HttpResponse:
    return render(request, "kaowu/office/jobs.html", {"jobs": [view_of(_own(request, job))], "one": True})


@signed_in("only the account's own job")
def job_progress(request: HttpRequest, job: uuid.UUID) -> HttpResponse:
    return render(request, "kaowu/parts/job.html", {"job": view_of(_own(request, job))})


@signed_in("only the account's own job")
@require_POST
def job_cancel(request: HttpRequest, job: uuid.UUID) -> HttpResponse:
    jobs.cancel(_own(request, job), by=request.user.name)
    return render(request, "kaowu/parts/job.html", {"job": view_of(_own(request, job))})


def view_of(job: Job) -> dict[str, Any]:
    """What `{% long_job %}` shows of a job."""
    percent = None
    if job.total and job.steps:
        percent = round(100 * (max(job.step - 1, 0) + job.done / job.total) / job.steps)
    return {
        "id": job.pk,
        "title": Sentence(job.title_zh, job.title_en),
        "state": job.state,
        "running": job.state in (Job.State.WAITING, Job.State.RUNNING),
        "state_words": job.get_state_display(),
        "percent": 100 if job.state == Job.State.DONE else percent,
        "caption": _caption(job),
        "result_url": job.result_url,
        "may_cancel": not job.cancel_asked_by,
    }


def _caption(job: Job) -> str:
    chinese = (get_language() or "zh").startswith("zh")
    if job.state in (Job.State.DONE, Job.State.FAILED):
        return job.outcome_zh if chinese else job.outcome_en
    if job.state == Job.State.CANCELLED:
        return _("Nothing is left half done. Cancelled by %(name)s.") % {"name": job.cancel_asked_by}
    if job.cancel_asked_by:
        return _("Stopping at the next safe place.")
    if job.state == Job.State.WAITING:
        return _("Waiting for the worker. You may leave this page.")
    parts = [
        _("Step %(step)d of %(steps)d: %(name)s.")
        % {"step": job.step, "steps": job.steps, "name": job.step_zh if chinese else job.step_en}
    ]
    if job.total:
        parts.append(_("%(done)s of %(total)s done.") % {"done": f"{job.done:,}", "total": f"{job.total:,}"})
        if left := _seconds_left(job):
            parts.append(
                ngettext("About %(n)d second left.", "About %(n)d seconds left.", left) % {"n": left}
            )
    parts.append(_("You may leave this page."))
    return ("" if chinese else " ").join(parts)


def _seconds_left(job: Job) -> int:
    if not job.done or job.step_started_at is None:
        return 0
    spent = (timezone.now() - job.step_started_at).total_seconds()
    return round(spent * (job.total - job.done) / job.done)


def _own(request: HttpRequest, job: uuid.UUID) -> Job:
    found = Job.objects.filter(pk=job, account=request.user).first()
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("office/jobs/", job_list, name="jobs"),
    path("office/jobs/<uuid:job>/", job_page, name="job"),
    path("office/jobs/<uuid:job>/progress/", job_progress, name="job_progress"),
    path("office/jobs/<uuid:job>/cancel/", job_cancel, name="job_cancel"),
]
