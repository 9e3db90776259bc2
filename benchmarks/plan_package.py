"""A plan package with photographs: gathered, sealed and signed above; opened, judged and written into the tables below.

The size counts candidates of one site, 30 to a room, each with a photograph of
about the size offices collect.
"""

import os
import time
import zipfile
from pathlib import Path
from typing import Any

from benchmarks import _print_input

NAME = "plan-package"
SIZES = (300, 3_000)
EXAM, SITE, UNIT = "gk", "040501", "370400"
PER_ROOM = 30


def make_input(size: int, folder: Path) -> None:
    _print_input.write(size, folder)
    faces = [(folder / f"face{face}.jpg").read_bytes() for face in range(_print_input.FACES)]
    with zipfile.ZipFile(folder / "photos.zip", "w", zipfile.ZIP_STORED) as archive:
        for number in range(size):
            # Some bytes behind the end of the picture, so that no two are alike.
            archive.writestr(f"{_id(number)}.jpg", faces[number % len(faces)] + number.to_bytes(8, "big"))
    _node(folder)
    from kaowu.store.models import (
        Candidate,
        Exam,
        Organisation,
        Room,
        RoomSitting,
        School,
        SeatRow,
        Site,
        Sitting,
    )

    city = Organisation.objects.create(code=UNIT, name="市", level="city")
    school = School.objects.create(code="s1", name="一中", organisation=city)
    unit = Organisation.objects.create(code=SITE, name="考点", level="site", parent=city)
    site = Site.objects.create(code=SITE, name="考点", organisation=unit, school=school)
    exam = Exam.objects.create(code=EXAM, name="考试", profile="", organisation=city)
    Sitting.objects.create(exam=exam, code="01", subjects=["语文"], starts_at=0, ends_at=1)
    rooms = [f"{number:03}" for number in range(1, -(-size // PER_ROOM) + 1)]
    Room.objects.bulk_create(
        Room(site=site, number=number, building="A", floor=1, capacity=PER_ROOM) for number in rooms
    )
    people = [
        Candidate(
            exam=exam, number=f"{number:06}", name=f"考生{number}", id_number=_id(number), subjects="语文"
        )
        for number in range(size)
    ]
    Candidate.objects.bulk_create(people)
    SeatRow.objects.bulk_create(
        SeatRow(
            exam=exam,
            site=SITE,
            room=rooms[number // PER_ROOM],
            seat=f"{number % PER_ROOM + 1:02}",
            candidate=one,
            admission_number=f"27{number:08}",
        )
        for number, one in enumerate(people)
    )
    RoomSitting.objects.bulk_create(
        RoomSitting(exam=exam, sitting="01", site=SITE, room=room, expected=PER_ROOM) for room in rooms
    )


def set_up(folder: Path) -> Any:
    _node(folder)
    from kaowu.web.works import photos

    content = (folder / "photos.zip").read_bytes()
    photos.Photos.of = classmethod(lambda cls, exam: cls(content, {}))  # type: ignore[method-assign]
    return photos


def run(state: Any, size: int, folder: Path) -> dict[str, object]:
    from django.db import transaction

    from kaowu.basics.clock import Instant
    from kaowu.basics.suites import deployed
    from kaowu.engines.sync.sealed_file import PLAN_PACKAGE, Head, read_file, seal_file
    from kaowu.facts.nodes import PlanPackageTaken
    from kaowu.store import artefacts, plan_package
    from kaowu.web.node_key import opening_key, signing_key, verifying_key

    begun = time.perf_counter()
    gathered = plan_package.gather(EXAM, SITE, [], lambda site: state.by_room(EXAM, site))
    head = Head(PLAN_PACKAGE, "city/1", SITE, EXAM, 1, "0")
    made = seal_file(head, gathered.content, [opening_key().box_key], signing_key(), deployed())
    sealed = time.perf_counter()
    file = read_file(made)
    file.signed_by([verifying_key()], deployed())
    counts = plan_package.counts(file.open(opening_key()))
    named = artefacts.keep(made, kind=plan_package.PACKAGE, at=Instant(0), exam=EXAM)
    fact = PlanPackageTaken(package=named, maker="city/1", organisation=SITE, number=1, **counts)
    with transaction.atomic():
        plan_package.install(EXAM, fact, Instant(0))
    taken = time.perf_counter()
    return {
        "package_mb": round(len(made) / 1e6, 1),
        "photographs": counts["photographs"],
        "make_s": round(sealed - begun, 2),
        "take_s": round(taken - sealed, 2),
    }


def _id(number: int) -> str:
    return f"3704022007{number:08}"


def _node(folder: Path) -> None:
    os.environ["KAOWU_DATA"] = str(folder / "node")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    import django

    django.setup()
    from kaowu.app.run import prepare_database

    prepare_database()
