"""视频监考分工: who of the drawn video invigilators has which rooms on the screen.

Rooms in their order are split evenly and side by side over the people in their
order, so that anybody can work the table out from the sealed list; nobody gets
more than the profile allows, and rooms that are left over are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.rules.profile import Profile

POST = "video_invigilator"
LINE = "rooms_per_video_invigilator"


@dataclass(frozen=True, slots=True)
class Watch:
    """One person at the screens, and the rooms they answer for."""

    person: str
    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watches:
    """The table of one sitting at a site; `unwatched` are rooms nobody may take."""

    watches: tuple[Watch, ...]
    unwatched: tuple[str, ...] = ()

    def of_room(self, room: str) -> str:
        """Who watches a room; empty if nobody does."""
        return next((watch.person for watch in self.watches if room in watch.rooms), "")

    def of_person(self, person: str) -> tuple[str, ...]:
        """The rooms of one person."""
        return next((watch.rooms for watch in self.watches if watch.person == person), ())


def watch_rooms(rooms: Sequence[str], people: Sequence[str], most: int) -> Watches:
    """Rooms over people, at most so many each; shares differ by one at the most."""
    ordered, watching = sorted(set(rooms)), sorted(set(people))
    if not watching:
        return Watches((), tuple(ordered))
    taken = ordered[: most * len(watching)]
    share, over = divmod(len(taken), len(watching))
    watches, start = [], 0
    for place, person in enumerate(watching):
        end = start + share + (place < over)
        watches.append(Watch(person, tuple(taken[start:end])))
        start = end
    return Watches(tuple(watches), tuple(ordered[len(taken) :]))


def rooms_each(profile: Profile) -> int:
    """How many rooms one person may have on the screen."""
    return profile.number(LINE)
