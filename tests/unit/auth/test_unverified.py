"""
Looking into tokens without believing them.
"""

from collections.abc import Callable

import pytest

from supaopt.auth import read_unverified
from supaopt.errors import TokenInvalidError
from supaopt.testing import SigningKey


def test_a_token_is_shown_whoever_signed_it(token_of: Callable[..., str]) -> None:
    """Algorithm, key and claims of even a forged token are shown, its signature is not."""
    token = token_of({"user_role": "admin"}, key=SigningKey.es256("forged"))
    found = read_unverified(token)
    assert ("ES256", "forged", "admin") == (found.alg, found.kid, found.claims["user_role"])
    assert token.rpartition(".")[2] not in repr(found)


@pytest.mark.parametrize("token", ["", "a.b.c", "sb_secret_x"])
def test_what_is_no_token_is_refused(token: str) -> None:
    """Something that is no token raises the parser's error."""
    with pytest.raises(TokenInvalidError):
        read_unverified(token)
