"""`kaowu engine draw`: draw invigilators, judge a draw, replace somebody who did not come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.cli._engine_files import BREAKS_SHOWN, FILE, SEED_OPTION, out_option, read, seed_of
from kaowu.cli._output import emit, fail, json_option, progress

if TYPE_CHECKING:
    from kaowu.engines.draw import DrawPlan, DrawProblem, Explanation
    from kaowu.engines.lots import CeremonyBreak


@click.group()
def draw() -> None:
    """监考抽签 · invigilators to sites and rooms."""


@draw.command()
@click.argument("problem", type=FILE)
@click.argument("solution", required=False, type=click.Path(path_type=Path))
@SEED_OPTION
@out_option
@json_option
def solve(
    problem: Path, solution: Path | None, seed_text: str | None, out: Path | None, as_json: bool
) -> None:
    """抽签 · draw everybody; the shortage list first; without --seed a fresh seed is drawn and shown.

    The result goes to SOLUTION, or to what --out names.
    """
    from kaowu.basics.errors import Refused
    from kaowu.engines.draw import DrawProblem, shortage
    from kaowu.engines.draw import solve as solve_draw

    out = out or solution
    seed = seed_of(seed_text)
    loaded = read(problem, DrawProblem.from_bytes, as_json)
    short = shortage(loaded)
    if short.conflicts:
        fail({"solved": False, **_plain_shortage(short)}, as_json, _shortage_text(short))
    try:
        plan = solve_draw(loaded, seed, _progress)
    except Refused as refused:
        text = f"抽不出来：{refused.sentence.zh} · {refused.sentence.en}"
        fail({"solved": False, **refused.as_dict()}, as_json, text)
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


@draw.command()
@click.argument("problem", type=FILE)
@click.argument("solution", type=FILE)
@click.option("--seed", "seed_text", metavar="HEX", help="同时核对种子 · also check that the draw names it.")
@click.option(
    "--ceremony",
    "ceremony_file",
    type=FILE,
    help="公开的抽签仪式文件，由它算出种子 · the published ceremony, from which the seed is worked out.",
)
@click.option(
    "--gone",
    multiple=True,
    nargs=2,
    metavar="PERSON SITTING",
    help="缺席人员和场次 · who did not come, and to which sitting.",
)
@json_option
def verify(
    problem: Path,
    solution: Path,
    seed_text: str | None,
    ceremony_file: Path | None,
    gone: tuple[tuple[str, str], ...],
    as_json: bool,
) -> None:
    """核查抽签结果 · judge a draw, the engine's or anybody's; exit 1 if it breaks a rule.

    With a ceremony the commitment, every hand and the seed are checked too, and the draw is made again
    from that seed and compared.
    """
    from kaowu.engines.draw import DrawPlan, DrawProblem
    from kaowu.engines.draw import verify as verify_draw

    loaded = read(problem, DrawProblem.from_bytes, as_json)
    plan = read(solution, DrawPlan.from_bytes, as_json)
    seed = seed_of(seed_text) if seed_text else None
    sites: tuple[str, ...] | None = None
    unfit: list[Any] = []
    if ceremony_file is not None:
        seed, sites, unfit = _held(ceremony_file, problem, solution, loaded, plan, as_json)
    breaks = verify_draw(loaded, plan, seed, sites, gone=gone)
    lines = [f"仪式不符：{one.sentence.zh} · {one.sentence.en}" for one in unfit]
    lines += [f"核查不通过：{len(breaks)}处 · refused: {len(breaks)} breaks"] if breaks else []
    lines += [f"  [{one.code}] {one.sentence.zh} · {one.sentence.en}" for one in breaks[:BREAKS_SHOWN]]
    if len(breaks) > BREAKS_SHOWN:
        lines.append(f"  …… 另有{len(breaks) - BREAKS_SHOWN}处 · and more (see --json)")
    text = "\n".join(lines) or f"核查通过：{len(plan.duties)}人次 · accepted: {len(plan.duties)} duties"
    verdict = fail if breaks or unfit else emit
    verdict(
        {
            "accepted": not breaks and not unfit,
            "ceremony": [{"code": one.code, "sentence": one.sentence.as_dict()} for one in unfit],
            "digest": plan.digest,
            "duties": len(plan.duties),
            "breaks": [
                {
                    "code": one.code,
                    "sitting": one.sitting,
                    "site": one.site,
                    "room": one.room,
                    "person": one.person,
                    "sentence": one.sentence.as_dict(),
                }
                for one in breaks
            ],
        },
        as_json,
        text,
    )


@draw.command()
@click.argument("problem", type=FILE)
@click.argument("solution", type=FILE)
@click.option("--person", required=True, help="缺席人员工号 · who did not come.")
@click.option("--sitting", required=True, help="场次 · to which sitting.")
@click.option("--gone", multiple=True, metavar="PERSON", help="本场其他缺席人员 · others who did not come.")
@click.option("--allow-repeats", is_flag=True, help="允许重复考场或搭档 · let a room or partner come again.")
@SEED_OPTION
@out_option
@json_option
def repair(
    problem: Path,
    solution: Path,
    person: str,
    sitting: str,
    gone: tuple[str, ...],
    allow_repeats: bool,
    seed_text: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """缺席替补 · a legal replacement that moves at most two others."""
    from kaowu.basics.errors import Refused
    from kaowu.engines.draw import DrawPlan, DrawProblem
    from kaowu.engines.draw import repair as repair_draw

    seed = seed_of(seed_text)
    loaded = read(problem, DrawProblem.from_bytes, as_json)
    plan = read(solution, DrawPlan.from_bytes, as_json)
    try:
        done = repair_draw(loaded, plan, seed, person, sitting, gone, allow_repeats)
    except Refused as refused:
        fail(
            {"repaired": False, **refused.as_dict()},
            as_json,
            f"{refused.sentence.zh} · {refused.sentence.en}",
        )
    if out is not None:
        out.write_bytes(done.plan.to_bytes())
    lines = [f"{person}由{len(done.taken)}步替补，调动{done.moved}人 · {done.moved} others move"]
    lines += [f"  {duty.site} {duty.room} {duty.post}：{duty.person}" for duty in done.taken]
    emit(
        {
            "repaired": True,
            "seed": seed.hex(),
            "before": done.before,
            "digest": done.plan.digest,
            "moved": done.moved,
            "gone": [list(duty) for duty in done.gone],
            "taken": [list(duty) for duty in done.taken],
        },
        as_json,
        "\n".join(lines),
    )


def _held(
    file: Path, problem: Path, solution: Path, loaded: DrawProblem, plan: DrawPlan, as_json: bool
) -> tuple[bytes, tuple[str, ...] | None, list[CeremonyBreak]]:
    """Seed, sites drawn, and what in a ceremony does not fit; the draw is made again and compared."""
    from kaowu.basics.errors import Sentence
    from kaowu.engines.draw import solve as solve_draw
    from kaowu.engines.lots import Ceremony, CeremonyBreak, check

    held = read(file, Ceremony.from_bytes, as_json)
    unfit = check(held, problem.read_bytes(), solution.read_bytes())
    sites: tuple[str, ...] | None = () if held.draw == "sent" else None
    seed = bytes.fromhex(held.seed)
    if not unfit and solve_draw(loaded, seed, sites=sites).to_bytes() != plan.to_bytes():
        said = Sentence("用这个种子重抽，结果不同", "drawn again with this seed the result differs")
        unfit.append(CeremonyBreak("another_draw", said))
    return seed, sites, unfit


def _progress(stage: str, done: int, of: int) -> None:
    names = {"sent": "派遣", "sites": "考点"}
    progress(f"{names[stage]} {done}/{of}")


def _plain_shortage(short: Explanation) -> dict[str, Any]:
    return {
        "conflicts": [
            {
                "code": one.code,
                "site": one.site,
                "sitting": one.sitting,
                "posts": list(one.posts),
                "needed": one.needed,
                "available": one.available,
                "sentence": one.sentence.as_dict(),
            }
            for one in short.conflicts
        ],
        "relaxations": [
            {
                "code": one.code,
                "changes": sorted(one.changes),
                "remaining": one.remaining,
                "sentence": one.sentence.as_dict(),
            }
            for one in short.relaxations
        ],
    }


def _shortage_text(short: Explanation) -> str:
    lines = ["缺员 · people are missing："]
    lines += [f"  {one.sentence.zh} · {one.sentence.en}" for one in short.conflicts]
    lines += ["可以这样放宽 · what would help："] if short.relaxations else []
    lines += [f"  {one.sentence.zh} · {one.sentence.en}" for one in short.relaxations]
    return "\n".join(lines)


def _plan_text(plan: DrawPlan, seed: bytes) -> str:
    figures = plan.figures
    lines = [
        f"已抽签{figures['duties']}人次，备用{figures['waiting']}人次，每人{figures['fewest_duties']}–"
        f"{figures['most_duties']}次 · {figures['duties']} duties, {figures['waiting']} waiting, "
        f"{figures['fewest_duties']}–{figures['most_duties']} each",
        f"种子 · seed    {seed.hex()}",
        f"摘要 · digest  {plan.digest}",
    ]
    lines += [f"  {reason.sentence.zh} · {reason.sentence.en}" for reason in plan.reasons]
    return "\n".join(lines)
