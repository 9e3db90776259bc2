"""Staffing: what every site needs, what is short and what would help, and the draws that are due."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.errors import Refused
from kaowu.facts.subjects import SENT, DrawKey
from kaowu.loop.prepare.draw_inputs import REASONS
from kaowu.loop.prepare.draw_rules import LINES
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.profile import Profile
from kaowu.store.queries import draw_inputs, duties, exams, places
from kaowu.store.queries import draws as draw_states
from kaowu.web.access import permitted
from kaowu.web.office.draw_here import draw_here
from kaowu.web.office.exam_here import actor_of, exam_here, own_exam, to_current
from kaowu.web.office.menu import MenuEntry
from kaowu.web.two_persons import DualSignForm, authenticate_pair
from kaowu.web.works import draws, exam_setup, lots_views, staffing_views
from kaowu.web.works.draw_kinds import title_of

MENU = MenuEntry("prepare", _("Draw of invigilators"), view="staffings", permission="staffing.see", order=55)

_LEFT_OUT_SHOWN = 300


class RelaxForm(DualSignForm):
    """Why a rule is relaxed, signed by two."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, min_length=4, widget=forms.Textarea(attrs={"rows": 3})
    )


@permitted("staffing.see")
def staffings(request: HttpRequest) -> HttpResponse:
    return to_current(request, "staffing")


@permitted("staffing.see", unscoped=("exam",))
def overview(request: HttpRequest, exam: str) -> HttpResponse:
    """The needs and draws of every site inside the scope."""
    line = exam_here(request, exam)
    found = staffing_views.staffing(exam, SENT)
    profile = profile_of(exams.plan(exam))
    codes = sorted({need.site for need in found.needs} | {site for site, *_ in exams.sites(exam)})
    paths = places.site_paths(codes)
    own = [code for code in codes if request.scope.covers(paths.get(code, ""))]  # type: ignore[attr-defined]
    whole = request.scope.covers(line.organisation_path)  # type: ignore[attr-defined]
    names, short = places.site_names(own), places.short_names(own)
    fullest = {need.site: need for need in found.fullest()}
    sent = duties.sent_by_site(exam)
    lacking = staffing_views.lacking(found, sent)
    context = {
        "line": line,
        "found": found,
        "whole": whole,
        "posts": found.posts(),
        "sites": [
            {
                "code": code,
                "short": short.get(code, ""),
                "need": fullest.get(code),
                "sent": len(sent.get(code, ())),
                "lacking": lacking.get(code, 0),
            }
            for code in own
        ],
        "people_were_sent": bool(sent),
        "short_since_sent": [
            (f"{code} {short.get(code, '')}", lacking[code]) for code in own if code in lacking
        ],
        "total": _total([fullest[code] for code in own if code in fullest]),
        "conflicts": staffing_views.conflict_sentences(found) if whole else (),
        "offers": staffing_views.offers(found, profile) if profile and whole else (),
        "reasons": [(REASONS[code], altogether, count) for code, altogether, count in found.reasons()],
        "rules": _rules(profile),
        "sent": _draw_lines(line.code, [SENT])[0] if whole else None,
        "site_draws": [
            {"code": code, "name": names.get(code, ""), "of": of, "sealed": sealed}
            for code, of, sealed in _progress(line.code, own)
        ],
    }
    return render(request, "kaowu/staffing/overview.html", context)


@permitted("staffing.see", unscoped=("exam",))
def site_needs(request: HttpRequest, exam: str, site: str) -> HttpResponse:
    """One site: what each sitting needs, and its draws."""
    line = exam_here(request, exam)
    found = staffing_views.staffing(exam, SENT)
    own = [need for need in found.needs if need.site == site]
    if not own:
        raise Http404
    sittings = {one.id: one for one in exams.sittings(exam)}
    context = {
        "line": line,
        "site": site,
        "name": places.site_names([site]).get(site, site),
        "posts": [post for post in found.posts() if any(post in need.posts for need in own)],
        "needs": [(sittings.get(need.sitting), need) for need in own],
        "sent": len(duties.sent_to(exam, site)),
        "draws": _draw_lines(line.code, draws.keys_of_site(exam, site)),
    }
    return render(request, "kaowu/staffing/site.html", context)


