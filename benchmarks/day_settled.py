"""A whole day of a site arrives after the link comes back: kept, cosigned, judged, and on the county's screens.

The site has worked alone: its papers were handed out, unsealed, collected and counted by two persons, its
candidates admitted, all signed by its office key. Then everything travels as in `catch-up`; beside it the
county's carrier, a process of its own as on a running node, checks every signature and reads the facts
into the figures of their rooms. Measured from the first request until the last figure stands:
`cosigned_s` until all is vouched for, `rate` and `wall_s` until all is on the screens, `read_cpu_s` the carrier's
own processor time, `ahead_cpu_s` that of its second process from its start on. PostgreSQL runs with fsync on.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from pathlib import Path

from benchmarks import catch_up
from benchmarks.catch_up import set_up as set_up_catch_up

NAME = "day-settled"
SIZES = (10_000, 50_000, 200_000)

EXAM, SITE, SITTING = "day2027", "040501", "S1"
SEATS = 30
STARTS = 1_800_000_000_000
FACTS_OF_A_ROOM = SEATS + 4
_MINUTE = {
    "packet_handed_out": -40,
    "candidate_admitted": -20,
    "packet_unsealed": -5,
    "packet_collected": 160,
    "sheets_counted": 165,
}


def make_input(size: int, folder: Path) -> None:
    """A site whose journal holds a day of so many facts."""
    catch_up._settings(folder, "")
    from django.core.management import call_command

    from kaowu.basics.clock import SystemClock
    from kaowu.basics.suites import INTERNATIONAL
    from kaowu.engines.ledger.runs import Office
    from kaowu.store.journal import DjangoBook, open_book

    call_command("migrate", verbosity=0)
    open_book(catch_up.ORIGIN)
    office = Office(INTERNATIONAL.new_key("site/office", secret=bytes(31) + b"\x03"), catch_up._keys()[0])
    book = DjangoBook(SystemClock(), catch_up._sign, office)
    facts = _day(size)
    for first in range(0, size, catch_up.BATCH):
        _append(book, facts[first : first + catch_up.BATCH])
    book.checkpoint()


def set_up(folder: Path) -> object:
    """The two sides of `catch-up`, the county's exam with its rooms and seats, and its carrier waiting."""
    state = set_up_catch_up(folder)
    rooms = -(-_size_of(folder) // FACTS_OF_A_ROOM)
    _exam(rooms)
    go, ended = multiprocessing.get_context("spawn").Event(), multiprocessing.get_context("spawn").Queue()
    carrier = multiprocessing.get_context("spawn").Process(target=_carry, args=(go, ended), daemon=True)
    carrier.start()
    ended.get()  # it has its rules at hand
    return state, go, ended


def run(state, size: int, folder: Path) -> dict[str, float]:
    """From the first request to the last figure."""
    link, go, ended = state
    go.set()
    begun = time.perf_counter()
    catch_up.run(link, size, folder)
    cosigned = time.perf_counter() - begun
    read, cpu, ahead_cpu, faults = ended.get()
    spent = time.perf_counter() - begun
    if read < size or faults:
        raise RuntimeError(f"{read} of {size} were read, {faults} do not count")
    _require_figures(size)
    return {"rate": size / spent, "cosigned_s": cosigned, "read_cpu_s": cpu, "ahead_cpu_s": ahead_cpu}


def _carry(go, ended) -> None:
    """The county's carrier: reads what has come until nothing more comes."""
    import django

    django.setup()
    from django.db import connection

    from kaowu.app.carry import rest_after
    from kaowu.loop.duty import duties
    from kaowu.rules.load import rulebook
    from kaowu.rules.registry import judge, rules
    from kaowu.store import arrivals
    from kaowu.store.judging_ahead import Ahead
    from kaowu.store.models import CopyFault, MirroredLog
    from kaowu.web.counter import clock

    rules(), rulebook(), duties(), arrivals.read_on(clock, judge)
    ahead = Ahead()
    ahead.begin([], {})
    ahead.wait()  # it has its rules at hand too
    ended.put("ready")
    go.wait()
    cpu, read = time.process_time(), 0
    while not _is_done(MirroredLog.objects.get()):
        fresh = arrivals.read_on(clock, judge, ahead=ahead)
        read += fresh
        time.sleep(rest_after(fresh, ahead))
    cpu = time.process_time() - cpu
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ahead.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ahead_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ended.put((read, cpu, ahead_cpu, CopyFault.objects.count()))
    connection.close()
    connection.close_pool()


def _is_done(log) -> bool:
    return bool(log.cosigned_size and log.arrived == log.cosigned_size == log.size)


def _require_figures(size: int) -> None:
    from django.db.models import Sum

    from kaowu.store.models import RoomSitting

    admitted = sum(1 for kind, _ in _kinds(size) if kind == "candidate_admitted")
    entered = RoomSitting.objects.aggregate(entered=Sum("entered"))["entered"]
    if entered != admitted:
        raise RuntimeError(f"the screens show {entered} of {admitted} entries")


def _size_of(folder: Path) -> int:
    import sqlite3

    with sqlite3.connect(folder / "site" / "kaowu.sqlite3") as database:
        return database.execute("SELECT size FROM store_journalhead").fetchone()[0]


def _kinds(size: int) -> list[tuple[str, int]]:
    """What happens in which room, in the order of a day: papers, people at all gates in turn, papers back."""
    rooms = range(-(-size // FACTS_OF_A_ROOM))
    order = ["packet_handed_out", *["candidate_admitted"] * SEATS]
    order += ["packet_unsealed", "packet_collected", "sheets_counted"]
    return [(kind, room) for kind in order for room in rooms][:size]


def _day(size: int) -> list[tuple[str, int, dict]]:
    seats = [0] * (size // FACTS_OF_A_ROOM + 1)
    facts = []
    for kind, room in _kinds(size):
        packet = f"{SITTING}-{room:04d}"
        if kind == "candidate_admitted":
            seats[room] += 1
            payload = {
                "admission_number": _ticket(room, seats[room]),
                "identity": "matched",
                "written_at": None,
            }
        elif kind == "packet_handed_out":
            payload = {"packet": packet, "seal": "10001", "sheets": SEATS + 1, "subject": "语文"}
        elif kind == "packet_unsealed":
            payload = {"packet": packet, "seal": "10001", "subject": "语文", "witnessed_by": ["01", "02"]}
        elif kind == "packet_collected":
            payload = {
                "packet": packet,
                "seal": "10002",
                "sheets": SEATS + 1,
                "state": "intact",
                "remark": "",
            }
        else:
            payload = {"issued": SEATS + 1, "used": SEATS, "absent": 0, "spare": 1, "void": 0}
        facts.append((kind, room, payload))
    return facts


def _append(book, facts) -> None:
    from kaowu.basics import canonical
    from kaowu.basics.clock import Instant, SystemClock
    from kaowu.basics.ids import digest, new_fact_id
    from kaowu.engines.ledger.runs import Proven
    from kaowu.facts.envelope import Actor, Envelope

    now = SystemClock().now()
    one = (Actor("inv-1", "chief_invigilator"),)
    two = (*one, Actor("inv-2", "assistant_invigilator"))
    office_two = (Actor("off-1", "vault_keeper"), Actor("inv-1", "chief_invigilator"))
    with book.writing() as page:
        heads = {device: page.device_head(device) for device in ("gate", "rooms")}
        for kind, room, payload in facts:
            at = Instant(STARTS + _MINUTE[kind] * 60_000)
            alone = kind != "candidate_admitted"
            device = "rooms" if alone else "gate"
            actors = (
                office_two if kind in ("packet_handed_out", "packet_collected") else two if alone else one
            )
            sequence, previous = heads[device]
            envelope = Envelope(
                id=new_fact_id(now),
                kind=kind,
                exam=EXAM,
                site=SITE,
                device=device,
                device_seq=sequence + 1,
                device_prev=previous,
                stamped_at=at,
                time_source="node",
                actors=actors,
                subject=f"{SITTING}/{SITE}/{room:04d}",
                payload=canonical.ordered(payload),
            )
            proven = tuple(Proven(who.account, f"pin/{who.account}", "pin", at) for who in actors)
            written = page.write(envelope, at, {}, b"", (), proven if alone else ())
            heads[device] = (sequence + 1, digest(written.entry))


def _exam(rooms: int) -> None:
    from django.db import transaction

    from kaowu.facts.envelope import Actor
    from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
    from kaowu.store.journal import open_book
    from kaowu.store.models import Candidate, Organisation, RoomSitting, SeatRow
    from kaowu.web.counter import record
    from kaowu.web.node_key import origin

    open_book(origin())
    Organisation.objects.create(code="3704", name="枣庄市", level="city")
    actor = Actor("city", "city_officer")
    record(ExamSetUp(name="试", profile="gaokao", organisation="3704"), actor, exam=EXAM, subject=EXAM)
    held = SittingScheduled(sitting=SITTING, subjects=("语文",), starts_at=STARTS, ends_at=STARTS + 9_000_000)
    record(held, actor, exam=EXAM, subject=EXAM)
    with transaction.atomic():
        people = Candidate.objects.bulk_create(
            (
                Candidate(
                    exam_id=EXAM,
                    number=_ticket(room, seat),
                    name="欧阳青",
                    id_type="resident_id",
                    id_number=f"{room:06d}{seat:012d}",
                    subjects="语文",
                )
                for room in range(rooms)
                for seat in range(1, SEATS + 1)
            ),
            batch_size=2_000,
        )
        SeatRow.objects.bulk_create(
            (
                SeatRow(
                    exam_id=EXAM,
                    site=SITE,
                    room=f"{number // SEATS:04d}",
                    seat=one.number[-2:],
                    admission_number=one.number,
                    candidate=one,
                )
                for number, one in enumerate(people)
            ),
            batch_size=2_000,
        )
        RoomSitting.objects.bulk_create(
            RoomSitting(exam_id=EXAM, sitting=SITTING, site=SITE, room=f"{room:04d}", expected=SEATS)
            for room in range(rooms)
        )


def _ticket(room: int, seat: int) -> str:
    return f"27{SITE}{room:04d}{seat:02d}"
