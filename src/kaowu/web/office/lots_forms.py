"""The forms of a ceremony: why again, one hand entered twice, and the decision to publish early."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kaowu.basics.errors import Refused
from kaowu.engines.lots import METHODS, normalised
from kaowu.facts.lots import RandomnessGiven
from kaowu.web.two_persons import DualSignForm

METHODS_IN_WORDS = next(spec.choices for spec in RandomnessGiven.kind.fields if spec.name == "method")


class CommitForm(DualSignForm):
    """Nothing is entered but why, if it is done again, and which public beacon will come in, if any."""

    reason = forms.CharField(
        label=_("Why the draw before does not stand"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    beacon = forms.CharField(
        label=_("Public beacon"),
        max_length=120,
        required=False,
        help_text=_("Only if one will be mixed in: which one, and which future round of it."),
    )


class HandForm(forms.Form):
    """One hand: its symbols entered twice, and who saw it."""

    method = forms.ChoiceField(label=_("Method"))
    digits = forms.CharField(
        label=_("Symbols, as read out"),
        max_length=600,
        help_text=_("Spaces do not count."),
        widget=forms.Textarea(
            attrs={"autocomplete": "off", "rows": 2, "spellcheck": "false", "class": "digits"}
        ),
    )
    digits_again = forms.CharField(
        label=_("Symbols, read out and entered again by the second recorder"),
        max_length=600,
        widget=forms.Textarea(
            attrs={"autocomplete": "off", "rows": 2, "spellcheck": "false", "class": "digits"}
        ),
    )
    witness = forms.CharField(label=_("Witness: name, unit and office"), max_length=200, min_length=2)

    def __init__(self, *args: Any, beacon: bool = False, language: str = "zh-hans", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = language
        self.fields["method"].choices = [  # type: ignore[attr-defined]
            (code, said.in_language(language))
            for code, said in METHODS_IN_WORDS
            if beacon or METHODS[code].gives_chance
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not {"method", "digits", "digits_again"} <= given.keys():
            return given
        for name in ("digits", "digits_again"):
            try:
                given[name] = normalised(given["method"], given[name])
            except Refused as refused:
                self.add_error(name, refused.sentence.in_language(self.language))
        first, second = given.get("digits", ""), given.get("digits_again", "")
        if not self.errors and first != second:
            self.add_error("digits_again", _differs(first, second))
        return given


class PublishForm(DualSignForm):
    """Two sign; before the last paper has ended the decision gives its reason."""

    reason = forms.CharField(
        label=_("Decision and reason, if before the last paper has ended"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _differs(first: str, second: str) -> str:
    """第 23 个两次录得不同：先录 4，后录 7。"""
    at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    if at is None:
        return _t("The two entries differ in length: %(a)d and %(b)d symbols.") % {
            "a": len(first),
            "b": len(second),
        }
    return _t("Symbol %(n)d differs: first %(a)s, then %(b)s. Look at it again and enter it again.") % {
        "n": at + 1,
        "a": first[at],
        "b": second[at],
    }
