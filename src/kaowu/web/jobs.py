"""Long jobs: started by a page, done by the worker, watched by whoever started them.

    @long_job("roster.import")
    def import_roster(progress: Progress, upload: str) -> Outcome: …

    job = start(request, "roster.import", Sentence(zh="导入名册", en="Import the roster"), upload=token)
    return redirect("job", job=job.id)

A job computes first and writes at its end in one transaction, so that cancelling leaves nothing half done.
Leaving the page is safe; the progress stands in the database.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django_tasks import task

from kaowu.basics.errors import Refused, Sentence
from kaowu.store.models import Job
from kaowu.web.key_slips import slip_address
from kaowu.web.pages import page_modules
from kaowu.web.slips import WaitsForKeys

_log = logging.getLogger(__name__)
_WORKS: dict[str, Callable[..., "Outcome"]] = {}


class Cancelled(Exception):
    """The person who started the job, or an administrator, has cancelled it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: one sentence and the page that shows it."""

    sentence: Sentence
    address: str = ""


@dataclass(slots=True)
class Progress:
    """What a job says while it works. Saying something is also the moment at which it can be cancelled."""

    job: Job
    _said_at: float = field(default=0.0)

    def step(self, number: int, of: int, name: Sentence, total: int = 0) -> None:
        """A new step begins, with `total` things to do in it (0: unknown)."""
        self._save(
            step=number,
            steps=of,
            step_zh=name.zh,
            step_en=name.en,
            done=0,
            total=total,
            step_started_at=timezone.now(),
        )

    def done(self, count: int, total: int | None = None) -> None:
        """So many of the step's things are done; written twice a second at most."""
        now = timezone.now().timestamp()
        if now - self._said_at >= 0.5 or count == total:
            self._said_at = now
            self._save(done=count, **({} if total is None else {"total": total}))

    def check(self) -> None:
        """Raises Cancelled if somebody asked for it."""
        if Job.objects.filter(pk=self.job.pk).exclude(cancel_asked_by="").exists():
            raise Cancelled

    def _save(self, **changes: Any) -> None:
        self.check()
        Job.objects.filter(pk=self.job.pk).update(**changes)


def long_job(name: str) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Give a function the name under which jobs ask for it."""

    def register(work: Callable[..., Outcome]) -> Callable[..., Outcome]:
        _WORKS[name] = work
        return work

    return register


def start(request: HttpRequest, name: str, title: Sentence, /, **arguments: Any) -> Job:
    """Hand a job to the worker; arguments must be JSON values."""
    return start_for(request.user, name, title, **arguments)


def start_for(account: Any, name: str, title: Sentence, /, **arguments: Any) -> Job:
    """The same where somebody's signature, not a page, has set it going."""
    if name not in _WORKS:
        raise LookupError(f"no long job is called {name!r}")
    job = Job.objects.create(
        work=name, arguments=arguments, title_zh=title.zh, title_en=title.en, account=account
    )
    run_job.enqueue(str(job.pk))
    job.refresh_from_db()
    return job


def cancel(job: Job, by: str) -> None:
    """Ask for the end. A job that has not begun ends at once, one at work at its next word."""
    Job.objects.filter(pk=job.pk, state__in=(Job.State.WAITING, Job.State.RUNNING)).update(cancel_asked_by=by)
    Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(
        state=Job.State.CANCELLED, ended_at=timezone.now()
    )


@task()
def run_job(job_id: str) -> None:
    """What the worker does with one job. The job's own row says how it ended."""
    page_modules()  # the works register themselves where their pages live
    begun = Job.objects.filter(pk=job_id, state=Job.State.WAITING)
    if not begun.update(state=Job.State.RUNNING, started_at=timezone.now()):
        return  # cancelled before it began, or handed out twice
    job = Job.objects.get(pk=job_id)
    with _ending(job) as end:
        outcome = _WORKS[job.work](Progress(job), **job.arguments)
        end.update(
            state=Job.State.DONE,
            outcome_zh=outcome.sentence.zh,
            outcome_en=outcome.sentence.en,
            result_url=outcome.address,
        )


@contextlib.contextmanager
def _ending(job: Job) -> Iterator[dict[str, Any]]:
    """Write down how the job ended, whatever happens in it."""
    end: dict[str, Any] = {}
    try:
        yield end
    except WaitsForKeys as waits:
        end.update(
            state=Job.State.DONE,
            outcome_zh="已算好，待两人用本人密钥签认。",
            outcome_en="Worked out; it waits for both to sign with their own keys.",
            result_url=slip_address(waits, job.account.number),
        )
    except Cancelled:
        end.update(state=Job.State.CANCELLED)
    except Refused as refused:
        end.update(state=Job.State.FAILED, outcome_zh=refused.sentence.zh, outcome_en=refused.sentence.en)
    except Exception:
        _log.exception("job %s (%s) failed", job.pk, job.work)
        sentence = Sentence(
            "程序出错，没有写入任何内容。错误已记入运行日志。",
            "The program failed; nothing was written. The fault is in the operating log.",
        )
        end.update(state=Job.State.FAILED, outcome_zh=sentence.zh, outcome_en=sentence.en)
    finally:
        Job.objects.filter(pk=job.pk).update(ended_at=timezone.now(), **end)
