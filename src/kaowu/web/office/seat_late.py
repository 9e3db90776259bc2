"""Late changes: who withdrew, was added or stood wrong, which rooms are closed; then the fewest moves, signed by two."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.loop.prepare.roster_table import RosterRow, read_roster
from kaowu.store import artefacts
from kaowu.store.models import Job
from kaowu.store.queries import candidates, exams, places, registers
from kaowu.store.queries.candidates import Wanted
from kaowu.store.queries.exams import ExamLine
from kaowu.web import jobs
from kaowu.web.access import permitted
from kaowu.web.counter import clock
from kaowu.web.jobs import Outcome, Progress, long_job
from kaowu.web.office.exam_here import actor_of, own_exam
from kaowu.web.office.job_pages import view_of
from kaowu.web.office.seat_hand import ReasonForm
from kaowu.web.two_persons import authenticate_pair
from kaowu.web.works import reprints, seat_changes, seat_replan
from kaowu.web.works.exam_setup import said_of
from kaowu.web.works.roster import check_one
from kaowu.web.works.seat_replan import DRAFT, LateChange

_ARRANGE, _REPLAN = "seats.arrange", "seats.replan"
_FOUND = 12
_LARGEST_PHOTOGRAPH = 5_000_000
_STAGES = {
    "deal": Sentence("留下能留的座位", "keep the seats that can stay"),
    "seats": Sentence("安排须换的座位", "seat those who must move"),
}


class CandidateForm(forms.Form):
    """One candidate, added late or corrected; checked like a row of a roster file."""

    registration_number = forms.CharField(label=_("Candidate number"), max_length=40)
    name = forms.CharField(label=_("Candidate's name"), max_length=200)
    id_number = forms.CharField(label=_("Document number"), max_length=40)
    id_type = forms.CharField(
        label=_("Document kind"), max_length=40, required=False, help_text=_("Empty: resident identity card.")
    )
    school = forms.CharField(label=_("School"), max_length=120)
    county = forms.CharField(label=_("County"), max_length=20)
    subjects = forms.CharField(label=_("Subjects"), max_length=300, help_text=_("Separated by 、"))
    foreign_language = forms.CharField(label=_("Foreign language"), max_length=40, required=False)
    accommodation = forms.CharField(label=_("Accommodation"), max_length=200, required=False)
    phone = forms.CharField(label=_("Telephone"), max_length=20, required=False)
    photograph = forms.FileField(
        label=_("Photograph"), required=False, help_text=_("JPEG, 480 × 640; only if there is another one.")
    )


@permitted(_ARRANGE, unscoped=("exam",))
@never_cache
def late(request: HttpRequest, exam: str) -> HttpResponse:
    """The changes gathered so far, and what to look for next."""
    return _page(request, own_exam(request, exam, _ARRANGE))


@permitted(_ARRANGE, unscoped=("exam",))
@require_POST
def edit(request: HttpRequest, exam: str) -> HttpResponse:
    """Add one line to the change, or take one out. Nothing is recorded here."""
    line = own_exam(request, exam, _ARRANGE)
    draft, given = _draft(request, exam), request.POST
    match given.get("act"):
        case "withdraw" if _row(exam, given.get("number", "")) is not None:
            numbers = dict.fromkeys((*draft.withdrawn, given["number"]))
            draft = _with(draft, withdrawn=tuple(numbers))
        case "close" | "reopen" as act:
            name = "closed" if act == "close" else "reopened"
            asked = [(given.get("site", ""), room.strip()) for room in given.get("rooms", "").split()]
            known = _places(line)
            wanted = asked or [(given.get("site", ""), "")]
            if unknown := [place for place in wanted if place not in known]:
                return _page(request, line, refused=_unknown(unknown[0]))
            draft = _with(draft, **{name: tuple(dict.fromkeys((*getattr(draft, name), *wanted)))})
        case "add" | "correct" as act:
            form = CandidateForm(given, request.FILES)
            row = _checked(exam, form, act, given.get("number", ""))
            picture = _photograph(exam, form) if row is not None else ""
            if row is None or form.errors:
                return _page(request, line, form=form, act=act)
            name = "added" if act == "add" else "corrected"
            others = tuple(one for one in getattr(draft, name) if one.number != row.number)
            draft = _with(draft, **{name: (*others, row)})
            if picture:
                kept = tuple(one for one in draft.photographs if one[0] != row.number)
                draft = _with(draft, photographs=(*kept, (row.number, picture)))
        case "spare":
            draft = _with(draft, use_spare=not draft.use_spare)
        case "remove":
            draft = _without(draft, given.get("what", ""), given.get("number", ""))
        case _:
            raise Http404
    _keep(request, exam, draft)
    return redirect("seats_late", exam=exam)


@permitted(_ARRANGE, unscoped=("exam",))
@require_POST
def propose(request: HttpRequest, exam: str) -> HttpResponse:
    """Work the fewest moves out, as a job."""
    line = own_exam(request, exam, _ARRANGE)
    draft = _draft(request, exam)
    if draft.is_empty:
        return _page(request, line, refused=Refused("nothing_changed", Sentence("还没有列出任何变动。", "No change is named yet.")))  # fmt: skip
    title = Sentence("算出换座方案", "Work out who moves")
    job = jobs.start(request, _REPLAN, title, exam=exam, draft=_keep(request, exam, draft))
    return redirect("job", job=job.pk)


@long_job(_REPLAN)
def replan_job(progress: Progress, exam: str, draft: str) -> Outcome:
    """Seats for the changed exam, judged by the verifier; nothing is recorded yet."""
    current = ""

    def tell(stage: str, done: int, of: int) -> None:
        nonlocal current
        if stage != current and stage in _STAGES:
            current = stage
            progress.step(list(_STAGES).index(stage) + 1, len(_STAGES), _STAGES[stage], total=of)
        progress.done(done, of)

    change = LateChange.from_bytes(artefacts.read(bytes.fromhex(draft)))
    named = seat_replan.propose(exam, change, tell)
    proposal = seat_replan.proposal_of(named)
    said = Sentence(
        f"换座方案：{proposal.moved} 人换座，至少须换 {proposal.bound} 人。还没有记录。",
        f"{proposal.moved} would move, at least {proposal.bound} must. Nothing is recorded yet.",
    )
    return Outcome(said, f"/office/seats/{exam}/late/{named.hex()}/")


@permitted(_ARRANGE, unscoped=("exam", "named"))
@never_cache
def proposal(request: HttpRequest, exam: str, named: str) -> HttpResponse:
    """Before and after, why, how few; two sign and the facts are written together."""
    line = own_exam(request, exam, _ARRANGE)
    try:
        kept = bytes.fromhex(named)
        found = seat_replan.proposal_of(kept)
    except (KeyError, ValueError, TypeError):
        raise Http404 from None
    if found.exam != exam:
        raise Http404
    signing, refused = ReasonForm(request.POST or None), None
    if request.method == "POST":
        pair = authenticate_pair(
            request, signing, permission=_ARRANGE, place=line.organisation_path, different_posts=False
        )
        if pair is not None:
            first, second = (actor_of(each, _ARRANGE, line.organisation_path) for each in pair)
            try:
                seat_replan.record_proposal(kept, (first, second), signing.cleaned_data["reason"])
            except Refused as why:
                refused = why
            else:
                request.session.pop(_session(exam), None)
                messages.success(request, _t("Recorded. The seats in force are changed."))
                return redirect("seats_changes", exam=exam, number=len(exams.plan(exam).seat_changes))
    moves, change = found.list_of_moves, found.late_change
    names = candidates.names(exam, [move.candidate for move in moves])
    names |= {row.number: row.name for row in change.added}
    papers = reprints.of_moves(moves, reprints.rooms_of(bytes.fromhex(found.seats)))
    sites = places.site_names(papers)
    context = {
        "line": line,
        "found": found,
        "change": change,
        "in_force": exams.plan(exam).seats_now == bytes.fromhex(found.before),
        "moves": [(move, names.get(move.candidate, "")) for move in moves],
        "with_reason": True,
        "with_seating": any(move.sitting for move in moves),
        "papers": [(site, sites.get(site, ""), part) for site, part in papers.items()],
        "kept": found.kept,
        "signing": signing,
        "refused": refused,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "kaowu/seats/proposal.html", context, status=status)


def _page(
    request: HttpRequest,
    line: ExamLine,
    form: CandidateForm | None = None,
    act: str = "",
    refused: Refused | None = None,
) -> HttpResponse:
    exam, wanted = line.code, request.GET.get("q", "").strip()
    plan, draft = exams.plan(exam), _draft(request, exam)
    numbers = [*draft.withdrawn, *(row.number for row in draft.corrected)]
    correcting = _row(exam, request.GET.get("correct", "")) if form is None else None
    if correcting is not None:
        form, act = CandidateForm(initial=_initial(exam, correcting)), "correct"
    running = _running(exam)
    sites = registers.sites_below(line.organisation_path)
    context: dict[str, Any] = {
        "line": line,
        "draft": draft,
        "names": candidates.names(exam, numbers),
        "wanted": wanted,
        "found": list(candidates.find(exam, Wanted(text=wanted))[:_FOUND]) if wanted else [],
        "sites": [(site.code, site.name) for site in sites],
        "closed": sorted(plan.closed_places),
        "form": form or CandidateForm(),
        "act": act or "add",
        "correcting": correcting.number if correcting else request.POST.get("number", ""),
        "refused": refused,
        "working": view_of(running) if running else None,
        "standing": _standing_or_refusal(exam),
    }
    status = 422 if refused or (form is not None and form.is_bound) else 200
    return render(request, "kaowu/seats/late.html", context, status=status)


def _standing_or_refusal(exam: str) -> dict[str, Any]:
    try:
        now = seat_changes.standing(exam)
    except Refused as refused:
        return {"refused": refused}
    return {"busy": sorted(now.busy), "over": sorted(now.over), "locked": len(now.locked)}


def _checked(exam: str, form: CandidateForm, act: str, number: str) -> RosterRow | None:
    """The row of a filled form; None with the reasons at its fields."""
    if not form.is_valid():
        return None
    row, issues = check_one(exam, form.cleaned_data)
    for issue in issues:
        form.add_error(None, issue.zh)
    if row is None:
        return None
    known = {each.number: each for each in _rows(exam)}
    twice = next((each for each in known.values() if each.id_number == row.id_number), None)
    if act == "add" and row.number in known:
        form.add_error("registration_number", _t("This number is on the roster already."))
    elif twice is not None and twice.number != (number if act == "correct" else ""):
        form.add_error("id_number", _t("This document number is on the roster already."))
    elif act == "correct":
        return RosterRow(**{**_plain(row), "number": number}) if number in known else None
    return None if form.errors else row


def _photograph(exam: str, form: CandidateForm) -> str:
    """The digest of the photograph that came with a form; empty if none did."""
    file = form.cleaned_data.get("photograph")
    if not file:
        return ""
    if file.size > _LARGEST_PHOTOGRAPH:
        form.add_error("photograph", _t("The picture is too large."))
        return ""
    try:
        return seat_replan.keep_photograph(exam, file.read())
    except Refused as refused:
        form.add_error("photograph", refused.sentence.zh)
        return ""


def _plain(row: RosterRow) -> dict[str, str]:
    return {name: getattr(row, name) for name in RosterRow.__slots__}


def _rows(exam: str) -> list[RosterRow]:
    roster = exams.plan(exam).roster
    return list(read_roster(artefacts.read(roster.roster))) if roster else []


def _row(exam: str, number: str) -> RosterRow | None:
    return next((row for row in _rows(exam) if row.number == number), None) if number else None


def _initial(exam: str, row: RosterRow) -> dict[str, str]:
    """A row as somebody would have written it."""
    said = said_of(exam)
    words = {code: each[0] for code, each in said.get("accommodations", {}).items() if each}
    kinds = {kind["code"]: kind["name"] for kind in said.get("id_types", ())}
    return {
        "registration_number": row.registration_number or row.number,
        "name": row.name,
        "id_number": row.id_number,
        "id_type": kinds.get(row.id_type, ""),
        "school": row.school,
        "county": row.county,
        "subjects": row.subjects.replace("|", "、"),
        "foreign_language": row.foreign_language,
        "accommodation": "、".join(
            words.get(code, code) for code in filter(None, row.accommodation.split("|"))
        ),
        "phone": row.phone,
    }


def _places(line: ExamLine) -> set[tuple[str, str]]:
    sites = registers.sites_below(line.organisation_path)
    return {(site.code, "") for site in sites} | {(s.code, room.number) for s in sites for room in s.rooms}


def _unknown(place: tuple[str, str]) -> Refused:
    site, room = place
    return Refused(
        "no_such_room",
        Sentence(f"没有 {site} 考点 {room} 考场。", f"There is no room {room} at site {site}."),
        remedy=Sentence("请核对考场号，前面的零也要写。", "Check the room number with its leading zeros."),
    )


def _with(draft: LateChange, **changes: Any) -> LateChange:
    return LateChange(**{name: changes.get(name, getattr(draft, name)) for name in _PARTS})


def _without(draft: LateChange, what: str, number: str) -> LateChange:
    """The change without one of its lines: a candidate by number, a place as site/room."""
    if what not in ("withdrawn", "added", "corrected", "closed", "reopened"):
        raise Http404
    if what in ("added", "corrected"):
        draft = _with(draft, photographs=tuple(one for one in draft.photographs if one[0] != number))
    left = tuple(
        one
        for one in getattr(draft, what)
        if number != ("/".join(one) if isinstance(one, tuple) else getattr(one, "number", one))
    )
    return _with(draft, **{what: left})


_PARTS = ("withdrawn", "added", "corrected", "closed", "reopened", "photographs", "use_spare")


def _session(exam: str) -> str:
    return f"late_change:{exam}"


def _draft(request: HttpRequest, exam: str) -> LateChange:
    """What this login has gathered so far; the session holds only a digest."""
    named = request.session.get(_session(exam))
    try:
        return LateChange.from_bytes(artefacts.read(bytes.fromhex(named))) if named else LateChange()
    except KeyError:
        return LateChange()


def _keep(request: HttpRequest, exam: str, draft: LateChange) -> str:
    named = artefacts.keep(draft.to_bytes(), kind=DRAFT, at=clock.now(), exam=exam).hex()
    request.session[_session(exam)] = named
    return named


def _running(exam: str) -> Job | None:
    states = (Job.State.WAITING, Job.State.RUNNING)
    return Job.objects.filter(work=_REPLAN, arguments__exam=exam, state__in=states).first()


urlpatterns = [
    path("office/seats/<str:exam>/late/", late, name="seats_late"),
    path("office/seats/<str:exam>/late/edit/", edit, name="seats_late_edit"),
    path("office/seats/<str:exam>/late/propose/", propose, name="seats_late_propose"),
    path("office/seats/<str:exam>/late/<str:named>/", proposal, name="seats_proposal"),
]
