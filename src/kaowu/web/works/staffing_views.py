"""What the staffing pages show: needs of every site and sitting, the shortage list, and what would help."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw import Conflict, DrawProblem, Line, Per, Relaxation, shortage
from kaowu.engines.draw.staffing import need_of
from kaowu.facts.subjects import DrawKey
from kaowu.loop.prepare.draw_inputs import LeftOut
from kaowu.loop.prepare.drawn_posts import (
    DRAWN_POSTS,
    INSPECTOR,
    PATROL,
    RESERVE,
    ROVING,
    SCREENER,
)
from kaowu.rules.profile import Profile
from kaowu.store.queries import draws as draw_states
from kaowu.store.queries import places
from kaowu.web.works import draws

_LINE_OF: Mapping[tuple[str, Per], str] = {
    (ROVING, Per.ROOMS): "rooms_per_roving_invigilator",
    (SCREENER, Per.ENTRANCES): "screeners_per_entrance",
    (SCREENER, Per.LANES): "screeners_per_lane",
    (PATROL, Per.SITE): "patrols_per_site",
    (INSPECTOR, Per.SITE): "resident_inspectors_per_site",
    (RESERVE, Per.PERCENT): "reserve_percent",
}
"""Which line of the profile a line of the formula comes from, where it can be done with less."""


@dataclass(frozen=True, slots=True)
class SiteNeed:
    """How many of each post a site needs in a sitting."""

    site: str
    sitting: str
    rooms: int
    posts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All people at work or waiting."""
        return sum(self.posts.values())


@dataclass(frozen=True, slots=True)
class Offer:
    """One relaxation: its sentence, what stays short, and the profile lines that would say so."""

    number: int
    sentence: Sentence
    remaining: int
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Staffing:
    """Everything known before a draw; `refused` says why nothing is known yet."""

    refused: Refused | None = None
    needs: tuple[SiteNeed, ...] = ()
    people: int = 0
    able: Mapping[str, int] | None = None
    conflicts: tuple[Conflict, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    rules: DrawProblem | None = None

    @property
    def is_short(self) -> bool:
        """Whether people are missing."""
        return bool(self.conflicts)

    def fullest(self) -> list[SiteNeed]:
        """Of each site the sitting that needs most."""
        found: dict[str, SiteNeed] = {}
        for need in self.needs:
            if need.site not in found or need.total > found[need.site].total:
                found[need.site] = need
        return list(found.values())

    def posts(self) -> list[str]:
        """The posts that are asked for anywhere, in the order of the formula."""
        asked = {post for need in self.needs for post in need.posts}
        return [post for post in DRAWN_POSTS if post in asked]

    def reasons(self) -> list[tuple[str, bool, int]]:
        """Why people are left out: code, whether altogether, how many."""
        counted = Counter((one.code, one.altogether) for one in self.left_out)
        return [(code, altogether, count) for (code, altogether), count in counted.most_common()]


def staffing(exam: str, key: DrawKey) -> Staffing:
    """The needs of a draw as facts and registers stand now."""
    return _staffing(exam, key, draw_states.latest_fact(exam))


def lacking(found: Staffing, sent: Mapping[str, set[str]]) -> dict[str, int]:
    """By how many people each site falls short of its fullest sitting since they were sent.

    Seats that changed late need more posts, and people who were sent may no longer be drawn;
    sites that lack nobody are left out, and all are before anybody is sent.
    """
    if not sent or found.rules is None:
        return {}
    able = {person.id for person in found.rules.people}
    missing = {need.site: need.total - len(sent.get(need.site, set()) & able) for need in found.fullest()}
    return {site: count for site, count in missing.items() if count > 0}


def offers(found: Staffing, profile: Profile) -> list[Offer]:
    """The relaxations as changes of profile lines, each sentence in the office's words."""
    names = places.site_names({need.site for need in found.needs})
    return [
        Offer(
            number,
            draws.in_office_words(one.sentence, names),
            one.remaining,
            tuple(_lines_for(one, found, profile)),
        )
        for number, one in enumerate(found.relaxations)
    ]


def conflict_sentences(found: Staffing) -> list[tuple[Conflict, Sentence]]:
    """The shortage list in the office's words."""
    names = places.site_names({need.site for need in found.needs})
    return [(one, draws.in_office_words(_placed(one), names)) for one in found.conflicts]


def _placed(conflict: Conflict) -> Sentence:
    """A conflict of a whole pool without a name speaks of the exam."""
    if conflict.site:
        return conflict.sentence
    return Sentence("全部考点" + conflict.sentence.zh, "All sites" + conflict.sentence.en)


@lru_cache(maxsize=64)
def _staffing(exam: str, key: DrawKey, latest: str) -> Staffing:
    """Remembered until another fact about the exam or the registers is on record."""
    try:
        prepared = draws.prepared(exam, key)
    except Refused as refused:
        return Staffing(refused=refused)
    problem = prepared.problem
    short = shortage(problem)
    return Staffing(
        needs=tuple(_needs(problem)),
        people=len(problem.people),
        able=Counter(post for person in problem.people for post in person.takes),
        conflicts=short.conflicts,
        relaxations=short.relaxations,
        left_out=prepared.left_out,
        rules=problem,
    )


def _needs(problem: DrawProblem) -> list[SiteNeed]:
    found = []
    for site in problem.sites:
        for sitting in problem.sittings:
            rooms = problem.rooms_at.get((site.id, sitting.id), ())
            if not rooms:
                continue
            need = need_of(problem, rooms)
            posts = Counter(dict.fromkeys(DRAWN_POSTS, 0))
            for row in need.rows:
                posts[row.post] += len(row.rooms)
            for post, count in need.site_posts:
                posts[post] += count
            asked = {post: count for post, count in posts.items() if count}
            found.append(SiteNeed(site.id, sitting.id, len(rooms), asked))
    return found


def _lines_for(one: Relaxation, found: Staffing, profile: Profile) -> list[tuple[str, str]]:
    """The overrides that a relaxation means; empty if no line of the profile says it."""
    recusals = profile.texts("recusals")
    match one.code:
        case "any_sex":
            return [("one_man_one_woman", "no")]
        case "units_together":
            lines = [("units_per_room", "1")]
            return lines + _without(recusals, "same_unit_pair")
        case "no_years":
            return [("chief_years", "0")]
        case "own_pupils":
            return _without(recusals, "own_school")
        case "own_subject":
            return _without(recusals, "own_subject")
        case "home_site":
            return [("serve_at_home", "yes")]
        case "repeated_room":
            return [("repeated_room", "if_needed")]
        case "fewer" | "without":
            assert found.rules is not None
            return _with_less(found.rules.rules.staffing, one.changes["staffing"])
    return []


def _without(recusals: Sequence[str], code: str) -> list[tuple[str, str]]:
    if code not in recusals:
        return []
    return [("recusals", "、".join(one for one in recusals if one != code) or "none")]


def _with_less(before: Sequence[Line], after: Sequence[Line]) -> list[tuple[str, str]]:
    kept = {(line.post, line.per): line.count for line in after}
    for line in before:
        now = kept.get((line.post, line.per), 0)
        key = _LINE_OF.get((line.post, line.per))
        if now != line.count and key is not None:
            return [(key, "none" if line.per is Per.ROOMS else str(now))]
    return []
