"""The proof of one fact: see how it stands, hand out the file and the page that verifies it, print it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.engines.ledger.fact_proof import SUFFIX, FactProof
from kaowu.engines.ledger.fact_verdict import judge_proof
from kaowu.engines.ledger.policy import Policy
from kaowu.store import fact_proofs, witnessing
from kaowu.store.models import AccessLog
from kaowu.store.queries import archives, day, places
from kaowu.web.access import log, permitted
from kaowu.web.counter import book
from kaowu.web.node_key import verifying_key
from kaowu.web.office.exam_here import exam_here, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.qr_codes import in_parts
from kaowu.web.verifier import FILE_NAME, page_with_words

MENU = MenuEntry("settle", _("Proofs of facts"), view="fact_proofs", permission="journal.see", order=45)

_SEE = "journal.see"
LATEST = 12


@permitted(_SEE)
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "fact_proof_search")


@permitted(_SEE, unscoped=("exam",))
@never_cache
def search(request: HttpRequest, exam: str) -> HttpResponse:
    """Look a fact up by its number in the journal or its id."""
    line = exam_here(request, exam)
    asked = request.GET.get("fact", "").strip()
    found = fact_proofs.find(asked) if asked else None
    if found is not None and found.exam == exam and _may_see(request, line, found):
        return redirect("fact_proof", exam=exam, index=found.index)
    lines = [one for one in day.timeline(exam, None, limit=LATEST * 4) if one.index >= 0]
    context = {
        "line": line,
        "asked": asked,
        "unknown": bool(asked),
        "lines": [one for one in lines if _covers(request, line, one.site)][:LATEST],
        "head": archives.journal_head(),
        "settled": witnessing.settled_size(),
        "witnesses": witnessing.witnesses(),
    }
    return render(request, "kaowu/settle/proofs.html", context, status=404 if asked else 200)


@permitted(_SEE, unscoped=("exam", "index"))
@never_cache
def proof(request: HttpRequest, exam: str, index: int) -> HttpResponse:
    """One fact, what its proof shows, and the proof for printing."""
    line, kept = _kept(request, exam, index)
    made = fact_proofs.proof_of(kept.index)
    context: dict[str, Any] = {"line": line, "kept": kept, "file": _name(exam, index)}
    context["shown"] = next(iter(day.timeline(exam, None, before=index + 1, limit=1)), None)
    if made is not None:
        policy = Policy.from_text(fact_proofs.key_lines(verifying_key()))
        text = made.to_bytes().decode()
        context |= {
            "proof": made,
            "root": made.checkpoint.root.hex(),
            "verdict": judge_proof(made, policy=policy),
            "text": text,
            "bytes": len(text.encode()),
            "codes": in_parts(text),
        }
    return render(request, "kaowu/settle/proof.html", context)


@permitted(_SEE, unscoped=("exam", "index"))
@never_cache
def download(request: HttpRequest, exam: str, index: int) -> HttpResponse:
    """The file. It holds no personal fields; that it was handed out is written down."""
    _, kept = _kept(request, exam, index)
    made: FactProof | None = fact_proofs.proof_of(kept.index)
    if made is None:
        raise Http404
    log(request, AccessLog.Outcome.EXPORTED, _SEE, f"{exam}/{index}", reason="单条证明")
    return _file(made.to_bytes(), _name(exam, index), "text/plain; charset=utf-8")


@permitted(_SEE, unscoped=("exam", "index"))
@require_POST
def cover(request: HttpRequest, exam: str, index: int) -> HttpResponse:
    """Sign a checkpoint now, for a fact that none covers yet."""
    _kept(request, exam, index)
    book().checkpoint()
    messages.success(request, _t("A checkpoint was signed."))
    return redirect("fact_proof", exam=exam, index=index)


@permitted(_SEE)
def verifier(request: HttpRequest) -> HttpResponse:
    """The page that verifies a proof, as a file: it is to be opened from a disk, not from here."""
    return _file(page_with_words(), FILE_NAME, "application/octet-stream")


@permitted(_SEE)
def policy_file(request: HttpRequest) -> HttpResponse:
    """The policy with the key of this log: to be published, and never sent along with a proof."""
    return _file(fact_proofs.key_lines(verifying_key()).encode(), "policy.txt", "text/plain; charset=utf-8")


def _kept(request: HttpRequest, exam: str, index: int) -> tuple[Any, fact_proofs.Kept]:
    line = exam_here(request, exam)
    kept = fact_proofs.find(str(index))
    if kept is None or kept.exam != exam or not _may_see(request, line, kept):
        raise Http404
    return line, kept


def _may_see(request: HttpRequest, line: Any, kept: fact_proofs.Kept) -> bool:
    return _covers(request, line, kept.site or "")


def _covers(request: HttpRequest, line: Any, site: str) -> bool:
    """A fact of a site lies open to whoever answers for the site, any other to whoever answers for the exam."""
    scope = request.scope  # type: ignore[attr-defined]
    if scope.covers(line.organisation_path):
        return True
    return bool(site) and scope.covers(places.site_paths([site]).get(site, "?"))


def _name(exam: str, index: int) -> str:
    return f"{exam}-{index}{SUFFIX}"


def _file(content: bytes, name: str, media: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


urlpatterns = [
    path("office/proofs/", lists, name="fact_proofs"),
    path("office/proofs/verifier", verifier, name="fact_verifier"),
    path("office/proofs/policy.txt", policy_file, name="fact_policy"),
    path("office/proofs/<str:exam>/", search, name="fact_proof_search"),
    path("office/proofs/<str:exam>/<int:index>/", proof, name="fact_proof"),
    path("office/proofs/<str:exam>/<int:index>/file", download, name="fact_proof_file"),
    path("office/proofs/<str:exam>/<int:index>/cover", cover, name="fact_proof_cover"),
]
