"""Small parts of the prepare and settle pages: digests in groups, inputs inside table cells."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kaowu.basics.errors import Sentence
from kaowu.rules.load import rulebook

register = template.Library()


@register.simple_tag
def digest(hexadecimal: str, whole: bool = False) -> SafeString:
    """b6d2 08f5 … c21e; whole digests stand in groups of eight."""
    text = str(hexadecimal)
    if whole:
        shown = " ".join(text[at : at + 8] for at in range(0, len(text), 8))
    else:
        shown = f"{text[:4]} {text[4:8]} … {text[-4:]}"
    return format_html('<span class="mono" title="{}">{}</span>', text, shown)


@register.filter
def cell_input(bound: BoundField) -> SafeString:
    """The input of a form's field as it stands in a table cell."""
    attributes: dict[str, Any] = {"class": "chk" if isinstance(bound.field.widget, CheckboxInput) else "in"}
    if bound.errors:
        attributes |= {"class": attributes["class"] + " err", "aria-invalid": "true"}
    return bound.as_widget(attrs=attributes)


@register.filter
def megabytes(size: int) -> str:
    """1.8"""
    return f"{size / 1e6:,.1f}"


@register.filter
def hundredths(number: int) -> str:
    """99.98, from hundredths."""
    return f"{number // 100}.{number % 100:02d}"


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """The value of a key in a mapping."""
    return mapping.get(key)


@register.filter
def kilometres(metres: int | None) -> str:
    """3.3 for 3271 metres."""
    return "—" if metres is None else f"{metres / 1000:.1f}"


@register.filter
def per_mille(share: int | None) -> str:
    """1.2% for twelve thousandths."""
    return "—" if share is None else f"{share / 10:.1f}%"


@register.filter
def line_name(key: str) -> Sentence:
    """What a profile line is called."""
    return rulebook().lines[key].label


@register.filter
def line_value(value: Any, key: str) -> Sentence:
    """A value of a profile line, as an override would hold it, in words."""
    spec = rulebook().lines[key]
    return spec.say(spec.take_text(str(value)))


@register.filter
def items_named(sentence: Sentence) -> Sentence:
    """A sentence of the seating engine with the items that group candidates called by their names."""
    zh, en = sentence.zh, sentence.en
    for key, name in rulebook().lines["room_grouping"].choices.items():
        zh, en = zh.replace(f"“{key}”", f"“{name.zh}”"), en.replace(repr(key), f"“{name.en}”")
    return Sentence(zh, en)
