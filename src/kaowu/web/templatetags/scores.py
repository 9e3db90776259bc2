"""Words of the score pages: points and states, causes, outcomes."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from kaowu.basics.errors import Sentence
from kaowu.engines.scores import State, written
from kaowu.facts.scores import QuestionRegraded, RecheckAnswered
from kaowu.web.office.scores import STATES
from kaowu.web.templatetags.components import said

register = template.Library()


@register.filter
def hundredths(value: int) -> str:
    """Hundredths as points."""
    return written(value)


@register.filter
def score_words(score: Any) -> str:
    """A part or subject: points, or the state in words."""
    return written(score.points) if score.state is State.SCORED else str(STATES[score.state])


@register.filter
def spoken_words(text: str) -> str:
    """A score as facts keep it: points, or the code of a state."""
    return str(STATES[State(text)]) if text in set(State) else text or _("erased")


@register.filter
def cause_only(sentence: Sentence) -> str:
    """Why two entries differ, without the place that stands beside it."""
    return said(Sentence(sentence.zh.partition("：")[2], sentence.en.partition(": ")[2]))


@register.filter
def how_words(code: str) -> str:
    """What became of a question."""
    return _choice(QuestionRegraded, "how", code)


@register.filter
def outcome_words(code: str) -> str:
    """What a recheck came to."""
    return _choice(RecheckAnswered, "outcome", code)


def _choice(fact: Any, field: str, code: str) -> str:
    spec = next(one for one in fact.kind.fields if one.name == field)
    return said(dict(spec.choices)[code])
