"""Several players (并行演练): each a process that plays its share of the seeds, and says what became of them."""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from kaowu.app.faultsim.schedule import Outcome
from kaowu.app.faultsim.world import FORK

Play = Callable[[int], Outcome]
_DEALT = 2
"""Seeds are dealt in pairs: neighbours are of different suites, which do not cost the same."""


class PlayerDied(Exception):
    """A player ended by itself, or was ended."""


def played(seeds: Sequence[int], jobs: int, play: Play) -> Generator[Outcome, None, None]:
    """The outcomes in the order of the seeds; players are forked from this process, with all that it has loaded.

    Whoever stops asking ends the players: each plays out the schedule it is at. Raises PlayerDied.
    """
    pipes: list[Connection] = []
    players = []
    for number in range(jobs):
        ours, theirs = FORK.Pipe(duplex=False)
        share = [seed for at, seed in enumerate(seeds) if at // _DEALT % jobs == number]
        # The player must not hold the ends at which others are heard, or they would not notice that nobody listens.
        player = FORK.Process(target=_play_all, args=(theirs, [*pipes, ours], share, play))
        player.start()
        theirs.close()
        pipes.append(ours)
        players.append(player)
    try:
        for at in range(len(seeds)):
            try:
                outcome = pipes[at // _DEALT % jobs].recv()
            except EOFError as error:
                raise PlayerDied(f"the player of seed {seeds[at]} ended before its schedule did") from error
            yield outcome
    finally:
        for pipe in pipes:
            pipe.close()
        for player in players:
            player.join()


def _play_all(to: Connection, not_mine: list[Connection], seeds: list[int], play: Play) -> None:
    for pipe in not_mine:
        pipe.close()
    with suppress(BrokenPipeError):
        for seed in seeds:
            to.send(play(seed))
