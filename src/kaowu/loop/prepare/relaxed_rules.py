"""批准放宽: what an approved change of a profile line after the draw means for the rules of its list."""

from collections.abc import Collection
from dataclasses import replace

from kaowu.engines.draw import Rules
from kaowu.rules.profile import Profile

SEXES, RECUSALS, UNITS = "one_man_one_woman", "recusals", "units_per_room"
LINES = {
    "both_sexes": SEXES,
    "units_apart": UNITS,
    "own_pupils": RECUSALS,
}
"""Rules of a draw that a line may relax, and the line to change."""


def relaxed_rules(rules: Rules, profile: Profile, changed: Collection[str]) -> Rules:
    """The rules with those lines as they stand now; only `changed` lines speak, the rest stays as drawn."""
    if SEXES in changed:
        rules = replace(rules, both_sexes=profile.yes_no(SEXES))
    if UNITS in changed or RECUSALS in changed:
        apart = profile.number(UNITS) > 1 or "same_unit_pair" in profile.texts(RECUSALS)
        rules = replace(rules, units_apart=apart)
    if RECUSALS in changed:
        rules = replace(rules, own_pupils="own_school" not in profile.texts(RECUSALS))
    return rules
