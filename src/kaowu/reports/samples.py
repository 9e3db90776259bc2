"""Sample contents: invented people and places, so that every document can be looked at.

They hold what goes wrong on paper: long names, letters outside the first
plane, a letter no face can draw, leading zeros, empty seats, absent photos.
"""

import datetime
from dataclasses import replace
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from kaowu.basics.clock import EXAM_ZONE
from kaowu.basics.seat_grid import SeatGrid, seat_text
from kaowu.reports.contents import (
    ExamHead,
    Note,
    PacketLine,
    RoomContents,
    RoomHead,
    SeatLine,
    SiteContents,
    SiteHead,
    SittingHead,
    Ticket,
    TicketSitting,
)

EXAM = ExamHead(
    exam_id="2027-gaokao",
    name="2027年普通高等学校招生全国统一考试",
    authority="澜州市教育考试院",
    enquiries="咨询 0000-1234567（8:00—18:00）",
    notes=(
        Note(
            "凭本证和居民身份证原件入场，每科都要带齐。人脸比对不过或证件读不出，"
            "不会因此不让进场，请听工作人员安排核验。"
        ),
        Note("开考 15 分钟后禁止进入考点（外语科目以听力开始前规定时间为准）。"),
        Note(
            "手机、智能手表、耳机等有收发信息功能的物品，带入考场即按作弊处理，不论是否使用。",
            "《国家教育考试违规处理办法》第六条第（四）项",
        ),
        Note("按考场和座位号入座；听到开考信号前不得答题，听到结束信号立即停笔。"),
        Note("身体不适、文具损坏、试卷不清，举手告诉监考员。"),
    ),
    admission_number_groups=(2, 4, 2, 3, 2),
)

SITE = SiteHead(
    site_id="370301",
    code="0301",
    name="望川县第一中学考点",
    address="澜州市望川县学府路 16 号",
    entrance="考生由东门进入，公交 3、7 路“县一中”站下",
    district="望川县考区",
)

_NAMES = [
    "徐景行",
    "毛既白",
    "夏雨笙",
    "欧阳䶮",
    "何昀",
    "韩书白",
    "汪若溪",
    "董堃",
    "诸葛若㛃",
    "朱子衿",
    "尹沐阳",
    "次仁旺姆",
    "廖楠",
    "常可凡",
    "丁𬎆",
    "冯思远",
    "买买提依明·阿卜杜热合曼",
    "迪丽努尔·艾合买提江",
    "史听澜",
    "武砚秋",
    "𠮷田文",
    "崔南乔",
    "古丽巴哈尔·阿不都热依木·买买提",
    "崔子衿",
    "范怀瑾",
    "黎翊辰",
    "毛立言",
    "段澄",
    "梁𫍯",
    "郑𰨅",
]
_ROOMS = ("009", "010", "011", "012")


def sample_rooms() -> SiteContents:
    """Two rooms in one sitting: a full one, and one with empty seats and no photos."""
    full, part = _room("012"), _room("013")
    spare = [seat for seat in part.seats if int(seat.seat_number) not in (7, 19, 28, 29, 30)]
    part = replace(part, seats=tuple(replace(seat, photo=None) for seat in spare))
    return SiteContents(EXAM, SITE, rooms=(full, part))


def sample_tickets() -> SiteContents:
    """Three tickets: an ordinary one, a long name, and one without photo and with a rare letter."""
    return SiteContents(EXAM, SITE, tickets=tuple(_ticket(number) for number in (1, 17, 30)))


def sample_site() -> SiteContents:
    """A whole small site: rooms, tickets, packets."""
    rooms = sample_rooms().rooms
    tickets = tuple(_ticket(number) for number in range(1, 31))
    return SiteContents(EXAM, SITE, rooms=rooms, tickets=tickets, packets=_packets())


