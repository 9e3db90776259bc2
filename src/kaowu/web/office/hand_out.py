"""Handing out to the staff of a site: handbook, duty sheet, badge and vest, each received and given back by name."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.staff_papers import THINGS, StaffThingHandedOut, StaffThingReturned
from kaowu.reports.contents import SiteStaff, StaffMember
from kaowu.store.queries import duties, places, staff_papers
from kaowu.store.queries.staff_papers import Held
from kaowu.web.access import permitted
from kaowu.web.counter import record
from kaowu.web.office.exam_here import acting, exam_here
from kaowu.web.templatetags.components import listed
from kaowu.web.works import staff_papers as works

_PRINT = "papers.print"
_RETURNED = "returned"
_LENT = ("badge", "vest")
"""What must come back; books and sheets are kept."""


class HandOutForm(forms.Form):
    """To whom, what, and which way."""

    person = forms.MultipleChoiceField()
    thing = forms.MultipleChoiceField(choices=[(code, code) for code, *_words in THINGS])
    way = forms.ChoiceField(choices=[("given", "given"), (_RETURNED, _RETURNED)])

    def __init__(self, data: Any, people: list[StaffMember]) -> None:
        super().__init__(data)
        field = self.fields["person"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(person.number, person.name) for person in people]


@permitted(_PRINT, unscoped=("exam",))
@never_cache
def hand_out(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Everybody at the site with what they hold."""
    line, place = exam_here(request, exam), places.site(site)
    if place is None:
        raise Http404
    refused, staff = None, None
    try:
        staff = works.of_site(exam, site).staff
    except Refused as reason:
        refused = reason
    held = staff_papers.handed_out(exam, site)
    people = _people(staff, held) if staff else []
    context = {
        "line": line,
        "site": place,
        "refused": refused,
        "things": [{"code": code, "words": Sentence(zh, en)} for code, zh, en in THINGS],
        "rows": [_row(staff, person, held) for person in people] if staff else [],
        "sums": _sums(people, held),
    }
    return render(request, "kaowu/staff_papers/hand_out.html", context)


@permitted(_PRINT, unscoped=("exam",))
@require_POST
def give(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """Record what several people received or gave back; what is so already is not recorded again."""
    exam_here(request, exam)
    place = places.site(site)
    if place is None:
        raise Http404
    held = staff_papers.handed_out(exam, site)
    form = HandOutForm(request.POST, _people(works.of_site(exam, site).staff, held))
    if not form.is_valid():
        messages.error(request, _t("Not recorded: choose people and what they receive."))
        return redirect("staff_hand_out", exam=exam, site=site)
    actor = acting(request, _PRINT, place.path)
    kind = StaffThingReturned if form.cleaned_data["way"] == _RETURNED else StaffThingHandedOut
    done = 0
    for person in form.cleaned_data["person"]:
        for thing in form.cleaned_data["thing"]:
            if _holds(held.get((person, thing))) is (kind is StaffThingReturned):
                record(kind(person=person, thing=thing), actor, exam=exam, subject=site, site=site)
                done += 1
    said = ngettext("Recorded: %(n)s thing.", "Recorded: %(n)s things.", done) % {"n": done}
    messages.success(request, said)
    return redirect("staff_hand_out", exam=exam, site=site)


def _people(staff: SiteStaff, held: dict[tuple[str, str], Held]) -> list[StaffMember]:
    """Everybody on the list, and whoever left it and may still have to give something back."""
    gone = sorted({person for person, _thing in held} - staff.person.keys())
    known = duties.people(gone)
    left = [StaffMember(number, known[number].name if number in known else number) for number in gone]
    return [*staff.people, *left]


def _holds(held: Held | None) -> bool:
    return held is not None and held.returned_at is None


def _row(staff: SiteStaff, person: StaffMember, held: dict[tuple[str, str], Held]) -> dict[str, Any]:
    posts = staff.posts_of(person.number)
    vests = list(dict.fromkeys(post.vest for post in posts if post.vest is not None))
    return {
        "person": person,
        "posts": listed(post.name for post in posts),
        "vests": vests,
        "held": [held.get((person.number, code)) for code, *_words in THINGS],
    }


def _sums(people: list[StaffMember], held: dict[tuple[str, str], Held]) -> list[dict[str, Any]]:
    """For each thing how many hold it and how many have given it back."""
    found = []
    for code, zh, en in THINGS:
        own = [one for (_person, thing), one in held.items() if thing == code]
        found.append(
            {
                "words": Sentence(zh, en),
                "received": len(own),
                "of": len(people),
                "out": sum(one.returned_at is None for one in own) if code in _LENT else 0,
            }
        )
    return found


_AT = "office/staff-papers/<str:exam>/<str:site>/handed-out/"
urlpatterns = [
    path(_AT, hand_out, name="staff_hand_out"),
    path(_AT + "record/", give, name="staff_hand_out_record"),
]
