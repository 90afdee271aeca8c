"""
The declarations of a module.
"""

from __future__ import annotations

import importlib

from supaopt.errors import ConfigError
from supaopt.rpc._new.atomic import AtomicFunction
from supaopt.selectors import _suggest


def find_atomic(module: str) -> list[AtomicFunction]:
    """
    Return the declarations of a module.

    Args:
        module: Dotted name of a module, which is imported, and after a colon the one wanted.

    Raises:
        ConfigError: It cannot be imported, or declares none.
    """
    path, _, wanted = module.partition(":")
    try:
        namespace = vars(importlib.import_module(path))
    except ImportError as error:
        raise ConfigError(f"{path} cannot be imported: {error}") from error
    found = {each.name: each for each in namespace.values() if isinstance(each, AtomicFunction)}
    if not found:
        raise ConfigError(f"{path} declares no function with @atomic")
    if not wanted:
        return list(found.values())
    if wanted not in found:
        meant = _suggest.closest(wanted, found)
        hint = f"; did you mean `{meant}`?" if meant else f"; it declares {', '.join(found)}"
        raise ConfigError(f"{path} declares no function {wanted} with @atomic{hint}")
    return [found[wanted]]
