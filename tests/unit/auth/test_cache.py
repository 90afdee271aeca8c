"""
The memory of verified tokens: bounded, keyed by the whole token.
"""

import threading
from typing import Any

import pytest

from supaopt.auth._cache import TokenCache, Verified, digest


def _entry(number: int) -> Any:
    return Verified(claims=number, header=None, key=None, good_until=0.0)  # type: ignore[arg-type,type-var]  # only carried


def test_what_was_put_is_found() -> None:
    """An entry comes back under its key and no other."""
    cache: TokenCache[Any] = TokenCache(10)
    entry = _entry(1)
    cache.put(b"a", entry)
    assert (entry, None) == (cache.get(b"a"), cache.get(b"b"))


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_the_cache_never_outgrows_its_size(size: int) -> None:
    """However many tokens pass through, no more than the size stay, give or take its parity."""
    cache: TokenCache[Any] = TokenCache(size)
    for number in range(5 * size):
        cache.put(str(number).encode(), _entry(number))
    assert len(cache) <= size + size % 2


def test_what_is_used_stays() -> None:
    """A token in constant use survives a flood of others."""
    cache: TokenCache[Any] = TokenCache(10)
    kept = _entry(-1)
    cache.put(b"kept", kept)
    for number in range(100):
        cache.put(str(number).encode(), _entry(number))
        assert kept is cache.get(b"kept")


def test_a_size_of_nothing_remembers_nothing() -> None:
    """A size of 0 turns the memory off."""
    cache: TokenCache[Any] = TokenCache(0)
    cache.put(b"a", _entry(1))
    assert (None, 0) == (cache.get(b"a"), len(cache))


def test_the_whole_token_counts() -> None:
    """Tokens that share header and payload, or all but a letter, have other digests."""
    tokens = ["a.b.c", "a.b.d", "a.b.", "a.bc", "a.b.c ", "A.b.c"]
    assert len(tokens) == len({digest(token) for token in tokens})


def test_threads_at_once_keep_it_bounded() -> None:
    """Eight threads that put and get together leave a cache that is no larger than one's."""
    cache: TokenCache[Any] = TokenCache(50)
    start = threading.Barrier(8)
    wrong: list[Any] = []

    def work(name: int) -> None:
        start.wait()
        for number in range(2_000):
            key = f"{name}:{number % 60}".encode()
            found = cache.get(key)
            if found is not None and found.claims != number % 60:
                wrong.append(found)
            cache.put(key, _entry(number % 60))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ([], True) == (wrong, len(cache) <= 50 + 8)
