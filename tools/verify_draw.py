#!/usr/bin/env python3
"""Work out published seat plans and draws again and compare them bit for bit · 抽签与编排独立复算.

    python3 verify_draw.py PROBLEM SEED RESULT [SITE …]
    python3 verify_draw.py PROBLEM SEED RESULT OLD_PROBLEM OLD_RESULT     (a re-plan · 重排)

PROBLEM and RESULT are the published JSON files; SITEs where a draw was made for some only. SEED is the published
ceremony file, and then the commitment and the hands are checked too and the seed is worked out from them; or a
file with the seed in hexadecimal, or the hexadecimal itself. Exit 0: identical; 1: not; 2: unreadable.
Written from docs/reference/draw-specification.md with the standard library
only; section numbers below are those of that page.
"""

# One file on purpose, longer than others here: it is published and read as a whole.
# ruff: noqa: B905

import hashlib
import json
import sys
from collections import Counter
from itertools import pairwise
from math import ceil
from pathlib import Path

# --- Chance: section 2


def frame(x):
    raw = x.encode() if isinstance(x, str) else x
    return len(raw).to_bytes(4, "big") + raw


def key(seed, purpose, *parts):
    return hashlib.sha256(b"".join(map(frame, (seed, purpose, *parts)))).digest()


def ticket(k, name):
    return hashlib.sha256(k + name.encode()).digest()


def lots(k, name):
    t = ticket(k, name)
    return int.from_bytes(t[:8], "big"), int.from_bytes(t[8:16], "big")


def block(k, n, size):
    return hashlib.shake_128(k + n.to_bytes(4, "big")).digest(size)


def shuffler(k):
    def words():
        n = 0
        while True:
            raw = block(k, n, 168)
            for at in range(0, 168, 8):
                yield int.from_bytes(raw[at : at + 8], "big")
            n += 1

    stream = words()

    def below(limit):
        while True:
            word = next(stream)
            if word < 2**64 - 2**64 % limit:
                return word % limit

    def shuffled(items):
        out = list(items)
        for last in range(len(out) - 1, 0, -1):
            j = below(last + 1)
            out[last], out[j] = out[j], out[last]
        return out

    return shuffled


