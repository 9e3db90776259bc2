"""联调演练 · rehearse: invented people through a node of its own, under load, before the exam; nothing lost, nothing slow."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kaowu.cli._node import opened, refusals
from kaowu.cli._output import emit, fail, json_option, progress

if TYPE_CHECKING:
    from kaowu.app.rehearsal.rehearse import Order, Rehearsed
    from kaowu.facts.envelope import Actor
    from kaowu.loop.prepare.judge_rehearsal import Judged
    from kaowu.rules.profile import Profile
    from kaowu.store.queries.rehearsals import Place

_NAMED = 20
"""How many lost acts are named one by one."""


@click.command()
@click.option(
    "--exam", default="", help="考试代码；结果记入这场考试 · code of the exam that the result is kept with"
)
@click.option(
    "--place", "code", default="", help="考点或单位代码，缺省为本节点 · site or unit, else this node's own"
)
@click.option(
    "--by",
    default="",
    help="组织联调的人的工号；不给则只看不记 · staff number; without it nothing is recorded",
)
@click.option(
    "--rooms", type=click.IntRange(1, 500), help="考场数，缺省同本考点编排 · rooms, else as seated here"
)
@click.option(
    "--seats", type=click.IntRange(1, 99), default=30, show_default=True, help="每考场人数 · people a room"
)
@click.option(
    "--terminals", type=click.IntRange(1, 64), default=8, show_default=True, help="入场终端数 · gates"
)
@click.option(
    "--bags",
    type=click.IntRange(0, 500),
    default=3,
    show_default=True,
    help="扫描几袋答题卡（每考场一袋）· bags of sheets scanned",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="保留演练目录（须不存在）· keep the folder, which must not exist",
)
@json_option
def command(
    exam: str,
    code: str,
    by: str,
    rooms: int | None,
    seats: int,
    terminals: int,
    bags: int,
    keep: Path | None,
    as_json: bool,
) -> None:
    """联调演练：另建两个节点和虚拟考生，模拟入场、领卷、成绩录两遍、扫描、断网恢复，逐条对账，列出问题。

    Rehearse the software: two nodes of their own with invented people beside this one; entry, handovers, scores
    entered twice, sheets scanned, the link cut and back; then every acknowledged act is looked for on both disks.
    Exit code 1 if a check fails. This node's own journal receives the result alone, and only with --by.
    """  # fmt: skip
    opened()
    from django.conf import settings

    from kaowu.app.rehearsal.rehearse import rehearse
    from kaowu.app.rehearsal.scene import NotMade
    from kaowu.loop.prepare.judge_rehearsal import judge
    from kaowu.web.works.rehearsals import the_only_one

    with refusals(as_json), _ended_whole(), ExitStack() as cleared:
        exam, place, kind, profile = _where(exam, code)
        actor = _actor(by, place) if by else None
        cleared.enter_context(the_only_one())
        order = _order(exam, place, kind, rooms, seats, terminals, bags)
        folder = keep or Path(
            # On the node's own disk: what another one needs for an fsync says nothing of the day.
            cleared.enter_context(
                tempfile.TemporaryDirectory(prefix="kaowu-rehearsal-", dir=settings.DATA.root)
            )
        )
        if keep is not None and keep.exists():
            raise ValueError(f"{keep}: 已存在 · exists")
        try:
            done = rehearse(order, folder / "stage", lambda said: progress(f"{said.zh} · {said.en}"))
        except NotMade as failed:
            raise ValueError(str(failed)) from failed
        judged = judge(done.measured, profile)
        record = _kept(exam, place, done, judged, actor) if actor is not None else None
    found = _result(exam, place.code, done, judged, record)
    (emit if found["passed"] else fail)(found, as_json, _said)


@contextmanager
def _ended_whole() -> Iterator[None]:
    """Whoever ends this command ends the nodes that it has started, too."""
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _where(exam: str, code: str) -> tuple[str, Place, str, Profile]:
    """The exam, the place that rehearses, the kind of exam and the limits in force. Raises Refused."""
    from django.conf import settings

    from kaowu.basics.errors import Refused, Sentence
    from kaowu.loop.profile_of_exam import profile_of
    from kaowu.store.queries import exams, rehearsals

    held = {one.code: one.profile for one in exams.exams() if not one.archived}
    exam = exam or (next(iter(held)) if len(held) == 1 else "")
    profile = profile_of(exams.plan(exam)) if exam in held else None
    if profile is None:
        raise Refused(
            "exam_not_named",
            Sentence(
                "请用 --exam 指明考试：" + "、".join(held), "Name the exam with --exam: " + ", ".join(held)
            ),
        )
    own = code or settings.IDENTITY.organisation
    place = rehearsals.place(own or next((site for site, *_ in exams.sites(exam)), ""))
    if place is None:
        raise Refused(
            "place_unknown",
            Sentence("请用 --place 指明考点或单位。", "Name a site or unit of the register with --place."),
        )
    return exam, place, held[exam], profile


def _actor(by: str, place: Place) -> Actor:
    """The person in the post by which they may hold a rehearsal here. Raises Refused."""
    from kaowu.basics.errors import Refused, Sentence
    from kaowu.store.models import Account
    from kaowu.web.access import scope_of
    from kaowu.web.office.exam_here import actor_of

    account = Account.objects.filter(number=by, is_active=True).first()
    if account is None or not scope_of(account, "rehearsal.hold").covers(place.path):
        raise Refused(
            "not_entitled",
            Sentence(
                f"{by} 不能为{place.name}组织联调。", f"{by} may not hold a rehearsal for {place.name}."
            ),
        )
    return actor_of(account, "rehearsal.hold", place.path)


def _order(
    exam: str, place: Place, kind: str, rooms: int | None, seats: int, terminals: int, bags: int
) -> Order:
    """As large as asked, else as the place is seated: its own rooms, or those of the largest site below it."""
    from kaowu.app.rehearsal.rehearse import Order
    from kaowu.store.queries import exams

    if rooms is not None:
        sized = [seats] * rooms
    else:
        sites = [site for site, *_ in exams.sites(exam) if site == place.code or not place.is_site]
        seated = [list(exams.seats_of_site(exam, site).values()) for site in sites]
        largest = max(seated, key=lambda one: sum(map(len, one)), default=[])
        sized = [len(room) for room in largest] or [seats] * 10
    numbered = tuple((f"{number:03d}", held) for number, held in enumerate(sized, start=1))
    site = place.code if place.is_site else f"{place.code[:4]}99"
    return Order(site, numbered, terminals, min(bags, len(sized)), kind)


def _kept(exam: str, place: Place, done: Rehearsed, judged: list[Judged], actor: Actor) -> str:
    """Put the result on record; returns the id of the record."""
    from kaowu.web.works import rehearsals

    size = {
        "rooms": len(done.order.rooms),
        "candidates": sum(seats for _, seats in done.order.rooms),
        "terminals": done.order.terminals,
    }
    receipt = rehearsals.keep(exam, place, done.begun_at, size, done.measured, judged, done.figures(), actor)
    return str(receipt.id)


def _result(
    exam: str, place: str, done: Rehearsed, judged: list[Judged], record: str | None
) -> dict[str, Any]:
    from kaowu.loop.prepare.judge_rehearsal import meaning

    counted = done.reckoning
    return {
        "exam": exam,
        "place": place,
        "passed": all(one.good for one in judged),
        "recorded_as": record,
        "rooms": len(done.order.rooms),
        "candidates": sum(seats for _, seats in done.order.rooms),
        "terminals": done.order.terminals,
        "bags": done.order.bags,
        "begun_at": done.begun_at,
        "lasted_s": round(done.lasted_s, 1),
        "acts": done.measured.acts,
        **done.figures(),
        "lost": [_missed(one) for one in counted.lost[:_NAMED]],
        "doubled": [_missed(one) for one in counted.doubled[:_NAMED]],
        "differing": [*counted.differing, *done.wrong_comparisons],
        "checks": [asdict(one) for one in judged],
        "problems": [
            {
                "check": one.check,
                "severity": int(meaning(one.check).severity),
                "figure": one.figure,
                "limit": one.limit,
                "problem": meaning(one.check).label.as_dict(),
                "means": meaning(one.check).means.as_dict(),
                "remedy": meaning(one.check).remedy.as_dict(),
            }
            for one in judged
            if not one.good
        ],
    }


def _missed(one: Any) -> dict[str, Any]:
    return {
        "place": one.place,
        "kind": one.act.kind,
        "subject": one.act.subject,
        "id": one.act.id,
        "times": one.times,
    }


def _said(found: dict[str, Any]) -> str:
    lines = [
        f"{found['rooms']} 个考场 {found['candidates']} 人 {found['terminals']} 台终端，回执 {found['acts']:,} 条，"
        f"每秒 {found['per_second']} 条 · {found['acts']:,} acts acknowledged, {found['per_second']} entries a second"
    ]
    lines += [
        f"  {'✓' if one['good'] else '✗'} {one['check']:<16} {one['figure']}（限 limit {one['limit']}）"
        for one in found["checks"]
    ]
    for one in found["problems"]:
        lines.append(f"{one['problem']['zh']}：{one['means']['zh']} {one['remedy']['zh']}")
        lines.append(f"{one['problem']['en']}: {one['means']['en']} {one['remedy']['en']}")
    lines.append(
        f"已记入 recorded: {found['recorded_as']}"
        if found["recorded_as"]
        else "未记入（没有 --by）· not recorded (no --by)"
    )
    return "\n".join(lines)
