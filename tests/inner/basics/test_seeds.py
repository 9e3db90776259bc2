"""Chance that anybody can recompute."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from kaowu.basics.seeds import IntegerStream, blocks, framed, key, keys_of, stream_bytes, ticket, tickets

SEED = bytes(range(32))


def test_a_ticket_is_recomputed_from_its_written_definition():
    made = hashlib.sha256(
        b"\x00\x00\x00\x20" + SEED + b"\x00\x00\x00\x04draw" + b"\x00\x00\x00\x02S1"
    ).digest()
    assert key(SEED, "draw", "S1") == made
    assert ticket(made, "27370402") == hashlib.sha256(made + b"27370402").digest()


def test_frames_keep_parts_apart():
    assert framed("ab", "c") != framed("a", "bc")
    assert key(SEED, "draw", "1", "23") != key(SEED, "draw", "12", "3")


def test_keys_made_in_one_go_equal_single_ones():
    made = keys_of(SEED, "draw", "S1")
    assert made("001", "0") == key(SEED, "draw", "S1", "001", "0")
    assert made("002", "0") == key(SEED, "draw", "S1", "002", "0")


def test_many_tickets_equal_single_ones():
    name = key(SEED, "draw")
    rows = tickets(name, ["甲", "乙", "0001"])
    for row, identity in zip(rows, ["甲", "乙", "0001"], strict=True):
        assert b"".join(int(word).to_bytes(8, "big") for word in row) == ticket(name, identity)


def test_blocks_of_many_streams_equal_single_ones():
    names = [key(SEED, "chain", str(n)) for n in range(3)]
    for name, row in zip(names, blocks(names, 7, 200), strict=True):
        assert stream_bytes(name, 7, 200) == row.tobytes()


def test_a_short_seed_is_refused_because_it_can_be_tried_out():
    with pytest.raises(ValueError, match="at least 16 bytes"):
        key(b"1234567890", "draw")


def test_a_range_is_cut_by_rejection_and_not_by_a_remainder():
    stream = IntegerStream(key(SEED, "x"))
    limit = 3 * 2**62  # a remainder would give the lower third twice as often
    low = sum(stream.below(limit) < 2**62 for _ in range(3000))
    assert abs(low - 1000) < 120


def test_every_order_of_three_is_equally_likely():
    stream = IntegerStream(key(SEED, "orders"))
    seen = Counter("".join(stream.shuffled("abc")) for _ in range(6000))
    assert len(seen) == 6
    assert max(abs(count - 1000) for count in seen.values()) < 120


def test_the_first_numbers_of_a_stream_never_change():
    stream = IntegerStream(key(SEED, "vector"))
    assert [stream.below(1000) for _ in range(6)] == VECTOR


VECTOR = [679, 659, 321, 818, 700, 460]
