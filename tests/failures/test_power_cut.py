"""The power goes (kill -9) while facts are being recorded."""

import random

from tests.failures.node_of_its_own import data, what_is_left, writer  # noqa: F401


def test_every_fact_that_was_acknowledged_is_there_once_after_each_cut(data):  # noqa: F811
    chance = random.Random(7)
    acknowledged: set[str] = set()
    for _ in range(4):
        node = writer(data)
        assert node.stdout is not None
        for _ in range(chance.randrange(5, 90)):
            line = node.stdout.readline().split()
            if len(line) == 2 and line[0] != "refused":
                acknowledged.add(line[0].replace("-", ""))
        node.kill()
        rest = node.stdout.read().splitlines()
        node.wait()
        acknowledged |= {line.split()[0].replace("-", "") for line in rest if len(line.split()) == 2}
        left = what_is_left(data)
        assert left.integrity == "ok"
        assert acknowledged <= set(left.ids)
        assert len(left.ids) == len(set(left.ids)) == left.size_kept
        assert left.root_kept == left.root_again
    assert len(acknowledged) > 20
