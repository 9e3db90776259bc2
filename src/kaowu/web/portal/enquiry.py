"""Score enquiry (成绩查询): number and the document's last digits open the own score once it is released, nothing else.

Before the hour the form does not look anybody up, so that it tells nobody who exists. Whoever was let in keeps a
signed cookie for a quarter of an hour; no account and no session is made.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from kaowu.basics.errors import Refused
from kaowu.engines.scores import written
from kaowu.exam.scores import Scores
from kaowu.facts.scores import RECHECK_SCOPE
from kaowu.store.models import AccessLog
from kaowu.store.queries import exams, scores
from kaowu.store.queries.exams import ExamLine
from kaowu.web.access import log, public
from kaowu.web.office.score_decisions import spoken
from kaowu.web.office.workbooks import attachment
from kaowu.web.portal.attempts import is_shut, note_miss
from kaowu.web.works import score_answers as works
from kaowu.web.works import score_papers as papers
from kaowu.web.works.score_answers import Told

_COOKIE, _SALT, _LASTS_S = "enquiry", "kaowu.enquiry", 15 * 60


class EnquiryForm(forms.Form):
    """Who asks."""

    number = forms.CharField(
        label=_("Admission number or candidate number"), max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    last = forms.CharField(
        label=_("Last six characters of the document number"), min_length=6, max_length=6,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=_("The final X counts as a character."),
    )  # fmt: skip


class RecheckForm(forms.Form):
    """Which subject, and what to look at."""

    subject = forms.ChoiceField(label=_("Exam subject"))
    scope = forms.MultipleChoiceField(label=_("What to look at"), widget=forms.CheckboxSelectMultiple)
    remark = forms.CharField(
        label=_("Remark"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *arguments: Any, subjects: list[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        chinese = (get_language() or "zh").startswith("zh")
        self.fields["subject"].choices = [(one, one) for one in subjects]  # type: ignore[attr-defined]
        self.fields["scope"].choices = [(code, zh if chinese else en) for code, zh, en in RECHECK_SCOPE]  # type: ignore[attr-defined]


@public("candidates look up their own score")
@never_cache
@csrf_protect
def ask(request: HttpRequest, exam: str) -> HttpResponse:
    """The form, or the time from which it answers."""
    line, state = _exam(exam)
    is_open = _is_open(exam, state)
    form, status = EnquiryForm(request.POST or None), 200
    if request.method == "POST" and is_open:
        if form.is_valid() and (found := _let_in(request, exam, form)) is not None:
            response = redirect("enquiry_score", exam=exam)
            response.set_signed_cookie(_COOKIE, f"{exam}/{found}", salt=_SALT, max_age=_LASTS_S, httponly=True, samesite="Strict", secure=request.is_secure())  # fmt: skip
            return response
        status = 422
    opens_at = min(
        (one.opens_at for number, one in state.releases.items() if number not in state.stopped), default=None
    )
    context = {"line": line, "form": form, "is_open": is_open, "opens_at": opens_at}
    return render(request, "kaowu/portal/enquiry.html", context, status=status)


@public("a candidate's own score, behind the signed cookie of the form")
@never_cache
@csrf_protect
def score(request: HttpRequest, exam: str) -> HttpResponse:
    """The own score with states in words; a recheck is asked for below it."""
    line, state = _exam(exam)
    told = _told(request, exam, state)
    if told is None:
        return _not_yet(request, line, state)
    asked = {one.asked.subject for one in told.rechecks}
    may_ask = told.release.recheck_until >= works.now_of(exam)
    open_subjects = [one.subject for one in told.stored.row.scores if one.subject not in asked]
    form, refused, status = RecheckForm(request.POST or None, subjects=open_subjects), None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                works.ask_recheck(exam, told.known, given["subject"], given["scope"], given["remark"])
            except Refused as reason:
                refused = reason
            else:
                messages.success(request, _t("Recorded. The answer will stand on this page."))
                return redirect("enquiry_score", exam=exam)
    context = {
        "line": line,
        "told": told,
        "scores": [(one, spoken(one)) for one in told.stored.row.scores],
        "total": written(told.stored.row.total),
        "may_ask": may_ask and bool(open_subjects),
        "rechecks": [
            {"one": one, "scope": [_scope(code) for code in one.asked.scope]} for one in told.rechecks
        ],
        "form": form,
        "refused": refused,
    }
    return render(request, "kaowu/portal/score.html", context, status=status)


@public("a candidate's own certificate, behind the signed cookie of the form")
@never_cache
def certificate(request: HttpRequest, exam: str, which: str) -> HttpResponse:
    """The certificate to print, or its proof as a file."""
    _line, state = _exam(exam)
    told = _told(request, exam, state)
    if told is None or which not in ("proof.json", "certificate.pdf"):
        raise Http404
    if which == "proof.json":
        return attachment(
            works.proof_file(exam, state, told.stored), f"{exam}-score-proof.json", "application/json"
        )
    content = papers.certificate(exam, told.known.number, state, told.stored)
    return attachment(content, f"{exam}-score-certificate.pdf", "application/pdf")


@public("ends the candidate's own enquiry")
def leave(request: HttpRequest, exam: str) -> HttpResponse:
    """Forget who asked."""
    response = redirect("enquiry", exam=exam)
    response.delete_cookie(_COOKIE)
    return response


def _exam(code: str) -> tuple[ExamLine, Scores]:
    line = exams.exam(code)
    if line is None:
        raise Http404
    return line, scores.scores(code)


def _is_open(exam: str, state: Scores) -> bool:
    now = works.now_of(exam)
    return any(one.opens_at <= now and number not in state.stopped for number, one in state.releases.items())


def _let_in(request: HttpRequest, exam: str, form: EnquiryForm) -> str | None:
    """The candidate number of whoever fits; else the reason stands at the form, the same for every miss."""
    number, last = form.cleaned_data["number"].strip().upper(), form.cleaned_data["last"]
    if is_shut(exam, number, request.META.get("REMOTE_ADDR", "")):
        log(request, AccessLog.Outcome.REFUSED, "", f"enquiry/{exam}", reason=_t("too many wrong tries"))
        form.add_error(None, _("Too many wrong tries. Wait 15 minutes, then try again."))
        return None
    known = works.identify(exam, number, last)
    if known is None:
        note_miss(request, exam, number)
        form.add_error(None, _("Number and document do not fit. Check both against your admission ticket."))
        return None
    return known.number


def _told(request: HttpRequest, exam: str, state: Scores) -> Told | None:
    try:
        kept = request.get_signed_cookie(_COOKIE, salt=_SALT, max_age=_LASTS_S)
    except (KeyError, BadSignature):
        return None
    of, _slash, number = (kept or "").partition("/")
    known = works.known(exam, number) if of == exam else None
    return works.told(exam, known, state) if known else None


def _not_yet(request: HttpRequest, line: ExamLine, state: Scores) -> HttpResponse:
    """Who is known but whose county is not open, and who is not known any more, both go back to the form."""
    messages.info(
        request, _t("No score is open for you now. Look up again, or come back when your county is open.")
    )
    return redirect("enquiry", exam=line.code)


def _scope(code: str) -> dict[str, str]:
    return next(
        ({"zh": zh, "en": en} for known, zh, en in RECHECK_SCOPE if known == code), {"zh": code, "en": code}
    )


urlpatterns = [
    path("enquiry/<str:exam>/", ask, name="enquiry"),
    path("enquiry/<str:exam>/score/", score, name="enquiry_score"),
    path("enquiry/<str:exam>/leave/", leave, name="enquiry_leave"),
    path("enquiry/<str:exam>/<str:which>", certificate, name="enquiry_file"),
]
