"""Which candidates of a school go to which of its sites: the lot decides, never an order of names.

The plan says how many of a school go to each site. Its candidates stand in the
order of their tickets, SHA-256(key of seed, purpose and group || id); the first
so many go to the first site by code, the next to the second, and so on.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kaowu.basics.seeds import keys_of, ticket
from kaowu.engines.allocation.opening.plan import OpeningPlan

PURPOSE = "site-of-candidate"


def split(plan: OpeningPlan, members: Mapping[str, Sequence[str]], seed: bytes) -> dict[str, str]:
    """The site of every candidate; `members` are the candidates of each group.

    Raises ValueError where a group is not as large as the plan has it.
    """
    shares: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for group, place, count in sorted(plan.flows):
        shares[group].append((place, count))
    key_of = keys_of(seed, PURPOSE)
    site_of: dict[str, str] = {}
    for group, people in sorted(members.items()):
        places = [place for place, count in shares[group] for _ in range(count)]
        if len(places) != len(people):
            raise ValueError(f"{group} has {len(people)} candidates, the plan sends {len(places)}")
        key = key_of(group)
        ordered = sorted(people, key=lambda one: (ticket(key, one), one))
        site_of.update(zip(ordered, places, strict=True))
    return site_of