def one_spelling(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# --- Rooms and seats: sections 1 and 6


class Hall:
    """One room of a seating problem; seats are counted from 0."""

    def __init__(self, site, room, capacity):
        self.site, self.id, self.kind = site["id"], room["id"], room["kind"]
        self.pool, self.step_free = site["pool"], room["step_free"]
        self.desks = desks_of(room["layout"], room["start"], room["direction"])
        self.places = min(room["capacity"], len(self.desks), capacity)
        self.known = {}

    def edges(self, reach):
        if reach not in self.known:
            at = {desk: seat for seat, desk in enumerate(self.desks)}
            steps = ((0, 1), (1, 0), (1, 1), (1, -1))[: 2 if reach == 4 else 4]
            near = ((s, at.get((c + x, r + y))) for s, (c, r) in enumerate(self.desks) for x, y in steps)
            self.known[reach] = [(a, b) for a, b in near if b is not None]
        return self.known[reach]

    def apart(self, people, reach):
        """The most of the first seats that can be taken with no two neighbours."""
        if ("apart", people, reach) not in self.known:
            self.known["apart", people, reach] = most_apart(self.desks[:people], reach)
        return self.known["apart", people, reach]


def desks_of(layout, start, direction):
    if "x" in layout:
        columns, length = map(int, layout.split("x"))
        lengths = [length] * columns
    else:
        lengths = list(map(int, layout.split("-"))) if "-" in layout else list(map(int, layout))
    right, back = "right" in start, "back" in start
    if direction in ("serpentine", "columns"):
        lines = [[(c, r) for r in range(n)] for c, n in enumerate(lengths)]
        lines, turned = (lines[::-1] if right else lines), back
    else:
        lines = [[(c, r) for c, n in enumerate(lengths) if r < n] for r in range(max(lengths))]
        lines, turned = (lines[::-1] if back else lines), right
    found = []
    for number, line in enumerate(lines):
        flip = turned ^ (direction.startswith("serpentine") and number % 2 == 1)
        found += line[::-1] if flip else line
    return found


def most_apart(desks, reach):
    lines = {}
    for c, r in desks:
        lines.setdefault(r, set()).add(c)
    best = {frozenset(): 0}
    for r in range(max(lines, default=-1) + 1):
        choices = [frozenset()]
        for c in sorted(lines.get(r, ())):
            choices += [one | {c} for one in choices if c - 1 not in one]
        after = {}
        for one in choices:
            near = {c + x for c in one for x in ((-1, 0, 1) if reach == 8 else (0,))}
            after[one] = len(one) + max(n for other, n in best.items() if not other & near)
        best = after
    return max(best.values())


# --- Seating: sections 3 to 7


class Seating:
    """A seating problem and its plan, worked out from the specification."""

    def __init__(self, problem, seed):
        self.rules, self.sittings, self.seed = problem["rules"], problem["sittings"], seed
        names = problem["candidates"]["columns"]
        self.people = [dict(zip(names, row)) for row in problem["candidates"]["rows"]]
        self.sites = problem["sites"]
        self.halls = [Hall(s, r, self.rules["capacity"]) for s in self.sites for r in s["rooms"]]
        self.empty = set()
        for site in self.sites:
            ordinary = [r["id"] for r in site["rooms"] if r["kind"] == "ordinary"]
            spare = sum(r["kind"] == "spare" for r in site["rooms"])
            m = max(0, self.rules["spare_rooms_per_site"] - spare)
            kept = {r["id"] for r in site["rooms"] if r["kind"] in ("spare", "isolation")}
            self.empty |= {
                (site["id"], name) for name in kept | set(ordinary[max(0, len(ordinary) - m) :] if m else ())
            }

    def plan(self):
        site_of = None
        if len(self.sittings) > 1:
            people = list(range(len(self.people)))
            dealt = self.deal({"id": ""}, people, None)[0]
            site_of = {person: self.halls[room].site for person, room, _, _ in dealt}
        found = []
        for sitting in self.sittings:
            takes = (p["sittings"].split("|") for p in self.people)
            rows = [n for n, words in enumerate(takes) if words == [""] or sitting["id"] in words]
            if rows:
                found += self.seat(sitting, *self.deal(sitting, rows, site_of))
        return found

    def streams(self, sitting, rows, site_of):
        never = sitting.get("never_mix", self.rules["never_mix"])
        group = sitting.get("group_by", self.rules["group_by"])
        found = {}
        for n in rows:
            p = self.people[n]
            needs = p["needs"].split("|")
            separate = [word for word in sorted(needs) if word.startswith("separate:")]
            special = "single" if "single" in needs else separate[0] if separate else ""
            pool = site_of[n] if site_of else p["pool"]
            words = (pool, special, *(p[k] for k in never), *(p[k] for k in group))
            stream = found.setdefault(words, {"words": words, "rows": [], "wheel": []})
            stream["share"] = words[: 2 + len(never)]
            stream["rows"].append(n)
            if "accessible" in needs:
                stream["wheel"].append(n)
        return [found[words] for words in sorted(found)]

    def deal(self, sitting, rows, site_of):
        """Sections 4 to 6: (person, room, stream, pinned) in dealing order, and T2 of everybody."""
        streams = self.streams(sitting, rows, site_of)
        pieces = []
        for pool in sorted({s["words"][0] for s in streams}):
            members = [n for n, s in enumerate(streams) if s["words"][0] == pool]
            pieces += Pieces(self, streams, pool, bool(site_of)).of(members)
        k = key(self.seed, "seating/ticket", sitting["id"])
        t1, t2 = {}, {}
        for n in rows:
            t1[n], t2[n] = lots(k, self.people[n]["id"])
        k = key(self.seed, "seating/room", sitting["id"])
        order = sorted(
            range(len(self.halls)), key=lambda i: ticket(k, f"{self.halls[i].site}/{self.halls[i].id}")
        )
        rank = {room: place for place, room in enumerate(order)}
        left = {(stream, room): size for stream, room, size in pieces}
        pinned, used = [], Counter()
        for number, stream in enumerate(streams):
            for n in sorted(stream["wheel"], key=lambda n: (t1[n], n)):
                fit = [r for (s, r), z in left.items() if s == number and z and self.halls[r].step_free]
                if fit:
                    room = min(fit, key=lambda r: (used[r], rank[r]))
                    used[room] += 1
                    left[number, room] -= 1
                    pinned.append((n, room, number, True))
        gone = {one[0] for one in pinned}
        places = {}
        for (stream, room), z in left.items():
            for i in range(z):
                places.setdefault(stream, []).append((((2 * i + 1) << 19) // z, rank[room], room))
        school_key = key(self.seed, "seating/school", sitting["id"])
        school = self.rules["apart"][0]["key"]
        drawn, dealt = {}, []
        for number, stream in enumerate(streams):

            def order_of(n, stream=stream):
                name = one_spelling([*stream["words"], self.people[n][school]])
                if name not in drawn:
                    drawn[name] = lots(school_key, name)[0]
                return drawn[name], t1[n], n

            people = sorted((n for n in stream["rows"] if n not in gone), key=order_of)
            dealt += [
                (n, place[2], number, False) for n, place in zip(people, sorted(places.get(number, ())))
            ]
        dealt += pinned
        return self.level(streams, dealt, rank, t1), t2

    def level(self, streams, dealt, rank, t1):
        rung, merging = self.rules["apart"][0], self.rules["remainder"] == "merge"
        value = [self.people[n][rung["key"]] for n, _, _, _ in dealt]
        room = [r for _, r, _, _ in dealt]
        size, count = Counter(room), Counter(zip(room, value))
        share, group = {}, []
        for number, stream in enumerate(streams):
            name = stream["share"] if merging else number
            group.append(share.setdefault(name, len(share)))
        for gaps in (False, True) if self.rules["gaps"] else (False,):
            first = {r: len(self.halls[r].desks) if gaps else n for r, n in size.items()}
            limit = {r: self.halls[r].apart(n, rung["reach"]) for r, n in first.items()}
            inside = {}
            for (_, _, s, _), r in zip(dealt, room):
                inside.setdefault(r, set()).add(s)
            over = sorted((group[min(inside[r])], r, v) for (r, v), n in count.items() if n > limit[r])
            for g, r, v in over:
                people = [i for i, one in enumerate(dealt) if group[one[2]] == g and not one[3]]
                while count[r, v] > limit[r]:
                    best = None
                    out = [i for i in people if room[i] == r and value[i] == v]
                    into = [
                        i
                        for i in people
                        if room[i] != r
                        and value[i] != v
                        and count[room[i], v] < limit[room[i]]
                        and count[r, value[i]] < limit[r]
                    ]
                    for a in out:
                        for b in into:
                            same = dealt[a][2] == dealt[b][2]
                            if not same and (len(inside[r]) < 2 or len(inside[room[b]]) < 2):
                                continue
                            x, y = dealt[a][0], dealt[b][0]
                            worth = (
                                not same,
                                count[room[b], v] - limit[room[b]],
                                rank[room[b]],
                                t1[x],
                                x,
                                t1[y],
                                y,
                            )
                            if best is None or worth < best[0]:
                                best = worth, a, b
                    if best is None:
                        break
                    _, a, b = best
                    for i, new in ((a, room[b]), (b, r)):
                        count[room[i], value[i]] -= 1
                        count[new, value[i]] += 1
                        room[i] = new
        return [(n, r, s, p) for (n, _, s, p), r in zip(dealt, room)]

    def seat(self, sitting, dealt, t2):
        people = {}
        for n, room, _, pinned in sorted(dealt, key=lambda one: (one[3],)):
            people.setdefault(room, []).append((t2[n], n, pinned))
        orders = {}
        found = []
        for room in sorted(people):
            here = sorted(people[room], key=lambda one: one[0])
            seats = RoomSeats(self, sitting["id"], self.halls[room], here, orders).seats()
            names = sorted((s + 1, self.people[one[1]]["id"]) for s, one in zip(seats, here))
            hall = self.halls[room]
            found.append(
                {
                    "sitting": sitting["id"],
                    "site": hall.site,
                    "room": hall.id,
                    "seats": [list(p) for p in names],
                }
            )
        return found


class Pieces:
    """Section 5 for one pool."""

    def __init__(self, seating, streams, pool, by_site):
        self.streams, self.halls, self.rules = streams, seating.halls, seating.rules
        self.people = seating.people
        self.merging = self.rules["remainder"] == "merge"
        self.free = [
            i
            for i, h in enumerate(self.halls)
            if (h.site if by_site else h.pool) == pool and (h.site, h.id) not in seating.empty
        ]

    def of(self, numbers):
        found = []
        special = [n for n in numbers if self.streams[n]["words"][1]]
        for group in self.groups(special):
            found += self.special(group)
        used = []
        ordinary, free = [n for n in numbers if n not in special], self.free
        for alone in self.alone(ordinary), set():
            groups = sorted(self.groups(ordinary, alone), key=lambda g: -sum(map(self.size, g)))
            rooms = [self.rooms_of(group) for group in groups]
            if None not in rooms:
                break
            self.free = free
        else:
            raise SystemExit("rooms run out: there is no plan")
        for group, inside in zip(groups, rooms):
            if self.rules["gaps"] and self.rules["remainder"] != "own_room":
                self.widen(group, inside)
            used += self.ordinary(group, inside)
        return found + self.step_free(used, numbers)

    def size(self, n):
        return len(self.streams[n]["rows"])

    def groups(self, numbers, alone=()):
        together = {}
        for n in numbers:
            merged = self.merging and n not in alone
            together.setdefault(self.streams[n]["share"] if merged else n, []).append(n)
        return list(together.values())

    def most(self, group):
        name = self.rules["apart"][0]["key"]
        return max(Counter(self.people[n][name] for s in group for n in self.streams[s]["rows"]).values())

    def alone(self, numbers):
        if not self.merging or not self.rules["gaps"]:
            return set()
        large = [n for n in numbers if 4 * self.size(n) >= 3 * self.rules["capacity"]]
        return {n for n in large if 2 * self.most([n]) > self.size(n)}

    def ordinary_free(self):
        return [i for i in self.free if self.halls[i].kind == "ordinary"]

    def special(self, group):
        alone = self.streams[group[0]]["words"][1] == "single"
        level = any(self.streams[n]["wheel"] for n in group)
        left, found = {n: self.size(n) for n in group}, []
        while any(left.values()):
            for kind in (["single"] if alone else []) + ["accessible", "ordinary"]:
                fit = [
                    i
                    for i in self.free
                    if self.halls[i].kind == kind and (self.halls[i].step_free or not level)
                ]
                if fit:
                    break
            else:
                raise SystemExit("rooms run out: there is no plan")
            room = fit[-1] if kind == "ordinary" else fit[0]
            self.free.remove(room)
            places = 1 if alone else self.halls[room].places
            for n in group:
                z = min(places, left[n])
                if z:
                    found.append((n, room, z))
                places, left[n] = places - z, left[n] - z
        return found

    def rooms_of(self, group):
        people, rooms = sum(map(self.size, group)), []
        for i in self.ordinary_free():
            if sum(self.halls[r].places for r in rooms) >= people:
                break
            rooms.append(i)
        if sum(self.halls[r].places for r in rooms) < people:
            return None
        self.free = [i for i in self.free if i not in set(rooms)]
        return rooms

    def widen(self, group, rooms):
        rung = self.rules["apart"][0]
        most, free = self.most(group), self.ordinary_free()
        holds = [min(h.places, h.apart(len(h.desks), rung["reach"])) for h in self.halls]
        apart = sum(holds[r] for r in rooms)
        if free and apart < most <= apart + holds[free[0]]:
            rooms.append(free[0])
            self.free.remove(free[0])

    def ordinary(self, group, rooms):
        people, places = sum(map(self.size, group)), [self.halls[r].places for r in rooms]
        if self.rules["remainder"] == "own_room":
            sizes, rest = [], people
            for p in places:
                sizes.append(min(p, rest))
                rest -= sizes[-1]
        else:
            q = max(q for q in range(max(places) + 1) if sum(min(p, q) for p in places) <= people)
            sizes = [min(p, q) for p in places]
            rest = people - sum(sizes)
            for i, p in enumerate(places):
                if rest and p > q:
                    sizes[i], rest = sizes[i] + 1, rest - 1
        found, room, left = [], 0, {}
        ordered = sorted(group, key=lambda n: -self.size(n))
        for n in ordered:
            left[n] = self.size(n)
            while room < len(rooms) and left[n] >= sizes[room] > 0:
                found.append((n, rooms[room], sizes[room]))
                left[n], room = left[n] - sizes[room], room + 1
        space = sizes[room:]
        for n in ordered:
            while left[n]:
                z = min(left[n], space[0])
                if z:
                    found.append((n, rooms[room], z))
                left[n], space[0] = left[n] - z, space[0] - z
                if not space[0]:
                    space, room = space[1:], room + 1
        return found

    def step_free(self, pieces, numbers):
        now, people, inside = {}, Counter(), {}
        for n, room, z in pieces:
            now[room] = room
            people[room] += z
            inside.setdefault(room, set()).add(n)
        needing = [n for n in numbers if self.streams[n]["wheel"] and not self.streams[n]["words"][1]]
        for n in needing:
            own = [room for room in now if n in inside[room]]
            if own and not any(self.halls[now[room]].step_free for room in own):
                self.exchange(own[0], now, people, inside, set(needing))
        return [(n, now[room], z) for n, room, z in pieces]

    def exchange(self, own, now, people, inside, needing):
        for i in self.ordinary_free():
            if self.halls[i].step_free and self.halls[i].places >= people[own]:
                self.free[self.free.index(i)], now[own] = now[own], i
                return
        for other, room in now.items():
            fits = self.halls[room].places >= people[own] and self.halls[now[own]].places >= people[other]
            if self.halls[room].step_free and fits and not inside[other] & needing:
                now[own], now[other] = room, now[own]
                return


class RoomSeats:
    """Section 7 for one room; `people` are (T2, row, pinned) in order."""

    def __init__(self, seating, sitting, hall, people, orders):
        self.rules, self.seed, self.all = seating.rules, seating.seed, seating.people
        self.sitting, self.hall, self.people, self.orders = sitting, hall, people, orders
        n = len(people)
        front = [s for s in range(n) if hall.desks[s][1] == 0]
        count = sum(p for _, _, p in people)
        doors = (front + [s for s in range(n) if s not in front])[:count]
        take, rest = iter(doors), iter([s for s in range(n) if s not in doors])
        self.first = [next(take) if p else next(rest) for _, _, p in people]

    def seats(self):
        gaps = (False, True) if self.rules["gaps"] else (False,)
        attempts = [(rung, gap) for rung in self.rules["apart"] for gap in gaps]
        n, every = len(self.people), len(self.hall.desks)
        for number, (rung, gap) in enumerate(attempts):
            codes = self.codes(rung["key"])
            most = max(Counter(codes).values())
            if (gap and n == every) or most > self.hall.apart(every if gap else n, rung["reach"]):
                continue
            state = self.attempt(number, rung["reach"], gap, codes, most)
            if state:
                return self.to_people(state, codes)
        rung, gap = self.rules["apart"][0], self.rules["gaps"]
        codes = self.codes(rung["key"])
        start, free = self.start(codes, gap)
        look = 2 if 3 * max(Counter(codes).values()) <= n else 16
        best = self.chain(start, free, rung["reach"], self.key("chain", len(attempts)), look, 24)
        return self.to_people(best[1], codes)

    def codes(self, name):
        values = [self.all[n][name] for _, n, _ in self.people]
        number = {v: i for i, v in enumerate(sorted(set(values)))}
        return [number[v] for v in values]

    def key(self, part, number):
        hall = self.hall
        return key(self.seed, f"seating/room-{part}", self.sitting, hall.site, hall.id, str(number))

    def start(self, codes, gap):
        state, free = list(range(len(self.hall.desks))), [gap] * len(self.hall.desks)
        for seat, code, (_, _, pinned) in zip(self.first, codes, self.people):
            state[seat], free[seat] = code, not pinned
        return state, free

    def attempt(self, number, reach, gap, codes, most):
        start, free = self.start(codes, gap)
        look = 2 if 3 * most <= len(codes) else 16
        pairs, state = self.chain(start, free, reach, self.key("chain", number), look, 64)
        if not pairs:
            return state
        k = self.key("constructed", number)
        built = self.construct(start, free, reach, k[0])
        if built is None:
            return None
        pairs, state = self.chain(built, free, reach, k, 16, 64)
        return built if pairs else state

    def order(self, r, reach):
        """The pairs of a round as they are proposed, step after step."""
        g, number = len(self.hall.desks), (r - 1) % 2
        name = tuple(self.hall.desks), reach, number
        if name not in self.orders:
            every = [(i, j) for j in range(g) for i in range(j)]
            mix = shuffler(key(self.seed, "seating/pair-order", self.sitting, str(g), str(number)))
            times = ceil(435 / len(every)) if every else 0
            near = [{s} for s in range(g)]
            for a, b in self.hall.edges(reach):
                near[a].add(b)
                near[b].add(a)
            steps = []
            for i, j in [pair for _ in range(times) for pair in mix(every)]:
                open_ = (step for step in steps if not step[1] & (near[i] | near[j]))
                pairs, taken = next(open_, ([], set()))
                if not pairs:
                    steps.append((pairs, taken))
                pairs.append((i, j))
                taken |= {i, j}
            self.orders[name] = [pair for pairs, _ in steps for pair in pairs]
        return self.orders[name]

    def chain(self, start, free, reach, k, look, last):
        edges = self.hall.edges(reach)
        near = [[] for _ in start]
        for a, b in edges:
            near[a].append(b)
            near[b].append(a)
        state, best = list(start), (len(edges) + 1, None)
        for r in range(1, last + 1):
            order = self.order(r, reach)
            raw = block(k, r, len(order))
            for at, (i, j) in enumerate(order):
                a, b = state[i], state[j]
                if a == b or not free[i] or not free[j]:
                    continue
                d = sum((state[s] == b) - (state[s] == a) for s in near[i] if s != j)
                d += sum((state[s] == a) - (state[s] == b) for s in near[j] if s != i)
                if -2 <= d <= (8 - raw[at].bit_length()) // 4:
                    state[i], state[j] = b, a
            if r >= look:
                pairs = sum(state[a] == state[b] for a, b in edges)
                if pairs < best[0]:
                    best = pairs, list(state)
                if not pairs:
                    break
        return best

    def construct(self, start, free, reach, coin):
        desks, edges = self.hall.desks, self.hall.edges(reach)
        colours = {}
        for s in sorted(range(len(desks)), key=lambda s: desks[s]):
            c, r = desks[s]
            colours.setdefault(2 * (c % 2) + r % 2 if reach == 8 else (c + r) % 2, []).append(s)
        names = sorted(colours)
        count = Counter(code for code, may in zip(start, free) if may)
        big = sorted(count, key=lambda code: (-count[code], code))
        rotated = [big[:1] + big[1 + t :] + big[1 : 1 + t] for t in range(1, len(big))]
        ends = [[c for c in big if c != code] + [code] for code in big]
        for t in range(len(names)):
            at = (t + coin) % len(names)
            seats = [s for name in names[at:] + names[:at] for s in colours[name] if free[s]]
            for codes in [big, *rotated, *ends]:
                state = list(start)
                for s, code in zip(seats, [c for c in codes for _ in range(count[c])]):
                    state[s] = code
                if all(state[a] != state[b] for a, b in edges):
                    return state
        return None

    def to_people(self, state, codes):
        pinned = {s for s, (_, _, p) in zip(self.first, self.people) if p}
        free = {}
        for s, code in enumerate(state):
            if s not in pinned:
                free.setdefault(code, []).append(s)
        queue = {code: iter(seats) for code, seats in free.items()}
        return [s if p else next(queue[code]) for s, code, (_, _, p) in zip(self.first, codes, self.people)]


# --- Re-planning: section 7a


class Replanning:
    """A seating problem that follows another plan."""

    def __init__(self, problem, seed, old_problem, old_plan, digest):
        self.problem, self.seed, self.digest = problem, seed, digest
        self.all = Seating(problem, seed)
        self.people, self.rules = self.all.people, problem["rules"]
        self.row = {p["id"]: n for n, p in enumerate(self.people)}
        self.halls = {(h.site, h.id): h for h in self.all.halls}
        before = Seating(old_problem, seed)
        self.was = {p["id"]: p for p in before.people}
        self.old_halls = {(h.site, h.id): h for h in before.halls}
        self.old_rooms, self.reasons = old_plan["rooms"], old_plan["reasons"]
        self.settled, self.several = {}, len(problem["sittings"]) > 1

    def plan(self):
        floors = [Floor(self, sitting) for sitting in self.problem["sittings"]]
        if self.several:
            for floor in floors:
                self.settled.update({n: spot[0][0] for n, spot in floor.spot.items()})
        found = []
        for floor in floors:
            floor.place()
            if self.several:
                self.settled.update({n: spot[0][0] for n, spot in floor.spot.items()})
        for floor in floors:
            for place in self.halls:
                if floor.taken.get(place):
                    seats = [[s, self.people[n]["id"]] for s, n in sorted(floor.taken[place].items())]
                    name = {"sitting": floor.sitting["id"], "site": place[0], "room": place[1]}
                    found.append({**name, "seats": seats})
        return found

    def changed(self, n):
        return self.was.get(self.people[n]["id"]) != self.people[n]


class Floor:
    """One sitting of a re-plan; seats are counted from 1."""

    def __init__(self, whole, sitting):
        self.whole, self.sitting, self.people = whole, sitting, whole.people
        self.taken, self.spot, self.home, self.rung, self.homeless = {}, {}, {}, {}, set()
        never = sitting.get("never_mix", whole.rules["never_mix"])
        group = sitting.get("group_by", whole.rules["group_by"])
        merge = whole.rules["remainder"] == "merge"
        self.keys, self.shared = [*never, *([] if merge else group)], group if merge else []
        self.tried = 0
        self.lot_key = key(whole.seed, "seating/replan-ticket", whole.digest, sitting["id"])
        self.room_key = key(whole.seed, "seating/replan-room", whole.digest, sitting["id"])
        sits = ((n, p["sittings"].split("|")) for n, p in enumerate(self.people))
        self.everybody = [n for n, words in sits if words == [""] or sitting["id"] in words]
        self.stay()

    def lot(self, n):
        return ticket(self.lot_key, self.people[n]["id"]), self.people[n]["id"]

    def needs(self, n):
        return self.people[n]["needs"].split("|")

    def words(self, n):
        separate = [w for w in sorted(self.needs(n)) if w.startswith("separate:")]
        special = "single" if "single" in self.needs(n) else separate[0] if separate else ""
        return (special, *(self.people[n][k] for k in self.keys))

    def group(self, n):
        return [self.people[n][k] for k in self.shared]

    def suits(self, n, place, seat):
        hall, p = self.whole.halls[place], self.people[n]
        if hall.pool != p["pool"] or hall.kind in ("spare", "isolation") or seat > len(hall.desks):
            return False
        if self.whole.settled.get(n, place[0]) != place[0]:
            return False
        return "accessible" not in self.needs(n) or (hall.step_free and hall.desks[seat - 1][1] == 0)

    def judged(self, place):
        return self.rung.get(place, self.whole.rules["apart"][0])

    def pairs(self, place, rung):
        here = self.taken.get(place, {})
        edges = (tuple(sorted((a + 1, b + 1))) for a, b in self.whole.halls[place].edges(rung["reach"]))
        both = sorted((a, b) for a, b in edges if a in here and b in here)
        return [
            e for e in both if self.people[here[e[0]]][rung["key"]] == self.people[here[e[1]]][rung["key"]]
        ]

    def put(self, n, place, seat):
        self.taken.setdefault(place, {})[seat] = n
        self.spot[n] = place, seat

    def lift(self, n):
        place, seat = self.spot.pop(n)
        del self.taken[place][seat]
        return place, seat

    # Step 1

    def stay(self):
        whole, rooms, sits = self.whole, {}, set(self.everybody)
        for room in whole.old_rooms:
            place = room["site"], room["room"]
            for seat, name in room["seats"] if room["sitting"] == self.sitting["id"] else ():
                n = whole.row.get(name)
                if n not in sits:
                    continue
                self.home[n] = place, seat
                hall = whole.halls.get(place)
                if hall is None or hall.kind in ("spare", "isolation"):
                    self.homeless.add(n)
                elif self.suits(n, place, seat) or (
                    hall.pool == self.people[n]["pool"]
                    and seat <= len(hall.desks)
                    and hall.step_free
                    and not whole.changed(n)
                ):
                    rooms.setdefault(place, []).append(n)
        later = [
            (r["site"], r["room"])
            for r in whole.reasons
            if r["sitting"] == self.sitting["id"] and r["remedy"] == "next_rung"
        ]
        for place, inside in rooms.items():
            parts = {}
            for n in inside:
                parts.setdefault(self.words(n), []).append(n)
            changed = {w: sum(map(whole.changed, part)) for w, part in parts.items()}
            words, staying = min(parts.items(), key=lambda one: (-len(one[1]), changed[one[0]], one[0]))
            for n in sorted(staying, key=self.lot)[:1] if words[0] == "single" else staying:
                self.put(n, *self.home[n])
            for rung in whole.rules["apart"][1:] if place in later else ():
                if not self.pairs(place, rung):
                    self.rung[place] = rung
                    break
            rung, here = self.judged(place), self.taken[place]
            new = [
                (here[a], here[b]) for a, b in self.pairs(place, rung) if not self.stood(place, a, b, rung)
            ]
            while new:
                count = Counter(n for pair in new for n in pair)
                goes = min(count, key=lambda n: (-count[n], not whole.changed(n), self.lot(n)))
                self.lift(goes)
                new = [pair for pair in new if goes not in pair]
            for n in sorted(here.values(), key=self.lot)[whole.halls[place].places :]:
                self.lift(n)

    def stood(self, place, a, b, rung):
        old, here = self.whole.old_halls.get(place), self.taken[place]
        one, two = (self.whole.was.get(self.people[here[s]]["id"], {}).get(rung["key"]) for s in (a, b))
        if old is None or one is None or one != two:
            return False
        return (a - 1, b - 1) in old.edges(rung["reach"]) or (b - 1, a - 1) in old.edges(rung["reach"])

    # Steps 3 to 7

    def place(self):
        whole, self.unused = self.whole, {}
        for site in whole.problem["sites"]:
            free = [r for r in site["rooms"] if not self.taken.get((site["id"], r["id"]))]
            ordinary = [r["id"] for r in free if r["kind"] == "ordinary"]
            spare = sum(r["kind"] == "spare" for r in site["rooms"])
            m = max(0, whole.rules["spare_rooms_per_site"] - spare)
            back = ordinary[max(0, len(ordinary) - m) :] if m else []
            kinds = ("ordinary", "accessible", "single")
            self.unused[site["id"]] = [r["id"] for r in free if r["kind"] in kinds and r["id"] not in back]
        self.whole_rooms()
        waiting = [n for n in self.everybody if n not in self.spot]
        waiting.sort(key=lambda n: ("accessible" not in self.needs(n), self.lot(n)))
        left = [n for n in waiting if not self.sit(n)]
        if left and not self.own_exam(left):
            for depth in (1, 2):
                left = [n for n in left if not self.make_room(n, depth)]
            if not self.own_exam(left):
                raise SystemExit("rooms run out: there is no plan")

    def whole_rooms(self):
        together = {}
        for n in self.everybody:
            if n in self.homeless:
                together.setdefault(self.home[n][0], []).append(n)
        for place, inside in sorted(together.items()):
            if len(inside) < 2 or len(set(map(self.words, inside))) > 1 or self.words(inside[0])[0]:
                continue
            targets = [(site, room) for site, rooms in self.unused.items() for room in rooms]
            for target in sorted(targets, key=lambda t: t[0] != place[0]):
                hall = self.whole.halls[target]
                fits = hall.kind == "ordinary" and len(inside) <= hall.places
                if not fits or not all(self.suits(n, target, self.home[n][1]) for n in inside):
                    continue
                for n in inside:
                    self.put(n, target, self.home[n][1])
                if not self.pairs(target, self.whole.rules["apart"][0]):
                    self.unused[target[0]].remove(target[1])
                    break
                for n in inside:
                    self.lift(n)

    def open_rooms(self, n):
        if "single" in self.needs(n):
            return []
        old, found = self.home.get(n), []
        for place, here in self.taken.items():
            others = list(here.values())
            if not others or self.words(others[0]) != self.words(n):
                continue
            if self.whole.halls[place].pool == self.people[n]["pool"]:
                away = old is None or place != old[0], old is None or place[0] != old[0][0]
                strange = bool(self.shared) and all(self.group(o) != self.group(n) for o in others)
                found.append((*away, strange, ticket(self.room_key, "/".join(place)), place))
        return [one[-1] for one in sorted(found)]

    def in_the_way(self, n, place, seat):
        here, rung = self.taken[place], self.judged(place)
        near = {
            b if a == seat - 1 else a
            for a, b in self.whole.halls[place].edges(rung["reach"])
            if seat - 1 in (a, b)
        }
        mine = self.people[n][rung["key"]]
        same = {here[s + 1] for s in near if s + 1 in here and self.people[here[s + 1]][rung["key"]] == mine}
        return (same | {here[seat]} if seat in here else same) - {n}

    def sit(self, n):
        for place in self.open_rooms(n):
            hall = self.whole.halls[place]
            for seat in range(1, len(hall.desks) + 1) if len(self.taken[place]) < hall.places else ():
                free = seat not in self.taken[place] and self.suits(n, place, seat)
                if free and not self.in_the_way(n, place, seat):
                    self.put(n, place, seat)
                    return True
        return False

    def make_room(self, n, depth):
        for moved_only in (True, False):
            for place in self.open_rooms(n):
                hall = self.whole.halls[place]
                for seat in range(1, len(hall.desks) + 1):
                    self.tried += 1
                    if self.tried > 10_000:
                        return False
                    others = self.in_the_way(n, place, seat)
                    if len(others) != 1 or not self.suits(n, place, seat):
                        continue
                    (other,) = others
                    full = len(self.taken[place]) >= hall.places and seat not in self.taken[place]
                    if full or (moved_only and self.home.get(other) == self.spot[other]):
                        continue
                    back = self.lift(other)
                    self.put(n, place, seat)
                    if self.sit(other) or (depth > 1 and self.make_room(other, depth - 1)):
                        return True
                    self.lift(n)
                    self.put(other, *back)
        return False

    def own_exam(self, left):
        whole, groups, done = self.whole, {}, []
        for n in sorted(left):
            site = whole.settled.get(n)
            groups.setdefault((site is None, site or self.people[n]["pool"]), []).append(n)
        unused = {site: list(rooms) for site, rooms in self.unused.items()}
        for (pool, name), inside in sorted(groups.items()):
            rows = [{**self.people[n], "sittings": ""} for n in inside]
            columns = whole.problem["candidates"]["columns"]
            sites = [
                {**site, "rooms": [r for r in site["rooms"] if r["id"] in self.unused[site["id"]]]}
                for site in whole.problem["sites"]
                if site["pool" if pool else "id"] == name
            ]
            problem = {
                "candidates": {"columns": columns, "rows": [[p[c] for c in columns] for p in rows]},
                "rules": {**whole.rules, "spare_rooms_per_site": 0},
                "sittings": [self.sitting],
                "sites": sites,
            }
            part = "pool" if pool else "site"
            seed = key(whole.seed, "seating/replan-exam", whole.digest, self.sitting["id"], part, name)
            try:
                rooms = Seating(problem, seed).plan()
            except SystemExit:
                for n in done:
                    self.lift(n)
                self.unused = unused
                return False
            for room in rooms:
                for seat, name in room["seats"]:
                    done.append(whole.row[name])
                    self.put(done[-1], (room["site"], room["room"]), seat)
                self.unused[room["site"]].remove(room["room"])
        return True


# --- Draws: sections 10 to 13


class Draw:
    """A draw problem worked out from the specification."""

    def __init__(self, problem, seed):
        self.seed, self.rules = seed, problem["rules"]
        for name in ("people", "sites", "sittings", "rooms"):
            table = problem[name]
            setattr(self, name, [dict(zip(table["columns"], row)) for row in table["rows"]])
        self.posts = {post["id"]: post for post in self.rules["posts"]}
        self.never = {frozenset(pair) for pair in problem["never_together"]}
        self.former = {frozenset(pair) for pair in problem["former_pairs"]}
        self.at = {}
        for room in self.rooms:
            self.at.setdefault((room["site"], room["sitting"]), []).append(room)

    def plan(self, sites):
        sent, duties, reasons = self.sent(), [], []
        for site in [s for s in self.sites if s["id"] in sites]:
            people = [p for p in self.people if sent.get(p["id"]) == site["id"]]
            past = {p["id"]: Past(p, self.former) for p in people}
            for sitting in self.sittings:
                rooms = self.at.get((site["id"], sitting["id"]), [])
                if rooms:
                    self.sitting(site["id"], sitting, rooms, people, past, duties, reasons)
        return {
            "sent": sorted([name, site] for name, site in sent.items()),
            "duties": sorted(duties),
            "reasons": sorted(reasons),
        }

    # Section 10: the formula

    def need(self, rooms):
        """Rows (post, room indices) and site posts (post, count)."""
        rows, posts, total = [], [], 0
        house = next((site for site in self.sites if rooms and site["id"] == rooms[0]["site"]), None)
        for line in self.rules["staffing"] if rooms else ():
            if line["per"] in ("room", "special"):
                inside = [
                    i
                    for i, room in enumerate(rooms)
                    if (room["special"] if line["per"] == "special" else room["candidates"] > line["above"])
                ]
                rows += [(line["post"], inside)] * line["count"]
                total += len(inside) * line["count"]
                continue
            count = {
                "rooms": ceil(len(rooms) / line["every"]) * line["count"],
                "site": line["count"],
                "entrances": house["entrances"] * line["count"],
                "lanes": house["lanes"] * line["count"],
                "percent": ceil(total * line["count"] / 100),
            }[line["per"]]
            posts += [(line["post"], count)] if count else []
            total += count
        return rows, posts

    def kinds(self, rows, posts, people):
        """Kinds (post, row, sex, count) of a need, with chiefs shared as these people could be chief."""
        able = Counter(p["sex"] for p in people if rows and self.fits(p, rows[0][0]))
        men, found = 0, []
        for number, (post, rooms) in enumerate(rows):
            count = len(rooms)
            if not self.rules["both_sexes"] or len(rows) < 2 or number > 1:
                found.append((post, number, "", count))
                continue
            if number == 0:
                share = count * able["man"] // max(1, able["man"] + able["woman"])
                here = men = min(count, max(0, count - able["woman"], min(able["man"], share)))
            else:
                here = count - men * count // max(1, len(rows[0][1]))
            found += [(post, number, "man", here), (post, number, "woman", count - here)]
        found += [(post, -1, "", count) for post, count in posts]
        return [kind for kind in found if kind[3]]

    def fits(self, p, name):
        post = self.posts[name]
        return (
            (not p["takes"] or name in p["takes"])
            and p["certified"] >= post["certified"]
            and p["pledged"] >= post["pledged"]
            and p["years"] >= post["years"]
        )

    def able(self, p, kinds, roomless=False):
        return [
            k
            for k, (post, row, sex, _) in enumerate(kinds)
            if sex in ("", p["sex"]) and self.fits(p, post) and not (roomless and row >= 0)
        ]

    # Section 11: people to sites

    def sent(self):
        serving = [p for p in self.people if "exam" not in p["recused"]]
        found = {p["id"]: p["site"] for p in serving if p["site"]}
        named = {p["site"] for p in self.people}
        for pool in sorted({s["pool"] for s in self.sites}):
            people = [p for p in serving if p["pool"] == pool and not p["site"]]
            if not people:
                continue
            together = {}
            for number, site in enumerate(self.sites):
                if site["pool"] == pool and site["id"] not in named:
                    for post, row, sex, count in self.fullest(site["id"], people):
                        places = together.setdefault((post, min(row, 2), sex), {})
                        places[number] = places.get(number, 0) + count
            kinds = [(*name, sum(places.values())) for name, places in together.items()]
            k = key(self.seed, "draw/sent", pool)
            lot = {p["id"]: (lots(k, p["id"])[0], p["id"]) for p in people}
            order = sorted(people, key=lambda p: lot[p["id"]])
            members = self.cast(order, kinds, {p["id"]: self.able(p, kinds) for p in people}, None)
            k = key(self.seed, "draw/unit", pool)
            unit = {u: (lots(k, u)[0], u) for u in {p["unit"] for p in people}}
            chosen = {p["id"] for inside in members for p in inside}
            spare = [p for p in order if p["id"] not in chosen]
            for kind, places, inside in zip(kinds, together.values(), members):
                inside = sorted(inside, key=lambda p: (unit[p["unit"]], lot[p["id"]]))
                moments = [((2 * i + 1) * 2**19 // z, site) for site, z in places.items() for i in range(z)]
                sites = [site for _, site in sorted(moments)][: len(inside)]
                self.exchange(inside, sites, spare, kind)
                found.update({p["id"]: self.sites[s]["id"] for p, s in zip(inside, sites) if s is not None})
        return found

    def fullest(self, site, people):
        best = []
        for at, sitting in enumerate(self.sittings):
            rooms = self.at.get((site, sitting["id"]), [])
            if not rooms:
                continue
            kinds = self.kinds(*self.need(rooms), people)
            for before in self.sittings[:at]:
                earlier = self.at.get((site, before["id"]), [])
                rows, posts = self.need(earlier)
                held = {
                    i for i, r in enumerate(earlier) if before["ends"] + r["more_minutes"] > sitting["starts"]
                }
                if held:
                    kept = [(post, [i for i in inside if i in held]) for post, inside in rows]
                    posts = posts if before["ends"] > sitting["starts"] else []
                    kinds += self.kinds([row for row in kept if row[1]], posts, people)
            if sum(k[3] for k in kinds) > sum(k[3] for k in best):
                best = kinds
        more = ceil(sum(k[3] for k in best) * self.rules["more_sent_percent"] / 100)
        return [*best, (best[-1][0], -1, "", more)] if more else best

    def may_go(self, p, site):
        home = site["unit"] and site["unit"] == p["unit"] and not self.rules["home_site"]
        return p["pool"] == site["pool"] and not home and f"site:{site['id']}" not in p["recused"]

    def exchange(self, inside, sites, spare, kind):
        for at, p in enumerate(inside):
            there = sites[at]
            if self.may_go(p, self.sites[there]):
                continue
            for other, q in enumerate(inside):
                swap = sites[other]
                if (
                    swap not in (there, None)
                    and self.may_go(q, self.sites[there])
                    and self.may_go(p, self.sites[swap])
                ):
                    sites[at], sites[other] = swap, there
                    break
            else:
                fit = [q for q in spare if self.may_go(q, self.sites[there]) and self.able(q, [kind])]
                if fit:
                    inside[at] = fit[0]
                    spare.remove(fit[0])
                else:
                    sites[at] = None

    # Section 12: the cast

    def cast(self, order, kinds, able, done):
        """People of each kind; `done` gives how often somebody had a post (None: nobody waits)."""
        members = [[] for _ in kinds]
        waits = [done is not None and self.posts[kind[0]]["waits"] for kind in kinds]
        for p in order:
            wanted = able[p["id"]]
            if done is not None:
                wanted = sorted(wanted, key=lambda k: done[p["id"]].posts[kinds[k][0]])
            for target in (False, True):
                open_ = {
                    k for k, kind in enumerate(kinds) if waits[k] == target and len(members[k]) < kind[3]
                }
                path = self.path(wanted, open_, members, able) if open_ else None
                if path:
                    for here, there in reversed(list(pairwise(path))):
                        mover = next(q for q in reversed(members[here]) if there in able[q["id"]])
                        members[here].remove(mover)
                        members[there].append(mover)
                    members[path[0]].append(p)
                    break
        if any(len(inside) < kind[3] for inside, kind in zip(members, kinds)):
            raise SystemExit("people run out: there is no draw")
        return members

    def path(self, wanted, open_, members, able):
        for k in wanted:
            if k in open_:
                return [k]
        paths, queue = {k: [k] for k in wanted}, list(wanted)
        for k in queue:
            for other in range(len(members)):
                if other not in paths and any(other in able[q["id"]] for q in members[k]):
                    paths[other] = [*paths[k], other]
                    if other in open_:
                        return paths[other]
                    queue.append(other)
        return None

    # Section 13: the rooms

    def sitting(self, site, sitting, rooms, people, past, duties, reasons):
        rows, posts = self.need(rooms)
        rule = self.rules
        free_room, free_pair = rule["repeated_room"] == "free", rule["repeated_pair"] == "free"
        ladder = [("", not free_room, not free_pair)]
        if rule["repeated_room"] == "if_needed":
            ladder.append(("room_again", False, not free_pair))
        if rule["repeated_pair"] == "if_needed":
            ladder.append(("pair_again", rule["repeated_room"] == "never", False))
        for rung, (code, rooms_too, pairs_too) in enumerate(ladder):
            for turn in range(8):
                start, outside = self.start(site, sitting, rooms, rows, posts, people, past, turn)
                chance = key(self.seed, "draw/chain", site, sitting["id"], str(rung), str(turn))
                if rows and not self.chain(chance, start, rows, rooms, past, rooms_too, pairs_too):
                    continue
                if code:
                    reasons.append([code, sitting["id"], site])
                for (post, inside), row in zip(rows, start):
                    for i in inside:
                        name = f"{site}/{rooms[i]['room']}"
                        team = {one[i]["id"] for one in start if one[i]}
                        until = sitting["ends"] + rooms[i]["more_minutes"]
                        past[row[i]["id"]].serve(post, self.posts[post]["waits"], until, name, team)
                        duties.append([sitting["id"], site, rooms[i]["room"], post, row[i]["id"]])
                for post, p in outside:
                    past[p["id"]].serve(post, self.posts[post]["waits"], sitting["ends"], None, set())
                    duties.append([sitting["id"], site, "", post, p["id"]])
                return
        raise SystemExit("no draw without a break was found")

    def closed(self, p, room):
        schools = set(room["schools"])
        own = p["unit"] in schools and not self.rules["own_pupils"]
        barred = {f"school:{s}" for s in schools} | {f"room:{room['site']}/{room['room']}"}
        return own or bool(barred & set(p["recused"]))

    def start(self, site, sitting, rooms, rows, posts, people, past, turn):
        k = key(self.seed, "draw/lot", site, sitting["id"], str(turn))
        lot = {p["id"]: lots(k, p["id"]) for p in people}
        free = [p for p in people if past[p["id"]].busy_until <= sitting["starts"]]
        roomless = {
            p["id"]
            for p in free
            if all(self.closed(p, room) for room in rooms)
            or (not self.rules["own_subject"] and set(p["subjects"]) & set(sitting["subjects"]))
        }
        kinds = self.kinds(rows, posts, [p for p in free if p["id"] not in roomless])
        able = {p["id"]: self.able(p, kinds, p["id"] in roomless) for p in free}

        def burden(p):
            before = past[p["id"]]
            return (before.duties, -before.waited) if turn < 4 else ()

        order = sorted(free, key=lambda p: (*burden(p), lot[p["id"]][0], p["id"]))
        members = self.cast(order, kinds, able, past)
        start, chiefs = [], []
        for number, (_, inside) in enumerate(rows):
            here = [p for kind, group in zip(kinds, members) if kind[1] == number for p in group]
            queue = sorted(here, key=lambda p: (lot[p["id"]][1], p["id"]))
            placed = [None] * len(rooms)
            for i in inside:
                at = 0
                if number == 1 and self.rules["both_sexes"] and chiefs[i]:
                    fit = [n for n, p in enumerate(queue) if p["sex"] != chiefs[i]["sex"]]
                    at = fit[0] if fit else 0
                placed[i] = queue.pop(at)
            start.append(placed)
            chiefs = chiefs or placed
        outside = [(kind[0], p) for kind, group in zip(kinds, members) if kind[1] < 0 for p in group]
        return start, outside

    def chain(self, chance, state, rows, rooms, past, rooms_too, pairs_too):
        """Change the start in place until no break is left; False if some always was."""
        alone, together = {}, {}

        def in_room(p, i):
            if (p["id"], i) not in alone:
                been = rooms_too and f"{rooms[i]['site']}/{rooms[i]['room']}" in past[p["id"]].rooms
                alone[p["id"], i] = self.closed(p, rooms[i]) + been
            return alone[p["id"], i]

        def beside(p, q, first_two):
            name = p["id"], q["id"]
            if name not in together:
                breaks = self.rules["units_apart"] and p["unit"] == q["unit"]
                breaks += frozenset(name) in self.never
                together[name] = breaks + (pairs_too and q["id"] in past[p["id"]].partners)
            return together[name] + (first_two and self.rules["both_sexes"] and p["sex"] == q["sex"])

        def breaks(i):
            team = [(n, row[i]) for n, row in enumerate(state) if row[i]]
            total = sum(in_room(p, i) for _, p in team)
            for at, (n, p) in enumerate(team):
                total += sum(beside(p, q, n < 2 and m < 2) for m, q in team[:at])
            return total

        count = len(rooms)
        left = [breaks(i) for i in range(count)]
        for turn in range(1, 65):
            raw = block(chance, turn, 8 * 24 * count)
            for at in range(0, len(raw), 8):
                word = raw[at : at + 8]
                kind = word[4] * (len(rows) + 1) >> 8
                team = kind == len(rows)
                places = range(count) if team else rows[kind][1]
                i = int.from_bytes(word[:2], "big") * len(places) >> 16
                j = int.from_bytes(word[2:4], "big") * len(places) >> 16
                if i == j:
                    continue
                i, j = places[i], places[j]
                moved = state if team else [state[kind]]
                if any((row[i] is None) != (row[j] is None) for row in moved):
                    continue
                for row in moved:
                    row[i], row[j] = row[j], row[i]
                now = breaks(i), breaks(j)
                d = sum(now) - left[i] - left[j]
                low = int.from_bytes(word[5:], "big")
                if -3 <= d <= 3 and low < 1 << (24 - 8 * max(d, 0)):
                    left[i], left[j] = now
                else:
                    for row in moved:
                        row[i], row[j] = row[j], row[i]
            if turn >= 4 and not any(left):
                return True
        return False


class Past:
    """What one person has done at a site so far."""

    def __init__(self, person, former):
        self.id = person["id"]
        self.duties, self.waited = person["duties"], person["waited"]
        self.posts, self.rooms = Counter(person["had"]), set(person["former_rooms"])
        self.busy_until = person["busy_until"]
        self.partners = {name for pair in former if self.id in pair for name in pair - {self.id}}

    def serve(self, post, waits, until, room, team):
        self.duties, self.waited = self.duties + (not waits), self.waited + waits
        self.posts[post] += 1
        self.busy_until = until
        self.rooms |= {room} - {None}
        self.partners |= team - {self.id}


# --- The ceremony: sections 15 to 17

OUTCOMES = {"dice": 6, "lots": 10, "coins": 2, "other": 16, "beacon": 1}


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def rows_of(problem):
    for name in sorted(problem):
        value = problem[name]
        if isinstance(value, dict) and set(value) == {"columns", "rows"}:
            yield canonical([name, value["columns"]])
            for row in value["rows"]:
                yield canonical([name, row])
        else:
            yield canonical([name, value])


def tree_root(hashes):
    """RFC 6962: the left half holds the largest power of two below the whole."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(hashes[:half]) + tree_root(hashes[half:])).digest()


def bits_of(method, digits):
    outcomes = 1
    if method == "cards":
        for drawn in range(len(digits) // 2):
            outcomes *= 52 - drawn
    else:
        outcomes = OUTCOMES[method] ** len(digits)
    return outcomes.bit_length() - 1


def seed_of(ceremony, raw, raw_result, wrong):
    """The seed that follows from the ceremony file; what does not fit in it is added to `wrong`."""
    if ceremony["problem"] != hashlib.sha256(raw).hexdigest():
        wrong.append("题目不是锁定的那一份 · the ceremony committed to another problem")
    if ceremony["plan"] != hashlib.sha256(raw_result).hexdigest():
        wrong.append("结果不是公开的那一份 · the ceremony names another result")
    secret = bytes.fromhex(ceremony["salts"])
    hashes = [
        hashlib.sha256(b"\0" + key(secret, "lots/salt", str(i))[:16] + row).digest()
        for i, row in enumerate(rows_of(json.loads(raw)))
    ]
    root = tree_root(hashes)
    if root.hex() != ceremony["root"] or len(hashes) != ceremony["leaves"]:
        wrong.append("承诺根不符 · problem and salts do not give the committed root")
    beacon, digits, bits = "", [], 0
    for hand in ceremony["hands"]:
        content = bytes.fromhex(hand["salt"]) + hand["digits"].encode()
        if hashlib.sha256(content).hexdigest() != hand["commitment"]:
            wrong.append(f"第{hand['hand']}手与承诺不符 · hand {hand['hand']} is not the committed one")
        bits += bits_of(hand["method"], hand["digits"])
        if hand["method"] == "beacon":
            beacon = hand["digits"]
        else:
            digits.append(hand["digits"])
    if bits < 128:
        wrong.append(f"现场随机数只有{bits}位 · the hands give {bits} bits only")
    if beacon != ceremony["beacon_value"] or bool(beacon) != bool(ceremony["beacon"]):
        wrong.append("公共信标不符 · the beacon is not the one named")
    parts = ("kaowu/lots", bytes.fromhex(ceremony["root"]), str(ceremony["attempt"]), *digits, beacon)
    seed = hashlib.sha256(b"".join(map(frame, parts))).digest()
    if seed.hex() != ceremony["seed"]:
        wrong.append("种子不是由承诺根和各手算出 · the seed does not follow from root and hands")
    if not wrong:
        print(
            f"仪式：{len(hashes)}行承诺、{len(ceremony['hands'])}手、{bits}位相符 · commitment and hands fit"
        )
    return seed


def main(arguments):
    wrong, level = [], ""
    try:
        problem_path, seed_text, result_path, *sites = arguments
        raw, raw_result = Path(problem_path).read_bytes(), Path(result_path).read_bytes()
        problem, result = json.loads(raw), json.loads(raw_result)
        text = Path(seed_text).read_text().strip() if Path(seed_text).is_file() else seed_text
        if text.startswith("{"):
            ceremony = json.loads(text)
            if ceremony["format"] != "kaowu.ceremony/1":
                raise ValueError(ceremony["format"])
            seed, level = seed_of(ceremony, raw, raw_result, wrong), ceremony["draw"]
        else:
            seed = bytes.fromhex(text)
        kind = problem["format"]
        if "follows" in result:
            old_problem, old_raw = json.loads(Path(sites[0]).read_bytes()), Path(sites[1]).read_bytes()
    except (IndexError, ValueError, KeyError, OSError, TypeError) as error:
        print(f"无法读取 · cannot be read: {error}")
        return 2
    if result["problem"] != hashlib.sha256(raw).hexdigest():
        wrong.append("问题文件的摘要不符 · the result names another problem file")
    if result["seed_digest"] != hashlib.sha256(seed).hexdigest():
        wrong.append("种子不符 · the result names another seed")
    version = {"kaowu.seating-problem/1": "seating/2", "kaowu.draw-problem/2": "draw/2"}.get(kind)
    if result["engine"] != version:
        wrong.append(f"算法版本不是{version} · the result was made by another version than {version}")
    if kind == "kaowu.seating-problem/1":
        if "follows" in result:
            digest = hashlib.sha256(old_raw).hexdigest()
            if result["follows"] != digest:
                wrong.append("所接续的原编排不符 · the result follows another plan")
            parts = {"rooms": Replanning(problem, seed, old_problem, json.loads(old_raw), digest).plan()}
        else:
            parts = {"rooms": Seating(problem, seed).plan()}
    elif kind == "kaowu.draw-problem/2":
        every = [row[problem["sites"]["columns"].index("id")] for row in problem["sites"]["rows"]]
        # The first level alone sends people to sites; rooms are drawn by draws of their own.
        parts = Draw(problem, seed).plan(sites or ([] if level == "sent" else every))
    else:
        print(f"不认识的格式 · unknown format: {kind}")
        return 2
    for name, mine in parts.items():
        theirs = result[name]
        if mine == theirs:
            print(f"{name}：{len(mine)}项逐位一致 · {len(mine)} entries, bit for bit the same")
            continue
        at = next((i for i, (a, b) in enumerate(zip(mine, theirs)) if a != b), min(len(mine), len(theirs)))
        wrong.append(f"{name}：第{at + 1}项起不同 · differs from entry {at + 1} on")
    for line in wrong:
        print(line)
    print("核对不通过 · NOT the same" if wrong else "核对通过 · the same")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
