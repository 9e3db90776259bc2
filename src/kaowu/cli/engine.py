"""考务引擎 · engines on files: a problem goes in, a solution comes out, anybody's solution is judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.cli._engine_allocation import allocation
from kaowu.cli._engine_draw import draw
from kaowu.cli._engine_files import BREAKS_SHOWN, FILE, SEED_OPTION, out_option, read, seed_of
from kaowu.cli._engine_opening import opening
from kaowu.cli._engine_proof import proof
from kaowu.cli._output import emit, fail, json_option, progress

if TYPE_CHECKING:
    from kaowu.engines.seating import Break, Explanation, SeatPlan


@click.group(help=__doc__)
def command() -> None:
    pass


command.add_command(draw)
command.add_command(allocation)
command.add_command(opening)


@command.group()
def seating() -> None:
    """考场与座位编排 · rooms and seats."""


seating.add_command(proof)


@seating.command()
@click.argument("problem", type=FILE)
@SEED_OPTION
@out_option
@json_option
def solve(problem: Path, seed_text: str | None, out: Path | None, as_json: bool) -> None:
    """编排座位 · seat everybody; without --seed a fresh seed is drawn and shown."""
    from kaowu.engines.seating import Infeasible, SeatingProblem
    from kaowu.engines.seating import solve as solve_seating

    seed = seed_of(seed_text)
    loaded = read(problem, SeatingProblem.from_bytes, as_json)
    try:
        plan: SeatPlan = solve_seating(loaded, seed, _progress)
    except Infeasible as refused:
        explanation = refused.explanation
        fail({"solved": False, **_plain_explanation(explanation)}, as_json, _explanation_text(explanation))
    if out is not None:
        out.write_bytes(plan.to_bytes())
    emit(
        {
            "solved": True,
            "seed": seed.hex(),
            "digest": plan.digest,
            "problem": plan.problem,
            "engine": plan.engine,
            "figures": dict(plan.figures),
            "reasons": [reason.sentence.as_dict() for reason in plan.reasons],
        },
        as_json,
        _plan_text(plan, seed),
    )


@seating.command()
@click.argument("problem", type=FILE)
@click.argument("solution", type=FILE)
@click.option("--seed", "seed_text", metavar="HEX", help="同时核对种子 · also check that the plan names it.")
@json_option
def verify(problem: Path, solution: Path, seed_text: str | None, as_json: bool) -> None:
    """核查编排 · judge a plan, the engine's or anybody's; exit 1 if it breaks a rule."""
    from kaowu.engines.seating import SeatingProblem, SeatPlan
    from kaowu.engines.seating import verify as verify_seating

    loaded = read(problem, SeatingProblem.from_bytes, as_json)
    plan = read(solution, SeatPlan.from_bytes, as_json)
    breaks = verify_seating(loaded, plan, seed_of(seed_text) if seed_text else None)
    verdict = fail if breaks else emit
    verdict(
        {
            "accepted": not breaks,
            "digest": plan.digest,
            "placements": plan.placements,
            "breaks": [_plain_break(one) for one in breaks],
        },
        as_json,
        _verdict_text(plan, breaks),
    )


def _progress(stage: str, done: int, of: int) -> None:
    names = {"sites": "考点", "deal": "考场", "seats": "座位"}
    progress(f"{names[stage]} {done}/{of}")


def _plain_break(one: Break) -> dict[str, Any]:
    return {
        "code": one.code,
        "sitting": one.sitting,
        "site": one.site,
        "room": one.room,
        "candidate": one.candidate,
        "sentence": one.sentence.as_dict(),
    }


def _plain_explanation(explanation: Explanation) -> dict[str, Any]:
    return {
        "conflicts": [
            {
                "code": conflict.code,
                "pool": conflict.pool,
                "sitting": conflict.sitting,
                "group": conflict.group,
                "people": conflict.people,
                "groups": conflict.groups,
                "rooms_missing": conflict.rooms_missing,
                "sentence": conflict.sentence.as_dict(),
            }
            for conflict in explanation.conflicts
        ],
        "relaxations": [
            {
                "code": relaxation.code,
                "changes": {
                    name: list(value) if isinstance(value, tuple) else value
                    for name, value in relaxation.changes.items()
                },
                "remaining": relaxation.remaining,
                "sentence": relaxation.sentence.as_dict(),
            }
            for relaxation in explanation.relaxations
        ],
    }


def _plan_text(plan: SeatPlan, seed: bytes) -> str:
    figures = plan.figures
    lines = [
        f"已编排{plan.placements}人次，{figures['rooms_used']}个考场，"
        f"同组相邻{figures['neighbouring_pairs']}对 · {plan.placements} seats in "
        f"{figures['rooms_used']} rooms, {figures['neighbouring_pairs']} pairs of neighbours",
        f"种子 · seed    {seed.hex()}",
        f"摘要 · digest  {plan.digest}",
    ]
    lines += [f"  {reason.sentence.zh} · {reason.sentence.en}" for reason in plan.reasons]
    return "\n".join(lines)


def _explanation_text(explanation: Explanation) -> str:
    lines = ["排不出来 · cannot be seated："]
    lines += [f"  {c.sentence.zh} · {c.sentence.en}" for c in explanation.conflicts]
    lines += ["可以这样放宽 · what would help："]
    lines += [f"  {r.sentence.zh} · {r.sentence.en}" for r in explanation.relaxations]
    return "\n".join(lines)


def _verdict_text(plan: SeatPlan, breaks: list[Break]) -> str:
    if not breaks:
        return f"核查通过：{plan.placements}人次 · accepted: {plan.placements} seats\n摘要 · digest  {plan.digest}"
    lines = [f"核查不通过：{len(breaks)}处 · refused: {len(breaks)} breaks"]
    lines += [f"  [{one.code}] {one.sentence.zh} · {one.sentence.en}" for one in breaks[:BREAKS_SHOWN]]
    if len(breaks) > BREAKS_SHOWN:
        lines.append(f"  …… 另有{len(breaks) - BREAKS_SHOWN}处 · and more (see --json)")
    return "\n".join(lines)
