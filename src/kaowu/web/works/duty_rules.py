"""The rules by which a list in force is judged today: those of the draw, as approved lines have changed since."""

from dataclasses import replace

from kaowu.engines.draw import DrawPlan, DrawProblem, breaks_of
from kaowu.loop.prepare.relaxed_rules import relaxed_rules
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import exams
from kaowu.web.works.duty_lists import InForce


def present_problem(listed: InForce) -> tuple[DrawProblem, DrawPlan]:
    """Problem and plan under the lines approved since the draw; the same two where none was."""
    plan, sealed = exams.plan(listed.exam), listed.draw.since_sealed.sealed_by
    before = tuple(one for one in plan.overrides if sealed is None or one.id < sealed)
    drawn_by, now = profile_of(replace(plan, overrides=before)), profile_of(plan)
    if len(before) == len(plan.overrides) or drawn_by is None or now is None:
        return listed.problem, listed.plan
    rules = relaxed_rules(listed.problem.rules, drawn_by, now)
    if rules == listed.problem.rules:
        return listed.problem, listed.plan
    problem = replace(listed.problem, rules=rules)
    return problem, replace(listed.plan, problem=problem.digest)


def relaxed_codes(listed: InForce, problem: DrawProblem, after: DrawPlan) -> list[str]:
    """What the rules of the draw would have found in a list and those approved since do not."""
    if problem.rules == listed.problem.rules:
        return []
    today = {one.code for one in breaks_of(problem, after, listed.gone)}
    drawn = {one.code for one in breaks_of(replace(problem, rules=listed.problem.rules), after, listed.gone)}
    return sorted(drawn - today)
