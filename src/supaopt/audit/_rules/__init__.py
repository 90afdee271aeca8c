"""
The rules, one a file: whatever stands in this folder takes part.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supaopt.audit._rule import Rule


def _load() -> tuple[Rule, ...]:
    names = [module.name for module in iter_modules(__path__)]
    rules: list[Rule] = [import_module(f"{__name__}.{name}").RULE for name in names]
    return tuple(sorted(rules, key=lambda rule: rule.code))


RULES = _load()
