"""A site whose staff are drawn and sealed: two sittings, six rooms, four reserves, and a city reserve at home."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from tests.web.exam_day import AFTERNOON, ENDS, EXAM, STARTS, set_up

from kaowu.engines.draw import (
    DrawPlan,
    DrawProblem,
    Line,
    Per,
    Person,
    Post,
    Room,
    Rules,
    Sex,
    Site,
    Sitting,
    solve,
    verify,
)
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import SENT, DrawKey

if TYPE_CHECKING:
    from tests.web.exam_day import ExamDay

POSTS = (
    Post("chief_invigilator", years=2),
    Post("assistant_invigilator"),
    Post("video_invigilator", certified=False),
    Post("reserve", waits=True),
)
LINES = (
    Line("chief_invigilator"),
    Line("assistant_invigilator"),
    Line("video_invigilator", 1, Per.ROOMS, 4),
    Line("reserve", 4, Per.SITE),
)
RULES = Rules(posts=POSTS, staffing=LINES)
_NAMES = (
    "欧阳修 秦观 晏殊 柳永 苏轼 黄庭坚 李清照 辛弃疾 陆游 范成大 杨万里 姜夔 吴文英 周密 张炎 王沂孙 "
    "蒋捷 史达祖 买买提依明·阿卜杜热合曼 贺铸 周邦彦 朱敦儒 张孝祥 刘克庄 陈亮 刘过 高观国 卢祖皋 戴复古 叶绍翁 林逋 曾几"
)
NAMES = _NAMES.split()
ROOMS = ("001", "002", "003", "004", "005", "006")


@dataclass
class DrawnSite:
    """The exam day with a sealed draw of its staff."""

    day: ExamDay
    problem: DrawProblem
    plan: DrawPlan
    key: DrawKey

    @property
    def site(self) -> str:
        return self.day.site

    def duty(self, sitting: str, post: str, room: str | None = None) -> Any:
        """A duty of the list as it was drawn."""
        return next(
            d for d in self.plan.duties if (d.sitting, d.post) == (sitting, post) and room in (None, d.room)
        )

    def waiting(self, sitting: str) -> list[str]:
        return [d.person for d in self.plan.duties if d.sitting == sitting and d.post == "reserve"]

    def in_force(self, sitting: str = "S1") -> Any:
        from kaowu.web.works import duty_lists

        return duty_lists.in_force(EXAM, self.site, sitting)

    def breaks(self, sitting: str = "S1") -> list[Any]:
        """What the verifier says of the list in force."""
        listed = self.in_force(sitting)
        return verify(listed.problem, listed.plan, gone=listed.gone)


def staff(count: int, site: str, first: int = 1) -> list[Person]:
    """Men and women by turns, of five units; every third is new."""
    return [
        Person(
            f"T{n:03d}",
            (Sex.MAN, Sex.WOMAN)[n % 2],
            f"U{n // 2 % 5}",
            pool="370402",
            site=site,
            years=(6, 6, 0)[n % 3],
        )
        for n in range(first, first + count)
    ]


def problem_for(
    site: str, people: list[Person], sittings: tuple[str, ...] = ("S1", "S2"), **rules: Any
) -> DrawProblem:
    times = {"S1": (STARTS // 60_000, ENDS // 60_000), "S2": (AFTERNOON // 60_000, AFTERNOON // 60_000 + 150)}
    return DrawProblem(
        tuple(people),
        (Site(site, "370402"),),
        tuple(Sitting(one, *times[one]) for one in sittings),
        tuple(Room(sitting, site, room, 30) for sitting in sittings for room in ROOMS),
        rules=Rules(**{"posts": POSTS, "staffing": LINES, **rules}),
        exam=EXAM,
    )


def seal(key: DrawKey, problem: DrawProblem, plan_of: Any = None) -> DrawPlan:
    """Hold the whole ceremony at once."""
    from kaowu.engines.draw import ENGINE_VERSION
    from kaowu.store import artefacts
    from kaowu.web.works import lots

    signers = (Actor("maker", "city_officer"), Actor("witness", "city_officer"))

    def work(content: bytes, seed: bytes) -> lots.Drawn:
        asked = DrawProblem.from_bytes(content)
        plan = plan_of(asked, seed) if plan_of else solve(asked, seed)
        return lots.Drawn(plan.to_bytes(), len(plan.sent), len(plan.duties), 0)

    # The salts are secret and different each time; here they are not, so that every run draws the same.
    with patch.object(lots, "secrets", SimpleNamespace(token_bytes=lambda size: bytes(size))):
        lots.commit(EXAM, key, problem.to_bytes(), ENGINE_VERSION, signers)
        lots.give(EXAM, key, "dice", "123456" * 10, "见证人", signers[:1])
    lots.draw(EXAM, key, work, signers)
    lots.seal(EXAM, key, signers)
    drawn = lots.latest(EXAM, key).drawn
    assert drawn is not None
    return DrawPlan.from_bytes(artefacts.read(drawn.plan))


def register(city: Any, people: list[Person]) -> None:
    """The people of the draw in the register, so that pages can name them."""
    from kaowu.store.models import Person as Row

    for number, one in enumerate(people):
        Row.objects.create(
            number=one.id,
            name=NAMES[number % len(NAMES)],
            sex="male" if one.sex is Sex.MAN else "female",
            organisation=city.north,
            years_invigilating=one.years,
            certified=one.certified,
            secrecy_pledged=one.pledged,
            phone=f"1380000{number:04d}",
        )


def only_sent(asked: DrawProblem, seed: bytes) -> DrawPlan:
    """Everybody with a site is sent there; the others stay at home."""
    sent = tuple((person.id, person.site) for person in asked.people if person.site)
    return DrawPlan(asked.digest, hashlib.sha256(seed).hexdigest(), "draw/2", sent, ())


@pytest.fixture
def drawn(city, account) -> DrawnSite:
    """The draw of a site, sealed, the exam's clock standing 40 minutes before the first sitting."""
    day = set_up(city, account)
    people = staff(26, day.site)
    home = [Person(f"Z{n:02d}", (Sex.MAN, Sex.WOMAN)[n % 2], "U9", pool="370402", years=6) for n in range(6)]
    register(city, [*people, *home])
    day.at(-600)
    dispatch = problem_for(day.site, [*people, *home])
    seal(SENT, dispatch, only_sent)
    key = DrawKey("rooms", day.site)
    problem = problem_for(day.site, people)
    plan = seal(key, problem)
    day.at(-40)
    return DrawnSite(day, problem, plan, key)
