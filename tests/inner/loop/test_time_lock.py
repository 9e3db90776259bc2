"""Papers leave the office at the minute of the script, not before (PAP-11)."""

import pytest
from tests.small_exam import CHIEF, EXAM, STARTS, VAULT, desk_over, in_room, no_findings, seats

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.basics.errors import Refused
from kaowu.facts.papers import PacketHandedOut
from kaowu.loop.desk import Desk
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.memory import MemoryBook


@pytest.fixture
def opens():
    """When the gaokao's script lets invigilators collect the papers of a first sitting in Chinese."""
    clock = SetClock(minutes_after(STARTS, -600))
    book = MemoryBook(seats())
    desk = desk_over(book, clock)
    plan = desk.known[EXAM, EXAM].state
    sitting = plan.sittings["S1"]
    return profile_of(plan).step_at(
        "collect_papers", sitting.starts_at, sitting.ends_at, sitting.subjects, is_first=True
    )


@pytest.mark.feature("PAP-11")
@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-1, False), (0, True), (60, True)])
def test_a_packet_leaves_the_office_only_from_its_minute_on(opens, seconds, taken):
    clock = SetClock(opens + seconds * 1000)
    book = MemoryBook(seats())
    desk_over(book, clock)
    desk = Desk(book, clock, no_findings, profile_of)
    out = in_room(
        PacketHandedOut(packet="P1", seal="A1", sheets=6, subject="语文"), VAULT, CHIEF, at=clock.now()
    )
    if taken:
        receipt = desk.submit(out)  # the book holds it only once its page is closed
        assert book.records[receipt.index].envelope.kind == "packet_handed_out"
        return
    with pytest.raises(Refused, match="packet_too_early") as refused:
        desk.submit(out)
    assert refused.value.clause and refused.value.remedy
    assert book.records[-1].envelope.payload["code"] == "packet_too_early"
