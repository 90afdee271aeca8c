"""
The user's own modules, by name on the command line.
"""

from __future__ import annotations

import sys
from pathlib import Path


def import_from_here() -> None:
    """
    Let the modules of the current folder be imported, as ``python -m`` does and a script does not.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
