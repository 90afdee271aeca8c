"""
What is allowed to whom: pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from supaopt.contrib.rate_limit._quota import Quota, quotas
from supaopt.contrib.rate_limit._visit import Visit, client_address
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

Part: TypeAlias = Literal["user", "address", "route"]

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PARTS: Final = ("user", "address", "route")


@dataclass(frozen=True, slots=True, init=False)
class RateLimit:
    """
    So many requests in such a time, for each caller.

    Args:
        allowance: ``"100/minute"``, or several that all hold: ``"10/second; 1000/hour"``.
        by: What is counted apart. ``user`` is the signed-in user, or else the address;
            ``address`` the caller's address, ``route`` the path's template. Nothing counts all
            requests together.
        name: What headers call it. Routes whose limits are equal in name, *by* and allowance
            share a count.

    Raises:
        ConfigError: The allowance cannot be read, a part is unknown, or the name is none.

    Examples:
        >>> RateLimit("10/second; 1000/hour", by=["user", "route"]).by
        ('user', 'route')
    """

    allowance: str
    by: tuple[Part, ...]
    name: str
    quotas: tuple[Quota, ...] = field(repr=False, compare=False)

    def __init__(
        self, allowance: str, *, by: Iterable[Part] = ("user",), name: str = "default"
    ) -> None:
        object.__setattr__(self, "allowance", allowance)  # frozen: assigned once, here
        object.__setattr__(self, "by", _parts(by))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "quotas", quotas(allowance))
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"name {name!r} of a limit must be 1 to 64 letters, digits, '.', '_' or '-'"
            )

    def parts(self, visit: Visit, *, trusted_hops: int) -> tuple[str, ...]:
        """
        Return what tells this visit's count from others.

        Raises:
            ConfigError: The limit is by route, and who asks does not know it.
        """
        address = client_address(visit.peer, visit.forwarded, trusted_hops=trusted_hops)
        found: list[str] = []
        for part in self.by:
            if part == "user" and visit.user is not None:
                found.append(f"user {visit.user}")
            elif part == "route":
                found.append(f"route {_known(visit.route)}")
            else:
                found.append(f"address {address}")
        return tuple(found)

    def key(self, parts: Iterable[str]) -> str:
        """
        Return the name of a count, which no other parts have; addresses cannot be read from it
        at a glance.
        """
        # ASCII, so that what a caller sends as half a character is a part like any other.
        text = json.dumps([self.name, self.by, *parts])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _parts(by: Iterable[Part]) -> tuple[Part, ...]:
    parts = tuple(by)
    for part in parts:
        if isinstance(by, str) or part not in _PARTS:
            raise ConfigError(f"by {by!r} must be a list of {', '.join(_PARTS)}")
    return parts


def _known(route: str | None) -> str:
    if route is None:
        raise ConfigError(
            "this limit is by route, which a middleware does not know yet: it would count paths, "
            "of which a caller can invent any number; limit the route itself"
        )
    return route
