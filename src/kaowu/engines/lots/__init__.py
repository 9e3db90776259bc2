"""Chance in public (公开随机): the commitment, the hands, and the seed that follows from them.

The same for every draw: a Merkle root over the salted rows of the problem is
fixed first, hands of dice or lots come afterwards, and the seed is a hash of
both. Byte for byte in docs/reference/draw-specification.md; what anybody needs
to work it out again is one file, `Ceremony`.
"""

from kaowu.engines.lots.ceremony import Ceremony, CeremonyBreak, GivenHand, check
from kaowu.engines.lots.chance import (
    BITS_AT_LEAST,
    METHODS,
    bits_of,
    hand_commitment,
    hand_content,
    normalised,
    read_hand,
    seed_from,
    symbols_of,
)
from kaowu.engines.lots.commitment import SECRET_BYTES, root_of, rows_of

__all__ = [
    "BITS_AT_LEAST",
    "METHODS",
    "SECRET_BYTES",
    "Ceremony",
    "CeremonyBreak",
    "GivenHand",
    "bits_of",
    "check",
    "hand_commitment",
    "hand_content",
    "normalised",
    "read_hand",
    "root_of",
    "rows_of",
    "seed_from",
    "symbols_of",
]
