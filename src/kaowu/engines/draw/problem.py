"""What has to be drawn: people, posts, rooms by sitting, and the rules of this exam.

A problem is frozen and complete: with the seed it fixes the draw. Numbers of
people, qualifications and recusals are data of the profile or of the registers;
no number of a regulation stands in code. Minutes are integers from any common
beginning; a room may end later than its sitting (extra time).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from kaowu.basics.errors import Refused, Sentence

FORMAT = "kaowu.draw-problem/2"

EXAM = "exam"  # recused from the whole exam: own child, blacklist
SITE = "site:"  # site:040201
ROOM = "room:"  # room:040201/012
SCHOOL = "school:"  # rooms with candidates of a school: own pupils, relatives


class Sex(StrEnum):
    """男女搭配 counts these."""

    MAN = "man"
    WOMAN = "woman"


class Per(StrEnum):
    """What a line of the staffing formula counts."""

    ROOM = "room"  # so many in each room with more than `above` candidates
    SPECIAL = "special"  # so many in each room set aside for special needs
    ROOMS = "rooms"  # so many for every `every` rooms begun
    SITE = "site"  # so many at the site
    ENTRANCES = "entrances"  # so many at each entrance of the site
    LANES = "lanes"  # so many at each lane of its entrances
    PERCENT = "percent"  # so many per hundred of all lines before, rounded up


IN_ROOMS = (Per.ROOM, Per.SPECIAL)
"""Lines that put somebody into rooms; all others are posts of the site."""


class Repeats(StrEnum):
    """Whether the same room or partner may come again (轮换)."""

    NEVER = "never"
    IF_NEEDED = "if_needed"  # only in a sitting where no other draw is found; said by name
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Post:
    """One kind of post (岗位) and whom it takes; waiting (reserve) is no duty."""

    id: str
    certified: bool = True
    pledged: bool = True
    years: int = 0
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the staffing formula (监考配备标准)."""

    post: str
    count: int = 1
    per: Per = Per.ROOM
    every: int = 1
    above: int = 0


