"""The commitment (承诺): one root over every row of a problem, salted, before chance is known.

Rows are read off the problem's JSON by one rule for every kind of problem:
keys in order; a table (an object of just `columns` and `rows`) gives one row
for its columns and one for each of its rows; anything else is one row. The salt
of row i is the first 16 bytes of key(secret, "lots/salt", i); the tree is RFC
6962's. Whoever has the secret can open every row; a single row can be shown
with its salt and a path without opening another.
"""

import json
from collections.abc import Iterable, Iterator

from kaowu.basics.seeds import keys_of
from kaowu.engines.ledger.tree import CompactRange, leaf_hash

SECRET_BYTES = 32
_SALT = 16


def rows_of(problem: bytes) -> Iterator[bytes]:
    """The rows of a problem in canonical JSON, in order."""
    plain = json.loads(problem)
    for name in sorted(plain):
        value = plain[name]
        if isinstance(value, dict) and value.keys() == {"columns", "rows"}:
            yield _json([name, value["columns"]])
            yield from (_json([name, row]) for row in value["rows"])
        else:
            yield _json([name, value])


def root_of(rows: Iterable[bytes], secret: bytes) -> tuple[bytes, int]:
    """The root over salted rows, and how many there are."""
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret has {SECRET_BYTES} bytes, not {len(secret)}")
    salt_of = keys_of(secret, "lots/salt")
    tree = CompactRange()
    leaves = [leaf_hash(salt_of(str(number))[:_SALT] + row) for number, row in enumerate(rows)]
    tree.extend(leaves)
    return tree.root(), len(leaves)


def _json(value: object) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()
