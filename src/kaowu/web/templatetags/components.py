"""The parts named in the interface guide, as template tags: one place for the markup of each."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, FileInput
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaowu.basics.errors import Refused, Sentence
from kaowu.store.models import Account
from kaowu.web.permissions import POSTS

register = template.Library()

_MARKS = {
    "ok": "m-ok",
    "1": "m-1",
    "2": "m-2",
    "3": "m-3",
    "unknown": "m-u",
    "stale": "m-s",
    "none": "m-no",
    "info": "m-i",
}
_TONES = {
    "ok": "ok",
    "1": "st1",
    "2": "st2",
    "3": "st3",
    "unknown": "stu",
    "stale": "stu",
    "none": "ok",
    "info": "ok",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon; it always stands beside a word, so it says nothing to a screen reader."""
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', static("kaowu/icons.svg"), name
    )


@register.simple_tag
def mark(state: Any, seen: bool = False) -> SafeString:
    """The shape of a state; outline instead of filled once somebody has acknowledged it."""
    name = _MARKS[str(state)] + ("o" if seen and str(state) in "123" else "")
    return format_html(
        '<svg class="m" aria-hidden="true"><use href="{}#{}"/></svg>', static("kaowu/icons.svg"), name
    )


@register.simple_tag
def state(level: Any, words: Any, seen: bool = False) -> SafeString:
    """Shape and word together: ok, 1 attention, 2 act, 3 urgent, unknown, stale, none, info."""
    inner = format_html('<span class="st {}">{}{}</span>', _TONES[str(level)], mark(level, seen), words)
    return format_html('<span class="stale aged">{}</span>', inner) if str(level) == "stale" else inner


@register.filter
def said(sentence: Any) -> str:
    """A Sentence in the language of the page; plain text passes."""
    if isinstance(sentence, Sentence):
        return sentence.in_language(get_language() or "zh-hans")
    if isinstance(sentence, dict):
        return sentence["zh"] if (get_language() or "zh").startswith("zh") else sentence["en"]
    return "" if sentence is None else str(sentence)


@register.simple_tag
def comma() -> str:
    """What parts the items of a list in the language of the page."""
    return "、" if (get_language() or "zh").startswith("zh") else ", "


@register.filter
def listed(items: Iterable[Any]) -> str:
    """甲、乙 on a Chinese page, A, B on an English one."""
    return comma().join(str(item) for item in items)


@register.filter
def sex_word(written: str) -> str:
    """男 or 女, as rosters write it, in the language of the page."""
    return {"男": _("Male"), "女": _("Female")}.get(written, written)


@register.filter
def figure(value: Any) -> str:
    """A count with its thousands marked; what does not apply is —."""
    return "—" if value is None or value == "" else f"{int(value):,}"


@register.filter
def masked_id(value: Any) -> str:
    """370402********0417"""
    text = str(value or "")
    return (
        text[:6] + "*" * (len(text) - 10) + text[-4:]
        if len(text) > 12
        else text[:2] + "*" * max(len(text) - 4, 0) + text[-2:]
    )


@register.filter
def masked_phone(value: Any) -> str:
    """138****5678"""
    text = str(value or "")
    return text[:3] + "****" + text[-4:] if len(text) > 7 else "*" * len(text)


@register.filter
def masked_name(value: Any) -> str:
    """欧○○; one ring for each hidden character, at most two."""
    text = str(value or "")
    return text[:1] + "○" * min(len(text) - 1, 2) if text else ""


