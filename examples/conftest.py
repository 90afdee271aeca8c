"""
People of the learning platform who have signed in, for the tests beside the web examples.
"""

from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest

from supaopt.auth import CustomJWTClaims, SupabaseAuth
from supaopt.local import LocalSupabase

PASSWORD = "correct-horse-battery-staple"


@pytest.fixture(name="sign_in", scope="session")
def _sign_in(lms_stack: LocalSupabase) -> Callable[[str], tuple[str, dict[str, str]]]:
    """Signs up and in a new person of a role; returns their id and the headers they send."""

    def sign_in(role: str) -> tuple[str, dict[str, str]]:
        email = f"{uuid4()}@example.com"
        with SupabaseAuth(
            lms_stack.url, publishable_key=lms_stack.publishable_key, claims=CustomJWTClaims
        ) as auth:
            user = auth.sign_up(email=email, password=PASSWORD).user
            assert user is not None
            _enrol(lms_stack.db_url, user.id, role)
            session = auth.sign_in(email=email, password=PASSWORD)
        return user.id, {"Authorization": f"Bearer {session.access_token}"}

    return sign_in


def _enrol(db_url: str, user_id: str, role: str) -> None:
    with psycopg.connect(db_url) as database:
        database.execute(
            "select public.create_user_and_profile_atomic("
            "p_user_id => %s, p_role => %s, p_full_name => 'Ada', p_client_id => ("
            "select id from public.clients order by id limit 1))",
            (user_id, role),
        )
