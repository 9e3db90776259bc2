"""One rehearsal from beginning to end (联调演练): make the nodes, let everybody come, pull the cable, count."""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kaowu.app.rehearsal.crowd import ACTS, CUSTODY, ENTRY, SCORES, Done, Tally, enter_scores, gates, scan
from kaowu.app.rehearsal.nodes import Cable, Node, RunningNode
from kaowu.app.rehearsal.reckoning import Reckoning, acts_among, reckon
from kaowu.app.rehearsal.scene import ABOVE, EXAM, HERE, LASTS, MINUTE, OPENS, NotMade, Scene, made
from kaowu.app.signing_device import SigningDevice
from kaowu.basics.clock import Instant, SystemClock
from kaowu.basics.errors import Sentence
from kaowu.basics.suites import deployed
from kaowu.loop.prepare.judge_rehearsal import Measured, Pace

LONGEST_RISE_S = 600
Say = Callable[[Sentence], None]


@dataclass(frozen=True)
class Order:
    """What is to be rehearsed."""

    site: str
    rooms: tuple[tuple[str, int], ...]
    terminals: int
    bags: int
    profile: str


@dataclass(frozen=True)
class Rehearsed:
    """What came of it."""

    order: Order
    begun_at: Instant
    lasted_s: float
    measured: Measured
    reckoning: Reckoning
    per_second: float
    """Entries a second, all gates together."""
    offline: int
    """Acts acknowledged while the cable was pulled."""
    troubles: Counter[str]
    wrong_comparisons: tuple[str, ...]

    def figures(self) -> dict[str, Any]:
        """What is kept of it beside the counts."""
        return {
            "paces": {act: asdict(pace) for act, pace in self.measured.paces.items()},
            "per_second": round(self.per_second, 1),
            "offline": self.offline,
            "rise_s": None if self.measured.rise_s is None else round(self.measured.rise_s, 1),
            "troubles": dict(self.troubles.most_common(5)),
        }


def rehearse(order: Order, folder: Path, say: Say) -> Rehearsed:
    """Rehearse below an empty folder. Raises NotMade."""
    begun_at, begun = SystemClock().now(), time.monotonic()
    cable, suite = Cable(), deployed()
    devices = [
        SigningDevice(suite, f"gate-{n:02d}", exam=EXAM, site=order.site) for n in range(order.terminals)
    ]
    scene = Scene(
        site=order.site,
        rooms=order.rooms,
        terminals={one.name: one.key.verifying.to_text() for one in devices},
        bags=order.bags,
        starts_at=Instant(begun_at // MINUTE * MINUTE + OPENS),
        profile=order.profile,
        password=secrets.token_urlsafe(16),
        suite=suite.name,
        url=f"http://127.0.0.1:{cable.port}/mirror",
    )
    say(Sentence("造两个节点、虚拟考生和答题卡", "making two nodes, invented people and sheets"))
    here, above = RunningNode(folder / HERE, scene), Node(folder / ABOVE)

    def cut() -> None:
        say(Sentence("断开上级网络", "the link is cut"))
        cable.pull()

    play = _Play(scene, here, above, cable, devices, Tally(scene.gate_acts // 2, cut), say)
    with made(folder, scene) as cable.far, here.running():
        rate, offline, rise = play.gates()
        wrong = play.scores_and_sheets(folder / "sheets")
        risen = play.until_risen()
    cable.close()
    say(Sentence("对账", "counting what lies on both disks"))
    counted = reckon(here, above, play.tally.done)
    measured = Measured(
        paces={act: _pace([one for one in play.tally.done if one.act == act]) for act in ACTS},
        waits_ms=tuple(round(one.ms) for one in play.tally.done if one.act in (ENTRY, CUSTODY, SCORES)),
        rise_s=rise if risen is not None else None,
        lost=acts_among(counted.lost),
        doubled=acts_among(counted.doubled),
        differing=len(counted.differing) + len(wrong),
    )
    troubles = Counter(one.trouble for one in play.tally.done if one.trouble)
    lasted = time.monotonic() - begun
    return Rehearsed(order, begun_at, lasted, measured, counted, rate, offline, troubles, tuple(wrong))


@dataclass
class _Play:
    """Both nodes at work, and who comes."""

    scene: Scene
    here: RunningNode
    above: Node
    cable: Cable
    devices: list[SigningDevice]
    tally: Tally
    say: Say

    def gates(self) -> tuple[float, int, float | None]:
        """All candidates come in; half-way the cable is pulled until the last is in. Rate, offline, time to rise."""
        threads = gates(self.scene, self.here.port, self.devices, self._now(), self.tally)
        acts = self.scene.gate_acts
        self.say(Sentence("考生入场、领卷", "candidates come in, packets go out"))
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(self.tally.done) < acts:
            raise NotMade(
                f"入场终端中断，只试了 {len(self.tally.done)}/{acts} 条 · a gate stopped: {len(self.tally.done)} of {acts} acts were tried"
            )
        rate = acts / (time.monotonic() - begun)
        self.say(Sentence("恢复上级网络", "the link is back"))
        self.cable.put_back()
        return rate, acts - self.tally.half, self.until_risen()

    def scores_and_sheets(self, folder: Path) -> list[str]:
        """After the end: two clerks and a scanner. Rooms whose two entries do not compare as they must."""
        self._set_clock(Instant(self.scene.starts_at + LASTS + 30 * MINUTE))
        self.say(Sentence("成绩录两遍", "scores are entered twice"))
        wrong = enter_scores(self.scene, self.here, self.tally)
        if self.scene.bags:
            self.say(Sentence("扫描答题卡", "sheets are scanned"))
            scan(self.scene, self.here, folder, self.tally)
        return wrong

    def until_risen(self) -> float | None:
        """Seconds until everything on record here is cosigned and read above; None if that does not come."""
        begun = time.monotonic()
        while time.monotonic() - begun < LONGEST_RISE_S:
            [(size,)] = self.here.rows("SELECT size FROM store_journalhead")
            read = self.above.rows("SELECT arrived FROM store_mirroredlog")
            cosigned = self.here.rows("SELECT cosigned_size FROM store_upstream")
            if read and read[0][0] >= size and cosigned[0][0] >= size:
                return time.monotonic() - begun
            time.sleep(0.05)
        return None

    def _now(self) -> Callable[[], Instant]:
        """The time on the exam's clock."""
        [(played_at, real_at)] = self.here.rows("SELECT played_at, real_at FROM store_playedclock")
        return lambda: Instant(played_at + SystemClock().now() - real_at)

    def _set_clock(self, at: Instant) -> None:
        for node in (self.here, self.above):
            node.write("UPDATE store_playedclock SET played_at = ?, real_at = ?", at, SystemClock().now())


def _pace(done: list[Done]) -> Pace:
    """How long the answers took; what was not acknowledged counts as refused."""
    times = sorted(one.ms for one in done if not one.trouble)

    def at(percent: int) -> int:
        return round(times[min(len(times) - 1, len(times) * percent // 100)]) if times else 0

    return Pace(len(times), len(done) - len(times), at(50), at(95), at(99), round(times[-1]) if times else 0)
