"""What scores read of a bag is what the account says of its seats, and readings are the same after they were kept."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaowu.basics.clock import Instant
from kaowu.exam.plan import Sitting
from kaowu.exam.room_sitting import RoomSitting, Seat
from kaowu.exam.sheet_account import account, seat_lines
from kaowu.exam.sheet_bag import Opinion, Review, SheetBag, page_target, seat_target
from kaowu.exam.sheet_readings import ABSENT, VIOLATION, PageRead, Readings
from kaowu.facts.sheet_bags import BLANK, CANNOT_TELL, SheetSettled
from kaowu.facts.subjects import RoomSittingKey

KEY = RoomSittingKey("S1", "040201", "001")
SEATS = {"c1": "01", "c2": "02"}
NAMES = ("q1", "q2", "kh1", ABSENT, VIOLATION)
SAID = ("", "A", "AC")
PAGES = st.builds(
    PageRead,
    page=st.integers(0, 5).map(lambda number: bytes([number]) * 32),
    file=st.just(b"f" * 32),
    error=st.sampled_from(["", "", "", "blurred"]),
    side=st.sampled_from([1, 1, 2]),
    agreement=st.sampled_from(["agreed", "agreed", "differ", "other_room"]),
    seat=st.sampled_from(["01", "02"]),
    fields=st.fixed_dictionaries({name: st.sampled_from(SAID) for name in NAMES}),
    doubts=st.frozensets(st.sampled_from(NAMES), max_size=2),
)
OPINIONS = st.builds(Opinion, st.sampled_from(["p", "q"]), st.sampled_from([BLANK, CANNOT_TELL, "A", "C"]))
REVIEWS = st.dictionaries(
    st.tuples(st.integers(0, 5).map(lambda number: bytes([number]) * 32), st.sampled_from(NAMES)),
    st.builds(Review, st.lists(OPINIONS, max_size=2).map(tuple), st.none() | OPINIONS),
    max_size=4,
)
TARGETS = [seat_target("01"), page_target(b"\1" * 32), page_target(b"\2" * 32)]


@st.composite
def bags(draw):
    states = draw(st.dictionaries(st.sampled_from(TARGETS), st.sampled_from(["present", "void"])))
    settled = {
        target: SheetSettled(subject="语文", target=target, state=state, reason="核对后认定")
        for target, state in states.items()
    }
    pages = {page.page: page for page in draw(st.lists(PAGES, max_size=5))}
    return SheetBag(KEY, "语文", settled=settled, reviews=draw(REVIEWS)), list(pages.values())


def as_it_was_worked_out_field_by_field(page, bag):
    """The rule in its plainest form: each field by itself, from the reading, its doubts and what people said."""
    fields, undecided = {}, set()
    for name in {*page.fields, *(named for of, named in bag.reviews if of == page.page)}:
        review = bag.review(page.page, name)
        if review.final is not None:
            fields[name] = "" if review.final in (BLANK, CANNOT_TELL) else review.final
        elif name in page.doubts or review.differs:
            undecided.add(name)
        else:
            fields[name] = page.fields[name]
    return fields, undecided


@settings(max_examples=60, deadline=None)
@given(bags(), st.booleans(), st.sampled_from([1, 2]))
def test_the_seats_that_scores_read_are_the_seats_of_the_account(drawn, away, sides):
    bag, pages = drawn
    sitting = Sitting("S1", ("语文",), Instant(0), Instant(1))
    room = RoomSitting.begin(KEY, sitting, [Seat(number, seat) for number, seat in SEATS.items()])
    if away:
        room = RoomSitting(**{**vars(room), "absent": frozenset({"c2"})})
    lines = seat_lines(room, bag, SEATS, pages, sides)
    assert lines == account(room, bag, SEATS, pages, sides).seats
    assert [line.candidate for line in lines] == ["c1", "c2"]
    for line in lines:
        together = {}
        for page in line.pages:
            fields, undecided = as_it_was_worked_out_field_by_field(page.read, bag)
            assert (dict(page.fields), set(page.undecided)) == (fields, undecided)
            together |= fields
        assert dict(line.fields) == together


@settings(max_examples=30, deadline=None)
@given(st.lists(PAGES, max_size=4))
def test_readings_that_were_kept_are_read_back_as_they_were(pages):
    made = Readings("语文", ("front", "back"), "policy", tuple(pages))
    assert Readings.from_bytes(made.to_bytes()) == made


def test_readings_of_the_first_form_are_still_read():
    page = PageRead(b"p" * 32, b"f" * 32, fields={"q1": "A"}, doubts=frozenset({"q1"}))
    made = Readings("语文", ("front",), "policy", (page,))
    plain = json.loads(made.to_bytes())
    plain["format"] = "kaowu.sheet-readings/1"
    del plain["names"]
    plain["pages"][0]["fields"] = {"q1": "A"}
    assert Readings.from_bytes(json.dumps(plain).encode()) == made
    with pytest.raises(ValueError, match="format"):
        Readings.from_bytes(json.dumps(plain | {"format": "another"}).encode())
