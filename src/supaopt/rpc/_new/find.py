"""
The declarations of a module.
"""

from __future__ import annotations

from supaopt.errors import ConfigError
from supaopt.rpc._new.atomic import AtomicFunction
from supaopt.selectors import _suggest
from supaopt.selectors._module import namespace_of


def find_atomic(module: str) -> list[AtomicFunction]:
    """
    Return the declarations of a module.

    Args:
        module: Dotted name of a module, which is imported, and after a colon the one wanted.

    Raises:
        ConfigError: It cannot be imported, or declares none.
    """
    path, _, wanted = module.partition(":")
    declared = [each for each in namespace_of(path).values() if isinstance(each, AtomicFunction)]
    found = list(dict.fromkeys(declared))  # an alias is no second one
    if not found:
        raise ConfigError(f"{path} declares no function with @atomic")
    if not wanted:
        return found
    chosen = [each for each in found if each.name == wanted]
    if not chosen:
        names = [each.name for each in found]
        meant = _suggest.closest(wanted, names)
        hint = f"; did you mean `{meant}`?" if meant else f"; it declares {', '.join(names)}"
        raise ConfigError(f"{path} declares no function {wanted} with @atomic{hint}")
    return chosen
