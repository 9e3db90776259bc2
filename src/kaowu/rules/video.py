"""Video invigilation: was an issue on the screen handled within the time of this exam?"""

from kaowu.basics.errors import Sentence, Severity
from kaowu.facts.video import VideoIssueHandled
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule

_MINUTE_MS = 60_000


@rule(
    "video.handled_late",
    zh="视频发现处置超时",
    en="An issue seen on video was handled late",
    cites="incident_handled_minutes",
    on=VideoIssueHandled,
    severity=Severity.ATTENTION,
    remedy=Sentence("写明原因；同类情况复盘时改进通知方式。", "Say why; look at how rooms are told in the review."),
)  # fmt: skip
def handled_late(fact: VideoIssueHandled, profile: Profile) -> Verdict:
    """From seen to handled, against the line of the profile; a time that runs backwards is named, too."""
    took = fact.handled_at - fact.seen_at
    if took < 0:
        return Sentence(
            "处置时间早于发现时间，请核对。", "It was handled before it was seen; check the times."
        )
    most = profile.number("incident_handled_minutes")
    if took <= most * _MINUTE_MS:
        return None
    minutes = -(-took // _MINUTE_MS)
    return Sentence(
        f"处置用时 {minutes} 分钟，应在 {most} 分钟内。",
        f"Handling took {minutes} minutes, {most} are allowed.",
    )
