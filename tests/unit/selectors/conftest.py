"""
Rows to select, and a reader of PostgREST's syntax that shares no code with ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from supaopt.selectors import Row, Selector

if TYPE_CHECKING:
    from collections.abc import Callable


class ClientDropdown(Row, table="clients"):
    """A client to choose from."""

    id: UUID
    name: str


class UserList(Row, table="profiles"):
    """A user with its client."""

    id: UUID
    full_name: str | None
    client: ClientDropdown | None


def _split(text: str) -> list[str]:
    # As PostgREST does: commas at the top level, outside quotes and brackets.
    parts, depth, quoted, escaped = [""], 0, False, False
    for char in text:
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = char == "\\", char != '"'
        elif char == '"':
            quoted = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += char
    assert not quoted, f"unbalanced quotes in {text}"
    assert depth == 0, f"unbalanced brackets in {text}"
    return parts


@pytest.fixture(name="split", scope="session")
def _split_fixture() -> Callable[[str], list[str]]:
    """Split a select, list or logic tree at its commas."""
    return _split


@pytest.fixture(name="user_list", scope="session")
def _user_list() -> Selector[UserList, str]:
    """A selector with an embed."""
    return Selector(UserList)


@pytest.fixture(name="client_dropdown", scope="session")
def _client_dropdown() -> Selector[ClientDropdown, str]:
    """A selector of two columns."""
    return Selector(ClientDropdown)
