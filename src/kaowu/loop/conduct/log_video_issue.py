"""视频发现: who sits at the screens writes down what looked odd, and what came of it."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.video import VideoIssueHandled, VideoIssueSeen
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE

_RECORDING = ("video_invigilator", *AT_SITE_HEAD, *IN_OFFICE)


@duty(zh="登记视频发现", en="Log what is seen on video", records=VideoIssueSeen, posts=_RECORDING)
def log_video_issue(room: RoomSitting, fact: VideoIssueSeen, act: Act) -> VideoIssueSeen:
    """It was seen; whether it was anything is decided in the room."""
    return fact


@duty(zh="登记视频发现处置", en="Log how an issue was handled", records=VideoIssueHandled, posts=_RECORDING)
def log_handling(room: RoomSitting, fact: VideoIssueHandled, act: Act) -> VideoIssueHandled:
    """How long it took is judged by the rules."""
    return fact
