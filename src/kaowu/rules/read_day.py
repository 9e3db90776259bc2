"""Reading what belongs to exam day: minute scripts, and the checklists that hang on their steps."""

import re
from collections.abc import Collection, Mapping

from kaowu.rules.line import LineSpec, Shape
from kaowu.rules.model import Checklist, ChecklistItem, MinuteScript, Step, Vest
from kaowu.rules.moment import Moment, read_moment
from kaowu.rules.toml_table import Table

CORE_STEPS = (
    "collect_papers",
    "enter",
    "unseal",
    "distribute",
    "start",
    "entry_closed",
    "mark_absent",
    "end",
    "collect",
)
"""Steps that checks and screens speak of; every minute script has them."""

PROOFS = ("tick", "signature", "count", "time", "photo", "seal")
_RGB = re.compile(r"#[0-9a-f]{6}\Z")
OCCASIONS = ("foreign_language", "chinese", "first_sitting")


def read_script(
    name: str, table: Table, posts: Collection[str], lines: Mapping[str, LineSpec]
) -> MinuteScript:
    """The minute script of one file."""
    steps: dict[str, Step] = {}
    for row in table.rows("steps"):
        step = _step(row, posts, lines)
        if step.key in steps:
            row.fault("key", f"步骤“{step.key}”重复", f"the step “{step.key}” stands twice")
        steps[step.key] = step
        row.end()
    for key in CORE_STEPS:
        if key not in steps:
            table.fault("steps", f"缺少步骤“{key}”", f"the step “{key}” is missing")
    script = MinuteScript(name, table.sentence(), table.text("source"), tuple(steps.values()))
    table.end()
    return script


def read_checklist(
    name: str,
    table: Table,
    posts: Collection[str],
    lines: Mapping[str, LineSpec],
    scripts: Collection[MinuteScript],
) -> Checklist:
    """The checklist of one post; its steps exist in every script."""
    items: dict[str, ChecklistItem] = {}
    for row in table.rows("items"):
        item = ChecklistItem(
            code=row.text("code"),
            at=_moment(row, "at", lines),
            text=row.sentence(),
            proof=row.text("proof", default="tick"),
            confirms=row.texts("confirms"),
            every_minutes=row.number("every_minutes", default=0),
        )
        if item.code in items:
            row.fault("code", f"清单项“{item.code}”重复", f"the item “{item.code}” stands twice")
        if item.proof not in PROOFS:
            row.fault("proof", f"应为 {'、'.join(PROOFS)} 之一", f"should be one of {', '.join(PROOFS)}")
        for script in scripts:
            if item.at.is_step and item.at.anchor not in script.by_key:
                row.fault(
                    "at",
                    f"时间脚本 {script.id} 没有步骤“{item.at.anchor}”",
                    f"the minute script {script.id} has no step “{item.at.anchor}”",
                )
        items[item.code] = item
        row.end()
    if not items:
        table.fault("items", "清单没有内容", "the list is empty")
    watched_by = table.texts("watched_by")
    for post in watched_by:
        if post not in posts:
            table.fault("watched_by", f"岗位“{post}”没有清单", f"the post “{post}” has no checklist")
    checklist = Checklist(
        name,
        table.sentence(),
        table.sentence("duty_zh", "duty_en"),
        watched_by,
        tuple(items.values()),
        _vest(table),
        table.optional_sentence("reports_to_zh", "reports_to_en"),
        table.optional_sentence("hands_over_to_zh", "hands_over_to_en"),
    )
    table.end()
    return checklist


def require_confirmations(checklist: Checklist, table: Table, checklists: Mapping[str, Checklist]) -> None:
    """What a list confirms exists in the list of the other post (互相核对)."""
    for item in checklist.items:
        for other in item.confirms:
            post, _, code = other.partition(".")
            known = checklists.get(post)
            if known is None or code not in {i.code for i in known.items}:
                table.fault(
                    f"items.{item.code}",
                    f"互相核对的清单项“{other}”不存在",
                    f"the item “{other}” that it confirms does not exist",
                )


def _vest(table: Table) -> Vest | None:
    """A vest has a name in both languages and a colour for the printer, or there is none."""
    colour, rgb = table.optional_sentence("vest_zh", "vest_en"), table.text("vest_rgb", default="")
    if bool(rgb) != (colour is not None):
        table.fault(
            "vest_rgb",
            "马甲须同时写明颜色名称和印刷颜色",
            "a vest has the name of its colour and the colour itself",
        )
        return None
    if rgb and not _RGB.match(rgb):
        table.fault("vest_rgb", "应为 #rrggbb", "should be #rrggbb")
    return None if colour is None else Vest(colour, rgb)


def _step(row: Table, posts: Collection[str], lines: Mapping[str, LineSpec]) -> Step:
    when = row.table("when")
    step = Step(
        key=row.text("key"),
        label=row.sentence(),
        post=row.text("post"),
        at=_moment(row, "at", lines),
        when={occasion: _moment(when, occasion, lines) for occasion in OCCASIONS if occasion in when.values},
        command=row.optional_sentence("command_zh", "command_en"),
        to_confirm=row.yes_no("to_confirm"),
    )
    when.end()
    if step.at.is_step:
        row.fault("at", "步骤的时刻须从 T 或 E 算起", "the moment of a step counts from T or E")
    if step.post and step.post not in posts:
        row.fault("post", f"岗位“{step.post}”没有清单", f"the post “{step.post}” has no checklist")
    return step


def _moment(row: Table, name: str, lines: Mapping[str, LineSpec]) -> Moment:
    moment = row.read(name, read_moment)
    if moment and moment.line:
        spec = lines.get(moment.line)
        if spec is None or spec.shape is not Shape.NUMBER or spec.optional:
            row.fault(
                name, f"“{moment.line}”不是一个数字行", f"“{moment.line}” is no line that holds a number"
            )
            return Moment(moment.anchor)
    return moment or Moment("T")
