"""
A key that bypasses row level security stands in the source.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from supaopt.audit._keys import find_key
from supaopt.audit._rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._source import Source


def _check(source: Source) -> Iterator[Hit]:
    for node in source.scopes.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if kind := find_key(node.value):
            yield Hit(node, f"a Supabase {kind} key in the code")


RULE = Rule(
    code="SUP101",
    name="secret-key-in-code",
    why=(
        "Whoever reads the repository, its history, an image or a traceback can read and change "
        "every row of every table: a secret or service_role key bypasses row level security."
    ),
    help='revoke the key, and read the new one: os.environ["SUPABASE_SECRET_KEY"]',
    # Taken apart, so that no scanner takes this file for a leak.
    bad=f"""
SUPABASE_SECRET_KEY = "sb_secret_{"q3GvK8tXw1"}ZbY5cRj7LdNs_8hTfUm2P"
""",
    good="""
import os

SUPABASE_SECRET_KEY = os.environ["SUPABASE_SECRET_KEY"]
""",
    check=_check,
    in_tests=True,
)