@register.inclusion_tag("kaowu/parts/field.html")
def field(bound: BoundField, unit: str = "", wide: bool = False) -> dict[str, Any]:
    """Label above, help below, the error as mark and sentence; what was typed stays."""
    described = " ".join(
        filter(
            None,
            (
                f"{bound.auto_id}_help" if bound.help_text else "",
                f"{bound.auto_id}_error" if bound.errors else "",
            ),
        )
    )
    checkbox, file = (isinstance(bound.field.widget, kind) for kind in (CheckboxInput, FileInput))
    attributes: dict[str, Any] = {"class": "chk" if checkbox else "sr" if file else "in"}
    if bound.errors:
        attributes |= {"class": attributes["class"] + " err", "aria-invalid": "true"}
    if described:
        attributes["aria-describedby"] = described
    if getattr(bound.field, "empty_label", None):
        bound.field.empty_label = _("Please choose")  # type: ignore[attr-defined]
    widget = bound.as_widget(attrs=attributes)
    return {
        "bound": bound,
        "widget": widget,
        "unit": unit,
        "wide": wide,
        "checkbox": checkbox,
        "file": file,
    }


@register.inclusion_tag("kaowu/parts/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """What is wrong with the form as a whole."""
    return {"form": form}


@register.inclusion_tag("kaowu/parts/finding.html")
def finding(found: Any, actions: Any = "") -> dict[str, Any]:
    """A Finding, a Refused, or a dict of the same shape."""
    get = found.get if isinstance(found, dict) else lambda name, default=None: getattr(found, name, default)
    severity = 3 if isinstance(found, Refused) else int(get("severity", 0) or 0)
    return {
        "level": severity,
        "sentence": get("sentence"),
        "clause": get("clause"),
        "remedy": get("remedy"),
        "code": get("code"),
        "actions": actions,
    }


@register.inclusion_tag("kaowu/parts/equation.html")
def equation(terms: Iterable[Any], difference: Any = 0) -> dict[str, Any]:
    """Terms are (label, figure, sign before it, state) or dicts; `difference` 0 closes, None is unknown."""
    rows = [
        term if isinstance(term, dict) else dict(zip(("label", "value", "sign", "state"), term, strict=False))
        for term in terms
    ]
    return {"terms": rows, "difference": difference}


@register.inclusion_tag("kaowu/parts/steps.html")
def steps(names: Iterable[Any], current: int) -> dict[str, Any]:
    """A numbered line; `current` counts from 1."""
    return {
        "steps": [(number, name, number < current, number == current) for number, name in enumerate(names, 1)]
    }


@register.inclusion_tag("kaowu/parts/job.html", takes_context=True)
def long_job(context: Any, job: Any) -> dict[str, Any]:
    """A long job that keeps itself up to date until it has ended."""
    return {"job": job, "request": context.get("request"), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("kaowu/parts/dual_sign.html", takes_context=True)
def dual_sign(context: Any, form: Any, first_post: Any = "", second_post: Any = "") -> dict[str, Any]:
    """The two signature rows of an act; the second waits dashed."""
    return {
        "form": form,
        "me": context["request"].user,
        "first_post": first_post,
        "second_post": second_post,
        "my_posts": context.get("my_posts", ()),
    }


@register.inclusion_tag("kaowu/parts/chain.html")
def chain(links: Iterable[Any]) -> dict[str, Any]:
    """Custody: links with at, act, parties, seal, count; a link with `gap` is a break in the chain."""
    return {"links": links}


@register.inclusion_tag("kaowu/parts/seat_grid.html")
def seat_grid(plan: Any) -> dict[str, Any]:
    """Real geometry; `plan` is made by seat_grid_plan.SeatGridPlan."""
    return {"plan": plan}


@register.inclusion_tag("kaowu/parts/pages.html", takes_context=True)
def pages(context: Any, page: Any) -> dict[str, Any]:
    """Which rows of how many, and the way to the others; keeps the search."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    return {"page": page, "query": query.urlencode()}


@register.filter
def urgent(words: Any) -> SafeString:
    """Words with the mark of 紧急 before them, for table cells."""
    return state(3, words)


@register.simple_tag
def signed_by(actors: Iterable[Any]) -> str:
    """Who signed: the name of each, with the number by which the journal knows them."""
    numbers = [actor.account for actor in actors]
    names = dict(Account.objects.filter(number__in=numbers).values_list("number", "name"))
    return " · ".join(f"{names[number]} {number}" if number in names else number for number in numbers)


@register.filter
def post_name(post: str) -> Any:
    """The post in words."""
    return POSTS.get(post, post)
