"""Reading the books again on a schedule, by the worker."""

from django_tasks import task
from django_tasks_db.models import DBTaskResult

from kaowu.store import scrub
from kaowu.web.counter import clock
from kaowu.web.node_key import verifying_key


@task()
def read_books_again() -> None:
    """Read this node's journal and every copy it keeps; each finding has a row."""
    for book in scrub.books(verifying_key()):
        scrub.read_again(book, clock)


def read_if_due(hours: int) -> bool:
    """Hand the reading to the worker if the schedule says so and none waits; whether it was handed out."""
    waiting = DBTaskResult.objects.filter(task_path=read_books_again.module_path, finished_at=None)
    if not scrub.is_due(clock, hours) or waiting.exists():
        return False
    read_books_again.enqueue()
    return True
