"""场次核对: one site's figures for one sitting, computed, then signed."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.reconciliation import Reconciliation
from kaowu.facts.settling import SittingReconciled
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE


@duty(
    zh="核对场次",
    en="Reconcile a sitting",
    records=SittingReconciled,
    posts=AT_SITE_OFFICE,
    may_be_refused=True,
)
def reconcile_sitting(found: Reconciliation, fact: SittingReconciled, act: Act) -> SittingReconciled:
    """The signed figures must be those of the journal; gaps are named, not hidden.

    A sitting with gaps can still be signed once its remark says why.
    """
    total = found.total
    computed = (
        found.rooms,
        total.expected,
        total.entered,
        total.absent,
        total.issued,
        total.used,
        total.absent_sheets,
        total.spare,
        total.void,
    )
    signed = (
        fact.rooms,
        fact.expected,
        fact.entered,
        fact.absent,
        fact.issued,
        fact.used,
        fact.absent_sheets,
        fact.spare,
        fact.void,
    )
    if computed != signed:
        raise Refused(
            "figures_differ",
            Sentence(
                zh="不能签认：提交的数目与流水算出的不同，可能有新记录到达。",
                en="Cannot sign: the figures differ from those of the journal; newer records may have arrived.",
            ),
            remedy=Sentence(zh="刷新后再核对。", en="Reload and check again."),
        )
    if found.gaps and not fact.remark:
        first = found.gaps[0]
        raise Refused(
            "sitting_does_not_balance",
            Sentence(
                zh=f"不能签认：{len(found.gaps)} 处不平，第一处是考场 {first.key.room}（{first.left} 对 {first.right}）。",
                en=f"Cannot sign: {len(found.gaps)} equations do not close, first in room {first.key.room} ({first.left} against {first.right}).",
            ),
            remedy=Sentence(
                zh="查明并更正，或在说明中写明原因。",
                en="Find and correct it, or state the reason in the remark.",
            ),
        )
    return fact
