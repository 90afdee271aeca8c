"""
A local Supabase with a shop, for tests that make functions of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from supaopt.local import LocalSupabase
from supaopt.testing._clients import client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(name="shop", scope="session")
def _shop() -> Iterator[LocalSupabase]:
    """A local Supabase with a shop and nothing else."""
    with LocalSupabase() as stack:
        with psycopg.connect(stack.db_url) as connection:
            connection.execute(Path(__file__).with_name("shop.sql").read_bytes())
        stack.reload_schema()
        yield stack


@pytest.fixture(name="service")
def _service(shop: LocalSupabase) -> Iterator[Any]:
    """A client with the secret key."""
    with client(shop.url, shop.secret_key) as service:
        yield service