USUAL_POSTS = (
    Post("chief", years=2),
    Post("assistant"),
    Post("video", certified=False),
    Post("corridor", certified=False),
    Post("reserve", waits=True),
)
USUAL_STAFFING = (
    Line("chief"),
    Line("assistant"),
    Line("video", 1, Per.ROOMS, 4),
    Line("corridor", 1, Per.ROOMS, 10),
    Line("reserve", 12, Per.PERCENT),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How this exam draws its staff; profile data, never code."""

    posts: tuple[Post, ...] = USUAL_POSTS
    staffing: tuple[Line, ...] = USUAL_STAFFING
    both_sexes: bool = True  # the first two of a room are a man and a woman
    units_apart: bool = True  # nobody shares a room with somebody of the own school
    own_pupils: bool = False  # whether candidates of the own school may be in the room
    home_site: bool = False  # whether one may be sent to the own school
    own_subject: bool = True  # whether one may be in a room while the own subject is examined
    repeated_room: Repeats = Repeats.IF_NEEDED
    repeated_pair: Repeats = Repeats.IF_NEEDED
    more_sent_percent: int = 0  # people sent to a site beyond its posts


@dataclass(frozen=True, slots=True)
class Person:
    """One of the staff; `site` is set when the person is sent there already."""

    id: str
    sex: Sex
    unit: str
    pool: str = ""
    site: str = ""
    subjects: tuple[str, ...] = ()
    certified: bool = True
    pledged: bool = True
    years: int = 0
    recused: tuple[str, ...] = ()
    former_rooms: tuple[str, ...] = ()  # site/room of earlier exams, or of sittings drawn before
    takes: tuple[str, ...] = ()  # posts that the person may have; none named: all
    duties: int = 0  # done in sittings drawn before
    waited: int = 0
    had: tuple[str, ...] = ()  # the post of each of these
    busy_until: int = -1  # in minutes; when the last of these ends


@dataclass(frozen=True, slots=True)
class Site:
    """One exam site; `unit` is the school whose house it is."""

    id: str
    pool: str = ""
    unit: str = ""
    entrances: int = 0
    lanes: int = 0


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sitting, in minutes; `subjects` are those examined."""

    id: str
    starts: int
    ends: int
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """One room in one sitting (考场场次)."""

    sitting: str
    site: str
    room: str
    candidates: int = 30
    schools: tuple[str, ...] = ()
    more_minutes: int = 0
    special: bool = False  # set aside for candidates with special needs


@dataclass(frozen=True)
class DrawProblem:
    """Everything that a draw depends on, except the seed."""

    people: tuple[Person, ...]
    sites: tuple[Site, ...]
    sittings: tuple[Sitting, ...]
    rooms: tuple[Room, ...]
    never_together: tuple[tuple[str, str], ...] = ()  # spouses, relatives
    former_pairs: tuple[tuple[str, str], ...] = ()  # of earlier exams
    rules: Rules = Rules()
    exam: str = ""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "people", tuple(sorted(self.people, key=lambda one: one.id)))
        put(self, "sites", tuple(sorted(self.sites, key=lambda one: one.id)))
        put(self, "sittings", tuple(sorted(self.sittings, key=lambda one: (one.starts, one.id))))
        put(self, "rooms", tuple(sorted(self.rooms, key=lambda one: (one.sitting, one.site, one.room))))
        for fault in _faults(self):
            raise fault

    def with_rules(self, **changes: Any) -> "DrawProblem":
        """The same problem under changed rules."""
        return replace(self, rules=replace(self.rules, **changes))

    @cached_property
    def posts(self) -> Mapping[str, Post]:
        """Posts by id."""
        return {post.id: post for post in self.rules.posts}

    @cached_property
    def site_at(self) -> Mapping[str, Site]:
        """Sites by id."""
        return {site.id: site for site in self.sites}

    @cached_property
    def first_two_posts(self) -> tuple[str, ...]:
        """The posts of the first two places of a room."""
        lines = [line for line in self.rules.staffing if line.per in IN_ROOMS]
        return tuple(line.post for line in lines for _ in range(line.count))[:2]

    @cached_property
    def rooms_at(self) -> Mapping[tuple[str, str], tuple[Room, ...]]:
        """Rooms by (site, sitting), by room number."""
        found: dict[tuple[str, str], list[Room]] = {}
        for room in self.rooms:
            found.setdefault((room.site, room.sitting), []).append(room)
        return {place: tuple(rooms) for place, rooms in found.items()}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical bytes: JSON, UTF-8, keys sorted, no spaces, lists sorted by id."""
        return canonical_json({"format": FORMAT, **_plain(self)})

    @classmethod
    def from_bytes(cls, content: bytes) -> "DrawProblem":
        """A problem from JSON; raises Refused saying what is wrong with it."""
        try:
            return _problem(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "draw_problem_unreadable",
                Sentence(f"抽签问题文件无法读懂：{error}", f"The draw problem cannot be read: {error}"),
            ) from error


def canonical_json(value: Any) -> bytes:
    """One spelling for each value: sorted keys, no spaces, UTF-8, no floats."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def _faults(problem: DrawProblem) -> Iterator[Refused]:
    for name, ids in (
        ("人员", [one.id for one in problem.people]),
        ("考点", [one.id for one in problem.sites]),
        ("场次", [one.id for one in problem.sittings]),
        ("岗位", [one.id for one in problem.rules.posts]),
        ("考场场次", [(one.sitting, one.site, one.room) for one in problem.rooms]),
    ):
        if len(set(ids)) != len(ids):
            yield _fault(f"{name}重复", f"Something is given twice: {name}")
    known = {line.post for line in problem.rules.staffing} - {post.id for post in problem.rules.posts}
    if known:
        yield _fault(f"没有岗位{'、'.join(sorted(known))}", f"No such post: {', '.join(sorted(known))}")
    if any(line.count < 0 or line.every < 1 for line in problem.rules.staffing):
        yield _fault("配备标准须为正数", "A staffing line counts upwards")
    posts = {post.id for post in problem.rules.posts}
    strange = {post for person in problem.people for post in (*person.takes, *person.had)} - posts
    if strange:
        yield _fault(f"没有岗位{'、'.join(sorted(strange))}", f"No such post: {', '.join(sorted(strange))}")
    sites = {site.id for site in problem.sites}
    sittings = {sitting.id for sitting in problem.sittings}
    for room in problem.rooms:
        if room.site not in sites or room.sitting not in sittings:
            yield _fault(
                f"考场{room.room}的考点或场次不存在", f"Room {room.room} has an unknown site or sitting"
            )
            return
    for person in problem.people:
        if person.site and person.site not in sites:
            yield _fault(f"没有考点{person.site}", f"There is no site {person.site}")
            return
        for word in person.recused:
            if word != EXAM and not word.startswith((SITE, ROOM, SCHOOL)):
                yield _fault(f"不认识的回避“{word}”", f"Unknown recusal {word!r}")
                return
    if any(sitting.ends <= sitting.starts for sitting in problem.sittings):
        yield _fault("场次结束早于开始", "A sitting ends before it begins")


