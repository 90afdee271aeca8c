"""
The folder that a stack lives in.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from supaopt.errors import StackError


def make_state_dir(wanted: Path | None) -> Path:
    """
    Make the folder that the user named, or a temporary one.

    Raises:
        StackError: It cannot be made or written.
    """
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="supaopt-"))
    try:
        wanted.mkdir(parents=True, mode=0o700, exist_ok=True)
        # A folder inside a project must never be committed: it holds keys.
        (wanted / ".gitignore").write_text("*\n")
    except OSError as error:
        raise StackError(
            f"the state folder {wanted} cannot be used ({error.strerror}): "
            "name a folder that you may write",
            part="state",
        ) from error
    return wanted
