"""三核对一扫描: room, seats and subject are confirmed from the bag; only then is it scanned, and at once."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.room_sitting import RoomSitting
from kaowu.exam.sheet_bag import SheetBag
from kaowu.facts.sheet_bags import SheetBagChecked, SheetSettled, SheetsScanned
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE

WHO = (*AT_SITE_OFFICE, *IN_OFFICE)


@duty(
    zh="核对答题卡袋",
    en="Check a bag of answer sheets",
    records=SheetBagChecked,
    posts=WHO,
    may_be_refused=True,
)
def check_sheet_bag(room: RoomSitting, fact: SheetBagChecked, act: Act) -> SheetBagChecked:
    """All three fields are typed from the bag and must agree with the plan."""
    if act.now < room.sitting.ends_at:
        raise Refused(
            "sitting_not_over",
            Sentence(zh="不能核对：本场考试还没有结束。", en="Cannot check: the sitting is not over yet."),
        )
    _require_holder(room.bag(fact.subject), act)
    wrong = [field for field, agrees in _three_fields(room, fact).items() if not agrees]
    if wrong:
        zh = "、".join(_NAMES[field].zh for field in wrong)
        en = ", ".join(_NAMES[field].en for field in wrong)
        raise Refused(
            "three_fields_differ",
            Sentence(
                zh=f"三核对不符：{zh}与本袋应有的不一致。",
                en=f"The triple check fails: {en} do not belong to this bag.",
            ),
            remedy=Sentence(
                zh="不要扫描。看清袋面重填；确实不符的，找回本考场的袋并报告主考。",
                en="Do not scan. Read the bag again; if it is another room's, find the right one and tell the site chief.",
            ),
        )
    return fact


_NAMES = {
    "room": Sentence("考场号", "the room"),
    "seats": Sentence("座位号范围", "the seats"),
    "subject": Sentence("科目", "the subject"),
}


def _three_fields(room: RoomSitting, fact: SheetBagChecked) -> dict[str, bool]:
    numbers = sorted(seat.seat_number for seat in room.seats.values())
    first, last = _bare(fact.first_seat), _bare(fact.last_seat)
    seats = [_bare(number) for number in numbers]
    whole = len(room.sitting.subjects) == 1
    return {
        "room": _bare(fact.room_number) == _bare(room.key.room),
        # Where a sitting holds several subjects, a subject's seats need not be all of the room.
        "seats": bool(seats)
        and ([first, last] == [seats[0], seats[-1]] if whole else {first, last} <= set(seats)),
        "subject": fact.subject in room.sitting.subjects,
    }


def _bare(number: str) -> str:
    return number.strip().lstrip("0") or "0"


@duty(
    zh="扫描答题卡",
    en="Scan answer sheets",
    records=SheetsScanned,
    posts=WHO,
    may_be_refused=True,
)
def scan_sheets(room: RoomSitting, fact: SheetsScanned, act: Act) -> SheetsScanned:
    """Only a bag whose three fields were confirmed, and which is not sealed."""
    require_open(room.bag(fact.subject), act)
    return fact


@duty(
    zh="认定答题卡状态",
    en="Settle what a sheet is",
    records=SheetSettled,
    posts=WHO,
    may_be_refused=True,
)
def settle_sheet(room: RoomSitting, fact: SheetSettled, act: Act) -> SheetSettled:
    """A seat is present, absent, void or missing; a page of no seat is spare, void or set aside."""
    require_open(room.bag(fact.subject), act)
    what, _, which = fact.target.partition("/")
    seats = {seat.seat_number for seat in room.seats.values()}
    right = {
        "seat": which in seats and fact.state in ("present", "absent", "void", "missing"),
        "page": len(which) == 64 and fact.state in ("present", "spare", "void", "aside"),
    }
    if not right.get(what, False):
        raise Refused(
            "no_such_sheet_here",
            Sentence(
                zh="不能认定：本袋没有这个座位或图像，或它不能是这种状态。",
                en="Cannot settle: the bag has no such seat or page, or it cannot be that.",
            ),
        )
    return fact


def require_open(bag: SheetBag, act: Act) -> None:
    """Raises Refused unless who acts has the bag, and it was checked and is not sealed."""
    _require_holder(bag, act)
    if bag.checked is None:
        raise Refused(
            "bag_not_checked",
            Sentence(
                zh="不能办理：本袋还没有三核对。", en="Not allowed: this bag has not had its triple check."
            ),
            remedy=Sentence(zh="先核对考场号、座位号和科目。", en="First confirm room, seats and subject."),
        )
    if bag.sealed is not None:
        raise Refused(
            "bag_sealed",
            Sentence(zh="不能办理：本袋已封存。", en="Not allowed: this bag is sealed."),
            remedy=Sentence(
                zh="须整袋重读的，重新三核对后再扫描。",
                en="To read the whole bag anew, check its three fields again, then scan.",
            ),
        )


def _require_holder(bag: SheetBag, act: Act) -> None:
    """A bag that was handed over is the office's alone, however often it is read anew."""
    if bag.at_office and not all(actor.post in IN_OFFICE for actor in act.intent.actors):
        raise Refused(
            "bag_handed_over",
            Sentence(
                zh="不能办理：本袋已移交，只能由接收的考务机构重读。",
                en="Not allowed: this bag was handed over; only the office that took it may read it anew.",
            ),
        )
