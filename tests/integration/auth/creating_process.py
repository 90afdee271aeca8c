"""
A process of its own that makes a user, and prints their id or why there is none.

    python creating_process.py URL PUBLISHABLE_KEY SECRET_KEY EMAIL PASSWORD CLIENT_ID
"""

from __future__ import annotations

import sys
from uuid import UUID

from supaopt.auth import SupabaseAuth
from supaopt.errors import ConflictError
from supaopt.rpc import create_user_and_profile_atomic


def main(url: str, publishable_key: str, secret_key: str, email: str, *rest: str) -> None:
    """Make the user."""
    password, client_id = rest
    with SupabaseAuth(url, publishable_key=publishable_key, secret_key=secret_key) as auth:
        try:
            made = auth.create_user(
                lambda user_id: create_user_and_profile_atomic(
                    auth.admin_client,
                    p_user_id=user_id,
                    p_role="student",
                    p_full_name="Ada",
                    p_client_id=UUID(client_id),
                ),
                email=email,
                password=password,
            )
        except ConflictError as conflict:
            sys.stdout.write(f"conflict {conflict.code}")
        else:
            sys.stdout.write(str(made.user_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
