"""Timelines: the facts of a room-sitting, of a site or of the whole exam, latest first, page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from kaowu.basics.clock import Instant
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.duty import duty_that_records
from kaowu.store.queries import day, places
from kaowu.web.access import permitted
from kaowu.web.day.where import exam_in_scope
from kaowu.web.permissions import POSTS
from kaowu.web.templatetags.components import listed

PAGE = 60
DIFFERS_MS = 60_000


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One fact with its actors in words, and the second time where the two differ."""

    line: day.TimelineLine
    actors: str
    happened_at: Instant
    entered_at: Instant | None
    by_one_alone: bool
    provable: bool
    """Whether this reader may ask for its proof: what lies at no site is proved to those who answer for the exam."""


@permitted("day.see", unscoped=("exam", "sitting", "room"))
def of_room(request: HttpRequest, exam: str, sitting: str, site: str, room: str) -> HttpResponse:
    return _page(request, exam, site=site, key=RoomSittingKey(sitting, site, room))


@permitted("day.see", unscoped=("exam",))
def of_site(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    return _page(request, exam, site=site)


@permitted("journal.see", unscoped=("exam",))
def of_exam(request: HttpRequest, exam: str) -> HttpResponse:
    """The whole exam lies open only to those whose scope holds the exam itself."""
    return _page(request, exam)


def posts_in_words(lines: Iterable[day.TimelineLine], whole: bool = True) -> list[ShownLine]:
    """Lines as a page shows them, `whole` to whoever answers for the exam."""
    return [_shown(line, whole) for line in lines]


def _page(
    request: HttpRequest, exam: str, *, site: str | None = None, key: RoomSittingKey | None = None
) -> HttpResponse:
    scope = request.scope  # type: ignore[attr-defined]
    held = exam_in_scope(scope, exam)
    asked = request.GET.get("before", "")
    digits = asked.removeprefix("-")
    before = int(asked) if digits.isascii() and digits.isdigit() and len(digits) < 17 else None
    lines: Sequence[day.TimelineLine] = day.timeline(
        exam, str(key) if key else None, site=site, before=before, limit=PAGE + 1
    )
    whole = scope.covers(held.organisation_path)
    if site is None and not whole:
        paths = places.site_paths({line.site for line in lines})
        lines = [line for line in lines if not line.site or scope.covers(paths.get(line.site, "?"))]
    context: dict[str, Any] = {
        "exam": held,
        "place": places.site(site) if site else None,
        "key": key,
        "lines": posts_in_words(lines[:PAGE], whole),
        "next": lines[PAGE - 1].index if len(lines) > PAGE else None,
        "is_first": before is None,
    }
    return render(request, "kaowu/day/timeline.html", context)


def _shown(line: day.TimelineLine, whole: bool) -> ShownLine:
    happened = line.written_at or line.stamped_at
    entered = line.stamped_at if line.written_at else line.recorded_at
    # A rehearsal plays a day of its own: there the node's time of recording says nothing.
    differs = line.time_source != "script" and abs(entered - happened) >= DIFFERS_MS
    if line.time_source == "paper":
        differs = True
    duty = duty_that_records(line.kind)
    actors = listed(f"{actor.account} {POSTS.get(actor.post, actor.post)}" for actor in line.actors)
    return ShownLine(
        line=line,
        actors=actors,
        happened_at=happened,
        entered_at=entered if differs else None,
        by_one_alone=bool(duty and duty.persons > len({actor.account for actor in line.actors})),
        provable=line.index >= 0 and (whole or bool(line.site)),
    )


urlpatterns = [
    path("day/<str:exam>/timeline", of_exam, name="exam_timeline"),
    path("day/<str:exam>/timeline/<str:site>", of_site, name="site_timeline"),
    path("day/<str:exam>/<str:sitting>/<str:site>/<str:room>/timeline", of_room, name="room_timeline"),
]
