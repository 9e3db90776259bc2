"""`kaowu engine opening`: which sites to open, who goes where, the proof, and why there is no plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.cli._engine_files import BREAKS_SHOWN, FILE, out_option, read
from kaowu.cli._output import emit, fail, json_option, progress

if TYPE_CHECKING:
    from kaowu.engines.allocation.opening import Explanation, OpeningPlan, OpeningProblem

_STAGES = {"reach": "可达", "farthest": "最远距离", "sites": "考点", "assign": "分配"}


@click.group()
def opening() -> None:
    """考点启用与布局 · which sites to open, and who goes where."""


@opening.command()
@click.argument("problem", type=FILE)
@out_option
@json_option
def solve(problem: Path, out: Path | None, as_json: bool) -> None:
    """布局 · the least maximum, then the least mean; why not, where there is no plan."""
    from kaowu.basics.errors import Refused
    from kaowu.engines.allocation.opening import NoPlan, OpeningProblem, certify, explain
    from kaowu.engines.allocation.opening import solve as solve_opening

    loaded = read(problem, OpeningProblem.from_bytes, as_json)
    try:
        plan = certify(loaded, solve_opening(loaded, lambda stage: progress(_STAGES[stage])))
    except NoPlan:
        told = explain(loaded)
        fail({"solved": False, **_plain_explanation(told)}, as_json, _explanation_text(told))
    except Refused as refused:
        fail(
            {"solved": False, **refused.as_dict()},
            as_json,
            f"{refused.sentence.zh} · {refused.sentence.en}",
        )
    if out is not None:
        out.write_bytes(plan.to_bytes())
    emit(
        {
            "solved": True,
            "digest": plan.digest,
            "problem": plan.problem,
            "engine": plan.engine,
            "opened": list(plan.opened),
            "figures": dict(plan.figures),
        },
        as_json,
        _plan_text(loaded, plan),
    )


@opening.command()
@click.argument("problem", type=FILE)
@click.argument("solution", type=FILE)
@json_option
def verify(problem: Path, solution: Path, as_json: bool) -> None:
    """核查布局 · judge a plan and its prices; exit 1 if it breaks a limit."""
    from kaowu.engines.allocation.opening import OpeningPlan, OpeningProblem, lower_bound, most_sites
    from kaowu.engines.allocation.opening import verify as verify_opening

    loaded = read(problem, OpeningProblem.from_bytes, as_json)
    plan = read(solution, OpeningPlan.from_bytes, as_json)
    breaks = verify_opening(loaded, plan)
    worths = dict(plan.worths)
    proves = not breaks and set(worths) == {group.id for group in loaded.groups}
    bound = lower_bound(loaded, worths, plan.within, most_sites(loaded, plan)) if proves else None
    lines = (
        [f"核查不通过：{len(breaks)}处 · refused: {len(breaks)} breaks"]
        if breaks
        else ["核查通过 · accepted"]
    )
    lines += [f"  [{one.code}] {one.sentence.zh} · {one.sentence.en}" for one in breaks[:BREAKS_SHOWN]]
    if bound is not None:
        lines += [f"任何布局总距离不小于{bound}米 · none has a smaller total than {bound} m"]
    verdict = fail if breaks else emit
    verdict(
        {
            "accepted": not breaks,
            "digest": plan.digest,
            "lower_bound_metres": bound,
            "breaks": [
                {"code": b.code, "site": b.site, "group": b.person, "sentence": b.sentence.as_dict()}
                for b in breaks
            ],
        },
        as_json,
        "\n".join(lines),
    )


def _plain_explanation(told: Explanation) -> dict[str, Any]:
    return {
        "conflicts": [
            {
                "code": one.code,
                "people": one.people,
                "groups": list(one.groups),
                "places": list(one.places),
                "sentence": one.sentence.as_dict(),
            }
            for one in told.conflicts
        ],
        "relaxations": [
            {
                "code": one.code,
                "changes": dict(one.changes),
                "mean_metres": one.mean_metres,
                "farthest_metres": one.farthest_metres,
                "sites": one.sites,
                "sentence": one.sentence.as_dict(),
            }
            for one in told.relaxations
        ],
    }


def _explanation_text(told: Explanation) -> str:
    lines = ["布不成 · no plan："]
    lines += [f"  {one.sentence.zh} · {one.sentence.en}" for one in told.conflicts]
    lines += ["可以这样放宽 · what would help："]
    lines += [
        f"  {one.sentence.zh}（启用{one.sites}个，人均{one.mean_metres}米，最远{one.farthest_metres}米） · {one.sentence.en}"
        for one in told.relaxations
    ]
    return "\n".join(lines)


def _plan_text(problem: OpeningProblem, plan: OpeningPlan) -> str:
    mean = plan.figures["total_metres"] // max(1, problem.people)
    farthest = plan.figures["farthest_metres"]
    return (
        f"启用{len(plan.opened)}个考点，{problem.people}人，人均{mean}米，最远{farthest}米 · "
        f"{len(plan.opened)} sites, mean {mean} m, farthest {farthest} m\n摘要 · digest  {plan.digest}"
    )
