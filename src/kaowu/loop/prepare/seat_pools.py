"""Which site somebody goes to once the plan of sites no longer fits: added late, or the site is closed.

Everybody else keeps the site that the adopted plan gave. Who has none goes,
one after another by number, to the open site of the same county that has most
places left.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.registry.sites import RegisteredSite


def sites_after(
    allocated: Mapping[str, str],
    rows: Sequence[RosterRow],
    sites: Sequence[RegisteredSite],
    closed: frozenset[tuple[str, str]],
    capacity: int,
    spare_rooms: int,
) -> dict[str, str]:
    """A site for every candidate; none where no site of the county is open."""
    used = set(allocated.values())
    open_sites = {site.code: site for site in sites if site.code in used and (site.code, "") not in closed}
    county = {site.code: site.county for site in sites}
    found = {row.number: allocated[row.number] for row in rows if allocated.get(row.number) in open_sites}
    taken = Counter(found.values())
    left = {
        code: _places(site, closed, capacity, spare_rooms) - taken[code] for code, site in open_sites.items()
    }
    for row in sorted(rows, key=lambda row: row.number):
        if row.number in found:
            continue
        home = county.get(allocated.get(row.number, ""), row.county)
        near = [code for code in left if county[code] == home]
        if near:
            chosen = max(near, key=lambda code: (left[code], code))
            found[row.number] = chosen
            left[chosen] -= 1
    return found


def _places(site: RegisteredSite, closed: frozenset[tuple[str, str]], capacity: int, spare_rooms: int) -> int:
    rooms = [
        min(capacity, room.capacity, room.grid.seats)
        for room in site.rooms
        if room.kind == "standard" and room.grid is not None and (site.code, room.number) not in closed
    ]
    return sum(rooms[: max(0, len(rooms) - spare_rooms)])
