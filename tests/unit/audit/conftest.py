"""
Audits of texts and of small projects.
"""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from supaopt.audit import RULES, audit
from supaopt.audit._engine import audit_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Check = Callable[[str], list[str]]
    Tree = Callable[[dict[str, str]], list[str]]

_IMPORTS = """
import os
import asyncio
import jwt
from typing import Annotated, Optional
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from supabase import AsyncClient, Client, acreate_client, create_client
from app.db import get_client
app = FastAPI()
"""


@pytest.fixture(name="check")
def _check() -> Check:
    """Return the names of the rules that speak of a program; it need not import anything."""

    def check(program: str) -> list[str]:
        text = _IMPORTS + dedent(program)
        return [finding.name for finding in audit_text(text, RULES, path="app.py")]

    return check


@pytest.fixture(name="audit_tree")
def _audit_tree(tmp_path: Path) -> Tree:
    """Write files and return ``path:line name`` of what an audit of them finds."""

    def audit_tree(files: dict[str, str]) -> list[str]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        found = audit([tmp_path])
        return [
            f"{each.path.removeprefix(f'{tmp_path}/')}:{each.line} {each.name}" for each in found
        ]

    return audit_tree
