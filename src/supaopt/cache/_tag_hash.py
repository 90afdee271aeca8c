"""
The number by which the database's invalidation log knows a tag: Postgres' ``hashtextextended``.

It is Bob Jenkins' lookup3 (https://burtleburtle.net/bob/c/lookup3.c) over the text's UTF-8 bytes,
as Postgres spells it in src/common/hashfn.c. Hash-partitioned tables rely on it, so it stays the
same across versions. Watch triggers compute it for each row written, at a fifth of what md5 costs.
"""

from __future__ import annotations

from functools import lru_cache
from struct import iter_unpack, unpack
from typing import Final

_BITS: Final = 0xFFFF_FFFF
_START: Final = 0x9E37_79B9 + 3_923_095
# Rotations, as a shift to the left and one to the right.
_MIX: Final = tuple((bits, 32 - bits) for bits in (4, 6, 8, 16, 19, 4))
_FINISH: Final = tuple((bits, 32 - bits) for bits in (14, 11, 25, 16, 4, 14, 24))


@lru_cache(maxsize=16_384)
def tag_hash(tag: str) -> int:
    """
    Return the signed 64-bit hash of *tag*.

    It equals ``hashtextextended(tag collate "C", 0)``.
    """
    text = tag.encode()
    whole = len(text) - len(text) % 12
    # The lowest byte of the last word stays free: it stands for the length.
    rest = text[whole : whole + 8].ljust(8, b"\0") + b"\0" + text[whole + 8 :].ljust(3, b"\0")
    a = b = c = (_START + len(text)) & _BITS
    for first, second, third in iter_unpack("<III", text[:whole]):
        a, b, c = a + first, b + second, (c + third) & _BITS
        for left, right in _MIX:
            a, b, c = b, (c + b) & _BITS, ((a - c) ^ (c << left | c >> right)) & _BITS
    first, second, third = unpack("<III", rest)
    a, b, c = (a + first) & _BITS, (b + second) & _BITS, (c + third) & _BITS
    for left, right in _FINISH:
        a, b, c = b, ((c ^ b) - (b << left & _BITS | b >> right)) & _BITS, a
    return int.from_bytes(a.to_bytes(4) + b.to_bytes(4), signed=True)
