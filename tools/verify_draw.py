"""Work out a published seat plan again, with nothing but this file and Python.

    python3 verify_draw.py PROBLEM.json PLAN.json SEED_HEX

Written from docs/reference/draw-specification.md alone (the section numbers
below are its own); standard library only, no line shared with the engine.
Exit 0 if every seat of the plan is the one that the seed gives, 1 if not,
2 if a file cannot be read.
"""

import hashlib
import json
import sys
from collections import Counter, defaultdict

VERSION = "seating/1"
LAST_ROUND, LAST_ROUND_OF_FEWEST, PROPOSALS = 64, 24, 435


# --- 2. Chance


def frame(part):
    content = part if isinstance(part, bytes) else part.encode()
    return len(content).to_bytes(4, "big") + content


class Chance:
    def __init__(self, seed):
        self.seed = seed
        self.orders = {}  # pairs to propose, by sitting, desks and round

    def key(self, purpose, *parts):
        return hashlib.sha256(b"".join(map(frame, (self.seed, purpose, *parts)))).digest()


def ticket(key, name):
    return hashlib.sha256(key + name.encode()).digest()


def block(key, number, size):
    return hashlib.shake_128(key + number.to_bytes(4, "big")).digest(size)


def shuffled_lists(key, items, times):
    def words():
        number = 0
        while True:
            content = block(key, number, 168)
            yield from (int.from_bytes(content[at : at + 8], "big") for at in range(0, 168, 8))
            number += 1

    stream = words()
    found = []
    for _ in range(times):
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            fair = 2**64 - 2**64 % (last + 1)
            word = next(w for w in stream if w < fair)
            other = word % (last + 1)
            order[last], order[other] = order[other], order[last]
        found += order
    return found


# --- 1. Rooms


class Hall:
    """One room: desks by seat (from 0) as (column, row), and what may be counted on them."""

    def __init__(self, site, plain):
        self.site, self.id, self.kind = site["id"], plain["id"], plain["kind"]
        self.step_free = plain["step_free"]
        layout = plain["layout"]
        columns = [int(n) for n in layout.split("-")] if "-" in layout else [int(layout.split("x")[1])]
        self.shape = (layout, plain["start"], plain["direction"])
        self.desks = number_desks(columns, plain["start"], plain["direction"])
        self.places = min(plain["capacity"], len(self.desks))

    def beside(self, reach):
        steps = [(0, 1), (0, -1), (1, 0), (-1, 0)]
        steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)] if reach == 8 else []
        seat_at = {desk: seat for seat, desk in enumerate(self.desks)}
        return [
            {seat_at[c + right, r + back] for right, back in steps if (c + right, r + back) in seat_at}
            for c, r in self.desks
        ]


def number_desks(columns, start, direction):
    by_column = direction in ("serpentine", "columns")
    right, back = start.endswith("right"), start.startswith("back")
    if by_column:
        lines = [[(c, r) for r in range(size)] for c, size in enumerate(columns)]
    else:
        lines = [[(c, r) for c, size in enumerate(columns) if r < size] for r in range(max(columns))]
    if right if by_column else back:
        lines.reverse()
    found = []
    for turn, line in enumerate(lines):
        backwards = (back if by_column else right) != (direction.startswith("serpentine") and turn % 2 == 1)
        found += line[::-1] if backwards else line
    return found


_apart = {}


def most_apart(hall, seats, reach):
    """The largest number of the first seats without two neighbours."""
    known = (hall.shape, seats, reach)
    if known not in _apart:
        allowed = set(hall.desks[:seats])
        rows = max(r for _, r in hall.desks) + 1
        width = max(c for c, _ in hall.desks) + 1
        best = {0: 0}
        for row in range(rows):
            after = {}
            for choice in range(1 << width):
                if choice & choice << 1 or any(
                    choice >> c & 1 and (c, row) not in allowed for c in range(width)
                ):
                    continue
                near = choice | (choice << 1 | choice >> 1 if reach == 8 else 0)
                after[choice] = choice.bit_count() + max(n for b, n in best.items() if not b & near)
            best = after
        _apart[known] = max(best.values())
    return _apart[known]


# --- 3. to 6. Streams, pieces, deal


