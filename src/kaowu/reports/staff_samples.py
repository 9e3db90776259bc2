"""Sample staff: invented people at a small site, so that every paper of the staff can be looked at.

With long names, letters outside the first plane, long units, and posts with
and without a room.
"""

import datetime
from dataclasses import replace

from kaowu.reports.contents import (
    DutyLine,
    Note,
    PayLine,
    SiteContents,
    SiteStaff,
    SittingHead,
    StaffMember,
    StaffPost,
    Timed,
    Vest,
)
from kaowu.reports.samples import EXAM, SITE, portrait, sample_seat, sample_sittings
from kaowu.reports.wording import clock

_UNITS = (
    "望川县第二中学",
    "澜州市实验中学（东校区）",
    "望川县职业技术教育中心学校",
    "澜州师范学校附属中学",
)
_POSTS = (
    ("chief_invigilator", "主监考（监考甲）", "主持本考场，保管试卷，与副监考同进同出。", ("蓝色", "#1f5fbf"), True),
    ("assistant_invigilator", "副监考（监考乙）", "核验入场考生身份和物品，分发和收取试卷。", ("蓝色", "#1f5fbf"), True),
    ("video_invigilator", "视频监控员", "负责配置规定数量的考场，发现可疑即通知现场核实。", ("紫色", "#6b3fa0"), False),
    ("roving_invigilator", "流动监考员", "负责楼层若干考场外的秩序，护送试卷，陪同如厕。", ("橙色", "#e07000"), False),
    ("screener", "安检员", "在考点入口检查每名考生，手机等设备不得带入。", ("黄色", "#f2c200"), False),
)  # fmt: skip
_STEPS = (
    ("与副监考同到考务办公室领卷，核对科目、考场、袋号、封条和份数后签字", -50, "签字", 0),
    ("两人携卷同行，由固定通道直达考场，试卷袋置于讲台可视处", -45, "", 0),
    ("启封答题卡袋，按座位核对姓名和条形码后分发", -20, "", 0),
    ("展示试卷袋，请两名考生验封并在登记表签字", -11, "签字", 0),
    ("两人同在时启封，核对科目、份数；不符立即停手报告", -10, "封条号", 0),
    ("前后站位巡视，不看书报、不聚谈、不带手机", 5, "", 15),
    ("填写考场情况记录单：应考、实考、缺考、迟到、存疑", 20, "份数", 0),
)
_SCRIPT = (
    ("考务人员到岗，对时", -60, False), ("监考员领取试卷", -50, False), ("监考员进入考场", -45, True),
    ("考生进入考场", -40, False), ("启封答题卡袋，分发答题卡", -20, True), ("验封并启封试卷袋", -10, True),
    ("分发试卷", -5, False), ("开考", 0, False), ("停止入场", 15, False), ("登记缺考", 20, False),
)  # fmt: skip
_RATES = {"chief_invigilator": 15_000, "assistant_invigilator": 15_000, "roving_invigilator": 10_050}


def sample_staff(rooms: int = 8, sittings: int = 4) -> SiteContents:
    """The staff of one site over some sittings; people change rooms from sitting to sitting."""
    held = sample_sittings()[:sittings]
    posts = tuple(_post(number, held) for number in range(len(_POSTS)))
    places = _places(rooms)
    people = tuple(_person(number) for number in range(1, len(places) + 1))
    duties = tuple(
        replace(places[at], sitting=sitting.sitting_id, person=people[(at + 2 * turn) % len(people)].number)
        for turn, sitting in enumerate(held)
        for at in range(len(places))
    )
    staff = SiteStaff(
        draw="rooms/0301",
        version="e19d0f77" * 8,
        sittings=held,
        posts=posts,
        people=people,
        duties=duties,
        contacts=(("考务办公室", "0000-7654321"), ("主考", "0000-7654322"), ("医务", "0000-7654323")),
        rules=(
            Note("监考员不得携带手机等通信工具进入考场。", "《国家教育考试违规处理办法》第十三条"),
            Note("不得擅自变更考试时间；任何时候不得一人接触试卷。"),
        ),
        pay=_pay(duties),
    )
    return SiteContents(EXAM, SITE, staff=staff)


def _places(rooms: int) -> list[DutyLine]:
    """The duties of one sitting, without sitting and person."""
    numbers = [f"{number:03}" for number in range(1, rooms + 1)]
    in_rooms = [DutyLine("", room, post, "") for room in numbers for post, *_rest in _POSTS[:2]]
    watched = [tuple(numbers[at : at + 4]) for at in range(0, rooms, 4)]
    video = [DutyLine("", "", "video_invigilator", "", watches) for watches in watched]
    roving = [DutyLine("", "", "roving_invigilator", "") for _ in range(-(-rooms // 10))]
    return [*in_rooms, *video, *roving, *(DutyLine("", "", "screener", "") for _ in range(3))]


def _person(number: int) -> StaffMember:
    seat = sample_seat((number - 1) % 30 + 1)
    return StaffMember(
        number=f"T0301{number:04}",
        name=seat.name,
        unit=_UNITS[number % len(_UNITS)],
        phone=f"0000{number:07}",
        photo=portrait(number % 30 + 1) if number % 3 else None,
    )


def _post(number: int, held: tuple[SittingHead, ...]) -> StaffPost:
    code, name, duty, (colour, rgb), in_rooms = _POSTS[number]
    return StaffPost(
        code=code,
        name=name,
        duty=duty,
        vest=Vest(colour, rgb),
        reports=_timed("考务办公室", -60, held),
        hands_over=_timed("考务办公室验收员", 170, held),
        steps=tuple(
            replace(_timed(text, minutes, held), proof=proof, every_minutes=every)
            for text, minutes, proof, every in _STEPS
        ),
        script=tuple(replace(_timed(text, minutes, held), own=own) for text, minutes, own in _SCRIPT),
        in_rooms=in_rooms,
    )


def _timed(text: str, minutes: int, held: tuple[SittingHead, ...]) -> Timed:
    after = datetime.timedelta(minutes=minutes)
    return Timed(text, tuple((one.sitting_id, clock(one.starts_at + after)) for one in held))


def _pay(duties: tuple[DutyLine, ...]) -> tuple[PayLine, ...]:
    counted: dict[tuple[str, str], int] = {}
    for duty in duties:
        counted[duty.person, duty.post] = counted.get((duty.person, duty.post), 0) + 1
    return tuple(
        PayLine(person, post, sittings, _RATES.get(post, 8_000))
        for (person, post), sittings in sorted(counted.items())
    )