@permitted("staffing.see", unscoped=("exam",))
def left_out(request: HttpRequest, exam: str) -> HttpResponse:
    """Who takes no part in the draw, or only outside the rooms, and why: inside the scope."""
    line = exam_here(request, exam)
    found = staffing_views.staffing(exam, SENT)
    code = request.GET.get("reason", "")
    chosen = [one for one in found.left_out if code in ("", one.code)]
    known = draw_inputs.briefly((one.person for one in chosen), request.scope.over())  # type: ignore[attr-defined]
    rows = [(known[one.person], one, REASONS[one.code]) for one in chosen if one.person in known]
    context = {
        "line": line,
        "rows": rows[:_LEFT_OUT_SHOWN],
        "more": max(0, len(rows) - _LEFT_OUT_SHOWN),
        "count": len(rows),
        "reasons": [(one, REASONS[one]) for one in sorted({left.code for left in found.left_out})],
        "reason": code,
    }
    return render(request, "kaowu/staffing/left_out.html", context)


@permitted("exam.approve", unscoped=("exam", "number"))
def relax(request: HttpRequest, exam: str, number: int) -> HttpResponse:
    """Apply one of the offered relaxations as overrides of profile lines, approved by a second person."""
    line = own_exam(request, exam, "exam.approve")
    profile = profile_of(exams.plan(exam))
    named = request.GET.get("draw", "")
    key = draw_here(request, line, named, "exam.approve").key if named else SENT
    offered = staffing_views.offers(staffing_views.staffing(exam, key), profile) if profile else []
    if not 0 <= number < len(offered) or not offered[number].lines:
        raise Http404
    assert profile is not None
    chosen = offered[number]
    form = RelaxForm(request.POST or None)
    refused = None
    if request.method == "POST":
        pair = authenticate_pair(
            request, form, permission="exam.approve", place=line.organisation_path, different_posts=False
        )
        if pair is not None:
            first, second = (actor_of(one, "exam.approve", line.organisation_path) for one in pair)
            try:
                for name, value in chosen.lines:
                    exam_setup.override_line(exam, name, value, form.cleaned_data["reason"], first, second)
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. The line holds for this exam from now on."))
                return redirect("lots", exam=exam, draw=named) if named else redirect("staffing", exam=exam)
    context = {
        "line": line,
        "chosen": chosen,
        "changes": [_change(profile, name, value) for name, value in chosen.lines],
        "form": form,
        "refused": refused,
    }
    return render(
        request, "kaowu/staffing/relax.html", context, status=200 if request.method == "GET" else 422
    )


_STATUS = {
    "none": ("unknown", _("not begun")),
    "committed": (1, _("in progress")),
    "drawn": (1, _("drawn, not sealed")),
    "failed": (2, _("failed")),
    "sealed": ("ok", _("sealed")),
    "published": ("ok", _("published")),
}


def _draw_lines(exam: str, keys: list[DrawKey]) -> list[dict[str, Any]]:
    """Draws with how far each has come."""
    begun = set(draw_states.keys(exam))
    return [
        {
            "key": str(key),
            "title": title_of(exam, key),
            "state": _STATUS[lots_views.status(draw_states.draw(exam, key)) if key in begun else "none"],
        }
        for key in keys
    ]


def _progress(exam: str, sites: list[str]) -> list[tuple[str, int, int]]:
    """Of each site: how many draws this exam asks for, and how many are sealed."""
    begun = [key for key in draw_states.keys(exam) if key.kind == "rooms" and key.site in sites]
    sealed = {key for key in begun if draw_states.draw(exam, key).plan is not None}
    asked = {site: draws.keys_of_site(exam, site) for site in sites}
    return [(site, len(keys), sum(key in sealed for key in keys)) for site, keys in asked.items()]


def _total(needs: list[staffing_views.SiteNeed]) -> dict[str, int]:
    found: dict[str, int] = {}
    for need in needs:
        for post, count in need.posts.items():
            found[post] = found.get(post, 0) + count
    return found


def _rules(profile: Profile | None) -> list[Any]:
    return [profile.line(key) for key in LINES] if profile else []


def _change(profile: Profile, name: str, value: str) -> dict[str, Any]:
    line = profile.line(name)
    return {"line": line, "to": line.spec.say(line.spec.take_text(value))}


urlpatterns = [
    path("office/staffing/", staffings, name="staffings"),
    path("office/staffing/<str:exam>/", overview, name="staffing"),
    path("office/staffing/<str:exam>/site/<str:site>/", site_needs, name="staffing_site"),
    path("office/staffing/<str:exam>/left-out/", left_out, name="staffing_left_out"),
    path("office/staffing/<str:exam>/relax/<int:number>/", relax, name="staffing_relax"),
]
