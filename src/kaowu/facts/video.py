"""What video invigilators see (视频监考): an issue in a room, and how and when it was handled.

An issue is a lead, not a violation: the room is told, two persons there decide.
"""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, instant, text
from kaowu.facts.subjects import Subject


@fact(
    zh="视频发现",
    en="Video issue seen",
    about=Subject.ROOM_SITTING,
    line_zh="视频发现（{matter}），{seen_at}，已通知 {told}",
    line_en="Seen on video ({matter}) at {seen_at}, told {told}",
)
class VideoIssueSeen(Fact):
    """Something in a room looked odd on the screen; who was told, and when it was seen."""

    matter: str = choice(
        ("candidate", "考生行为", "a candidate"),
        ("staff", "监考员履职", "the invigilators"),
        ("process", "流程不符", "the process"),
        ("equipment", "画面或设备", "picture or equipment"),
        zh="类别",
        en="Matter",
    )
    seen_at: int = instant(zh="发现时间", en="Seen at")
    told: str = choice(
        ("room", "本场监考员", "the room's invigilators"),
        ("roving", "流动监考员", "the roving invigilator"),
        ("site_chief", "主考", "the site chief"),
        ("nobody", "尚未通知", "nobody yet"),
        zh="已通知",
        en="Told",
    )
    what: str = text(zh="情况", en="What was seen", personal=True, longest=500)


@fact(
    zh="视频发现处置",
    en="Video issue handled",
    about=Subject.ROOM_SITTING,
    line_zh="视频发现已处置：{outcome}，{handled_at}，处置人 {handled_by}",
    line_en="Video issue handled: {outcome} at {handled_at} by {handled_by}",
)
class VideoIssueHandled(Fact):
    """What came of an issue, who saw to it and when; the time it took follows from both times."""

    issue: str = identifier(zh="发现记录", en="The issue")
    seen_at: int = instant(zh="发现时间", en="Seen at")
    handled_at: int = instant(zh="处置时间", en="Handled at")
    handled_by: str = choice(
        ("chief_invigilator", "主监考", "the chief invigilator"),
        ("assistant_invigilator", "副监考", "the assistant invigilator"),
        ("roving_invigilator", "流动监考员", "the roving invigilator"),
        ("site_chief", "主考", "the site chief"),
        ("technician", "技术人员", "a technician"),
        zh="处置人",
        en="Handled by",
    )
    outcome: str = choice(
        ("nothing", "核实无异常", "nothing was wrong"),
        ("corrected", "当场纠正", "corrected at once"),
        ("violation", "转违规记录", "became a violation record"),
        ("incident", "转突发事件", "became an incident"),
        ("repaired", "设备已恢复", "the equipment works again"),
        zh="结果",
        en="Outcome",
    )
    note: str = text(zh="说明", en="Note", required=False, personal=True, longest=500)
