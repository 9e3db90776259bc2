"""A bag as its facts make it: opinions, decisions, and the account that every seat must come out of."""

import pytest

from kaowu.basics.clock import Instant
from kaowu.exam.plan import Sitting
from kaowu.exam.room_sitting import RoomSitting, Seat
from kaowu.exam.sheet_account import account
from kaowu.exam.sheet_bag import Opinion, Review, page_target, seat_target
from kaowu.exam.sheet_readings import PageRead, Readings, all_pages, page_digest
from kaowu.facts.entry import CandidateAbsent
from kaowu.facts.sheet_bags import MarkJudged, SheetBagChecked, SheetSettled
from kaowu.facts.subjects import RoomSittingKey

KEY = RoomSittingKey("S1", "0402", "001")
SEATS = {"101": "01", "102": "02"}
AT = Instant(0)


def room(*facts):
    sitting = Sitting("S1", ("语文",), Instant(0), Instant(1))
    state = RoomSitting.begin(KEY, sitting, [Seat(number, seat) for number, seat in SEATS.items()])
    for fact in facts:
        state = state.after(fact, AT)
    return state


def page(seat, *, side=1, name="p", **fields):
    named = f"{seat}{side}{name}".encode().ljust(32, b".")
    number = next((number for number, own in SEATS.items() if own == seat), "")
    doubts = frozenset(fields.pop("doubts", ()))
    return PageRead(
        named, named, side=side, agreement="agreed", candidate=number, seat=seat, fields=fields, doubts=doubts
    )


def drawn_up(pages, *facts, sides=1):
    state = room(*facts)
    return account(state, state.bag("语文"), SEATS, pages, sides)


def states(found):
    return [(line.state, line.obstacle) for line in found.seats]


@pytest.mark.parametrize(
    ("fields", "away", "state", "obstacle", "differences"),
    [
        ({"q1": "A", "absent": ""}, False, "present", "", ()),
        ({"q1": "", "absent": "缺考"}, True, "absent", "", ()),
        ({"q1": "", "absent": ""}, True, "absent", "", ("absence_record_only",)),
        ({"q1": "", "absent": "缺考"}, False, "open", "absence_mark_only", ("absence_mark_only",)),
        ({"q1": "A", "absent": "缺考"}, True, "open", "absent_with_answers", ("absent_with_answers",)),
        ({"q1": "A", "absent": ""}, True, "open", "absent_with_answers", ("absent_with_answers", "absence_record_only")),
        ({"q1": "", "absent": ""}, False, "present", "", ("blank_sheet",)),
        ({"q1": "A", "absent": "", "doubts": ("absent",)}, False, "open", "absence_undecided", ()),
        ({"q1": "", "absent": "缺考", "doubts": ("q1",)}, True, "open", "absent_with_answers", ("absent_with_answers",)),
    ],
)  # fmt: skip
def test_mark_record_and_answers_are_held_together(fields, away, state, obstacle, differences):
    facts = (CandidateAbsent(admission_number="101"),) if away else ()
    line = drawn_up([page("01", **fields)], *facts).seats[0]
    assert (line.state, line.obstacle, line.differences) == (state, obstacle, differences)


def test_a_seat_without_a_sheet_is_absent_or_has_to_be_explained():
    assert states(drawn_up([], CandidateAbsent(admission_number="101"))) == [
        ("absent", ""),
        ("open", "no_sheet"),
    ]


def test_every_side_of_a_sheet_must_be_there_once():
    both = [page("01", side=1, q1="A", absent=""), page("01", side=2, q2="B")]
    assert states(drawn_up(both[:1], sides=2))[0] == ("open", "page_missing")
    assert states(drawn_up(both, sides=2))[0] == ("present", "")
    again = page("01", side=2, name="again", q2="C")
    assert states(drawn_up([*both, again], sides=2))[0] == ("open", "duplicate")


def test_what_a_person_settles_counts_and_the_last_word_stands():
    settled = [
        SheetSettled(subject="语文", target=seat_target("02"), state=state, reason="查")
        for state in ("missing", "absent")
    ]
    assert states(drawn_up([page("01", q1="A", absent="")], *settled))[1] == ("absent", "")
    put = SheetSettled(subject="语文", target=page_target(page("01").page), state="spare", reason="备用")
    found = drawn_up([page("01", q1="", absent="")], put)
    assert (found.count_loose("spare"), found.seats[0].obstacle) == (1, "no_sheet")


def test_a_rejected_page_keeps_the_bag_open():
    torn = PageRead(b"t" * 32, b"t" * 32, error="corners")
    whole = [page("01", q1="A", absent=""), page("02", q1="B", absent="")]
    assert drawn_up(whole).open == 0
    assert drawn_up([*whole, torn]).open == 1


@pytest.mark.parametrize(
    ("says", "verdict", "final", "differs"),
    [
        ((), None, None, False),
        (("A",), None, None, False),
        (("A", "A"), None, "A", False),
        (("A", "B"), None, None, True),
        (("A", "B", "B"), None, None, True),  # a third opinion is no majority: a third person decides
        (("A", "A", "B"), None, "A", False),
        (("?", "?"), None, None, True),
        (("-", "-"), None, "-", False),
        (("A", "B"), "B", "B", False),
    ],
)
def test_two_agree_or_a_third_decides(says, verdict, final, differs):
    review = Review(
        tuple(Opinion(f"p{number}", one) for number, one in enumerate(says)),
        Opinion("arbiter", verdict) if verdict else None,
    )
    assert (review.final, review.differs) == (final, differs)


def test_nobody_speaks_twice_and_an_erased_opinion_is_no_blank():
    said = [
        MarkJudged(subject="语文", page=b"p" * 32, field="q1", reviewer=who, says=says)
        for who, says in (("p1", "A"), ("p1", "B"), ("p2", ""))
    ]
    assert room(*said).bag("语文").review(b"p" * 32, "q1").opinions == (Opinion("p1", "A"),)


def test_a_decided_field_replaces_what_was_read():
    doubted = page("01", q1="A", absent="", doubts=("q1",))
    line = drawn_up([doubted]).seats[0]
    assert (line.undecided, "q1" in line.fields) == (1, False)
    said = [
        MarkJudged(subject="语文", page=doubted.page, field="q1", reviewer=who, says="-")
        for who in ("p1", "p2")
    ]
    line = drawn_up([doubted], *said).seats[0]
    assert (line.undecided, line.fields["q1"], line.differences) == (0, "", ("blank_sheet",))


def test_a_sealed_bag_that_is_checked_again_begins_anew_and_keeps_the_opinions():
    check = SheetBagChecked(
        subject="语文", room_number="001", first_seat="01", last_seat="02", sheets=2, state="intact"
    )
    said = MarkJudged(subject="语文", page=b"p" * 32, field="q1", reviewer="p1", says="A")
    bag = room(check, said).bag("语文")
    assert bag.is_open
    assert bag.after(check).reviews == bag.reviews


def test_readings_come_back_as_they_were_and_the_same_image_is_one_page():
    first, second = page("01", q1="A"), page("01", q1="B")
    runs = [Readings("语文", ("d" * 64,), "p/1", (one,)) for one in (first, second)]
    assert [Readings.from_bytes(one.to_bytes()) for one in runs] == runs
    assert [one.fields["q1"] for one in all_pages(runs)] == ["B"]
    assert page_digest(b"f" * 32, 1, 1) == b"f" * 32 != page_digest(b"f" * 32, 2, 3)
