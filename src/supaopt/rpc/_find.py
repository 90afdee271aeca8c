"""
The declared functions of a module.
"""

from __future__ import annotations

from typing import Any

from supaopt.errors import ConfigError
from supaopt.rpc._descriptor import Rpc
from supaopt.selectors._module import namespace_of


def find_functions(module: str) -> list[Rpc[..., Any]]:
    """
    Return the functions that a module declares or imports.

    Args:
        module: Dotted name of a module, which is imported.

    Raises:
        ConfigError: It cannot be imported, or declares none.
    """
    namespace = namespace_of(module)
    found = [value for value in namespace.values() if isinstance(value, Rpc)]
    if not found:
        raise ConfigError(f"{module} declares no function with @rpc")
    return found
