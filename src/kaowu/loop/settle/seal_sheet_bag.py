"""封存与移交答题卡袋: sealed when every seat is accounted for, signed by the leader; handed over by two parties."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.exam.room_sitting import RoomSitting
from kaowu.exam.sheet_bag import SheetBag
from kaowu.facts.sheet_bags import SheetBagHandedOver, SheetBagSealed
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, AT_SITE_OFFICE, IN_OFFICE
from kaowu.loop.settle.scan_sheets import require_open

LEADERS = (*AT_SITE_HEAD, *IN_OFFICE)


def digest_over(bag: SheetBag) -> bytes:
    """One digest over all runs of the scanner, in their order."""
    return digest(b"".join(scan.readings for scan in bag.scans))


@duty(
    zh="封存答题卡袋",
    en="Seal a bag of answer sheets",
    records=SheetBagSealed,
    posts=(*AT_SITE_OFFICE, *IN_OFFICE),
    persons=2,
    may_be_refused=True,
)
def seal_sheet_bag(room: RoomSitting, fact: SheetBagSealed, act: Act) -> SheetBagSealed:
    """The account closes, it is of the readings now on record, and a leader is one of the two."""
    bag = room.bag(fact.subject)
    require_open(bag, act)
    if not bag.scans or fact.readings != digest_over(bag):
        raise Refused(
            "readings_differ",
            Sentence(
                zh="不能封存：还没有扫描，或扫描后又有变化。",
                en="Cannot seal: nothing was scanned, or more was scanned meanwhile.",
            ),
            remedy=Sentence(zh="看过最新的对账再封存。", en="Look at the latest account, then seal."),
        )
    if fact.expected != fact.present + fact.absent + fact.void + fact.missing:
        raise Refused(
            "bag_does_not_close",
            Sentence(
                zh=f"不能封存：应有 {fact.expected} 份，有效 {fact.present}＋缺考 {fact.absent}＋作废 {fact.void}＋缺失 {fact.missing} 不等。",
                en=f"Cannot seal: {fact.expected} expected, but {fact.present} present + {fact.absent} absent + {fact.void} void + {fact.missing} missing.",
            ),
            remedy=Sentence(zh="逐座位认定。", en="Settle every seat."),
        )
    if not any(actor.post in LEADERS for actor in act.intent.actors):
        raise Refused(
            "leader_missing",
            Sentence(
                zh="不能封存：须有组长（主考、副主考或考务机构人员）签字。",
                en="Cannot seal: the leader (site chief, deputy or an exam officer) must sign.",
            ),
        )
    return fact


@duty(
    zh="移交答题卡袋",
    en="Hand a bag of answer sheets over",
    records=SheetBagHandedOver,
    posts=(*AT_SITE_OFFICE, *IN_OFFICE),
    persons=2,
    may_be_refused=True,
)
def hand_sheet_bag_over(room: RoomSitting, fact: SheetBagHandedOver, act: Act) -> SheetBagHandedOver:
    """A sealed bag, between two parties."""
    if room.bag(fact.subject).sealed is None:
        raise Refused(
            "bag_not_sealed",
            Sentence(zh="不能移交：本袋没有封存。", en="Cannot hand over: this bag is not sealed."),
        )
    return fact
