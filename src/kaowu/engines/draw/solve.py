"""Draw an exam: problem and seed in, draw out, by named stages.

sent (who goes to which site) → cast (who takes which post in a sitting) →
rooms (who stands where). Chance comes only from the seed and only as integers:
the same problem, seed and engine version give the same draw on any machine.
The method is published in docs/reference/draw-specification.md; a change here
is a new engine version.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

from kaowu.engines.draw.dispatch import dispatch
from kaowu.engines.draw.plan import DrawPlan, Duty
from kaowu.engines.draw.problem import DrawProblem
from kaowu.engines.draw.shortage import Explanation, shortage
from kaowu.engines.draw.site import SiteDrawer

ENGINE_VERSION = "draw/2"

Progress = Callable[[str, int, int], None]
"""Called with the stage (`sent`, `sites`), how much is done, and of how much.
What it raises stops the work."""


def solve(
    problem: DrawProblem, seed: bytes, progress: Progress | None = None, sites: Sequence[str] | None = None
) -> DrawPlan:
    """A person for every post; raises Refused when people run out or no draw is found.

    `sites` names the sites to draw now; others are left for another day, and
    what they will draw does not depend on it.
    """
    tell = progress or (lambda stage, done, of: None)
    tell("sent", 0, 1)
    sent = dispatch(problem, seed)
    tell("sent", 1, 1)
    by_site: dict[str, list[int]] = {}
    for at, person in enumerate(problem.people):
        if person.id in sent:
            by_site.setdefault(sent[person.id], []).append(at)
    duties, reasons, rounds = [], [], 0
    chosen = [site for site in problem.sites if sites is None or site.id in sites]
    for done, site in enumerate(chosen):
        people = [problem.people[at] for at in by_site.get(site.id, ())]
        drawn = SiteDrawer(problem, site, people, seed).draw()
        duties += drawn.duties
        reasons += drawn.reasons
        rounds = max(rounds, drawn.rounds)
        tell("sites", done + 1, len(chosen))
    return DrawPlan(
        problem.digest,
        hashlib.sha256(seed).hexdigest(),
        ENGINE_VERSION,
        tuple(sorted(sent.items())),
        tuple(sorted(duties)),
        tuple(sorted(reasons)),
        {**_figures(problem, sent, duties), "chain_rounds": rounds},
    )


def _figures(problem: DrawProblem, sent: dict[str, str], duties: Sequence[Duty]) -> dict[str, int]:
    waits = {post.id for post in problem.rules.posts if post.waits}
    count = Counter({person.id: person.duties for person in problem.people})
    drawn_now = Counter(duty.person for duty in duties if duty.post not in waits)
    count.update(drawn_now)
    by_site: dict[str, list[int]] = {}
    drawn = {duty.site for duty in duties}
    for person, site in sent.items():
        if site in drawn:
            by_site.setdefault(site, []).append(count[person])
    every = [times for inside in by_site.values() for times in inside]
    return {
        "people": len(problem.people),
        "sent": len(sent),
        "duties": drawn_now.total(),
        "waiting": len(duties) - drawn_now.total(),
        "fewest_duties": min(every, default=0),
        "most_duties": max(every, default=0),
        "widest_spread_at_a_site": max((max(t) - min(t) for t in by_site.values()), default=0),
    }


__all__ = ["ENGINE_VERSION", "DrawPlan", "Explanation", "Progress", "shortage", "solve"]
