"""Posts that are filled by lot (抽签岗位), and whom the registers mean for them.

The register says for which post somebody was recruited (拟任岗位). Whoever was
recruited for another post than these takes no part in a draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kaowu.basics.errors import Sentence

CHIEF, ASSISTANT, VIDEO = "chief_invigilator", "assistant_invigilator", "video_invigilator"
ROVING, SCREENER, PATROL = "roving_invigilator", "screener", "patrol"
INSPECTOR, RESERVE = "resident_inspector", "reserve"

IN_ROOMS = (CHIEF, ASSISTANT)
"""Posts inside rooms: recusals from candidates concern these, and the reserve that may be called to them."""


@dataclass(frozen=True, slots=True)
class DrawnPost:
    """One post: its name, and whether somebody in it only waits."""

    id: str
    label: Sentence
    certified: bool = False
    waits: bool = False


DRAWN_POSTS: Mapping[str, DrawnPost] = {
    post.id: post
    for post in (
        DrawnPost(CHIEF, Sentence("主监考", "Chief invigilator"), certified=True),
        DrawnPost(ASSISTANT, Sentence("副监考", "Assistant invigilator"), certified=True),
        DrawnPost(VIDEO, Sentence("视频监考员", "Video invigilator")),
        DrawnPost(ROVING, Sentence("流动监考员", "Roving invigilator")),
        DrawnPost(SCREENER, Sentence("安检员", "Screener")),
        DrawnPost(PATROL, Sentence("巡考员", "Patrol")),
        DrawnPost(INSPECTOR, Sentence("派驻检查员", "Resident inspector")),
        DrawnPost(RESERVE, Sentence("备用监考员", "Reserve invigilator"), certified=True, waits=True),
    )
}

_INVIGILATOR = (CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING)
TAKES: Mapping[str, tuple[str, ...]] = {
    "": _INVIGILATOR,
    "监考员": _INVIGILATOR,
    "机动": _INVIGILATOR,
    "备用监考员": _INVIGILATOR,
    "主监考": _INVIGILATOR,
    "副监考": (ASSISTANT, RESERVE, VIDEO, ROVING),
    "视频监考员": (VIDEO,),
    "流动监考员": (ROVING,),
    "安检员": (SCREENER,),
    "巡考员": (PATROL,),
    "巡视员": (PATROL,),
    "派驻检查员": (INSPECTOR,),
}
"""The posts for which somebody recruited under this name may be drawn; empty for all other names."""


def takes(intended: str) -> tuple[str, ...]:
    """The drawn posts of somebody recruited for this post."""
    return TAKES.get(intended.strip(), ())


def post_name(post: str) -> Sentence:
    """A drawn post as people call it."""
    known = DRAWN_POSTS.get(post)
    return known.label if known else Sentence(post, post)
