"""
Whose address a request comes from, however much its headers lie.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.contrib.rate_limit import client_address
from supaopt.contrib.rate_limit._visit import UNKNOWN, user_of

ME = "203.0.113.7"
PROXY = "10.0.0.1"
NETWORK = int(ipaddress.ip_address("2001:db8:0:1::"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "hops", "expected"),
    [
        (ME, [], 0, ME),
        (PROXY, [ME], 1, ME),
        (PROXY, [f"{ME}, 10.0.0.2"], 2, ME),
        (PROXY, [ME, "10.0.0.2"], 2, ME),
        (PROXY, [], 1, PROXY),
        (PROXY, [ME], 3, ME),
        (None, [ME], 1, ME),
        ("", [ME], 1, ME),
        (None, [], 0, UNKNOWN),
        (PROXY, [f"{ME}:4711"], 1, ME),
        (PROXY, ["[2001:db8::1]:4711"], 1, "2001:db8::/64"),
        (PROXY, ["::ffff:203.0.113.7"], 1, ME),
        (PROXY, ["fe80::1%eth0"], 1, "fe80::/64"),
        ("64:ff9b::203.0.113.7", [], 0, ME),
        ("2002:cb00:7107:42::1", [], 0, ME),
        (PROXY, ["garbage"], 1, PROXY),
        (PROXY, [f"{ME}, unknown, 10.0.0.2"], 3, "10.0.0.2"),
        ("testclient", [], 0, UNKNOWN),
    ],
)
def test_the_address_is_the_last_that_a_proxy_of_ours_vouches_for(
    peer: str | None, forwarded: list[str], hops: int, expected: str
) -> None:
    """So many proxies from the right stands who asked the first of them."""
    assert expected == client_address(peer, forwarded, trusted_hops=hops)


@given(st.lists(st.text(max_size=60)))
def test_attack_what_a_caller_writes_changes_nothing(lies: list[str]) -> None:
    """Behind one proxy, what stood in the header before it has no say; without one, nothing has."""
    assert ME == client_address(PROXY, [*lies, ME], trusted_hops=1)
    assert ME == client_address(PROXY, [", ".join([*lies, ME])], trusted_hops=1)
    assert ME == client_address(ME, lies, trusted_hops=0)


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_attack_all_addresses_of_one_network_count_as_one(host: int) -> None:
    """A caller owns 2**64 addresses of IPv6, and is one caller."""
    address = str(ipaddress.ip_address(NETWORK + host))
    assert "2001:db8:0:1::/64" == client_address(address, [], trusted_hops=0)


def test_only_a_verified_caller_is_a_user() -> None:
    """What is no AuthResult, such as a name from a header, is nobody."""
    assert [None, None] == [user_of(thing) for thing in (None, "ada")]


def test_attack_anonymous_users_win_no_new_count(
    sync_auth: Any, headers_of: Callable[..., dict[str, str]]
) -> None:
    """Anybody can sign in anonymously any number of times, and so counts by address."""
    named = sync_auth.authenticate_request({"headers": headers_of()})
    assert str(named.user.id) == user_of(named)
    nameless = sync_auth.authenticate_request({"headers": headers_of(is_anonymous=True)})
    assert user_of(nameless) is None
