"""Small parts of the prepare and settle pages: digests in groups, inputs inside table cells."""

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
