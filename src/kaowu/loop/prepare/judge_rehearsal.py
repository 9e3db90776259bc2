"""评定联调演练: what was measured held against the limits of the profile, and what a problem means."""

from collections.abc import Mapping
from dataclasses import dataclass

from kaowu.basics.errors import Sentence, Severity
from kaowu.facts.rehearsal import CHECKS
from kaowu.rules.profile import Profile

_SLOW = {
    "entry_slow": ("entry", "rehearsal_entry_ms"),
    "custody_slow": ("custody", "rehearsal_custody_ms"),
    "scores_slow": ("scores", "rehearsal_scores_ms"),
    "scan_slow": ("scan", "rehearsal_scan_page_ms"),
}
"""For each check of speed the kind of act, and the line with its limit."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the answers to one kind of act took."""

    acts: int
    refused: int
    p50_ms: int
    p95_ms: int
    p99_ms: int
    most_ms: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rehearsal showed, before anybody judges it."""

    paces: Mapping[str, Pace]
    waits_ms: tuple[int, ...]
    """Every single wait, for counting those that were too long."""
    rise_s: float | None
    """From the return of the link until all of it was held and read above; None: it never was."""
    lost: int
    doubled: int
    differing: int

    @property
    def acts(self) -> int:
        """How many acts were acknowledged."""
        return sum(pace.acts for pace in self.paces.values())

    @property
    def refused(self) -> int:
        """How many were not."""
        return sum(pace.refused for pace in self.paces.values())


@dataclass(frozen=True, slots=True)
class Judged:
    """One check: the figure, its limit, and whether that is good."""

    check: str
    figure: str
    limit: str
    good: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a failed check means on the day, and what to do."""

    label: Sentence
    severity: Severity
    means: Sentence
    remedy: Sentence


def judge(measured: Measured, profile: Profile) -> list[Judged]:
    """Every check that the rehearsal could make, worst kind first."""
    found = [
        _none("lost", measured.lost, measured.acts),
        _none("doubled", measured.doubled, measured.acts),
        Judged("screens_differ", str(measured.differing), "0", not measured.differing),
    ]
    found = [one for one in found if measured.acts or not one.good]  # of nothing, nothing could be lost
    found.append(_none("refused", measured.refused, measured.acts + measured.refused))
    limit = profile.number("rehearsal_rise_seconds")
    rise = measured.rise_s
    said = f"> {limit} s" if rise is None else f"{rise:.1f} s"
    found.append(Judged("link_slow", said, f"{limit} s", rise is not None and rise <= limit))
    limit = profile.number("rehearsal_stall_ms")
    stalls = [wait for wait in measured.waits_ms if wait > limit]
    longest = max(measured.waits_ms, default=0)
    found.append(
        Judged("stalled", f"{len(stalls)} × > {limit} ms; ≤ {longest} ms", f"{limit} ms", not stalls)
    )
    for check, (act, line) in _SLOW.items():
        pace, limit = measured.paces.get(act), profile.number(line)
        if pace is not None and pace.acts:
            said = f"95% ≤ {pace.p95_ms} ms"
            found.append(Judged(check, said, f"{limit} ms", pace.p95_ms <= limit))
    return found


def meaning(check: str) -> Meaning:
    """A check in words."""
    severity, means, remedy = _MEANINGS[check]
    zh, en = _LABELS[check]
    return Meaning(Sentence(zh, en), severity, means, remedy)


def _none(check: str, number: int, of: int) -> Judged:
    return Judged(check, f"{number}/{of}", "0", not number)


_LABELS = {code: (zh, en) for code, zh, en in CHECKS}
_FASTER = Sentence(
    "关掉这台机器上的其他程序；仍慢则换固态硬盘或更快的机器，再复测。",
    "Close other programs on this machine; if it stays slow take a solid-state disk or a faster machine, then try again.",
)
_MEANINGS: Mapping[str, tuple[Severity, Sentence, Sentence]] = {
    "lost": (
        Severity.URGENT,
        Sentence(
            "已给回执的操作，在本机流水、上级副本或上级读入的记录中缺失。",
            "Acts that were acknowledged are missing from the journal, the copy above, or what was read above.",
        ),
        Sentence(
            "不要用这台机器考试。保留演练目录（--keep）交技术人员，查磁盘和断电保护，换机后复测。",
            "Do not hold an exam on this machine. Keep the folder (--keep) for the technicians, check disk and power, try again on another.",
        ),
    ),
    "doubled": (
        Severity.URGENT,
        Sentence("同一操作入账不止一次，人数会多计。", "One act is recorded more than once, so figures are too high."),
        Sentence(
            "保留演练目录（--keep）交技术人员，更正后复测。",
            "Keep the folder (--keep) for the technicians; try again when it is mended.",
        ),
    ),
    "screens_differ": (
        Severity.URGENT,
        Sentence(
            "考场人数或试卷袋数与回执不符：大屏会显示错数。",
            "People or packets of a room are not those acknowledged: the wall would show wrong figures.",
        ),
        Sentence(
            "看丢失、重复两项；都没有时，保留演练目录（--keep）交技术人员。",
            "See lost and doubled; if there are none, keep the folder (--keep) for the technicians.",
        ),
    ),
    "refused": (
        Severity.ACT,
        Sentence(
            "有操作没有得到回执，须在考场重做或补录。",
            "Some acts were not acknowledged and would have to be done again or written on paper.",
        ),
        Sentence(
            "看下方实测中的原因；多为机器过载或程序版本不符。",
            "See the reasons among the figures; mostly an overloaded machine or another version of the program.",
        ),
    ),
    "link_slow": (
        Severity.ACT,
        Sentence(
            "断网恢复后，记录没有按时到上级：指挥中心看到的是旧数。",
            "After the link came back the records did not rise in time: the command centre sees old figures.",
        ),
        Sentence(
            "查上级节点的负载和磁盘；必要时用离线包携带。",
            "Check load and disk of the node above; if need be carry a bundle.",
        ),
    ),
    "stalled": (
        Severity.ACT,
        Sentence(
            "有的操作等待过长，入场口会排队。",
            "Some acts waited too long; a queue would form at the gate.",
        ),
        _FASTER,
    ),
    "entry_slow": (
        Severity.ACT,
        Sentence("入场登记的回执慢，入场口会排队。", "Entry is acknowledged slowly; a queue would form at the gate."),
        _FASTER,
    ),
    "custody_slow": (
        Severity.ATTENTION,
        Sentence(
            "领卷、验袋登记的回执慢，考务办公室会排队。",
            "Handovers are acknowledged slowly; a queue would form at the site office.",
        ),
        _FASTER,
    ),
    "scores_slow": (
        Severity.ATTENTION,
        Sentence("成绩录入每袋等待过长。", "Each bag of scores waits too long."),
        _FASTER,
    ),
    "scan_slow": (
        Severity.ATTENTION,
        Sentence("答题卡识别慢，扫描会拖到夜里。", "Sheets are read slowly; scanning would go on into the night."),
        _FASTER,
    ),
}  # fmt: skip
