"""The disk is full: what cannot be kept is not acknowledged, and what was acknowledged stays."""

import sqlite3

from tests.failures.node_of_its_own import data, what_is_left, writer  # noqa: F401


def test_a_full_disk_refuses_and_loses_nothing(data):  # noqa: F811
    with sqlite3.connect(data / "kaowu.sqlite3") as database:
        [pages] = database.execute("PRAGMA page_count").fetchone()
    before = what_is_left(data)
    said = writer(data, max_pages=pages + 40).communicate(timeout=120)[0].splitlines()
    refused = [line for line in said if line.startswith("refused")]
    acknowledged = {line.split()[0].replace("-", "") for line in said if line.count(" ") == 1} - {"refused"}
    assert refused and acknowledged
    left = what_is_left(data)
    assert set(left.ids) - set(before.ids) == acknowledged
    assert left.root_kept == left.root_again and left.integrity == "ok"
    assert left.entered == len(acknowledged)

    more = writer(data, rooms=1).communicate(timeout=120)[0].splitlines()  # the disk has room again
    assert len([line for line in more if line.count(" ") == 1 and not line.startswith("refused")]) == 30
