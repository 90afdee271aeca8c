"""
The pytest plugin: a local Supabase, and clients of it, as fixtures.

It comes with the package, imports nothing heavy, and applies nothing by itself.

    def test_students(supabase_client):
        assert supabase_client.table("students").select("id").execute().data == []
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supabase import Client

    from supaopt.local import LocalSupabase


@pytest.fixture(scope="session")
def supabase_stack() -> Iterator[LocalSupabase]:
    """
    A local Supabase that lives as long as the test session.
    """
    from supaopt.local import LocalSupabase  # noqa: PLC0415 - only who asks for it pays

    with LocalSupabase() as stack:
        yield stack


@pytest.fixture(scope="session")
def supabase_client(supabase_stack: LocalSupabase) -> Iterator[Client]:
    """
    A client with the secret key, which passes RLS.
    """
    from supaopt.testing._clients import service_client  # noqa: PLC0415 - only who asks pays

    with service_client(supabase_stack) as client:
        yield client