def sample_seat(number: int, room: str = "012") -> SeatLine:
    """One invented candidate at a seat."""
    odd = number % 2 == 1
    return SeatLine(
        seat_number=seat_text(number),
        name=_NAMES[(number - 1) % len(_NAMES)],
        admission_number=f"27370301{room}{number:02}",
        candidate_number=f"273703{int(room):03}0{number:04}",
        sex="男" if odd else "女",
        document_number=f"370402200901{number:02}{1000 + number * 37 % 9000:04}"[:17]
        + "0123456789X"[number % 11],
        subjects="英语",
        school="望川县第一中学",
        photo=None if number == 30 else portrait(number),
        accommodations=("延时30%", "大字卷") if number == 11 else (),
    )


def sample_sittings() -> tuple[SittingHead, ...]:
    """Six subjects on three days."""
    plan = (
        ("chinese", "语文", 7, (9, 0), (11, 30), (8, 15)),
        ("maths", "数学", 7, (15, 0), (17, 0), (14, 25)),
        ("history", "历史", 8, (9, 0), (10, 15), (8, 25)),
        ("english", "英语", 8, (15, 0), (17, 0), (14, 15)),
        ("geography", "地理", 9, (11, 0), (12, 15), (10, 25)),
        ("politics", "思想政治", 9, (14, 30), (15, 45), (13, 55)),
    )
    return tuple(_sitting(*row) for row in plan)


@cache
def portrait(seed: int) -> bytes:
    """A drawn likeness of nobody, as a JPEG of the registered size."""
    image = Image.new("RGB", (480, 640), (238, 240, 242))
    draw = ImageDraw.Draw(image)
    tone, hair = 186 + seed * 7 % 30, 30 + seed * 11 % 40
    draw.ellipse((40, 470, 440, 900), fill=(95 + seed * 5 % 40, 107, 119))
    draw.rectangle((205, 400, 275, 500), fill=(tone, tone - 7, tone - 14))
    draw.ellipse((115, 100, 365, 330 + seed * 13 % 30), fill=(hair, hair, hair + 3))
    draw.ellipse((135, 150, 345, 450), fill=(tone, tone - 7, tone - 14))
    for x in (195, 285):
        draw.ellipse((x - 7, 285, x + 7, 299), fill=(40, 40, 42))
    draw.arc((205, 340, 275, 395), 20, 160, fill=(90, 60, 60), width=4)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _sitting(
    name: str,
    subject: str,
    day: int,
    start: tuple[int, int],
    end: tuple[int, int],
    arrive: tuple[int, int],
) -> SittingHead:
    starts_at = datetime.datetime(2027, 6, day, *start, tzinfo=EXAM_ZONE)
    return SittingHead(
        sitting_id=name,
        subject=subject,
        starts_at=starts_at,
        ends_at=datetime.datetime(2027, 6, day, *end, tzinfo=EXAM_ZONE),
        arrive_by=datetime.time(*arrive),
        entry_closes_at=(starts_at + datetime.timedelta(minutes=15)).time(),
    )


def _room(number: str) -> RoomContents:
    head = RoomHead(f"370301-{number}", number, "知行楼 2 层 203 室", grid=SeatGrid((6,) * 5))
    seats = tuple(sample_seat(seat, number) for seat in range(1, 31))
    return RoomContents(head, sample_sittings()[0], seats)


def _ticket(number: int) -> Ticket:
    seat = sample_seat(number)
    sittings = tuple(
        TicketSitting(sitting, _ROOMS[order * 3 % 4] if order in (2, 4) else "012", f"{number:02}")
        for order, sitting in enumerate(sample_sittings())
    )
    return Ticket(
        name=seat.name,
        admission_number=seat.admission_number,
        candidate_number=seat.candidate_number,
        sittings=sittings,
        sex=seat.sex,
        document_number=seat.document_number,
        stream="历史类（历史、地理、思想政治）　外语 英语",
        school=seat.school,
        photo=seat.photo,
        accommodations=seat.accommodations,
        batch=seat.school if number < 20 else "望川县第二中学",
    )


def _packets() -> tuple[PacketLine, ...]:
    sitting = sample_sittings()[0]
    rooms = tuple(
        PacketLine(f"0301{int(room):04}", sitting, room, 30, seal_number=f"F27{int(room):05}")
        for room in ("012", "013")
    )
    return (*rooms, PacketLine("03019001", sitting, "备用", 30, spare=True, seal_number="F2790001"))
