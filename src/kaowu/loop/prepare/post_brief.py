"""岗位须知: what a post does in a sitting, when it reports, when it hands over, by checklist and minute script."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.exam.plan import Sitting
from kaowu.rules.load import rulebook
from kaowu.rules.moment import DAY
from kaowu.rules.profile import Profile


@dataclass(frozen=True, slots=True)
class Timed:
    """One thing to do and when."""

    at: Instant
    text: Sentence
    every_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PostBrief:
    """What somebody at a post has to know of one sitting."""

    post: str
    title: Sentence
    duty: Sentence | None
    items: tuple[Timed, ...] = ()

    @property
    def reports(self) -> Timed | None:
        """The first thing of the sitting: when and for what one comes."""
        return self.items[0] if self.items else None

    @property
    def hands_over(self) -> Timed | None:
        """The last thing of the sitting: when and how one hands over (交接班)."""
        return self.items[-1] if self.items else None


def post_title(post: str) -> Sentence:
    """The name of a post; a post without a checklist keeps its code."""
    found = rulebook().checklists.get(post)
    return found.title if found else Sentence(post, post)


def brief(post: str, profile: Profile, sitting: Sitting, *, is_first: bool = False) -> PostBrief:
    """The brief of a post in one sitting; without times where the post has no checklist."""
    found = rulebook().checklists.get(post)
    if found is None:
        return PostBrief(post, post_title(post), None)
    occasion = profile.occasion(sitting.subjects, is_first=is_first)
    items = (
        Timed(
            profile.instant_of(item.at, sitting.starts_at, sitting.ends_at, occasion),
            item.text,
            item.every_minutes,
        )
        for item in found.items
        if item.at.anchor != DAY
    )
    return PostBrief(post, found.title, found.duty, tuple(sorted(items, key=lambda item: item.at)))
