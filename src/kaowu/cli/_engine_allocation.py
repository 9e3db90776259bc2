"""`kaowu engine allocation`: people to sites by travel, and the proof that none travel less."""

from __future__ import annotations

import json
from pathlib import Path

import click

from kaowu.cli._engine_files import BREAKS_SHOWN, FILE, out_option, read
from kaowu.cli._output import emit, fail, json_option


@click.group()
def allocation() -> None:
    """考点分布 · people to sites by travel."""


@allocation.command()
@click.argument("problem", type=FILE)
@click.option(
    "--before", type=FILE, help="原考点（JSON：考生→考点）· sites before, as a JSON object, to compare."
)
@out_option
@json_option
def solve(problem: Path, before: Path | None, out: Path | None, as_json: bool) -> None:
    """分布 · the least mean distance within the stated maximum."""
    from kaowu.basics.errors import Refused
    from kaowu.engines.allocation import AllocationProblem, compare
    from kaowu.engines.allocation import solve as solve_allocation

    loaded = read(problem, AllocationProblem.from_bytes, as_json)
    try:
        plan = solve_allocation(loaded)
    except Refused as refused:
        fail(
            {"solved": False, **refused.as_dict()},
            as_json,
            f"无法分布：{refused.sentence.zh} · {refused.sentence.en}",
        )
    if out is not None:
        out.write_bytes(plan.to_bytes())
    told = None
    if before is not None:
        earlier = json.loads(before.read_bytes())
        if set(earlier) != {person.id for person in loaded.people}:
            raise click.BadParameter("须含全部考生 · it must name everybody", param_hint="--before")
        told = compare(loaded, earlier, dict(plan.sites)).sentence
    mean = plan.figures["total_metres"] // max(1, plan.figures["people"])
    lines = [
        f"{plan.figures['people']}人到{plan.figures['sites_used']}个考点，人均{mean}米，"
        f"最远{plan.figures['farthest_metres']}米 · mean {mean} m, farthest {plan.figures['farthest_metres']} m",
        f"摘要 · digest  {plan.digest}",
    ]
    lines += [f"{told.zh} · {told.en}"] if told else []
    emit(
        {
            "solved": True,
            "digest": plan.digest,
            "problem": plan.problem,
            "engine": plan.engine,
            "figures": dict(plan.figures),
            "compared": told.as_dict() if told else None,
        },
        as_json,
        "\n".join(lines),
    )


@allocation.command()
@click.argument("problem", type=FILE)
@click.argument("solution", type=FILE)
@json_option
def verify(problem: Path, solution: Path, as_json: bool) -> None:
    """核查分布 · judge an allocation and its prices; exit 1 if it breaks a limit."""
    from kaowu.engines.allocation import Allocation, AllocationProblem, lower_bound
    from kaowu.engines.allocation import verify as verify_allocation

    loaded = read(problem, AllocationProblem.from_bytes, as_json)
    plan = read(solution, Allocation.from_bytes, as_json)
    breaks = verify_allocation(loaded, plan)
    prices = dict(plan.prices)
    known = set(prices) == {site.id for site in loaded.sites} and min(prices.values(), default=0) >= 0
    bound = lower_bound(loaded, prices) if known and not breaks else None
    lines = [f"核查不通过：{len(breaks)}处 · refused: {len(breaks)} breaks"] if breaks else []
    lines += [f"  [{one.code}] {one.sentence.zh} · {one.sentence.en}" for one in breaks[:BREAKS_SHOWN]]
    if not breaks:
        lines = [
            f"核查通过 · accepted；任何分布总距离不小于{bound}米 · none has a smaller total than {bound} m"
        ]
    verdict = fail if breaks else emit
    verdict(
        {
            "accepted": not breaks,
            "digest": plan.digest,
            "lower_bound_metres": bound,
            "breaks": [
                {"code": b.code, "site": b.site, "person": b.person, "sentence": b.sentence.as_dict()}
                for b in breaks
            ],
        },
        as_json,
        "\n".join(lines),
    )
