"""One spelling for each value."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.canonical import NotCanonical, decode, encode

texts = st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: unicodedata.normalize("NFC", t))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | texts | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(texts, inner) | st.dictionaries(st.integers(0, 2**63), inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_what_was_encoded_comes_back_and_encodes_the_same(value):
    content = encode(value)
    assert decode(content) == value
    assert encode(decode(content)) == content


@given(st.binary(max_size=60))
def test_bytes_are_either_refused_or_the_only_spelling_of_their_value(content):
    try:
        value = decode(content)
    except NotCanonical:
        return
    assert encode(value) == content


@given(plain, st.data())
def test_a_changed_byte_is_refused_or_means_something_else(value, data):
    content = bytearray(encode(value))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = decode(bytes(content))
    except NotCanonical:
        return
    assert encode(changed) != encode(value)


@pytest.mark.parametrize(
    "content",
    [
        b"\x18\x01",  # 1 written in two bytes
        b"\xbf\x01\x02\xff",  # a map without its length
        b"\xfb" + bytes(8),  # a float
        b"\xa2\x02\x01\x01\x01",  # keys out of order
        b"\xa2\x01\x01\x01\x01",  # a key twice
        b"\xa1\x20\x01",  # a negative key
        b"\x63A\xcc\x8a",  # a letter and a combining ring: not NFC
        b"\xc0\x74" + b"2027-06-07T09:00:00Z",  # a tagged date
        b"\x01\x01",  # something behind the value
        b"\x82\x01",  # cut short
        b"\x81" * 5_000 + b"\x01",  # nested beyond reason
        b"\xa1\xf5\x01",  # true as a key
        b"",
    ],
)
def test_a_second_spelling_is_refused(content):
    with pytest.raises(NotCanonical):
        decode(content)


@pytest.mark.parametrize("value", [1.5, {1: 1, "a": 2}, {-1: 0}, {(): 1}, object(), 2**64, "A\u030a", [1.0]])
def test_a_value_without_one_spelling_is_refused(value):
    with pytest.raises(NotCanonical):
        encode(value)
