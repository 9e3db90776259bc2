"""One encoding for each value: deterministic CBOR (RFC 8949 section 4.2).

What is hashed and signed must have a single form. Allowed are integers, text
in Unicode NFC, bytes, true, false, null, lists, and maps whose keys are all
text or all non-negative integers. Floats are refused: two machines need not
agree on them. Bytes that do not come out the same when encoded again are
refused, so that no second spelling of a fact can exist.
"""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import cbor2

_INTEGER_LIMIT = 1 << 64


class NotCanonical(ValueError):
    """The value or the bytes have no canonical form."""


def encode(value: Any) -> bytes:
    """The canonical bytes of a value; raises NotCanonical naming what has none."""
    _require_plain(value)
    return cbor2.dumps(value, canonical=True)


def encode_ordered(value: Any) -> bytes:
    """The same for a value whose maps are in order already, in half of the time."""
    _require_plain(value, True)
    return cbor2.dumps(value)


def ordered(value: Mapping[str, Any]) -> dict[str, Any]:
    """A map of text keys in canonical order: shorter keys first, then by their bytes. Inner maps are left as they are."""
    return dict(sorted(value.items(), key=_rank))


def require_ordered(value: Any) -> None:
    """Raises NotCanonical unless every map is in order and every value has a canonical form.

    Whether numbers and lengths took their shortest spelling does not show in a value any more.
    """
    _require_plain(value, True)


def decode(content: bytes) -> Any:
    """The value of canonical bytes; anything spelt differently is refused."""
    try:
        value = cbor2.loads(content)
    except Exception as error:  # cbor2 raises many kinds for hostile input
        raise NotCanonical(f"not CBOR: {error}") from error
    try:
        _require_plain(value, True)
    except RecursionError as error:
        raise NotCanonical("nested too deeply") from error
    # Maps keep the order they were read in, so plain encoding shows every other second spelling.
    if cbor2.dumps(value) != content:
        raise NotCanonical("the same value has another, canonical spelling")
    return value


def decode_judged(content: bytes) -> Any:
    """The value of bytes that were found canonical before, here and by this program; nothing is looked at again."""
    return cbor2.loads(content)


def _require_plain(value: Any, keys_rise: bool = False) -> None:
    kind = type(value)
    if kind is str:
        if not value.isascii() and not unicodedata.is_normalized("NFC", value):
            raise NotCanonical(f"text is not in NFC: {value!r}")
    elif kind is int:
        if not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
            raise NotCanonical(f"integer outside 64 bits: {value}")
    elif kind in _SIMPLE:
        return
    elif kind is list or kind is tuple:
        for item in value:
            if type(item) not in _SIMPLE and not (type(item) is str and item.isascii()):
                _require_plain(item, keys_rise)
    elif kind is dict or isinstance(value, Mapping):
        _require_keys(value, keys_rise)
        for item in value.values():
            # Most values are short plain text: the walk is spared for them.
            if type(item) not in _SIMPLE and not (type(item) is str and item.isascii()):
                _require_plain(item, keys_rise)
    else:
        raise NotCanonical(f"{kind.__name__} has no canonical form")


def _require_keys(value: Mapping[Any, Any], keys_rise: bool) -> None:
    kinds = set(map(type, value))
    if kinds == _TEXT:
        _require_text_keys(tuple(value), keys_rise)
    elif kinds == _NUMBERS:
        for key in value:
            if key < 0:
                raise NotCanonical(f"negative key: {key}")
            _require_plain(key)
        if keys_rise and len(value) > 1:
            _require_rising(list(value))
    elif kinds:
        raise NotCanonical("keys of a map are all text or all integers")


@lru_cache(512)
def _require_text_keys(keys: tuple[str, ...], keys_rise: bool) -> None:
    # All facts of a kind have the same keys, so few are looked at more than once.
    for key in keys:
        _require_plain(key)
    if keys_rise:
        _require_rising([(len(encoded), encoded) for encoded in (key.encode() for key in keys)])


def _require_rising(keys: list[Any]) -> None:
    """Keys stand in the order of their encoded bytes: integers by size, text by length, then bytes."""
    if any(one >= other for one, other in pairwise(keys)):
        raise NotCanonical("keys of a map are out of order")


def _rank(item: tuple[str, Any]) -> tuple[int, bytes]:
    encoded = item[0].encode()
    return len(encoded), encoded


_SIMPLE = frozenset((bytes, bool, type(None)))
_TEXT, _NUMBERS = {str}, {int}
