"""What a room-sitting holds, whatever order its facts arrive in, and whether figures balance."""

from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.clock import Instant
from kaowu.exam.plan import Sitting
from kaowu.exam.reconciliation import reconcile
from kaowu.exam.room_sitting import PacketState, RoomSitting, Seat, figures
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted, DoubtSettled
from kaowu.facts.papers import PacketCollected, PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.facts.subjects import RoomSittingKey

KEY = RoomSittingKey("01", "040501", "001")
SITTING = Sitting("01", ("语文",), Instant(0), Instant(9_000_000))
TICKETS = [f"T{number}" for number in range(6)]


def empty():
    return RoomSitting.begin(KEY, SITTING, [Seat(ticket, ticket[1:]) for ticket in TICKETS])


def after(*facts):
    room = empty()
    for at, fact in enumerate(facts):
        room = room.after(fact, Instant(at))
    return room


def entered(ticket, identity="matched"):
    return CandidateAdmitted(admission_number=ticket, identity=identity)


def absent(ticket):
    return CandidateAbsent(admission_number=ticket)


OUT = PacketHandedOut(packet="P", seal="A", sheets=7, subject="语文")
OPEN = PacketUnsealed(packet="P", seal="A", subject="语文")
BACK = PacketCollected(packet="P", seal="R", sheets=7, state="intact")

happenings = st.lists(
    st.sampled_from(TICKETS + ["stranger"]).flatmap(
        lambda ticket: st.sampled_from(
            [
                entered(ticket),
                entered(ticket, "in_doubt"),
                absent(ticket),
                DoubtSettled(admission_number=ticket, is_candidate=True, grounds="-"),
            ]
        )
    ),
    max_size=30,
)


@given(happenings)
def test_nobody_is_in_the_room_and_absent_at_once(facts):
    room = after(*facts)
    assert not room.entries.keys() & room.absent
    assert room.in_doubt <= room.entries.keys()


@given(happenings)
def test_the_states_before_stay_as_they_were(facts):
    room = empty()
    for at, fact in enumerate(facts):
        before = (dict(room.entries), room.absent)
        room.after(fact, Instant(at))
        assert (dict(room.entries), room.absent) == before
        room = room.after(fact, Instant(at))


def test_a_second_entry_leaves_the_first_time_standing():
    room = after(entered("T1"), entered("T2"), entered("T1", "in_doubt"))
    assert (room.entries["T1"].at, room.entries["T1"].identity) == (0, "matched")


def test_who_comes_after_all_is_no_longer_absent():
    assert after(absent("T1"), entered("T1")).absent == frozenset()
    assert after(entered("T1"), absent("T1")).absent == frozenset()


def test_a_doubt_is_settled_either_way():
    settled = DoubtSettled(admission_number="T1", is_candidate=False, grounds="-")
    assert after(entered("T1", "in_doubt")).in_doubt == {"T1"}
    assert after(entered("T1", "in_doubt"), settled).entries["T1"].identity == "impostor"


def test_a_packet_moves_from_hand_to_hand():
    assert [packet.state for packet in after(OUT).packets.values()] == [PacketState.HANDED_OUT]
    assert after(OUT, OPEN).packets["P"].state is PacketState.UNSEALED
    collected = after(OUT, OPEN, BACK).packets["P"]
    assert (collected.state, collected.seal, collected.sheets) == (PacketState.COLLECTED, "R", 7)


def test_a_packet_may_be_opened_before_the_fact_that_handed_it_out_arrives():
    assert after(OPEN).packets["P"].state is PacketState.UNSEALED


def whole_room(**count):
    figures = {"issued": 7, "used": 5, "absent": 1, "spare": 1, "void": 0} | count
    return after(OUT, OPEN, *[entered(t) for t in TICKETS[1:]], absent("T0"), SheetsCounted(**figures), BACK)


def test_a_room_in_order_balances():
    counted = figures(whole_room())
    assert counted.balances
    assert reconcile([(KEY, counted)]).balances


def test_each_gap_is_named_with_its_room_and_its_equation():
    short = reconcile([(KEY, figures(whole_room(used=4)))])
    assert [(gap.key, gap.equation, gap.left, gap.right) for gap in short.gaps] == [(KEY, "sheets", 7, 6)]
    missing = figures(after(OUT, *[entered(t) for t in TICKETS[2:]], absent("T0")))
    assert {gap.equation for gap in reconcile([(KEY, missing)]).gaps} == {"people", "sheets", "packets"}


@given(st.lists(st.sampled_from([whole_room(), whole_room(used=4), empty()]), max_size=6))
def test_sums_are_the_sums_of_the_rooms(rooms):
    counted = [
        (RoomSittingKey("01", "s", f"{number:03d}"), figures(room)) for number, room in enumerate(rooms)
    ]
    total = reconcile(counted)
    assert total.rooms == len(rooms)
    assert total.total.expected == 6 * len(rooms)
    assert total.total.issued == sum(room.issued for _, room in counted)