def _fault(zh: str, en: str) -> Refused:
    return Refused("draw_problem_faulty", Sentence(zh, en))


_TABLES: tuple[tuple[str, type[Any]], ...] = (
    ("people", Person),
    ("sites", Site),
    ("sittings", Sitting),
    ("rooms", Room),
)


def _plain(problem: DrawProblem) -> dict[str, Any]:
    found: dict[str, Any] = {
        "exam": problem.exam,
        "rules": asdict(problem.rules),
        "never_together": _pairs(problem.never_together),
        "former_pairs": _pairs(problem.former_pairs),
    }
    for name, kind in _TABLES:
        columns = [field.name for field in fields(kind)]
        rows = [
            [_spelt(column, getattr(row, column)) for column in columns] for row in getattr(problem, name)
        ]
        found[name] = {"columns": columns, "rows": rows}
    return found


def _spelt(column: str, value: Any) -> Any:
    """Words have no order of their own: one spelling for each set of them."""
    return sorted(value) if column in _WORDS else value


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    return sorted(sorted(pair) for pair in pairs)


def _problem(plain: Mapping[str, Any]) -> DrawProblem:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    tables = {name: _rows(kind, plain[name]) for name, kind in _TABLES}
    return DrawProblem(
        **tables,
        never_together=tuple((str(a), str(b)) for a, b in plain.get("never_together", ())),
        former_pairs=tuple((str(a), str(b)) for a, b in plain.get("former_pairs", ())),
        rules=_rules(plain.get("rules", {})),
        exam=str(plain.get("exam", "")),
    )


_NUMBERS = (
    "years", "starts", "ends", "candidates", "more_minutes", "count", "every", "above", "duties", "waited",
    "busy_until", "entrances", "lanes",
)  # fmt: skip
_FLAGS = ("certified", "pledged", "waits", "special")
_WORDS = ("subjects", "recused", "former_rooms", "schools", "takes", "had")


def _rows(kind: type[Any], table: Mapping[str, Any]) -> tuple[Any, ...]:
    columns = [str(name) for name in table["columns"]]
    return tuple(_row(kind, dict(zip(columns, row, strict=True))) for row in table["rows"])


def _row(kind: type[Any], values: Mapping[str, Any]) -> Any:
    return kind(**{name: _value(name, value) for name, value in values.items()})


def _value(name: str, value: Any) -> Any:
    if name in _WORDS:
        return tuple(sorted(str(word) for word in value))
    if name == "sex":
        return Sex(value)
    if name == "per":
        return Per(value)
    wanted = int if name in _NUMBERS else bool if name in _FLAGS else str
    if type(value) is not wanted:
        raise ValueError(f"{name} is not {wanted.__name__}: {value!r}")
    return value


def _rules(plain: Mapping[str, Any]) -> Rules:
    values = dict(plain)
    if "posts" in values:
        values["posts"] = tuple(_row(Post, post) for post in values["posts"])
    if "staffing" in values:
        values["staffing"] = tuple(_row(Line, line) for line in values["staffing"])
    for name in ("repeated_room", "repeated_pair"):
        if name in values:
            values[name] = Repeats(values[name])
    return Rules(**values)
