"""Forms of a bag of answer sheets: the triple check, what a sheet is, the leader's seal, the handover."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaowu.facts.catalogue import Fact
from kaowu.facts.sheet_bags import SheetBagChecked, SheetSettled
from kaowu.web.two_persons import DualSignForm

_BY_HAND = forms.TextInput(attrs={"autocomplete": "off"})


class TripleCheckForm(forms.Form):
    """Room, seats and subject as they stand on the bag; nothing is filled in beforehand."""

    room_number = forms.CharField(label=_("Room number on the bag"), max_length=20, widget=_BY_HAND)
    first_seat = forms.CharField(label=_("First seat"), max_length=10, widget=_BY_HAND)
    last_seat = forms.CharField(label=_("Last seat"), max_length=10, widget=_BY_HAND)
    subject = forms.CharField(label=_("Subject on the bag"), max_length=40, widget=_BY_HAND)
    sheets = forms.IntegerField(label=_("Sheets counted by hand"), min_value=0, max_value=500)
    state = forms.ChoiceField(label=_("Integrity"))
    remark = forms.CharField(
        label=_("Remark"),
        max_length=500,
        required=False,
        help_text=_("Which sheets are soiled or missing."),
    )

    def __init__(self, data: Any = None, *, language: str) -> None:
        super().__init__(data)
        _words(self, "state", SheetBagChecked, language)

    def clean(self) -> dict[str, Any]:
        """Damage is not ticked without saying what it is."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("state") not in (None, "intact") and not (given.get("remark") or "").strip():
            self.add_error("remark", _("Say which sheets, and how."))
        return given


class SettleForm(forms.Form):
    """What one sheet is, and why."""

    target = forms.CharField(max_length=80, widget=forms.HiddenInput)
    state = forms.ChoiceField(label=_("It is"))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, min_length=2, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, data: Any = None, *, language: str, target: str) -> None:
        super().__init__(data, initial={"target": target})
        states = ("present", "absent", "void", "missing") if target.startswith("seat/") else _OF_PAGE
        # Nothing is settled by leaving a form as it came.
        _words(self, "state", SheetSettled, language, states, first=(("", "—"),))


_OF_PAGE = ("spare", "void", "aside", "present")


class SealForm(DualSignForm):
    """Whoever scanned and the leader sign the accounts of the chosen bags."""

    remark = forms.CharField(label=_("Remark"), max_length=500, required=False)


class HandOverForm(DualSignForm):
    """Who gives and who takes the sealed bags."""

    to = forms.CharField(label=_("Receiving office"), max_length=80)
    seal = forms.CharField(label=_("Seal number of the crate"), max_length=40)


def _words(
    form: forms.Form,
    name: str,
    kind: type[Fact],
    language: str,
    only: tuple[str, ...] | None = None,
    first: tuple[tuple[str, str], ...] = (),
) -> None:
    spec = next(spec for spec in kind.kind.fields if spec.name == name)
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    said = dict(spec.choices)
    field.choices = [*first, *((code, said[code].in_language(language)) for code in only or said)]
