"""
Tags' hashes beside Postgres' own.
"""

from __future__ import annotations

import pytest

from supaopt.cache._tag_hash import tag_hash


@pytest.mark.parametrize(
    ("tag", "expected"),
    # select hashtextextended(tag collate "C", 0)
    [
        ("", -6939563903564495251),
        ("s", 6283391471492762455),
        ("st", 8962214580411528984),
        ("stu", -8407314061015704755),
        ("stud", 6229801506482453431),
        ("stude", -5072726901526523780),
        ("studen", 7966854415576079091),
        ("student", -6298027851888602194),
        ("student:", -8634680363025734722),
        ("student:G", 3752443042313997635),
        ("student:Gr", -8996273116065486253),
        ("student:Grö", 5445613141695362200),
        ("student:Größ", -1788288025530144643),
        ("student:Größe", -3624873987734201817),
        ("student:Größe/", 7836448532352681520),
        ("student:Größe/0", 6000286049767226386),
        ("student:Größe/01", -3045417389963927520),
        ("student:Größe/012", 6546610151392554830),
        ("student:Größe/0123", -6044319014917371040),
        ("student:Größe/01234", 2573610072538283140),
        ("student:Größe/012345", -3057747706925822103),
        ("student:Größe/0123456", 6185122317044204810),
        ("student:Größe/01234567", -2919995016719088373),
        ("student:Größe/012345678", -8238585236779015334),
        ("student:Größe/0123456789", 6013325990758493735),
    ],
)
def test_hash_is_the_databases(tag: str, expected: int) -> None:
    """
    A tag's hash is the one that the invalidation log holds, at each length of the last block.
    """
    assert expected == tag_hash(tag)
