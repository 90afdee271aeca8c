"""
Who sends a request, as far as a limit needs to know: pure.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from supaopt.auth import AuthResult

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN: Final = "unknown"
"""What all share of whom no address is known."""

_V6_SITE: Final = 64
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_V4: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """
    One request.

    Attributes:
        peer: Address of who opened the connection: the last proxy, or the caller.
        forwarded: Every ``X-Forwarded-For`` of the request, in order.
        user: Id of the user, if somebody has signed in, and not anonymously.
        route: Template of its path, if that is known: ``/students/{id}``.
    """

    peer: str | None = None
    forwarded: tuple[str, ...] = ()
    user: str | None = None
    route: str | None = None


def user_of(caller: object) -> str | None:
    """
    Return the user's id of an ``AuthResult``, and None for anything else.

    Who has signed in anonymously is nobody too, as anybody can do so any number of times.
    """
    if not isinstance(caller, AuthResult) or caller.user.is_anonymous:
        return None
    return str(caller.user.id)


def client_address(peer: str | None, forwarded: Iterable[str], *, trusted_hops: int) -> str:
    """
    Return the address of the caller behind so many proxies of one's own.

    Each proxy appends whom it was asked by, so what stands further left than one's own proxies
    can reach was written by the caller, and may be anything.

    Args:
        peer: Who opened the connection; None for a Unix socket.
        forwarded: Every ``X-Forwarded-For``, in order.
        trusted_hops: How many proxies of one's own stand in front; 0 does not read the header.

    Returns:
        An IPv4 address, also where IPv6 carries one; or the /64 network of an IPv6 address, as one
        caller owns all of it.

    Examples:
        >>> client_address("10.0.0.1", ["6.6.6.6, 203.0.113.7"], trusted_hops=1)
        '203.0.113.7'
        >>> client_address("203.0.113.7", ["6.6.6.6"], trusted_hops=0)
        '203.0.113.7'
    """
    chain = [*(entry for value in forwarded for entry in value.split(",")), peer or None]
    found = UNKNOWN
    for entry in chain[::-1][: trusted_hops + 1]:
        if entry is None:
            continue
        address = _address(entry.strip())
        if address is None:
            break  # the last one that a proxy of ours vouched for
        found = address
    return found


def is_private(peer: str | None) -> bool:
    """
    Say whether *peer* is an address of a private network, as proxies have.
    """
    try:
        return ipaddress.ip_address(peer or "").is_private
    except ValueError:
        return False


def _address(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(_bare(text))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if (carried := _carried(address)) is not None:
        return str(carried)
    return str(ipaddress.ip_network((int(address), _V6_SITE), strict=False))


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:  # all of IPv4 is in one /64 there
        return ipaddress.IPv4Address(int(address) & _V4)
    return address.ipv4_mapped or address.sixtofour  # with 6to4 an IPv4 address owns 65,536 /64s


def _bare(text: str) -> str:
    # Some proxies add the port.
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
