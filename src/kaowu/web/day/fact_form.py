"""A form for any kind of fact, made from its entry in the catalogue.

Labels, shapes, choices and bounds come from the catalogue; what the room knows already (its tickets, its
packets, the clauses of the exam) is offered at fields of the matching name, so a new kind of fact has a
form as soon as it is declared.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kaowu.basics.clock import Instant, instant
from kaowu.basics.errors import Sentence
from kaowu.facts.catalogue import Kind
from kaowu.facts.spelling import FieldSpec, Shape
from kaowu.rules.model import Clause
from kaowu.web.two_persons import DualSignForm

ON_PAPER_AT = "on_paper_at"
ALONE = "alone"
_OWN = {"own_password", "second_number", "second_password", "second_code", "fact_id", ON_PAPER_AT, ALONE}


@dataclass(frozen=True)
class Offers:
    """What the place knows already, by name of field: words to choose from, and what stands beside a field."""

    words: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    clauses: tuple[Clause, ...] = ()
    help: Mapping[str, str] = field(default_factory=dict)


class OfferedInput(forms.TextInput):
    """A text field with words to choose from; anything else may still be written."""

    template_name = "kaowu/day/offered_input.html"

    def __init__(self, offered: tuple[tuple[str, str], ...], attrs: Any = None) -> None:
        super().__init__(attrs)
        self.offered = offered

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["offered"] = self.offered
        context["widget"]["attrs"]["list"] = f"{name}_offered"
        return context


class FactForm(DualSignForm):
    """One fact with the signatures its duty asks for."""

    fact_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        kind: Kind,
        offers: Offers,
        *args: Any,
        persons: int,
        may_be_alone: bool,
        late: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.persons, self.late = kind, persons, late
        signatures = {
            name: self.fields.pop(name)
            for name in ("own_password", "second_number", "second_password", "second_code")
        }
        if late:
            self.fields[ON_PAPER_AT] = forms.DateTimeField(
                label=gettext_lazy("Time on paper"),
                widget=forms.DateTimeInput(
                    attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
                ),
                help_text=gettext_lazy("As written by hand; the time of entering is kept beside it."),
            )
        for spec in kind.fields:
            if spec.name != "written_at":
                self.fields[spec.name] = _field(spec, offers)
        if persons >= 2:
            self.fields |= signatures
            if may_be_alone:
                self.fields[ALONE] = forms.BooleanField(
                    required=False,
                    label=gettext_lazy("It was done by one person alone; record it as it was"),
                )

    @property
    def fact_fields(self) -> list[Any]:
        """The fields of the fact itself, in the order of the catalogue."""
        return [bound for bound in self.visible_fields() if bound.name not in _OWN]

    @property
    def wide_fields(self) -> list[str]:
        """Fields that need a whole line: prose, and the clauses with their behaviours."""
        return [
            name
            for name, made in self.fields.items()
            if isinstance(made.widget, forms.Textarea)
            or (name == "clause" and isinstance(made, forms.ChoiceField))
        ]

    @property
    def was_alone(self) -> bool:
        """Did one person do it and say so?"""
        return ALONE in self.fields and self.data.get(ALONE) in ("on", "true", "1")

    def full_clean(self) -> None:
        if self.is_bound and self.was_alone:
            self.fields["second_number"].required = self.fields["second_password"].required = False
        super().full_clean()

    def payload(self) -> dict[str, Any]:
        """The values of the fact for the catalogue to read."""
        values = {spec.name: self.cleaned_data.get(spec.name) for spec in self.kind.fields}
        for spec in self.kind.fields:
            if spec.shape is Shape.INSTANT and spec.name in self.fields and values[spec.name]:
                values[spec.name] = instant(values[spec.name])
        if self.late and any(spec.name == "written_at" for spec in self.kind.fields):
            values["written_at"] = self.on_paper_at()
        return {name: value for name, value in values.items() if value not in (None, "")}

    def on_paper_at(self) -> Instant | None:
        """The time written on paper, for what is entered later."""
        written = self.cleaned_data.get(ON_PAPER_AT)
        return instant(written) if written else None


def said(sentence: Sentence) -> str:
    """A sentence in the language of the page."""
    return sentence.in_language(get_language() or "zh-hans")


def _field(spec: FieldSpec, offers: Offers) -> forms.Field:
    common: dict[str, Any] = {
        "label": said(spec.label),
        "required": spec.required,
        "help_text": offers.help.get(spec.name, ""),
    }
    if spec.name == "clause" and offers.clauses:
        return forms.ChoiceField(choices=_clause_choices(offers.clauses), **common)
    match spec.shape:
        case Shape.NUMBER:
            return forms.IntegerField(
                min_value=spec.at_least,
                max_value=spec.at_most,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                **common,
            )
        case Shape.INSTANT:
            widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})
            return forms.DateTimeField(widget=widget, **common)
        case Shape.CHOICE:
            return forms.ChoiceField(choices=[(code, said(word)) for code, word in spec.choices], **common)
        case Shape.YES_NO:
            return forms.BooleanField(**common | {"required": False})
        case Shape.IDENTIFIERS:
            common["help_text"] = common["help_text"] or _("Several are parted by commas.")
            return forms.CharField(widget=_text_widget(spec, offers), max_length=4000, **common)
        case Shape.TEXT if spec.longest > 200:
            return forms.CharField(
                max_length=spec.longest, widget=forms.Textarea(attrs={"rows": 3}), **common
            )
        case Shape.DIGEST:
            return forms.CharField(min_length=64, max_length=64, **common)
        case _:
            return forms.CharField(max_length=spec.longest, widget=_text_widget(spec, offers), **common)


def _text_widget(spec: FieldSpec, offers: Offers) -> forms.Widget:
    offered = offers.words.get(spec.name) or tuple((said(word), "") for _code, word in spec.choices)
    attributes = {"autocomplete": "off"}
    return OfferedInput(offered, attributes) if offered else forms.TextInput(attributes)


def _clause_choices(clauses: tuple[Clause, ...]) -> list[Any]:
    groups = itertools.groupby(clauses, key=lambda clause: clause.kind.label)
    listed = [
        (said(label), [(clause.citation, f"{clause.code} {said(clause.behaviour)}") for clause in found])
        for label, found in groups
    ]
    return [("", _("Choose what was seen")), *listed]
