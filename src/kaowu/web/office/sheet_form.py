"""The form that composes an answer sheet: what it holds, and who approves it."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.errors import Refused
from kaowu.reports.sheets.compose import compose
from kaowu.reports.sheets.designs import DESIGNS
from kaowu.reports.sheets.spec import Ink, Questions, SheetPaper, SheetSpec, Writing

_PAPERS = ((SheetPaper.A4.value, "A4"), (SheetPaper.A3.value, _("A3, two panels")))
_INKS = ((Ink.BLACK.value, _("Grey that drops out")), (Ink.RED.value, _("Pale red")))


class SheetForm(forms.Form):
    """A sheet in a few numbers. Writing boxes are lines: a heading, a space, its height in millimetres."""

    title = forms.CharField(label=_("Title"), max_length=40)
    paper = forms.ChoiceField(label=_("Paper"), choices=_PAPERS)
    ink = forms.ChoiceField(label=_("Frames and letters"), choices=_INKS)
    number_digits = forms.IntegerField(label=_("Digits of the admission number"), min_value=1, max_value=14)
    single = forms.IntegerField(label=_("Single choice questions"), min_value=0, max_value=400)
    single_options = forms.IntegerField(label=_("Options of each"), min_value=2, max_value=10)
    multiple = forms.IntegerField(label=_("Multiple choice questions"), min_value=0, max_value=400)
    multiple_options = forms.IntegerField(label=_("Options of each"), min_value=2, max_value=10)
    writing = forms.CharField(
        label=_("Writing boxes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("One line each: heading, space, height in millimetres, such as 解答题17 80."),
    )
    paper_types = forms.BooleanField(label=_("Papers A and B"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                spec = self._spec(given)
                compose(spec)
            except Refused as refused:
                self.add_error(None, refused.sentence.in_language(get_language() or ""))
            else:
                given["spec"] = spec
        return given

    def _spec(self, given: dict[str, Any]) -> SheetSpec:
        parts: list[Questions | Writing] = []
        single, multiple = given["single"], given["multiple"]
        if single:
            parts.append(Questions(1, single, given["single_options"], heading="单项选择题"))
        if multiple:
            parts.append(
                Questions(
                    single + 1, multiple, given["multiple_options"], multiple=True, heading="多项选择题"
                )
            )
        for number, line in enumerate(given["writing"].splitlines(), start=1):
            if not line.strip():
                continue
            heading, _space, height = line.strip().rpartition(" ")
            if not heading or not height.isascii() or not height.isdigit():
                self.add_error(
                    "writing",
                    _t("Line %(n)d is not a heading, a space and a height in millimetres.") % {"n": number},
                )
                continue
            parts.append(Writing(heading.strip(), int(height)))
        return SheetSpec(
            name=given["title"],
            title=given["title"],
            parts=tuple(parts),
            paper=SheetPaper(given["paper"]),
            ink=Ink(given["ink"]),
            number_digits=given["number_digits"],
            paper_types=("A", "B") if given["paper_types"] else (),
        )


def values_of(spec: SheetSpec, title: str = "") -> dict[str, Any]:
    """A spec as the form shows it; questions beyond one single and one multiple run are summed up."""
    questions = [part for part in spec.parts if isinstance(part, Questions)]
    single = [part for part in questions if not part.multiple]
    multiple = [part for part in questions if part.multiple]
    return {
        "title": title or spec.title,
        "paper": spec.paper.value,
        "ink": spec.ink.value,
        "number_digits": spec.number_digits,
        "single": sum(part.count for part in single),
        "single_options": single[0].options if single else 4,
        "multiple": sum(part.count for part in multiple),
        "multiple_options": multiple[0].options if multiple else 4,
        "writing": "\n".join(
            f"{part.heading} {part.height_mm:g}" for part in spec.parts if isinstance(part, Writing)
        ),
        "paper_types": bool(spec.paper_types),
    }


def told(spec: SheetSpec) -> str:
    """What tells a sheet from the others of the house: paper, questions, writing boxes, colour, A and B."""
    writing = sum(isinstance(part, Writing) for part in spec.parts)
    questions = sum(part.count for part in spec.parts if isinstance(part, Questions))
    said = [str(dict(_PAPERS)[spec.paper.value]), _t("%(n)d questions") % {"n": questions}]
    if writing:
        said.append(_t("%(n)d writing boxes") % {"n": writing})
    if spec.ink is Ink.RED:
        said.append(str(dict(_INKS)[spec.ink.value]))
    if spec.paper_types:
        said.append(_t("Papers A and B"))
    return " · ".join(said)


def house_sheet(name: str) -> SheetSpec:
    """A sheet of the house by its name; the first if there is none of that name."""
    return DESIGNS.get(name) or next(iter(DESIGNS.values()))
