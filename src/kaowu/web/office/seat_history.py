"""What became of a sealed plan: each change with its moves and the papers to print again, and proofs of one's own seat."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from kaowu.loop.prepare.seat_moves import SeatMove, read_moves
from kaowu.loop.prepare.seat_proofs import SeatProof, proofs_for
from kaowu.loop.prepare.seat_table import read_seats
from kaowu.store import artefacts
from kaowu.store.models import AccessLog
from kaowu.store.queries import candidates, places, seat_plans
from kaowu.web.access import log, permitted
from kaowu.web.office.exam_here import exam_here, own_exam
from kaowu.web.office.workbooks import attachment
from kaowu.web.works import reprints

_SEE = "seats.see"


@permitted(_SEE, unscoped=("exam", "number"))
@never_cache
def change(request: HttpRequest, exam: str, number: int) -> HttpResponse:
    """One link of the chain: who moved, why, who signed, what is to be printed again."""
    line = exam_here(request, exam)
    made = seat_plans.changes(exam)
    if not 1 <= number <= len(made):
        raise Http404
    one = made[number - 1]
    moves = [move for move in read_moves(artefacts.read(one.moves)) if _within(request, move)]
    names = candidates.names(exam, [move.candidate for move in moves])
    papers = reprints.of_moves(moves, reprints.rooms_of(one.seats))
    sites = places.site_names(papers)
    context: dict[str, Any] = {
        "line": line,
        "one": one,
        "latest": number == len(made),
        "moves": [(move, names.get(move.candidate, "")) for move in moves],
        "with_reason": any(move.reason_zh for move in moves),
        "with_seating": any(move.sitting for move in moves),
        "papers": [(site, sites.get(site, ""), part) for site, part in papers.items()],
    }
    return render(request, "kaowu/seats/change.html", context)


@permitted(_SEE, unscoped=("exam", "number", "which"))
def change_file(request: HttpRequest, exam: str, number: int, which: str) -> HttpResponse:
    """Problem or solution as a change left them, for anybody to judge again."""
    own_exam(request, exam, _SEE)
    made = seat_plans.changes(exam)
    if not 1 <= number <= len(made) or which not in ("problem.json", "solution.json"):
        raise Http404
    one = made[number - 1]
    content = artefacts.read(one.problem if which == "problem.json" else one.solution)
    return attachment(content, f"{exam}-change-{number}-{which}", "application/json")


@permitted(_SEE, unscoped=("exam",))
@never_cache
def proof(request: HttpRequest, exam: str) -> HttpResponse:
    """One candidate's proof: the own seat and nothing else; checked here as anybody can check it."""
    line = own_exam(request, exam, _SEE)
    wanted = request.GET.get("candidate", "").strip()
    found = _proofs(exam, wanted) if wanted else []
    if found and request.GET.get("file"):
        log(request, AccessLog.Outcome.EXPORTED, _SEE, f"{exam}/{found[0].line.candidate}", reason="座位凭据")
        at = request.GET["file"]
        chosen = found[int(at) - 1] if at.isdigit() and 1 <= int(at) <= len(found) else found[0]
        name = f"{exam}-{chosen.line.admission_number}-seat-proof.json"
        return attachment(chosen.to_bytes(), name, "application/json")
    context = {"line": line, "wanted": wanted, "proofs": found, "force": seat_plans.in_force(exam)}
    return render(request, "kaowu/seats/proof.html", context)


def _proofs(exam: str, wanted: str) -> list[SeatProof]:
    force = seat_plans.in_force(exam)
    if force is None or force.salts is None:
        return []
    lines = list(read_seats(artefacts.read(force.seats)))
    candidate = next((x.candidate for x in lines if wanted in (x.candidate, x.admission_number)), None)
    return proofs_for(exam, lines, artefacts.read(force.salts), candidate) if candidate else []


def _within(request: HttpRequest, move: SeatMove) -> bool:
    """Does a move leave or enter a site that this person answers for?"""
    sites = [site for site in (move.site, move.to_site) if site]
    paths = places.site_paths(sites)
    return any(request.scope.covers(paths.get(site, "")) for site in sites)  # type: ignore[attr-defined]


urlpatterns = [
    path("office/seats/<str:exam>/changes/<int:number>/", change, name="seats_changes"),
    path("office/seats/<str:exam>/changes/<int:number>/<str:which>", change_file, name="seats_change_file"),
    path("office/seats/<str:exam>/proof/", proof, name="seats_proof"),
]
