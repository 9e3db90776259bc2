"""Keys that persons hold: an officer makes the code for somebody else, sees who has one, revokes; one's own may be revoked too."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused
from kaowu.facts.envelope import Actor
from kaowu.facts.person_keys import PersonKeyRevoked
from kaowu.store import devices, person_keys
from kaowu.store.models import AccessLog, Account, Assignment
from kaowu.store.person_keys import HeldKey
from kaowu.web.access import Scope, grants_of, log, permitted, signed_in
from kaowu.web.counter import clock, record
from kaowu.web.office.exam_here import acting, exam_here, to_current
from kaowu.web.office.menu import MenuEntry

MENU = MenuEntry("prepare", _("Keys of persons"), view="person_key_lists", permission="devices.see", order=86)

_CHANGE = "devices.change"


class PersonCodeForm(forms.Form):
    """Whose key, and for how long the code opens."""

    person = forms.CharField(label=_("Staff number"), max_length=32)
    hours = forms.IntegerField(
        label=_("Valid for how many hours"), min_value=1, max_value=devices.LONGEST_HOURS, initial=12
    )


@permitted("devices.see")
def lists(request: HttpRequest) -> HttpResponse:
    return to_current(request, "person_keys")


@permitted("devices.see", unscoped=("exam",))
@never_cache
def person_key_list(request: HttpRequest, exam: str) -> HttpResponse:
    return _page(request, exam, PersonCodeForm())


@permitted(_CHANGE, unscoped=("exam",))
@require_POST
@never_cache
def make_code(request: HttpRequest, exam: str) -> HttpResponse:
    """The code is shown once, on this very page; nobody makes one for a key of their own."""
    line = exam_here(request, exam)
    form = PersonCodeForm(request.POST)
    if not form.is_valid():
        return _page(request, exam, form, 422)
    person = form.cleaned_data["person"].strip()
    place = _place_of(person, request.scope)  # type: ignore[attr-defined]
    if person == request.user.number:
        form.add_error("person", _t("Another officer makes the code for a key of your own."))
    elif not place:
        form.add_error("person", _t("There is no such account within your scope."))
    if form.errors:
        return _page(request, exam, form, 422)
    actor = acting(request, _CHANGE, place)
    code = person_keys.make_person_code(
        clock,
        person=person,
        exam=line.code,
        made_by=actor.account,
        made_post=actor.post,
        hours=form.cleaned_data["hours"],
    )
    log(request, AccessLog.Outcome.CHANGED, _CHANGE, f"person {person}", reason="code made")
    return _page(request, exam, PersonCodeForm(), fresh=(person, code))


@permitted(_CHANGE, unscoped=("exam",))
@require_POST
def revoke(request: HttpRequest, exam: str) -> HttpResponse:
    """From here on the key counts for nothing."""
    exam_here(request, exam)
    known = next(
        (one for one in person_keys.keys_of(exam) if one.credential == request.POST.get("credential")), None
    )
    place = _place_of(known.account, request.scope) if known else ""  # type: ignore[attr-defined]
    if known is None or not place:
        messages.error(request, _t("There is no such key within your scope."))
    else:
        _revoke(request, known, acting(request, _CHANGE, place))
    return redirect("person_keys", exam=exam)


@signed_in("one's own key")
@require_POST
def revoke_own(request: HttpRequest) -> HttpResponse:
    """Lost or forgotten: whoever holds the key says so."""
    held = person_keys.keys_held_by(request.user.number)
    known = next((one for one in held if one.credential == request.POST.get("credential")), None)
    if known is None:
        messages.error(request, _t("There is no such key within your scope."))
    else:
        post = next((post for post, _path in grants_of(request.user)), "none")
        _revoke(request, known, Actor(request.user.number, post))
    return redirect("my_keys")


def _revoke(request: HttpRequest, known: HeldKey, actor: Actor) -> None:
    reason = request.POST.get("reason", "").strip()[:200]
    if len(reason) < 2:
        messages.error(request, _t("Say why the key is revoked."))
        return
    fact = PersonKeyRevoked(person=known.account, credential=known.credential, reason=reason)
    try:
        record(fact, actor, exam=known.exam, subject=f"person/{known.account}")
    except Refused as refused:
        messages.error(request, refused.sentence.in_language(request.LANGUAGE_CODE))
    else:
        messages.success(request, _t("Revoked. What the key signs from now on does not count."))


def _place_of(person: str, scope: Scope) -> str:
    """Where within the scope the account has a post; empty if nowhere."""
    open_ones = Assignment.objects.filter(account__number=person, account__is_active=True, ended_at=None)
    paths = open_ones.values_list("organisation__path", flat=True)
    return next((path for path in paths if scope.covers(path)), "")


def _page(
    request: HttpRequest,
    exam: str,
    form: PersonCodeForm,
    status: int = 200,
    fresh: tuple[str, str] | None = None,
) -> HttpResponse:
    line, scope = exam_here(request, exam), request.scope  # type: ignore[attr-defined]
    held = [one for one in person_keys.keys_of(exam) if _place_of(one.account, scope)]
    names = dict(
        Account.objects.filter(number__in=[one.account for one in held]).values_list("number", "name")
    )
    context = {"line": line, "form": form, "fresh": fresh, "held": held, "names": names}
    return render(request, "kaowu/office/person_keys.html", context, status=status)


urlpatterns = [
    path("office/person-keys/", lists, name="person_key_lists"),
    path("office/person-keys/<str:exam>/", person_key_list, name="person_keys"),
    path("office/person-keys/<str:exam>/code/", make_code, name="person_code"),
    path("office/person-keys/<str:exam>/revoke/", revoke, name="person_key_revoke"),
    path("app/my-keys/revoke/", revoke_own, name="my_key_revoke"),
]
