"""Least total distance within the places of the sites: a minimum-cost flow on few sites.

Prices first: everybody goes where distance + price is least, and the prices of
crowded sites rise until the crowds nearly fit. Then exactness: one person at a
time is passed along the cheapest chain of sites from a crowded site to one with
a free place. The chains keep "nobody could gain by a chain", so the end is the
optimum over the roads looked at, and the last prices prove it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
FAR = np.int64(1) << 40
"""A road that does not exist; longer than any sum of roads that do."""

_PLACE_BITS = 22
_ONE_IN = 10
_COARSE_ROUNDS, _FINE_ROUNDS = 240, 60
_FIRST_STEP, _LONGEST_STEP = 400, 20_000  # metres


@dataclass
class Roads:
    """For everybody the sites within reach, nearest first, and how far; FAR where there is none."""

    to: Ints
    metres: Ints


class Crowded(Exception):
    """More people than places: `sites` are all that they can reach."""

    def __init__(self, sites: list[int]) -> None:
        super().__init__("more people than places")
        self.sites = sites


def flow(roads: Roads, capacity: Ints) -> tuple[Ints, Ints]:
    """The site of everybody (column of `roads.to` resolved) and the prices that prove it."""
    prices = _prices(roads, capacity)
    choice = (roads.metres + prices[roads.to]).argmin(axis=1)
    state = _State(roads, capacity, choice)
    state.settle()
    return state.site, state.prices()


def _prices(roads: Roads, capacity: Ints) -> Ints:
    """Prices under which the crowds nearly fit: first for every tenth person, then for all."""
    prices = np.zeros(len(capacity), np.int64)
    some = Roads(roads.to[::_ONE_IN], roads.metres[::_ONE_IN])
    if len(some.to) >= _ONE_IN * len(capacity):
        # Rounding down keeps a little more pressure on, which the second pass takes off again.
        prices = _adjusted(some, capacity // _ONE_IN, prices, _FIRST_STEP, _COARSE_ROUNDS)
        return _adjusted(roads, capacity, prices, _FIRST_STEP // 8, _FINE_ROUNDS)
    return _adjusted(roads, capacity, prices, _FIRST_STEP, _COARSE_ROUNDS)


def _adjusted(roads: Roads, capacity: Ints, prices: Ints, first_step: int, rounds: int) -> Ints:
    """The best prices met: each rises or falls, with a step of its own."""
    sites = len(capacity)
    step = np.full(sites, first_step, np.int64)
    before = np.zeros(sites, np.int64)
    best, fewest = prices, len(roads.to) + 1
    rows = np.arange(len(roads.to))
    for _ in range(rounds):
        site = roads.to[rows, (roads.metres + prices[roads.to]).argmin(axis=1)]
        over = np.bincount(site, minlength=sites) - capacity
        wrong = int(np.where(prices > 0, np.abs(over), np.maximum(over, 0)).sum())
        if wrong < fewest:
            best, fewest = prices, wrong
        if not wrong:
            break
        sign = np.sign(over)
        same = sign * before
        step = np.where(same > 0, step + step // 4, np.where(same < 0, step // 2, step))
        step = np.clip(step, 4, _LONGEST_STEP)
        prices = np.maximum(prices + sign * step, 0)
        before = sign
    return best


def cheapest_to(roads: Roads, people: Ints, metres: Ints, sites: int) -> tuple[Ints, Ints]:
    """For every site the least extra way of these people (now `metres` away), and whose it is."""
    far = roads.metres[people]
    extra = np.where(far < FAR, far - metres[:, None], FAR)
    # The person's place in the last bits: the least is then also the first.
    keyed = (extra << _PLACE_BITS) + np.arange(len(people))[:, None]
    least = np.full(sites, FAR << _PLACE_BITS, np.int64)
    np.minimum.at(least, roads.to[people].ravel(), keyed.ravel())
    cost = least >> _PLACE_BITS
    who = np.full(sites, -1, np.int64)
    known = cost < FAR
    who[known] = people[least[known] & ((1 << _PLACE_BITS) - 1)]
    return cost, who


class _State:
    """Who is where, and for every two sites the person who would change most cheaply."""

    def __init__(self, roads: Roads, capacity: Ints, choice: Ints) -> None:
        self.roads, self.capacity = roads, capacity
        rows = np.arange(len(choice))
        self.site: Ints = roads.to[rows, choice]
        self.metres: Ints = roads.metres[rows, choice]
        sites = len(capacity)
        self.load = np.bincount(self.site, minlength=sites)
        order = np.argsort(self.site, kind="stable")
        ends = np.cumsum(self.load)
        self.members = [set(part.tolist()) for part in np.split(order, ends[:-1])]
        self.cost = np.full((sites, sites), FAR, np.int64)
        self.who = np.full((sites, sites), -1, np.int64)
        for site in range(sites):
            self._look_again(site)

    def _look_again(self, site: int) -> None:
        """The cheapest person of a site for every other site."""
        people = np.fromiter(self.members[site], np.int64, len(self.members[site]))
        self.cost[site] = FAR
        if not len(people):
            return
        people.sort()
        self.cost[site], self.who[site] = cheapest_to(
            self.roads, people, self.metres[people], len(self.capacity)
        )
        self.cost[site, site] = FAR

    def settle(self) -> None:
        """No site crowded, and no chain to a free place that would shorten the whole."""
        while True:
            crowded = self.load > self.capacity
            source = crowded if crowded.any() else self.load > 0
            far, came = self._chains(source)
            free = np.flatnonzero(self.load < self.capacity)
            end = int(free[np.argmin(far[free])]) if len(free) else -1
            if crowded.any():
                if end < 0 or far[end] >= FAR // 2:
                    raise Crowded(np.flatnonzero(far < FAR // 2).tolist())
            elif end < 0 or far[end] >= 0:
                return
            self._pass_on(end, came)

    def _chains(self, source: NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """Least cost of a chain from the sources to every site, and the site before."""
        sites = len(self.capacity)
        far = np.where(source, 0, FAR)
        came = np.full(sites, -1, np.int64)
        changed = source.copy()
        for _ in range(sites):
            rows = np.flatnonzero(changed)
            if not len(rows):
                break
            reach = far[rows, None] + self.cost[rows]
            best = reach.argmin(axis=0)
            value = reach[best, np.arange(sites)]
            changed = value < far
            far = np.where(changed, value, far)
            came = np.where(changed, rows[best], came)
        return far, came

    def _pass_on(self, end: int, came: Ints) -> None:
        site, touched = end, {end}
        while came[site] >= 0:
            before = int(came[site])
            person = int(self.who[before, site])
            column = int(np.flatnonzero(self.roads.to[person] == site)[0])
            self.site[person], self.metres[person] = site, self.roads.metres[person, column]
            self.members[before].discard(person)
            self.members[site].add(person)
            touched.add(before)
            site = before
        self.load[site] -= 1
        self.load[end] += 1
        for one in touched:
            self._look_again(one)

    def prices(self) -> Ints:
        """What a place is worth: the least cost of a chain from each site to a free place."""
        price = np.where(self.load < self.capacity, 0, FAR)
        for _ in range(len(price)):
            better = np.minimum(price, (self.cost + price[None, :]).min(axis=1))
            if (better == price).all():
                break
            price = better
        known = price < FAR // 2
        highest = int(price[known].max()) if known.any() else 0
        return np.where(known, np.maximum(price, 0), highest)
