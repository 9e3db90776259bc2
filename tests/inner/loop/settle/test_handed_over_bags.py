"""A bag of answer sheets that was handed over is the office's, also while the office reads it anew."""

from types import SimpleNamespace

import pytest

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused
from kaowu.exam.plan import Sitting
from kaowu.exam.room_sitting import RoomSitting, Seat
from kaowu.facts.envelope import Actor
from kaowu.facts.sheet_bags import (
    SheetBagChecked,
    SheetBagHandedOver,
    SheetBagSealed,
    SheetSettled,
    SheetsScanned,
)
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.settle.scan_sheets import check_sheet_bag, scan_sheets, settle_sheet
from kaowu.loop.settle.seal_sheet_bag import digest_over, seal_sheet_bag

ENDS = Instant(1)
CHECKED = SheetBagChecked(
    subject="语文", room_number="001", first_seat="01", last_seat="01", sheets=1, state="intact"
)
SCANNED = SheetsScanned(
    subject="语文",
    readings=b"r" * 32,
    pages=1,
    read=1,
    rejected=0,
    doubtful=0,
    files=1,
    backed_up=1,
    reader="r",
)
SETTLED = SheetSettled(subject="语文", target="seat/01", state="missing", reason="查")
HANDED_OVER = SheetBagHandedOver(subject="语文", to="市教育考试院", seal="X-7", sheets=1)
KEEPER, CHIEF = Actor("v", "vault_keeper"), Actor("c", "site_chief")
COUNTY, CITY = Actor("k", "county_officer"), Actor("s", "city_officer")


def room(*facts):
    """One seat, and what has happened with its bag."""
    sitting = Sitting("S1", ("语文",), Instant(0), ENDS)
    state = RoomSitting.begin(RoomSittingKey("S1", "0402", "001"), sitting, [Seat("101", "01")])
    for fact in facts:
        state = state.after(fact, ENDS)
    return state


def sealed(state):
    """The sealing that fits the bag as it stands."""
    numbers = dict.fromkeys(
        ("absent", "void", "missing", "spare", "absent_with_answers", "absence_differs", "violation_differs"),
        0,
    )
    ones = dict.fromkeys(("expected", "present", "pages", "files", "backed_up", "counted", "found"), 1)
    return SheetBagSealed(
        subject="语文", **numbers, **ones, readings=digest_over(state.bag("语文")), remark=""
    )


SEALED = sealed(room(CHECKED, SCANNED))
ACTS = {
    "check": (check_sheet_bag, lambda state: CHECKED),
    "scan": (scan_sheets, lambda state: SCANNED),
    "settle": (settle_sheet, lambda state: SETTLED),
    "seal": (seal_sheet_bag, sealed),
}
BEFORE = (CHECKED, SCANNED)
GIVEN = (CHECKED, SCANNED, SEALED, HANDED_OVER)
ANEW = (*GIVEN, CHECKED, SCANNED)
TWICE = (*ANEW, SEALED, CHECKED, SCANNED)


def verdict(act, facts, *actors):
    """What becomes of the act: the code of the refusal, or nothing."""
    duty, made = ACTS[act]
    state = room(*facts)
    circumstances = SimpleNamespace(now=ENDS, intent=SimpleNamespace(actors=actors))
    try:
        duty.decide(state, made(state), circumstances)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("facts", "actors", "code"),
    [
        (BEFORE, (KEEPER, CHIEF), ""),
        (GIVEN, (KEEPER, CHIEF), "bag_handed_over"),
        (ANEW, (KEEPER, CHIEF), "bag_handed_over"),
        (ANEW, (COUNTY, CHIEF), "bag_handed_over"),
        (ANEW, (COUNTY, CITY), ""),
        (TWICE, (KEEPER, CHIEF), "bag_handed_over"),
        (TWICE, (COUNTY, CITY), ""),
    ],
)
def test_once_handed_over_only_the_office_reads_a_bag(act, facts, actors, code):
    assert verdict(act, facts, *actors) == code