class Seating:
    def __init__(self, problem, seed):
        self.rules = problem["rules"]
        self.chance = Chance(seed)
        self.sites, self.sittings = problem["sites"], problem["sittings"]
        names = problem["candidates"]["columns"]
        self.people = {row[0]: dict(zip(names, row, strict=True)) for row in problem["candidates"]["rows"]}
        self.halls = [Hall(site, room) for site in self.sites for room in site["rooms"]]
        for hall in self.halls:
            hall.places = min(hall.places, self.rules["capacity"])
        self.school_key = self.rules["apart"][0]["key"]

    def plan(self):
        pools = [site["pool"] for site in self.sites]
        site_of = None
        if len(self.sittings) > 1 and len(set(pools)) < len(pools):
            dealt = self.deal({"id": ""}, sorted(self.people), None)
            site_of = {name: self.halls[room].site for name, room, _, _ in dealt}
        found = {}
        for sitting in self.sittings:
            names = [
                name
                for name in sorted(self.people)
                if not self.people[name]["sittings"]
                or sitting["id"] in self.people[name]["sittings"].split("|")
            ]
            dealt = self.deal(sitting, names, site_of)
            inside = defaultdict(list)
            for name, room, _, pinned in dealt:
                inside[room].append((name, pinned))
            for room in sorted(inside):
                found[sitting["id"], self.halls[room].site, self.halls[room].id] = self.seat(
                    sitting, self.halls[room], inside[room]
                )
        return found

    def deal(self, sitting, names, site_of):
        streams = self.streams(sitting, names, site_of)
        pieces = []
        for pool in sorted({words[0] for words, _ in streams}):
            mine = [n for n, (words, _) in enumerate(streams) if words[0] == pool]
            pieces += self.pieces(pool, mine, streams, site_of is not None, sitting)
        key = self.chance.key("seating/ticket", sitting["id"])
        first = {name: ticket(key, name) for name in names}
        self.t1 = {name: drawn[:8] for name, drawn in first.items()}
        self.t2 = {name: drawn[8:16] for name, drawn in first.items()}
        key = self.chance.key("seating/room", sitting["id"])
        self.rank = [ticket(key, f"{hall.site}/{hall.id}") for hall in self.halls]
        dealt = self.dealt(sitting, streams, pieces)
        self.level(dealt, streams, sitting)
        return dealt

    def keys(self, sitting, which):
        return sitting.get(which, self.rules[which])

    def streams(self, sitting, names, site_of):
        keys = [*self.keys(sitting, "never_mix"), *self.keys(sitting, "group_by")]
        found = defaultdict(list)
        for name in names:
            person = self.people[name]
            needs = person["needs"].split("|")
            separate = [need for need in sorted(needs) if need.startswith("separate:")]
            special = "single" if "single" in needs else separate[0] if separate else ""
            pool = site_of[name] if site_of else person["pool"]
            found[(pool, special, *(person[key] for key in keys))].append(name)
        return sorted(found.items())

    def accessible(self, name):
        return "accessible" in self.people[name]["needs"].split("|")

    def group_words(self, words, sitting):
        if self.rules["remainder"] != "merge":
            return words
        return words[: 2 + len(self.keys(sitting, "never_mix"))]

    def pieces(self, pool, mine, streams, by_site, sitting):
        free = []
        for site in self.sites:
            if pool != (site["id"] if by_site else site["pool"]):
                continue
            spare = sum(room["kind"] == "spare" for room in site["rooms"])
            ordinary = [room["id"] for room in site["rooms"] if room["kind"] == "ordinary"]
            kept = max(0, self.rules["spare_rooms_per_site"] - spare)
            empty = set(ordinary[len(ordinary) - kept :]) if kept else set()
            free += [
                n
                for n, hall in enumerate(self.halls)
                if hall.site == site["id"]
                and hall.kind not in ("spare", "isolation")
                and hall.id not in empty
            ]
        groups = {}
        for n in mine:
            groups.setdefault(self.group_words(streams[n][0], sitting), []).append(n)
        size = {n: len(streams[n][1]) for n in mine}
        needs = {n: any(map(self.accessible, streams[n][1])) for n in mine}
        found = []
        for words, group in groups.items():
            if words[1]:
                found += self.special(words[1], group, dict(size), any(needs[n] for n in group), free)
        used = []
        ordinary = [group for words, group in groups.items() if not words[1]]
        for group in sorted(ordinary, key=lambda g: -sum(size[n] for n in g)):
            used += self.ordinary(group, size, free)
        return found + self.without_steps(used, mine, needs, streams, free)

    def special(self, special, group, left, step_free, free):
        found = []
        kinds = (["single"] if special == "single" else []) + ["accessible", "ordinary"]
        while any(left[n] for n in group):
            fitting = next(
                rooms
                for kind in kinds
                if (
                    rooms := [
                        n
                        for n in free
                        if self.halls[n].kind == kind and (self.halls[n].step_free or not step_free)
                    ]
                )
            )
            room = fitting[-1] if self.halls[fitting[0]].kind == "ordinary" else fitting[0]
            free.remove(room)
            places = 1 if special == "single" else self.halls[room].places
            for n in group:
                size = min(places, left[n])
                places, left[n] = places - size, left[n] - size
                if size:
                    found.append([n, room, size])
        return found

    def ordinary(self, group, size, free):
        people, rooms = sum(size[n] for n in group), []
        for room in [n for n in free if self.halls[n].kind == "ordinary"]:
            if sum(self.halls[n].places for n in rooms) >= people:
                break
            rooms.append(room)
            free.remove(room)
        places = [self.halls[n].places for n in rooms]
        if self.rules["remainder"] == "own_room":
            sizes = [*places[:-1], people - sum(places[:-1])]
        else:
            level = max(q for q in range(max(places) + 1) if sum(min(p, q) for p in places) <= people)
            sizes = [min(p, level) for p in places]
            rest = people - sum(sizes)
            for at, p in enumerate(places):
                if rest and p > level:
                    sizes[at], rest = sizes[at] + 1, rest - 1
        found, at, rests = [], 0, []
        order = sorted(group, key=lambda n: -size[n])
        for n in order:
            left = size[n]
            while at < len(rooms) and left >= sizes[at]:
                found.append([n, rooms[at], sizes[at]])
                left, at = left - sizes[at], at + 1
            rests.append([n, left])
        for n, left in rests:
            while left:
                take = min(left, sizes[at])
                found.append([n, rooms[at], take])
                left, sizes[at] = left - take, sizes[at] - take
                at += sizes[at] == 0
        return found

    def without_steps(self, used, mine, needs, streams, free):
        order = list(dict.fromkeys(room for _, room, _ in used))
        now = {room: room for room in order}
        people, inside = Counter(), defaultdict(set)
        for n, room, size in used:
            people[room] += size
            inside[room].add(n)
        for n in mine:
            own = [room for room in order if n in inside[room]]
            if not needs[n] or not own or any(self.halls[now[room]].step_free for room in own):
                continue
            room = own[0]
            open_rooms = [
                f
                for f in free
                if self.halls[f].kind == "ordinary"
                and self.halls[f].step_free
                and self.halls[f].places >= people[room]
            ]
            if open_rooms:
                free[free.index(open_rooms[0])], now[room] = now[room], open_rooms[0]
                continue
            other = next(
                r
                for r in order
                if self.halls[now[r]].step_free
                and self.halls[now[r]].places >= people[room]
                and self.halls[now[room]].places >= people[r]
                and not any(needs[m] for m in inside[r])
            )
            now[room], now[other] = now[other], now[room]
        return [[n, now[room], size] for n, room, size in used]

    def dealt(self, sitting, streams, pieces):
        pinned, sent = [], Counter()
        for n, (_, names) in enumerate(streams):
            for name in sorted(filter(self.accessible, names), key=lambda m: (self.t1[m], m)):
                choice = [p for p in pieces if p[0] == n and p[2] and self.halls[p[1]].step_free]
                if choice:
                    piece = min(choice, key=lambda p: (sent[p[1]], self.rank[p[1]]))
                    piece[2] -= 1
                    sent[piece[1]] += 1
                    pinned.append([name, piece[1], n, True])
        fixed = {name for name, _, _, _ in pinned}
        by_stream = defaultdict(list)
        for n, room, size in pieces:
            by_stream[n] += [((2 * i + 1) * 2**19 // size, self.rank[room], room) for i in range(size)]
        key = self.chance.key("seating/school", sitting["id"])
        found = []
        for n, (words, names) in enumerate(streams):
            drawn = {}
            for name in names:
                school = self.people[name][self.school_key]
                if school not in drawn:
                    text = json.dumps([*words, school], ensure_ascii=False, separators=(",", ":"))
                    drawn[school] = ticket(key, text)[:8]
            order = sorted(
                (m for m in names if m not in fixed),
                key=lambda m: (drawn[self.people[m][self.school_key]], self.t1[m], m),
            )
            places = sorted(by_stream[n])
            found += [[m, place[2], n, False] for m, place in zip(order, places, strict=True)]
        return found + pinned

    def level(self, dealt, streams, sitting):
        school = {name: self.people[name][self.school_key] for name, _, _, _ in dealt}
        reach = self.rules["apart"][0]["reach"]
        people = Counter(room for _, room, _, _ in dealt)
        limit = {room: most_apart(self.halls[room], n, reach) for room, n in people.items()}
        count = Counter((room, school[name]) for name, room, _, _ in dealt)
        inside = defaultdict(set)
        for _, room, n, _ in dealt:
            inside[room].add(n)
        group = {n: self.group_words(words, sitting) for n, (words, _) in enumerate(streams)}
        over = [(room, which) for (room, which), n in count.items() if n > limit[room]]
        over.sort(key=lambda case: (min(n for n in group if group[n] == group[min(inside[case[0]])]), *case))
        for room, which in over:
            mine = [entry for entry in dealt if group[entry[2]] == group[min(inside[room])]]
            while count[room, which] > limit[room]:
                pairs = [
                    (
                        one[2] != two[2],
                        count[two[1], which] - limit[two[1]],
                        self.rank[two[1]],
                        *((self.t1[m], m) for m in (one[0], two[0])),
                        (one, two),
                    )
                    for one in mine
                    if one[1] == room and school[one[0]] == which and not one[3]
                    for two in mine
                    if two[1] != room
                    and not two[3]
                    and school[two[0]] != which
                    and count[two[1], which] < limit[two[1]]
                    and count[room, school[two[0]]] < limit[room]
                    and (one[2] == two[2] or (len(inside[room]) > 1 and len(inside[two[1]]) > 1))
                ]
                if not pairs:
                    break
                one, two = min(pairs, key=lambda pair: pair[:-1])[-1]
                for entry, new in ((one, two[1]), (two, room)):
                    count[entry[1], school[entry[0]]] -= 1
                    count[new, school[entry[0]]] += 1
                    entry[1] = new

    # --- 7. Seats

    def seat(self, sitting, hall, crowd):
        order = [name for name, _ in sorted(crowd, key=lambda one: self.t2[one[0]])]
        pinned = {name for name, fixed in crowd if fixed}
        size = len(order)
        front = [s for s in range(size) if hall.desks[s][1] == 0]
        doors = (front + [s for s in range(size) if s not in front])[: len(pinned)]
        rest = iter([s for s in range(size) if s not in doors])
        taken = iter(doors)
        start = {name: next(taken) if name in pinned else next(rest) for name in order}
        rungs = self.rules["apart"]
        attempts = [
            (rung, gaps) for rung in rungs for gaps in ((False, True) if self.rules["gaps"] else (False,))
        ]
        for number, (rung, gaps) in enumerate(attempts):
            values = Counter(self.people[name][rung["key"]] for name in order)
            seats = len(hall.desks) if gaps else size
            if gaps and size == len(hall.desks):
                continue
            if max(values.values()) > most_apart(hall, seats, rung["reach"]):
                continue
            run = Room(self.chance, sitting["id"], hall, rung["reach"], number, size)
            code = {value: n for n, value in enumerate(sorted(values))}
            codes = list(range(len(hall.desks)))
            for name, s in start.items():
                codes[s] = code[self.people[name][rung["key"]]]
            movable = [(s < size or gaps) and s not in doors for s in range(len(codes))]
            look = 2 if 3 * max(values.values()) <= size else 16
            settled = run.settle(codes, movable, look)
            if settled:
                return self.people_to_seats(settled, order, pinned, start, code, rung["key"], size)
        rung, gaps = rungs[0], self.rules["gaps"]
        values = Counter(self.people[name][rung["key"]] for name in order)
        code = {value: n for n, value in enumerate(sorted(values))}
        codes = list(range(len(hall.desks)))
        for name, s in start.items():
            codes[s] = code[self.people[name][rung["key"]]]
        movable = [(s < size or gaps) and s not in doors for s in range(len(codes))]
        look = 2 if 3 * max(values.values()) <= size else 16
        run = Room(self.chance, sitting["id"], hall, rung["reach"], len(attempts), size)
        best, _ = run.chain("seating/room-chain", codes, movable, look, LAST_ROUND_OF_FEWEST)
        return self.people_to_seats(best, order, pinned, start, code, rung["key"], size)

    def people_to_seats(self, codes, order, pinned, start, code, key, size):
        found = {start[name]: name for name in pinned}
        for value, number in code.items():
            seats = iter([s for s, c in enumerate(codes) if c == number and s not in found and c < size])
            for name in order:
                if name not in pinned and self.people[name][key] == value:
                    found[next(seats)] = name
        return [[s + 1, found[s]] for s in sorted(found)]


class Room:
    """The chain of one room in one attempt."""

    def __init__(self, chance, sitting, hall, reach, attempt, size):
        self.chance, self.sitting, self.hall, self.reach, self.attempt = chance, sitting, hall, reach, attempt
        self.near = hall.beside(reach)

    def order(self, turn):
        g = len(self.hall.desks)
        known = (self.sitting, g, turn)
        orders = self.chance.orders
        if known not in orders:
            pairs = [(i, j) for j in range(g) for i in range(j)]
            key = self.chance.key("seating/pair-order", self.sitting, str(g), str(turn))
            orders[known] = shuffled_lists(key, pairs, -(-PROPOSALS // len(pairs)) if pairs else 0)
        return orders[known]

    def pairs(self, codes):
        return sum(codes[a] == codes[b] for a, near in enumerate(self.near) for b in near if a < b)

    def settle(self, codes, movable, look):
        best, pairs = self.chain("seating/room-chain", codes, movable, look, LAST_ROUND)
        if not pairs:
            return best
        made = self.construct(codes, movable)
        if made is None:
            return None
        best, pairs = self.chain("seating/room-constructed", made, movable, 16, LAST_ROUND)
        return made if pairs else best

    def key(self, purpose):
        return self.chance.key(purpose, self.sitting, self.hall.site, self.hall.id, str(self.attempt))

    def chain(self, purpose, codes, movable, look, last):
        key, codes = self.key(purpose), list(codes)
        best, fewest = codes, None
        for turn in range(1, last + 1):
            order = self.order(turn)
            words = block(key, turn, 4 * len(order))
            for at, (i, j) in enumerate(order):
                a, b = codes[i], codes[j]
                if a == b or not movable[i] or not movable[j]:
                    continue
                before = sum(codes[s] == a for s in self.near[i]) + sum(codes[s] == b for s in self.near[j])
                codes[i], codes[j] = b, a
                after = sum(codes[s] == b for s in self.near[i]) + sum(codes[s] == a for s in self.near[j])
                word = int.from_bytes(words[4 * at : 4 * at + 4], "big")
                if not -8 <= after - before <= (32 - word.bit_length()) // 4:
                    codes[i], codes[j] = a, b
            if turn >= look:
                pairs = self.pairs(codes)
                if fewest is None or pairs < fewest:
                    best, fewest = list(codes), pairs
                if not pairs:
                    break
        return best, fewest

    def construct(self, codes, movable):
        coin = self.key("seating/room-constructed")[0]
        colours = defaultdict(list)
        for seat in sorted(range(len(codes)), key=lambda s: self.hall.desks[s]):
            c, r = self.hall.desks[seat]
            colours[c % 2 * 2 + r % 2 if self.reach == 8 else (c + r) % 2].append(seat)
        names = sorted(colours)
        count = Counter(c for c, free in zip(codes, movable, strict=True) if free)
        largest = sorted(count, key=lambda c: (-count[c], c))
        first, others = largest[:1], largest[1:]
        ways = [largest] + [first + others[t:] + others[:t] for t in range(1, len(largest))]
        ways += [[c for c in largest if c != moved] + [moved] for moved in largest]
        for turn in range(len(names)):
            at = (turn + coin) % len(names)
            seats = [s for name in names[at:] + names[:at] for s in colours[name] if movable[s]]
            for way in ways:
                made = list(codes)
                for seat, code in zip(seats, [c for c in way for _ in range(count[c])], strict=True):
                    made[seat] = code
                if not self.pairs(made):
                    return made
        return None


def differences(problem_bytes, plan_bytes, seed):
    """Everything in which a plan differs from the one that the seed gives."""
    problem, plan = json.loads(problem_bytes), json.loads(plan_bytes)
    if plan["engine"] != VERSION:
        return [f"the plan is of version {plan['engine']}, this program knows {VERSION}"]
    found = []
    if plan["problem"] != hashlib.sha256(problem_bytes).hexdigest():
        found.append("the plan names another problem")
    if plan["seed_digest"] != hashlib.sha256(seed).hexdigest():
        found.append("the plan names another seed")
    stated = {(r["sitting"], r["site"], r["room"]): r["seats"] for r in plan["rooms"]}
    again = Seating(problem, seed).plan()
    for place in sorted(stated.keys() | again.keys()):
        if stated.get(place) != again.get(place):
            found.append("room differs: " + " / ".join(place))
    return found


def main(arguments):
    if len(arguments) != 3:
        print(__doc__)
        return 2
    try:
        with open(arguments[0], "rb") as problem, open(arguments[1], "rb") as plan:
            found = differences(problem.read(), plan.read(), bytes.fromhex(arguments[2]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"cannot be read: {error}")
        return 2
    for line in found[:20]:
        print(line)
    print(
        "与种子不符 · the plan is not the one this seed gives"
        if found
        else "与种子相符 · every seat is the one this seed gives"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
