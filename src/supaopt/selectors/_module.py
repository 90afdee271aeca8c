"""
A module of the user's, by its name.
"""

from __future__ import annotations

import importlib
import traceback
from typing import Any

from supaopt.errors import ConfigError


def namespace_of(module: str) -> dict[str, Any]:
    """
    Import a module and return what it holds by name.

    Raises:
        ConfigError: It cannot be imported, whatever it raises, with the place where it does.

    Examples:
        >>> namespace_of("math")["pi"] > 3
        True
    """
    try:
        return vars(importlib.import_module(module))
    except Exception as error:  # the user's own code may raise anything
        reason = str(error) or "no reason given"
        if not isinstance(error, ImportError | SyntaxError | ValueError):
            [*_, last] = traceback.extract_tb(error.__traceback__)
            reason = f"{type(error).__name__}: {reason} ({last.filename}, line {last.lineno})"
        raise ConfigError(f"{module!r} cannot be imported: {reason}") from error
