"""Candidates, photographs and sites for the benchmarks of printing."""

import datetime
import json
import random
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

PER_SITE, PER_ROOM = 1_500, 30
FACES = 200
WORKERS = 2
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
PRINTED_AT = "2027-05-31T09:04:00+08:00"


def write(size: int, folder: Path) -> None:
    """Names as text, and faces as JPEG files of about the size offices collect."""
    from PIL import Image

    from kaowu.reports.samples import portrait

    chance = random.Random(20270607)
    names = [_name(chance) for _ in range(size)]
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    for face in range(FACES):
        with Image.open(BytesIO(portrait(face))) as drawn:
            grain = Image.effect_noise(drawn.size, 14).convert("RGB")
            Image.blend(drawn, grain, 0.12).save(folder / f"face{face}.jpg", "JPEG", quality=85)


def set_up(folder: object = None) -> Any:
    """The press with its processes warm: imports, fonts, a first page."""
    from kaowu.reports import admission_ticket, lettering, print_pack, samples
    from kaowu.reports.print_pack import Press

    lettering.width_em("准考证")
    press = Press(WORKERS)
    contents = samples.sample_tickets()
    imprint = print_pack.Imprint("", datetime.datetime.fromisoformat(PRINTED_AT), "")
    sheets = admission_ticket.document.sheets(contents)
    target = Path("/dev/null")
    for waiting in [press.set(sheets, imprint, target) for _ in range(WORKERS)]:
        waiting.result()
    return press


def print_sites(press: Any, size: int, folder: Path, documents: Sequence[Any] | None) -> dict[str, object]:
    """Print site by site; the figures of all packs together."""
    from kaowu.reports import print_pack

    pages = megabytes = 0.0
    with press:
        for number, contents in enumerate(_sites(size, folder)):
            target = folder / f"site{number}.pdf"
            summary = print_pack.build(
                contents,
                target,
                printed_at=datetime.datetime.fromisoformat(PRINTED_AT),
                digest="b6d208f5",
                documents=documents,
                press=press,
            )
            pages += summary.pages
            megabytes += target.stat().st_size / 1e6
            target.unlink()
    return {"pages": int(pages), "output_mb": round(megabytes, 1)}


def _sites(size: int, folder: Path) -> Iterator[Any]:
    from dataclasses import replace

    from kaowu.basics.seat_grid import SeatGrid
    from kaowu.reports import samples
    from kaowu.reports.contents import PacketLine, RoomContents, RoomHead, SiteContents

    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    faces = [(folder / f"face{face}.jpg").read_bytes() for face in range(FACES)]
    sitting, grid = samples.sample_sittings()[0], SeatGrid((6,) * 5)
    for start in range(0, size, PER_SITE):
        code = f"{start // PER_SITE + 1:04}"
        site = replace(samples.SITE, site_id=f"37{code}", code=code)
        tickets, rooms = [], []
        for first in range(start, min(start + PER_SITE, size), PER_ROOM):
            number = f"{(first - start) // PER_ROOM + 1:03}"
            seats = []
            for index in range(first, min(first + PER_ROOM, size, start + PER_SITE)):
                ticket, seat = _candidate(index, names[index], faces, code, number, index - first + 1)
                tickets.append(ticket)
                seats.append(seat)
            head = RoomHead(f"37{code}-{number}", number, "知行楼 2 层 203 室", grid=grid)
            rooms.append(RoomContents(head, sitting, tuple(seats)))
        packets = tuple(
            PacketLine(f"{code}{room.room.number}", sitting, room.room.number, 30, seal_number=f"F{code}")
            for room in rooms
        )
        yield SiteContents(samples.EXAM, site, tuple(rooms), tuple(tickets), packets)


def _candidate(
    index: int, name: str, faces: Sequence[bytes], site: str, room: str, place: int
) -> tuple[Any, Any]:
    from kaowu.reports import samples
    from kaowu.reports.contents import SeatLine, Ticket, TicketSitting

    seat_number = f"{place:02}"
    photo = faces[index % FACES] + index.to_bytes(4, "big")  # bytes behind a JPEG's end are ignored
    seat = SeatLine(
        seat_number,
        name,
        f"2737{site}{room}{seat_number}",
        f"2737{index:010}",
        sex="男" if index % 2 else "女",
        document_number=f"37040220090101{index % 10_000:04}",
        subjects="英语",
        photo=photo,
    )
    ticket = Ticket(
        name,
        seat.admission_number,
        seat.candidate_number,
        tuple(TicketSitting(each, room, seat_number) for each in samples.sample_sittings()),
        sex=seat.sex,
        document_number=seat.document_number,
        stream="历史类（历史、地理、思想政治）　外语 英语",
        school=f"第{index % 40 + 1}中学",
        photo=photo,
    )
    return ticket, seat


def _name(chance: random.Random) -> str:
    given = "".join(chr(chance.choice(_GIVEN)) for _ in range(chance.choice((1, 2, 2, 2))))
    return chance.choice(SURNAMES) + given


_GIVEN = [
    ord(bytes((row, column)).decode("gb2312")) for row in range(0xB0, 0xD7) for column in range(0xA1, 0xFA)
]
