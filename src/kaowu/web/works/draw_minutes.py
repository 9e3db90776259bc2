"""抽签记录: the minutes of a draw from what is on record, and their PDF to be signed."""

import datetime

from kaowu.basics.clock import exam_time
from kaowu.engines.lots import BITS_AT_LEAST
from kaowu.facts.lots import RandomnessGiven
from kaowu.facts.subjects import DrawKey
from kaowu.loop.profile_of_exam import profile_of
from kaowu.reports.draw_minutes import DrawMinutes, MinutesAttempt, MinutesHand, document
from kaowu.reports.typesetting import Imprint, typeset
from kaowu.store import artefacts
from kaowu.store.models import Account
from kaowu.store.queries import exams, places
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.web.works import lots, lots_views
from kaowu.web.works.draw_kinds import kind_of, title_of
from kaowu.web.works.lots_views import AttemptLine
from kaowu.web.works.paper_heads import exam_head

_METHODS = {
    code: said.zh
    for spec in RandomnessGiven.kind.fields
    if spec.name == "method"
    for code, said in spec.choices
}


def minutes_of(exam: str, key: DrawKey) -> DrawMinutes | None:
    """The minutes of a draw as it stands; None before its first attempt."""
    shown = lots_views.ceremony(exam, key)
    line, profile = exams.exam(exam), profile_of(exams.plan(exam))
    if shown.latest is None or line is None or profile is None:
        return None
    latest, committed = shown.latest, shown.latest.attempt.committed
    published = latest.published
    signers = [signer.account for signer in latest.signers]
    names = dict(Account.objects.filter(number__in=signers).values_list("number", "name"))
    return DrawMinutes(
        exam=exam_head(line, profile),
        title=title_of(exam, key).zh,
        key=str(key),
        engine=committed.engine,
        attempts=tuple(_attempt(exam, key, one, given_up=one is not latest) for one in shown.lines),
        place=places.site_names([key.site]).get(key.site, "") if key.site else line.organisation_name,
        rules=committed.rules.hex(),
        beacon=committed.beacon,
        figures=_figures(key, latest),
        host=names.get(signers[0], signers[0]),
        witnesses=_witnesses(latest, [names.get(number, number) for number in signers[1:]]),
        published_at=exam_time(published.at) if published else None,
        needed_bits=BITS_AT_LEAST,
    )


def _witnesses(latest: AttemptLine, beside: list[str]) -> tuple[str, ...]:
    """Who saw a hand, then who signed beside the host; discipline inspection signs on a line of its own."""
    seen = [hand.witness for hand in latest.attempt.hands if hand.witness]
    return tuple(dict.fromkeys((*seen, *beside)))


def as_pdf(exam: str, key: DrawKey) -> bytes:
    """The minutes as they are printed and signed; empty before the first attempt."""
    minutes = minutes_of(exam, key)
    if minutes is None:
        return b""
    printed_at: datetime.datetime = exam_time(exam_time_now(exam).now).replace(microsecond=0)
    return typeset(document.sheets(minutes), Imprint(document.zh, printed_at, minutes.attempts[-1].root))


def _attempt(exam: str, key: DrawKey, line: AttemptLine, given_up: bool) -> MinutesAttempt:
    attempt, drawn = line.attempt, line.attempt.drawn
    opened = lots.ceremony_of(exam, key, attempt) if attempt.published else None
    digits = {hand.hand: hand.digits for hand in opened.hands} if opened else {}
    return MinutesAttempt(
        number=attempt.number,
        committed_at=exam_time(line.committed.at),
        problem=attempt.committed.problem.hex(),
        root=attempt.committed.root.hex(),
        leaves=attempt.committed.leaves,
        hands=tuple(
            MinutesHand(
                hand.hand,
                _METHODS[hand.method],
                hand.symbols,
                hand.bits,
                hand.witness,
                hand.commitment.hex(),
                digits.get(hand.hand, ""),
            )
            for hand in attempt.hands
        ),
        reason=attempt.committed.reason,
        drawn_at=exam_time(line.drawn.at) if line.drawn else None,
        seed_digest=drawn.seed_digest.hex() if drawn else "",
        seed=opened.seed if opened else "",
        plan=drawn.plan.hex() if drawn else "",
        outcome=_outcome(line, given_up),
    )


def _outcome(line: AttemptLine, given_up: bool) -> str:
    if line.failed and line.attempt.failed:
        return f"未成：{line.attempt.failed.sentence}"
    if line.published:
        return "结果已封存并公开。"
    if line.sealed:
        return "结果已封存，密封文件交纪检监察。"
    if given_up:
        return "作废：已抽签，未封存。" if line.drawn else "作废：未抽签。"
    if line.drawn:
        return "抽签完成，通过核验，待封存。"
    return "题目已锁定，尚未抽签。"


def _figures(key: DrawKey, latest: AttemptLine) -> tuple[tuple[str, str], ...]:
    kind = kind_of(key)
    found = kind.asked(artefacts.read(latest.attempt.committed.problem))
    if latest.attempt.drawn is not None:
        found += kind.came(artefacts.read(latest.attempt.drawn.plan))
    return tuple((label.zh, f"{value:,}") for label, value in found)
