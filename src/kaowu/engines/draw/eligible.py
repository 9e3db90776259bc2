"""Who may stand where (资格与回避): questions about one person, asked before any lot is drawn."""

from kaowu.engines.draw.problem import EXAM, ROOM, SCHOOL, SITE, DrawProblem, Person, Post, Room, Rules, Site


def fits(person: Person, post: Post) -> bool:
    """Meant for the post, and certified, pledged and experienced enough for it."""
    return (
        (not person.takes or post.id in person.takes)
        and (person.certified or not post.certified)
        and (person.pledged or not post.pledged)
        and person.years >= post.years
    )


def may_serve(person: Person) -> bool:
    """Not recused from the whole exam."""
    return EXAM not in person.recused


def may_go(person: Person, site: Site, rules: Rules) -> bool:
    """May be sent to a site: of its pool, not recused from it, not the own school."""
    return (
        may_serve(person)
        and person.pool == site.pool
        and f"{SITE}{site.id}" not in person.recused
        and (rules.home_site or not site.unit or site.unit != person.unit)
    )


def may_enter(person: Person, room: Room, rules: Rules) -> bool:
    """May stand in a room: not recused from it, nor from the schools of its candidates."""
    if not rules.own_pupils and person.unit in room.schools:
        return False
    return not any(
        word == f"{ROOM}{room.site}/{room.room}"
        or (word.startswith(SCHOOL) and word.removeprefix(SCHOOL) in room.schools)
        for word in person.recused
    )


def teaches_it(problem: DrawProblem, person: Person, sitting: str) -> bool:
    """Whether the own subject is examined in a sitting and that matters."""
    if problem.rules.own_subject or not person.subjects:
        return False
    found = next(one for one in problem.sittings if one.id == sitting)
    return any(subject in found.subjects for subject in person.subjects)
