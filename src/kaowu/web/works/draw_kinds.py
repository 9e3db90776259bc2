"""What is drawn in each kind of draw: how its problem is made, how it is worked out, what is told of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.engines.draw import ENGINE_VERSION, DrawPlan, DrawProblem
from kaowu.engines.seating import ENGINE_VERSION as SEATING_VERSION
from kaowu.exam.plan import Sitting
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import DrawKey
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.drawn_posts import DRAWN_POSTS, IN_ROOMS, RESERVE
from kaowu.store.queries import exams, places
from kaowu.web.works import draws, seat_draw
from kaowu.web.works.lots import Drawn

Progress = Callable[[str, int, int], None]
Figure = tuple[Sentence, int]


@dataclass(frozen=True)
class DrawKind:
    """One kind of draw. `asked` and `came` tell in figures what goes in and what came out, without names."""

    engine: str
    prepare: Callable[[str, DrawKey], bytes]
    solve: Callable[[bytes, bytes, Progress | None], Drawn]
    stages: Mapping[str, Sentence]
    asked: Callable[[bytes], list[Figure]]
    came: Callable[[bytes], list[Figure]]
    law: Sentence
    came_about: Callable[[str, DrawKey, Sequence[Actor]], None] | None = None
    """What else goes on record once it is drawn."""
    seal_at_length: Callable[[str, DrawKey, Sequence[Actor], bytes], Receipt] | None = None
    """Sealing that takes its time, as a job; without it sealing is one fact."""


def kind_of(key: DrawKey) -> DrawKind:
    """The kind of a draw; LookupError if nothing draws it."""
    return _KINDS[key.kind]


def title_of(exam: str, key: DrawKey) -> Sentence:
    """What a draw is called: 派遣抽签; 某考点 语文."""
    if key.kind == "sent":
        return Sentence("派遣抽签：人员到考点", "Draw of people to sites")
    if key.kind == "seats":
        return Sentence("座位编排抽签", "Draw of seats")
    site = places.site_names([key.site]).get(key.site, key.site)
    if not key.sitting:
        return Sentence(f"{site}：人员到考场", f"{site}: people to rooms")
    sitting = next((one for one in exams.sittings(exam) if one.id == key.sitting), None)
    named = "、".join(sitting.subjects) if sitting else key.sitting
    return Sentence(f"{site} · 第 {key.sitting} 场 {named}", f"{site} · sitting {key.sitting} {named}")


def sitting_of(exam: str, key: DrawKey) -> Sitting | None:
    """The sitting before which a draw is due: its own, else the exam's first."""
    sittings = exams.sittings(exam)
    return next((one for one in sittings if key.sitting in ("", one.id)), None)


def _asked_people(problem: bytes) -> list[Figure]:
    asked = DrawProblem.from_bytes(problem)
    recusals = sum(len(person.recused) for person in asked.people) + len(asked.never_together)
    closed = {(room.site, room.room) for room in asked.rooms}
    return [
        (Sentence("候选人", "Candidates for duty"), len(asked.people)),
        (Sentence("考场", "Rooms"), len(closed)),
        (Sentence("场次", "Sittings"), len(asked.sittings)),
        (Sentence("回避关系", "Recusals by name"), recusals),
    ]


def _asked_site(problem: bytes) -> list[Figure]:
    asked = DrawProblem.from_bytes(problem)
    recusals = sum(len(person.recused) for person in asked.people) + len(asked.never_together)
    return [
        (Sentence("候选人", "Candidates for duty"), len(asked.people)),
        (Sentence("考场场次", "Room-sittings"), len(asked.rooms)),
        (Sentence("回避关系", "Recusals by name"), recusals),
        (Sentence("不得再搭档", "Pairs not to come again"), len(asked.former_pairs)),
    ]


def _came_people(plan: bytes) -> list[Figure]:
    came = DrawPlan.from_bytes(plan)
    sites = Counter(site for _, site in came.sent)
    return [
        (Sentence("派出", "Sent"), len(came.sent)),
        (Sentence("考点", "Sites"), len(sites)),
        (Sentence("最多一个考点", "Most at a site"), max(sites.values(), default=0)),
        (Sentence("最少一个考点", "Fewest at a site"), min(sites.values(), default=0)),
    ]


def _came_site(plan: bytes) -> list[Figure]:
    came = DrawPlan.from_bytes(plan)
    posts = Counter(duty.post for duty in came.duties)
    in_rooms = sum(posts[post] for post in IN_ROOMS)
    return [
        (Sentence("考场监考", "In rooms"), in_rooms),
        (Sentence("考场外岗位", "Outside rooms"), len(came.duties) - in_rooms - posts[RESERVE]),
        (DRAWN_POSTS[RESERVE].label, posts[RESERVE]),
        (Sentence("人均最多", "Most duties of one"), came.figures.get("most_duties", 0)),
        (Sentence("人均最少", "Fewest duties of one"), came.figures.get("fewest_duties", 0)),
        (Sentence("允许重复的场次", "Sittings with repeats"), len(came.reasons)),
    ]


_SENT = DrawKind(
    engine=ENGINE_VERSION,
    prepare=draws.problem_to_commit,
    solve=draws.draw_sent,
    stages={"sent": Sentence("抽签派遣", "send people"), "sites": Sentence("核对", "check")},
    asked=_asked_people,
    came=_came_people,
    law=Sentence(
        "谁去哪个考点只由签号决定；资格、性别、回避相同的人机会相等。",
        "Lots alone decide who goes where; people alike in qualification, sex and recusals have equal chances.",
    ),
)
_ROOMS = DrawKind(
    engine=ENGINE_VERSION,
    prepare=draws.problem_to_commit,
    solve=draws.solved,
    stages={"sent": Sentence("读入派遣名单", "read who was sent"), "sites": Sentence("抽考场", "draw rooms")},
    asked=_asked_site,
    came=_came_site,
    law=Sentence(
        "岗位由签号决定；在合乎全部规则的考场搭配中，每一种机会相等。",
        "Lots decide the posts; among the teams that keep every rule each is equally likely.",
    ),
)
_SEATS = DrawKind(
    engine=SEATING_VERSION,
    prepare=seat_draw.prepare,
    solve=seat_draw.work_out,
    stages={
        "sites": Sentence("分配考点", "choose sites"),
        "deal": Sentence("分到考场", "deal people to rooms"),
        "seats": Sentence("排座位", "seat people in rooms"),
    },
    asked=seat_draw.asked,
    came=seat_draw.came,
    law=Sentence(
        "谁坐哪里只由签号决定；条件相同的考生机会相等。",
        "Lots alone decide who sits where; candidates alike in all that counts have equal chances.",
    ),
    came_about=seat_draw.came_about,
    seal_at_length=seat_draw.seal,
)
_KINDS: Mapping[str, DrawKind] = {"sent": _SENT, "rooms": _ROOMS, "seats": _SEATS}
