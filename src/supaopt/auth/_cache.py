"""
Tokens that were verified a moment ago.

An entry answers "is this token genuine and whose is it" and nothing else: guards and revocation
run on every request. The key is a hash of the whole token, so neither a shared prefix nor a
dump of memory helps anybody.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic

from supaopt.auth._claims import ClaimsT, user_of
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.auth._claims import User
    from supaopt.auth._keys import Key
    from supaopt.auth._token import Header


@dataclass(slots=True, eq=False, repr=False)
class Verified(Generic[ClaimsT]):
    """
    What one verification found.

    Attributes:
        claims: What the token says.
        header: What the token says about its key.
        key: The key that signed it; the entry dies with it.
        good_until: Seconds since the epoch at which it must be verified anew.
    """

    claims: ClaimsT
    header: Header
    key: Key
    good_until: float
    _user: User | None = field(default=None, init=False)

    @property
    def user(self) -> User:
        """
        Whose token it is.
        """
        if self._user is None:  # threads that race make equal ones
            self._user = user_of(self.claims)
        return self._user


def digest(token: object) -> bytes:
    """
    Return what a token is remembered by.

    Raises:
        ConfigError: It is no text at all.
    """
    if not isinstance(token, str):
        raise ConfigError(f"a token is a str, not {type(token).__name__}")
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class TokenCache(Generic[ClaimsT]):
    """
    A bounded memory of verified tokens that needs no lock.

    It keeps two generations. A full young one becomes the old one, and what is asked for again
    moves back, so the least used fall out. Each step is one dict operation, atomic on its own;
    threads that race lose at most an entry, which costs a verification.

    Args:
        size: Most tokens to remember; 0 remembers none.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, size: int) -> None:
        self._half = (size + 1) // 2
        self._young: dict[bytes, Verified[ClaimsT]] = {}
        self._old: dict[bytes, Verified[ClaimsT]] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: bytes) -> Verified[ClaimsT] | None:
        """
        Return what was found for *key*, or None.
        """
        entry = self._young.get(key)
        if entry is None:
            entry = self._old.pop(key, None)
            if entry is not None:
                self.put(key, entry)
        return entry

    def put(self, key: bytes, entry: Verified[ClaimsT]) -> None:
        """
        Remember *entry*, forgetting old ones when there is no room.
        """
        if not self._half:
            return
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = entry

    def clear(self) -> None:
        """
        Forget everything.
        """
        self._young, self._old = {}, {}
