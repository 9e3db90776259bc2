"""Which draw a page speaks of, and over which part of the tree it is held."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from kaowu.basics.errors import Sentence
from kaowu.facts.subjects import DrawKey
from kaowu.store.queries import places
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import refuse
from kaowu.web.works import draws
from kaowu.web.works.draw_kinds import DrawKind, kind_of, title_of


@dataclass(frozen=True, slots=True)
class DrawHere:
    """A draw of an exam, and the organisation path whose officers hold it."""

    line: ExamLine
    key: DrawKey
    place: str
    kind: DrawKind
    title: Sentence


def draw_here(request: HttpRequest, line: ExamLine, text: str, permission: str) -> DrawHere:
    """The draw of an address: one that this exam asks for, held inside the scope; else 404, or refused."""
    try:
        key = DrawKey.read(text)
        kind = kind_of(key)
    except (ValueError, LookupError):
        raise Http404 from None
    place = line.organisation_path
    if key.kind == "rooms":
        found = places.site_paths([key.site]).get(key.site)
        if found is None or not found.startswith(place) or key not in draws.keys_of_site(line.code, key.site):
            raise Http404
        place = found
    if not request.scope.covers(place):  # type: ignore[attr-defined]
        refuse(
            request,
            permission,
            Sentence(
                "不能打开：这项抽签不在您负责的范围内。",
                "Cannot open: this draw lies outside your area of duty.",
            ),
        )
    return DrawHere(line, key, place, kind, title_of(line.code, key))
