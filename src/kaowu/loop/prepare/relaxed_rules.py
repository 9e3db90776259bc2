"""批准放宽: what lines approved after the draw mean for the rules of its list; the rest stays as drawn."""

from dataclasses import fields, replace

from kaowu.engines.draw import Rules
from kaowu.loop.prepare.draw_rules import rules_of
from kaowu.rules.profile import Profile

LINE_OF = {
    "both_sexes": "one_man_one_woman",
    "units_apart": "units_per_room",
    "own_pupils": "recusals",
    "own_subject": "recusals",
    "years": "chief_years",
}
"""What an office relaxes when a replacement needs it, and the line of the profile that says so."""


def relaxed_rules(rules: Rules, at_the_draw: Profile, now: Profile) -> Rules:
    """The rules of a draw with whatever has become different between the two profiles."""
    before, after = rules_of(at_the_draw), rules_of(now)
    changed = {
        field.name: getattr(after, field.name)
        for field in fields(Rules)
        if getattr(before, field.name) != getattr(after, field.name)
    }
    return replace(rules, **changed)
