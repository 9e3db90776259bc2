"""Exams: the list, and setting one up from a description file or from a timetable form."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics import id_number
from kaowu.basics.errors import Refused, Sentence
from kaowu.rules.load import rulebook
from kaowu.store.models import Organisation, School
from kaowu.web.access import Scope, permitted, require_place
from kaowu.web.day.where import exams_in_scope
from kaowu.web.office.exam_here import acting, phase_in_words
from kaowu.web.office.menu import MenuEntry
from kaowu.web.works import exam_setup

MENU = MenuEntry("prepare", _("Exams and plan"), view="exams", permission="exam.see", order=10)

_ROWS = 10
_LANGUAGES = ("英语", "俄语", "日语", "德语", "法语", "西班牙语")


class ExamForm(forms.Form):
    """Name and authority of a new exam; the description file replaces name and timetable."""

    code = forms.CharField(
        label=_("Exam code"),
        max_length=40,
        validators=[
            RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z-]{2,39}\Z", _("3 to 40 digits, letters and hyphens."))
        ],
        help_text=_(
            "Stands in addresses, facts and codes on paper, such as gk2027-370405. It never changes."
        ),
    )
    profile = forms.ChoiceField(label=_("Profile"))
    organisation = forms.ChoiceField(label=_("Organised by"))
    name = forms.CharField(label=_("Name of the exam"), max_length=80, required=False)
    description = forms.FileField(
        label=_("Description (JSON)"),
        required=False,
        help_text=_("With a file, name, subjects and times are taken from it and the rows below stay empty."),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "zh-hans"
        profiles = rulebook().profiles.values()
        self.fields["profile"].choices = [(p.id, p.title.in_language(language)) for p in profiles]  # type: ignore[attr-defined]
        above_sites = Organisation.objects.filter(scope.over("path")).exclude(level="site")
        self.fields["organisation"].choices = [(o.code, o.name) for o in above_sites]  # type: ignore[attr-defined]


class SittingForm(forms.Form):
    """One row of the timetable; an empty row is no sitting."""

    subject = forms.CharField(label=_("Exam subject"), max_length=40, required=False)
    day = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    start = forms.TimeField(label=_("Starts"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    end = forms.TimeField(label=_("Ends"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    everybody = forms.BooleanField(label=_("Everybody sits it"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        filled = [name for name in ("subject", "day", "start", "end") if given.get(name)]
        if filled and len(filled) < 4:
            raise forms.ValidationError(_t("Fill in subject, date, start and end, or leave the row empty."))
        return given


Timetable = forms.formset_factory(SittingForm, extra=_ROWS, max_num=60)


@permitted("exam.see")
def exams(request: HttpRequest) -> HttpResponse:
    lines = exams_in_scope(request.scope)  # type: ignore[attr-defined]
    titles = {profile.id: profile.title for profile in rulebook().profiles.values()}
    shown = [
        {"line": line, "phase": phase_in_words(line), "profile": titles.get(line.profile)} for line in lines
    ]
    return render(request, "kaowu/exams/exams.html", {"exams": shown})


@permitted("exam.set_up")
def exam_new(request: HttpRequest) -> HttpResponse:
    scope: Scope = request.scope  # type: ignore[attr-defined]
    form = ExamForm(request.POST or None, request.FILES or None, scope=scope)
    rows = Timetable(request.POST or None, prefix="rows")
    refused = None
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        try:
            return _set_up(request, form.cleaned_data, rows.cleaned_data)
        except Refused as reason:
            refused = reason
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "rows": rows, "refused": refused}
    return render(request, "kaowu/exams/exam_new.html", context, status=status)


def _set_up(
    request: HttpRequest, given: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> HttpResponse:
    organisation = Organisation.objects.get(code=given["organisation"])
    require_place(request, "exam.set_up", request.scope, organisation.path)  # type: ignore[attr-defined]
    file = given["description"]
    if file is not None and file.size > exam_setup.MOST_BYTES:
        raise Refused(
            "description_too_large",
            Sentence("考试说明文件超过 5 MB。", "The description is larger than 5 MB."),
        )
    held = [row for row in rows if row.get("subject")]
    described = file.read() if file is not None else describe(given["name"], held, organisation)
    actor = acting(request, "exam.set_up", organisation.path)
    exam_setup.set_up(given["code"], given["profile"], organisation.code, described, actor)
    messages.success(request, _t("Recorded."))
    return redirect("exam", exam=given["code"])


def describe(name: str, rows: Sequence[Mapping[str, Any]], organisation: Organisation) -> bytes:
    """A description from the timetable form, with schools and counties out of the registers."""
    if not name or not rows:
        raise Refused(
            "exam_without_timetable",
            Sentence(
                "不能建立：请上传考试说明，或填写考试名称和至少一场。",
                "Cannot set up: send a description, or fill in the name and at least one sitting.",
            ),
        )
    subjects = list(dict.fromkeys(part for row in rows for part in _subjects(row["subject"])))
    required = [part for row in rows if row["everybody"] for part in _subjects(row["subject"])]
    below = Organisation.objects.filter(path__startswith=organisation.path)
    schools = School.objects.filter(organisation__path__startswith=organisation.path)
    first: date = min(row["day"] for row in rows)
    said = {
        "exam": name,
        "exam_date": first.isoformat(),
        "subjects": [{"code": "", "name": subject, "aliases": []} for subject in subjects],
        "foreign_languages": [
            {"code": str(number), "name": language} for number, language in enumerate(_LANGUAGES, 1)
        ],
        "subject_rule": {"required": list(dict.fromkeys(required)), "groups": []},
        "plausible_age": [14, 65],
        "schools": [
            {"code": code, "name": school, "county": county}
            for code, school, county in schools.values_list("code", "name", "organisation__code")
        ],
        "id_types": [{"code": code, "name": words.zh} for code, words in id_number.KINDS.items()],
        "counties": [
            {"code": code, "name": county}
            for code, county in below.filter(level="county").values_list("code", "name")
        ],
        "mandatory": ["name", "id_number", "school"]
        + (["subjects"] if len(required) < len(subjects) else []),
        "timetable": [
            {
                "subject": "|".join(_subjects(row["subject"])),
                "date": row["day"].isoformat(),
                "start": f"{row['start']:%H:%M}",
                "end": f"{row['end']:%H:%M}",
            }
            for row in rows
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def _subjects(text: str) -> list[str]:
    """Several subjects may be sat at the same time: 物理、历史."""
    return [part.strip() for part in text.replace("、", ",").replace("，", ",").split(",") if part.strip()]


urlpatterns = [
    path("office/exams/", exams, name="exams"),
    path("office/exam-new/", exam_new, name="exam_new"),
]
