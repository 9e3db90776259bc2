"""Before the start: is the sheet that lies at a seat the seat's, its candidate's, and of this subject?"""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.envelope import Actor
from kaowu.facts.sheet_bags import SheetCodeChecked
from kaowu.loop.desk import Receipt
from kaowu.store.queries import exams
from kaowu.web.counter import record
from kaowu.web.works.sheet_scans import code_of


def outcome_of(exam: str, room: RoomSitting, seat: str, text: str) -> str:
    """What comes out if the code of a sheet, QR or Code 128, is held against the seat it lies at."""
    key = room.key
    subjects = room.sitting.subjects
    code, proven = code_of(text)
    seats = {one.admission_number: one.seat_number for one in room.seats.values()}
    number = code.candidate if code is not None else text
    if code is not None:
        if not code.candidate:
            return "unknown"
        if code.exam != exam:
            return "other_exam"
        if code.subject not in subjects:
            return "other_subject"
        if code.room != f"{key.site}-{key.room}":
            return "other_room"
        if not proven and seats.get(number) != code.seat:
            return "altered"
    if number not in seats:
        return "other_room" if _sits_elsewhere(exam, key.site, number) else "unknown"
    if seats[number] != seat or (code is not None and code.seat != seat):
        return "other_seat"
    if code is not None and not _takes(exam, room, number, code.subject):
        return "other_subject"
    return "agrees"


def check(exam: str, room: RoomSitting, seat: str, text: str, actor: Actor) -> tuple[str, Receipt]:
    """The outcome, put on record. Raises Refused."""
    outcome = outcome_of(exam, room, seat, text)
    fact = SheetCodeChecked(seat=seat, outcome=outcome, says=text[:300])
    return outcome, record(fact, actor, exam=exam, subject=str(room.key), site=room.key.site)


def next_seat(room: RoomSitting) -> str:
    """The first seat in order whose sheet has not been found right; empty when all are."""
    right = {seat for seat, checked in room.codes.items() if checked.outcome == "agrees"}
    numbers = sorted(seat.seat_number for seat in room.seats.values())
    return next((number for number in numbers if number not in right), "")


def _sits_elsewhere(exam: str, site: str, number: str) -> bool:
    return any(
        one.admission_number == number
        for seated in exams.seats_of_site(exam, site).values()
        for one in seated
    )


def _takes(exam: str, room: RoomSitting, number: str, subject: str) -> bool:
    seated = exams.seats(exam, room.key.site, room.key.room, (subject,), room.key.sitting)
    return any(one.admission_number == number for one in seated)
