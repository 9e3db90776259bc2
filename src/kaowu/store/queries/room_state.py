"""The state of one room-sitting, folded from its facts as the desk folds it."""

from kaowu.basics.clock import Instant
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store import records
from kaowu.store.projections import seats
from kaowu.store.queries import exams


def room_state(exam: str, key: RoomSittingKey) -> RoomSitting | None:
    """Who is expected, who came, where the packets are; None if the plan has no such room-sitting."""
    sitting = next((known for known in exams.sittings(exam) if known.id == key.sitting), None)
    expected = seats(exam, key) if sitting else ()
    if sitting is None or not expected:
        return None
    facts = [known.envelope for known in records.about(exam, str(key))]
    withdrawn = {envelope.corrects for envelope in facts if envelope.corrects}
    state = RoomSitting.begin(key, sitting, expected)
    for envelope in facts:
        if envelope.id not in withdrawn:
            state = state.after(envelope.fact(), Instant(envelope.stamped_at))
    return state
