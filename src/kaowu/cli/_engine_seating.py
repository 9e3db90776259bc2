"""`kaowu engine seating`: seat an exam, re-plan it, judge anybody's plan."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kaowu.cli._engine_files import BREAKS_SHOWN, FILE, SEED_OPTION, out_option, read, seed_of
from kaowu.cli._engine_proof import proof
from kaowu.cli._output import emit, fail, json_option, progress

if TYPE_CHECKING:
    from kaowu.engines.seating import Break, Explanation, Infeasible, Move, Placement, Replan, SeatPlan


@click.group()
def seating() -> None:
    """考场与座位编排 · rooms and seats."""


seating.add_command(proof)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Nothing in a plan is cyclic, and looking for cycles costs a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@seating.command()
@click.argument("problem", type=click.Path(exists=True, path_type=Path))
@click.argument("solution", required=False, type=click.Path(path_type=Path))
@SEED_OPTION
@click.option("--out", type=click.Path(path_type=Path), help="写入结果文件（或文件夹） · write the result.")
@json_option
@_no_collector()
def solve(
    problem: Path, solution: Path | None, seed_text: str | None, out: Path | None, as_json: bool
) -> None:
    """编排座位 · seat everybody; without --seed a fresh seed is drawn and shown.

    PROBLEM 为文件夹时，逐个编排其中的 .json 文件（一地一份），结果按原文件名写入 --out 文件夹。
    A folder of problems is seated file by file; plans keep the names of their problems.
    The result goes to SOLUTION, or to what --out names.
    """
    from kaowu.engines.seating import Infeasible, SeatingProblem, solve_stream

    out = out or solution
    seed = seed_of(seed_text)
    folder = problem.is_dir()
    files = sorted(problem.glob("*.json")) if folder else [problem]
    if folder and out is not None:
        out.mkdir(parents=True, exist_ok=True)
    problems = (read(file, SeatingProblem.from_bytes, as_json) for file in files)
    found = []
    try:
        for file, plan in zip(files, solve_stream(problems, seed, _progress), strict=True):
            if out is not None:
                (out / file.name if folder else out).write_bytes(plan.to_bytes())
            found.append((file.name, _plain_plan(plan, seed), _plan_text(plan, seed)))
    except Infeasible as refused:
        _refused(refused, as_json)
    if folder:
        plain = {
            "solved": True,
            "seed": seed.hex(),
            "plans": [{"file": name, **one} for name, one, _ in found],
        }
        emit(plain, as_json, "\n".join(f"{name}\n{text}" for name, _, text in found))
    else:
        emit(found[0][1], as_json, found[0][2])


@seating.command()
@click.argument("old_problem", type=FILE)
@click.argument("old_plan", type=FILE)
@click.argument("new_problem", type=FILE)
@SEED_OPTION
@out_option
@json_option
@_no_collector()
def replan(
    old_problem: Path,
    old_plan: Path,
    new_problem: Path,
    seed_text: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """少动重排 · re-plan a changed problem: everybody who can keeps the seat, and each move says why."""
    from kaowu.engines.seating import Infeasible, SeatingProblem, SeatPlan, verify_changes
    from kaowu.engines.seating import replan as replan_seating

    seed = seed_of(seed_text)
    before, plan = (
        read(old_problem, SeatingProblem.from_bytes, as_json),
        read(old_plan, SeatPlan.from_bytes, as_json),
    )
    after = read(new_problem, SeatingProblem.from_bytes, as_json)
    try:
        found: Replan = replan_seating(before, plan, after, seed, _progress)
    except Infeasible as refused:
        _refused(refused, as_json)
    breaks = verify_changes(before, plan, after, found.plan, found.moves, seed)
    if out is not None:
        out.write_bytes(found.plan.to_bytes())
    verdict = fail if breaks else emit
    verdict(
        {
            **_plain_plan(found.plan, seed),
            "solved": not breaks,
            "follows": found.plan.follows,
            "moved": found.moved,
            "moved_at_least": found.bound,
            "moves": [_plain_move(move) for move in found.moves],
            "breaks": [_plain_break(one) for one in breaks],
        },
        as_json,
        _replan_text(found, seed, breaks),
    )


@seating.command()
@click.argument("problem", type=FILE)
@click.argument("solution", type=FILE)
@click.option("--seed", "seed_text", metavar="HEX", help="同时核对种子 · also check that the plan names it.")
@click.option(
    "--before",
    nargs=2,
    type=FILE,
    metavar="OLD_PROBLEM OLD_PLAN",
    help="重排前的问题与编排 · what a re-plan follows; its changes are judged too.",
)
@json_option
def verify(
    problem: Path,
    solution: Path,
    seed_text: str | None,
    before: tuple[Path, Path] | None,
    as_json: bool,
) -> None:
    """核查编排 · judge a plan, the engine's or anybody's; exit 1 if it breaks a rule."""
    from kaowu.engines.seating import SeatingProblem, SeatPlan, verify_changes
    from kaowu.engines.seating import verify as verify_seating

    loaded = read(problem, SeatingProblem.from_bytes, as_json)
    plan = read(solution, SeatPlan.from_bytes, as_json)
    seed = seed_of(seed_text) if seed_text else None
    if before:
        old_problem = read(before[0], SeatingProblem.from_bytes, as_json)
        old_plan = read(before[1], SeatPlan.from_bytes, as_json)
        breaks = verify_changes(old_problem, old_plan, loaded, plan, None, seed)
    else:
        breaks = verify_seating(loaded, plan, seed)
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


@seating.command()
@click.option(
    "--seeds", "count", type=click.IntRange(min=8), default=100, help="用多少个种子 · how many seeds to try."
)
@SEED_OPTION
@json_option
def fairness(count: int, seed_text: str | None, as_json: bool) -> None:
    """检验公平性 · nine hundred seats with many seeds: do people who are alike fare alike?"""
    from kaowu.basics.seeds import key
    from kaowu.engines.seating import solve as solve_seating
    from kaowu.engines.seating.fairness import examine

    start = seed_of(seed_text)
    answers = examine(solve_seating, [key(start, "fairness-trial", str(number)) for number in range(count)])
    verdict = emit if all(answer.is_fair for answer in answers) else fail
    lines = [
        f"  p = {one.probability:.4f}  {'✓' if one.is_fair else '✗'} {one.sentence.zh} · {one.sentence.en}"
        for one in answers
    ]
    verdict(
        {
            "seed": start.hex(),
            "seeds": count,
            "fair": all(answer.is_fair for answer in answers),
            "answers": [
                {"code": one.code, "p": one.probability, "sentence": one.sentence.as_dict()}
                for one in answers
            ],
        },
        as_json,
        "\n".join([f"种子 · seed  {start.hex()}，{count}次 · plans", *lines]),
    )


def _refused(refused: Infeasible, as_json: bool) -> NoReturn:
    explanation = refused.explanation
    fail({"solved": False, **_plain_explanation(explanation)}, as_json, _explanation_text(explanation))


def _progress(stage: str, done: int, of: int) -> None:
    names = {"sites": "考点", "deal": "考场", "seats": "座位"}
    progress(f"{names[stage]} {done}/{of}")


def _plain_plan(plan: SeatPlan, seed: bytes) -> dict[str, Any]:
    return {
        "solved": True,
        "seed": seed.hex(),
        "digest": plan.digest,
        "problem": plan.problem,
        "engine": plan.engine,
        "figures": dict(plan.figures),
        "reasons": [reason.sentence.as_dict() for reason in plan.reasons],
    }


def _plain_move(move: Move) -> dict[str, Any]:
    return {
        "candidate": move.candidate,
        "sitting": move.sitting,
        "code": move.code,
        "before": _plain_seat(move.before),
        "after": _plain_seat(move.after),
        "sentence": move.sentence.as_dict(),
    }


def _plain_seat(row: Placement | None) -> dict[str, Any] | None:
    return {"site": row.site, "room": row.room, "seat": row.seat} if row else None


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


def _replan_text(found: Replan, seed: bytes, breaks: list[Break]) -> str:
    lines = [
        f"移动{found.moved}人次（至少须移动{found.bound}人次） · {found.moved} people move, at least {found.bound} must",
        *(f"  {move.sentence.zh} · {move.sentence.en}" for move in found.moves[:BREAKS_SHOWN]),
    ]
    if len(found.moves) > BREAKS_SHOWN:
        lines.append(f"  …… 另有{len(found.moves) - BREAKS_SHOWN}项 · and more (see --json)")
    lines.append(f"接续 · follows {found.plan.follows}")
    if breaks:
        lines.append(_verdict_text(found.plan, breaks))
    return "\n".join([*lines, _plan_text(found.plan, seed)])


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
