"""The acts of exam day: one page for every kind of fact about a room-sitting.

The id of the fact is made when the form is shown, so a form that is sent twice is kept once. Acts of two
persons ask both for their passwords, at the act; a deed that one person did alone can be recorded as such.
"""

from django.contrib.auth import authenticate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import FactId, new_fact_id
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.catalogue import Kind, kinds
from kaowu.facts.subjects import Subject
from kaowu.loop.duty import duty_that_records
from kaowu.store import person_keys
from kaowu.store.models import AccessLog
from kaowu.store.queries import day
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.access import log, permitted
from kaowu.web.counter import OFFICE, counter
from kaowu.web.day.fact_form import FactForm, Offers
from kaowu.web.day.hand_in import PERMISSION, Counterfoil, Signed, duty_of
from kaowu.web.day.room_view import RoomView, room_view
from kaowu.web.slips import WaitsForKeys
from kaowu.web.two_persons import authenticate_pair, failure_sentence, method_of

_ORDER = (
    "packet_handed_out",
    "packet_unsealed",
    "candidate_admitted",
    "candidate_absent",
    "doubt_settled",
    "violation_recorded",
    "sheets_counted",
    "packet_collected",
)


@permitted(PERMISSION, unscoped=("exam", "sitting", "room", "kind"))
@never_cache
@sensitive_post_parameters("own_password", "second_password")
def act(request: HttpRequest, exam: str, sitting: str, site: str, room: str, kind: str) -> HttpResponse:
    known = _room_kind(kind)
    view = room_view(request, exam, sitting, site, room)
    form = _form(request, view, known)
    refusal = None
    if request.method == "POST":
        signed = _signatures(request, form, view)
        if signed is not None:
            try:
                done = {"done": _record(request, view, form, signed)}
                return redirect(f"{view.address}?{urlencode(done | _seat(view, kind, form))}")
            except Refused as refused:
                refusal = refused
    context = {
        "view": view,
        "kind": known,
        "duty": duty_of(known),
        "form": form,
        "refused": refusal,
        "photo": _photo(view, kind, form),
        "corrected": day.fact_line(exam, _initial(request, "withdrawn"))
        if kind == "fact_withdrawn"
        else None,
        "late": form.late,
        "late_address": view.act(kind, **{**request.GET.dict(), "late": "1"}),
        "holds_key": form.persons > 1 and person_keys.holds_key(request.user.number, exam),
    }
    return render(
        request, "kaowu/day/act.html", context, status=409 if refusal else 422 if form.errors else 200
    )


def _photo(view: RoomView, kind: str, form: FactForm) -> str:
    """Beside an admission: the picture of whoever is expected under that number."""
    ticket = str(form["admission_number"].value() or "") if kind == "candidate_admitted" else ""
    return view.photo(ticket) if ticket in view.state.seats else ""


def _seat(view: RoomView, kind: str, form: FactForm) -> dict[str, str]:
    """Whoever was let in stays in view with the picture, until the next one comes."""
    ticket = form.cleaned_data.get("admission_number", "") if kind == "candidate_admitted" else ""
    seat = view.state.seats.get(ticket)
    return {"seat": seat.seat_number} if seat else {}


def acts_of_room() -> list[Kind]:
    """The kinds that somebody in a room may hand in, in the order of the day; others follow."""
    found = [
        kind
        for kind in kinds().values()
        if kind.about is Subject.ROOM_SITTING
        and (duty := duty_that_records(kind.name)) is not None
        and duty.phase == "conduct"
    ]
    return sorted(found, key=lambda kind: _ORDER.index(kind.name) if kind.name in _ORDER else len(_ORDER))


def _room_kind(name: str) -> Kind:
    found = next((kind for kind in acts_of_room() if kind.name == name), None)
    if found is None:
        raise Http404
    return found


def _form(request: HttpRequest, view: RoomView, kind: Kind) -> FactForm:
    duty = duty_of(kind)
    late = request.GET.get("late") == "1"
    options = {"persons": duty.persons, "may_be_alone": not duty.may_be_refused, "late": late}
    if request.method == "POST":
        return FactForm(kind, _offers(view), request.POST, **options)
    initial = {spec.name: _initial(request, spec.name) for spec in kind.fields if spec.name in request.GET}
    initial["fact_id"] = new_fact_id(exam_time_now(view.exam.code).now)
    return FactForm(kind, _offers(view), initial=initial, **options)


