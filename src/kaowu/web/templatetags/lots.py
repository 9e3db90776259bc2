"""Digests and shares as the pages of a ceremony write them."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kaowu.web.templatetags.office_pages import item

register = template.Library()
register.filter("item", item)


@register.filter
def grouped(hexadecimal: str) -> str:
    """5e1c8a07 d3b942f6 …, as people read it aloud."""
    return " ".join(hexadecimal[at : at + 8] for at in range(0, len(hexadecimal), 8))


@register.filter
def two_lines(hexadecimal: str) -> SafeString:
    """A digest of 64 digits on two lines of four groups."""
    half = len(hexadecimal) // 2
    return format_html("{}<br>{}", grouped(hexadecimal[:half]), grouped(hexadecimal[half:]))


@register.filter
def share_of(part: int, whole: int) -> int:
    """How many twentieths of the whole, at most all: a class of the style sheet."""
    return min(20, 20 * int(part) // int(whole))


@register.filter
def next_step(step: int) -> int:
    """Steps on screen are numbered from 1."""
    return int(step) + 1
