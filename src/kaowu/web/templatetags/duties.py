"""Posts, people and money as the pages of duties write them."""

import re
from typing import Any

from django import template

from kaowu.loop.prepare.post_brief import post_title
from kaowu.reports.wording import yuan as yuan_of
from kaowu.rules.load import rulebook
from kaowu.web.permissions import POSTS
from kaowu.web.templatetags.components import said

register = template.Library()


@register.filter
def duty_post(post: Any) -> str:
    """主监考（监考甲）; a post of which no checklist and no account speaks keeps its code."""
    if post not in rulebook().checklists and post in POSTS:
        return str(POSTS[post])
    return said(post_title(str(post)))


@register.filter
def of(mapping: Any, key: Any) -> Any:
    """The value of a key in a mapping; empty if there is none."""
    return mapping.get(key, "")


@register.filter
def yuan(cents: Any) -> str:
    """150.00"""
    return yuan_of(int(cents))


_CODE = re.compile(r"[0-9A-Za-z_-]+")


@register.filter
def called_by_name(sentence: Any, people: Any) -> str:
    """A sentence of the engine with each staff number followed by the name, and posts by their titles."""

    def named(found: re.Match[str]) -> str:
        code = found[0]
        if code in people:
            return f"{code}（{people[code].name}）"
        return duty_post(code) if code in rulebook().checklists else code

    return _CODE.sub(named, said(sentence))


@register.filter
def told(fact: Any) -> str:
    """A fact as its line on the timeline says it."""
    return said(fact.kind.say(fact))


@register.filter
def duty_value(duty: Any) -> str:
    """A duty as the options of a form write it; an empty person is a post that stands empty."""
    return f"{duty.room}|{duty.post}|{duty.person}"