def _initial(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, request.POST.get(name, ""))[:64]


def _offers(view: RoomView) -> Offers:
    state = view.state
    seats = [(seat.seat_number, seat.admission_number) for seat in state.seats.values()]
    return Offers(
        words={
            "admission_number": tuple((ticket, seat) for seat, ticket in sorted(seats)),
            "packet": _packets(view),
            "subject": tuple((subject, "") for subject in state.sitting.subjects),
        },
        clauses=view.profile.violations if view.profile else (),
        help=_awaited(view) or _beside(state),
    )


def _packets(view: RoomView) -> tuple[tuple[str, str], ...]:
    """The packets that are here, and the one that was packed for this room."""
    here = tuple((packet.packet, packet.subject) for packet in view.state.packets.values())
    awaited = view.awaited_packet
    return here if awaited is None else (*here, (awaited.packet, "、".join(view.state.sitting.subjects)))


def _awaited(view: RoomView) -> dict[str, str]:
    """What is expected of the packet that is to be handed out, beside the fields."""
    awaited = view.awaited_packet
    if awaited is None or view.state.packets:
        return {}
    return {"packet": awaited.packet, "sheets": f"{awaited.sheets:,}"}


def _beside(state: RoomSitting) -> dict[str, str]:
    # The record's own figures stand beside the field, never in it: a count is what was counted.
    return {
        name: f"{value:,}"
        for name, value in (
            ("issued", state.issued),
            ("absent", len(state.absent)),
            ("used", len(state.entries)),
        )
        if state.packets
    }


def _signatures(request: HttpRequest, form: FactForm, view: RoomView) -> list[Signed] | None:
    if form.persons < 2:
        return [Signed(request.user)] if form.is_valid() else None
    if not form.was_alone:
        pair = authenticate_pair(
            request, form, permission=PERMISSION, place=view.site.path, by_key_in=view.exam.code
        )
        return [Signed(account, method=method_of(account)) for account in pair] if pair else None
    if not form.is_valid():
        return None
    own = authenticate(request, username=request.user.number, password=form.cleaned_data["own_password"])
    if own is None:
        log(request, AccessLog.Outcome.SIGN_IN_FAILED, "", request.path, reason="own_password")
        form.add_error("own_password", failure_sentence(request))
        return None
    return [Signed(own)]


def _record(request: HttpRequest, view: RoomView, form: FactForm, signed: list[Signed]) -> FactId:
    counterfoil = Counterfoil(request.scope)  # type: ignore[attr-defined]
    written = form.on_paper_at()
    keeps_both = any(spec.name == "written_at" for spec in form.kind.fields)
    intent = counterfoil.intent(
        id=FactId(form.cleaned_data["fact_id"]),
        kind=form.kind.name,
        exam=view.exam.code,
        subject=str(view.key),
        payload=form.payload(),
        signed=signed,
        # Where the fact itself keeps the time on paper, its stamp says when it was entered.
        stamped_at=None if keeps_both else written,
        device=OFFICE,
        from_paper=written is not None,
    )
    if written is not None and written > counterfoil.exam(view.exam.code)[0].now:
        raise _paper_from_the_future(written)
    try:
        counter().submit(intent)
    except WaitsForKeys as waits:
        raise WaitsForKeys(waits.intent, f"{view.address}?{urlencode({'done': intent.id})}") from waits
    return intent.id


def _paper_from_the_future(written: Instant) -> Refused:
    return Refused(
        "fact_from_the_future",
        Sentence(
            f"不能补录：纸面时间 {exam_time(written):%H:%M} 还没有到。",
            f"Cannot enter later: the time on paper, {exam_time(written):%H:%M}, has not come yet.",
        ),
    )


urlpatterns = [
    path("day/<str:exam>/<str:sitting>/<str:site>/<str:room>/<slug:kind>/", act, name="act"),
]
