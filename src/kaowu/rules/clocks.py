"""Clocks: a fact from the future, and a fact written down long after.

Device time and receipt time are both kept. The rules compare them; they never
correct either.
"""

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Sentence, Severity
from kaowu.exam.circumstances import Circumstances
from kaowu.facts.catalogue import Fact
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule


@rule(
    "clocks.from_the_future",
    zh="记录时间晚于节点时间",
    en="A fact from the future",
    cites="clock_ahead_seconds",
    on=Fact,
    remedy=Sentence(
        "校准该终端时钟，核对同一终端前后的记录。",
        "Set the clock of this terminal and look at its other records.",
    ),
)
def from_the_future(circumstances: Circumstances, profile: Profile) -> Verdict:
    """A terminal whose clock runs ahead is told so, and its facts are marked."""
    ahead = (circumstances.stamped_at - circumstances.now) / 1000
    if ahead <= profile.number("clock_ahead_seconds"):
        return None
    return Sentence(
        f"记录时间 {_clock(circumstances.stamped_at)}，节点时间 {_clock(circumstances.now)}，超前 {ahead:.0f} 秒。",
        f"Stamped {_clock(circumstances.stamped_at)}, received {_clock(circumstances.now)}: {ahead:.0f} s ahead.",
    )


@rule(
    "clocks.recorded_late",
    zh="事后补录",
    en="Recorded long after",
    cites="recorded_within_minutes",
    on=Fact,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "断网或断电补传的无须处理；否则写明延后记录的原因，保存纸面记录。",
        "Nothing to do after a network or power cut; otherwise say why it is late and keep the paper.",
    ),
)
def recorded_late(fact: Fact, circumstances: Circumstances, profile: Profile) -> Verdict:
    """Entered later than the profile allows counts as 补录 and is marked so."""
    written_at = getattr(fact, "written_at", None)
    happened = Instant(written_at) if written_at is not None else circumstances.stamped_at
    minutes = (circumstances.now - happened) // 60_000
    if minutes <= profile.number("recorded_within_minutes"):
        return None
    return Sentence(
        f"事情发生于 {_clock(happened)}，{minutes} 分钟后（{_clock(circumstances.now)}）才记录。",
        f"It happened at {_clock(happened)} and was recorded {minutes} min later ({_clock(circumstances.now)}).",
    )


@rule(
    "clocks.written_after_recorded",
    zh="纸面时间晚于记录时间",
    en="The time on paper is after the record",
    cites="clock_ahead_seconds",
    on=Fact,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "核对纸面登记时间，填错的更正本条。",
        "Compare with the paper; withdraw this if the time was mistyped.",
    ),
)
def written_after_recorded(fact: Fact, circumstances: Circumstances) -> Verdict:
    """What was written on paper was written before it was entered."""
    written_at = getattr(fact, "written_at", None)
    if written_at is None or written_at <= circumstances.stamped_at:
        return None
    return Sentence(
        f"纸面时间 {_clock(Instant(written_at))} 晚于记录时间 {_clock(circumstances.stamped_at)}。",
        f"The paper says {_clock(Instant(written_at))}, later than the record at {_clock(circumstances.stamped_at)}.",
    )


def _clock(at: Instant) -> str:
    return f"{exam_time(at):%m-%d %H:%M:%S}"
