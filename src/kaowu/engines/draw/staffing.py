"""Who is needed where (监考配备): the staffing formula of one site in one sitting → rows and posts.

A *row* is one place in each of some rooms: the row of chiefs, the row of first
assistants. Site posts are so many people of a post outside the rooms. A
*kind* is what the cast fills: a row (by sex where the rule asks for both) or a
site post.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.engines.draw.problem import IN_ROOMS, DrawProblem, Per, Post, Room, Sex


@dataclass(frozen=True, slots=True)
class Row:
    """One place of `post` in each of these rooms (by index among the site's rooms)."""

    post: str
    rooms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """So many people of one post, of one sex where it matters; `row` is -1 outside the rooms."""

    post: Post
    row: int
    sex: Sex | None
    count: int


@dataclass(frozen=True)
class Need:
    """Everything one site needs in one sitting."""

    rooms: tuple[Room, ...]
    rows: tuple[Row, ...]
    site_posts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All people at work or waiting."""
        return sum(len(row.rooms) for row in self.rows) + sum(count for _, count in self.site_posts)


def need_of(problem: DrawProblem, rooms: Sequence[Room]) -> Need:
    """The formula worked out for these rooms of a site."""
    rows: list[Row] = []
    posts: list[tuple[str, int]] = []
    total = 0
    for line in problem.rules.staffing if rooms else ():
        if line.per in IN_ROOMS:
            inside = tuple(
                i
                for i, room in enumerate(rooms)
                if (room.special if line.per is Per.SPECIAL else room.candidates > line.above)
            )
            rows += [Row(line.post, inside)] * line.count
            total += len(inside) * line.count
            continue
        count = {
            Per.ROOMS: -(-len(rooms) // line.every) * line.count,
            Per.SITE: line.count,
            Per.ENTRANCES: problem.site_at[rooms[0].site].entrances * line.count,
            Per.LANES: problem.site_at[rooms[0].site].lanes * line.count,
            Per.PERCENT: -(-total * line.count // 100),
        }[line.per]
        if count:
            posts.append((line.post, count))
        total += count
    return Need(tuple(rooms), tuple(rows), tuple(posts))


def kinds_of(problem: DrawProblem, need: Need, chief_men: int, chief_women: int) -> list[Kind]:
    """The kinds of one need, in order; the two numbers say how many could be chief."""
    found: list[Kind] = []
    men = 0
    mixed = problem.rules.both_sexes and len(need.rows) > 1
    for number, row in enumerate(need.rows):
        post, count = problem.posts[row.post], len(row.rooms)
        if not mixed or number > 1:
            found.append(Kind(post, number, None, count))
            continue
        if number == 0:
            share = count * chief_men // max(1, chief_men + chief_women)
            men = max(count - chief_women, min(chief_men, share), 0)
            men = min(men, count)
            here = men
        else:
            here = count - men * count // max(1, len(need.rows[0].rooms))
        found += [Kind(post, number, Sex.MAN, here), Kind(post, number, Sex.WOMAN, count - here)]
    found += [Kind(problem.posts[name], -1, None, count) for name, count in need.site_posts]
    return [kind for kind in found if kind.count]
