"""
A project without supaopt's SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.local import LocalSupabase


@pytest.fixture(name="bare_stack", scope="module")
def _bare_stack() -> Iterator[LocalSupabase]:
    from supaopt.local import LocalSupabase

    with LocalSupabase() as stack:
        yield stack
