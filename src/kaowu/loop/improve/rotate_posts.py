"""岗位轮换: what somebody has done exam by exam, and which post would be new to them.

A suggestion, never a rule: younger people come to the core posts, and nobody
stays at one post for ever. It counts only what was sealed in earlier exams.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.errors import Sentence

ALWAYS = 3
"""So many exams in a row at one post, and another is suggested."""


@dataclass(frozen=True, slots=True)
class PostHistory:
    """The posts of one person, exam by exam, latest first."""

    person: str
    years: int
    exams: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def times(self) -> Mapping[str, int]:
        """How many exams somebody had each post in."""
        return Counter(post for _, posts in self.exams for post in set(posts))


def suggestion(
    history: PostHistory, core_post: str, core_years: int, titles: Mapping[str, Sentence]
) -> Sentence | None:
    """Another post for next time; None where there is nothing to say."""
    had = history.times
    if had and core_post not in had and history.years >= core_years:
        core = _title(core_post, titles)
        return Sentence(
            f"监考{history.years}年，还没有任过{core.zh}，可安排任{core.zh}（与有经验的搭档）。",
            f"{history.years} years of service and never {core.en}: may be {core.en}, beside somebody experienced.",
        )
    same = _always_the_same(history.exams)
    if same:
        post = _title(same, titles)
        return Sentence(
            f"连续{ALWAYS}次考试都是{post.zh}，建议轮换其他岗位。",
            f"{post.en} in {ALWAYS} exams in a row: another post is suggested.",
        )
    return None


def _always_the_same(exams: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    latest = [set(posts) for _, posts in exams[:ALWAYS]]
    if len(latest) < ALWAYS or any(len(posts) != 1 for posts in latest):
        return ""
    [post] = latest[0]
    return post if all(posts == {post} for posts in latest) else ""


def _title(post: str, titles: Mapping[str, Sentence]) -> Sentence:
    return titles.get(post, Sentence(post, post))
