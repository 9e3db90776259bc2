"""What follows when a step of a draw was signed by two keys: the same as at the page, as a job of its own."""

from typing import Any

from kaowu.basics.errors import Sentence
from kaowu.facts.envelope import Actor
from kaowu.facts.lots import DrawSealed, LotsDrawn
from kaowu.facts.subjects import DrawKey
from kaowu.loop.duty import Intent
from kaowu.store.models import Account
from kaowu.web import jobs
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.slips import afterwards
from kaowu.web.works import seat_draw
from kaowu.web.works.draw_kinds import kind_of

_CAME_ABOUT, _REST = "lots.came_about", "lots.seal_rest"


@afterwards(LotsDrawn.kind.name)
def drawn(intent: Intent, laid_beside: bytes) -> None:
    """What was drawn goes on record as the page would have put it there."""
    if kind_of(DrawKey.read(intent.subject)).came_about is not None:
        _start(_CAME_ABOUT, intent, Sentence("登记抽签结果", "Put the result of the draw on record"))


@afterwards(DrawSealed.kind.name)
def sealed(intent: Intent, laid_beside: bytes) -> None:
    """A sealed draw of seats binds the seats and opens its chance."""
    if DrawKey.read(intent.subject).kind == "seats":
        _start(_REST, intent, Sentence("封存座位编排", "Seal the seats"))


@long_job(_CAME_ABOUT)
def came_about(progress: Progress, exam: str, draw: str, signed: list[list[str]]) -> Outcome:
    """As behind the draw itself."""
    progress.step(1, 1, Sentence("登记结果", "put the result on record"))
    key = DrawKey.read(draw)
    follows = kind_of(key).came_about
    assert follows is not None
    follows(exam, key, [Actor(*one) for one in signed])
    return Outcome(Sentence("已登记，等待封存。", "On record; it waits to be sealed."), _page(exam, draw))


@long_job(_REST)
def seal_rest(progress: Progress, exam: str, draw: str, signed: list[list[str]]) -> Outcome:
    """As behind the sealing itself."""
    progress.step(1, 1, Sentence("封存座位", "seal the seats"))
    seat_draw.seal_rest(exam, DrawKey.read(draw), [Actor(*one) for one in signed])
    return Outcome(Sentence("已封存并公开，结果生效。", "Sealed and published."), _page(exam, draw))


def _start(job: str, intent: Intent, title: Sentence) -> None:
    jobs.start_for(
        Account.objects.get(number=intent.actors[0].account),
        job,
        title,
        exam=intent.exam,
        draw=intent.subject,
        signed=[[actor.account, actor.post] for actor in intent.actors],
    )


def _page(exam: str, draw: str) -> str:
    return f"/office/staffing/{exam}/lots/{draw}/"


urlpatterns: list[Any] = []  # found with the pages, so that worker and doors know what follows
