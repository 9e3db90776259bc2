"""The list of duties in force (现行名单): a change must start from it and leave locked people alone."""

from collections.abc import Iterable

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.after_draw import OnDuty
from kaowu.exam.draw import Draw


def require_current(draw: Draw, before: bytes) -> None:
    """Refused unless the change was worked out from the list in force."""
    if draw.plan is None:
        raise Refused(
            "draw_not_sealed",
            Sentence(zh="不能办理：抽签结果还没有封存。", en="Cannot be done: the draw is not sealed yet."),
        )
    if before != draw.plan:
        raise Refused(
            "list_changed_meanwhile",
            Sentence(
                zh="不能办理：名单刚被别人变更过。",
                en="Cannot be done: somebody else has changed the list meanwhile.",
            ),
            remedy=Sentence(
                zh="请刷新，按新名单再办一次。", en="Open the page again and work from the new list."
            ),
        )


def require_unlocked(draw: Draw, people: Iterable[OnDuty]) -> None:
    """Refused if one of these is locked to a place in that sitting."""
    held = sorted(set(people) & draw.since_sealed.locked)
    if held:
        names = "、".join(f"{person}（{sitting} 场）" for sitting, person in held)
        raise Refused(
            "duty_locked",
            Sentence(
                zh=f"不能办理：{names}的岗位已锁定。",
                en=f"Cannot be done: locked to their place: {names}.",
            ),
            remedy=Sentence(zh="先解除锁定，写明理由。", en="Unlock first, with a reason."),
        )
