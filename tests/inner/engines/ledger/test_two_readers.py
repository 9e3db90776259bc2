"""Two readers of entries, written apart, agree on what is canonical and what is an entry."""

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.ledger.small_archive import small_journal
from tools.verify_archive import is_entry, value_of

from kaowu.basics import canonical
from kaowu.engines.ledger.entries import EntryRefused, read_entry, read_leaf
from kaowu.engines.ledger.frames import leaf_of

ENTRIES = [row[0] for row in small_journal().rows()]
LEAVES = [leaf_of(1_780_800_000_000, b"an entry"), leaf_of(0, b"")]
# Heads of items that differ in spelling only, or that must not occur at all.
TELLING = [
    0x00,
    0x18,
    0x19,
    0x1B,
    0x40,
    0x5F,
    0x60,
    0x80,
    0x9F,
    0xA0,
    0xBF,
    0xC0,
    0xD8,
    0xE0,
    0xED,
    0xF4,
    0xF5,
    0xF6,
    0xF7,
    0xFB,
]


def first_takes(read, content: bytes) -> bool:
    try:
        read(content)
    except (EntryRefused, canonical.NotCanonical):
        return False
    return True


def second_takes(content: bytes, is_one=lambda value: True) -> bool:
    try:
        return is_one(value_of(content))
    except ValueError:
        return False


def is_leaf(value: object) -> bool:
    return type(value) is list and [type(part) for part in value] == [int, bytes] and value[0] >= 0


def altered(originals: list[bytes]) -> st.SearchStrategy[bytes]:
    """One of the originals with a few bytes replaced, cut out or put in."""
    byte = st.one_of(st.sampled_from(TELLING), st.integers(0, 255)).map(lambda number: bytes([number]))
    cut = st.tuples(st.floats(0, 1), st.integers(0, 2), st.one_of(st.just(b""), byte))

    def apply(original: bytes, cuts: list[tuple[float, int, bytes]]) -> bytes:
        for where, length, put in cuts:
            at = int(where * len(original))
            original = original[:at] + put + original[at + length :]
        return original

    return st.builds(apply, st.sampled_from(originals), st.lists(cut, min_size=1, max_size=3))


@given(altered(ENTRIES))
@settings(max_examples=300)
def test_both_take_the_same_entries(entry):
    assert first_takes(read_entry, entry) == second_takes(entry, is_entry)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b"\xb1\x01\x01", b"\xb1\xf5\x01"),  # the key 1 as true
        (b"\x0d\xa3", b"\xed\xa3"),  # the key 13 as a simple value
        (b"\x01\x02\x50", b"\xf5\x02\x50"),  # the version as true
        (b"\x0b\x82", b"\x0b\x98\x02"),  # two actors, counted in the long form
        (b"\x09\x1b", b"\x09\xc2\x48"),  # an instant as a big number
        (b"\x0e\xf6", b"\x0e\xf7"),  # undefined for null
    ],
)
def test_a_value_that_only_compares_equal_is_taken_by_neither(good, bad):
    assert good in ENTRIES[0]
    entry = ENTRIES[0].replace(good, bad, 1)
    assert not first_takes(read_entry, entry) and not second_takes(entry, is_entry)


@given(altered(LEAVES))
@settings(max_examples=300)
def test_both_take_the_same_leaves(leaf):
    assert first_takes(read_leaf, leaf) == second_takes(leaf, is_leaf)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=5)
    | st.text("aé考𬎆", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab考", max_size=3), inner, max_size=3)
        | st.dictionaries(st.integers(0, 2**64 - 1), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_whatever_is_written_canonically_is_read_the_same_by_both(value):
    content = canonical.encode(value)
    assert canonical.decode(content) == value_of(content) == value


@pytest.mark.parametrize("original", ENTRIES)
def test_untouched_entries_are_taken_by_both(original):
    assert read_entry(original) == value_of(original) == cbor2.loads(original)
