"""
What to look for and where: the arguments of an audit, and ``[tool.supaopt.audit]``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self

from supaopt.audit._engine import UNREADABLE, UNUSED_IGNORE
from supaopt.audit._rules import RULES
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from supaopt.audit._rule import Rule

_ALWAYS = dict([UNREADABLE, UNUSED_IGNORE])


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What an audit looks for.

    Attributes:
        select: Codes, beginnings of codes or names of the rules to ask; none means all.
        ignore: Rules to leave out of these, in the same form.
        exclude: Globs of files and folders to pass over, besides `.venv`, `node_modules` and
            their like.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def from_pyproject(cls, folder: Path) -> Self:
        """
        Read ``[tool.supaopt.audit]`` of the nearest ``pyproject.toml`` in or above *folder*.

        Raises:
            ConfigError: If the file is no TOML, or a setting is unknown or no list of texts.
        """
        for parent in (folder, *folder.parents):
            path = parent / "pyproject.toml"
            if path.is_file():
                return cls(**_table(path))
        return cls()

    def with_more(
        self, *, select: tuple[str, ...], ignore: tuple[str, ...], exclude: tuple[str, ...]
    ) -> Self:
        """
        Return these settings with another choice of rules and more to leave out.
        """
        return replace(
            self,
            select=select or self.select,
            ignore=(*self.ignore, *ignore),
            exclude=(*self.exclude, *exclude),
        )

    @property
    def codes(self) -> frozenset[str]:
        """
        The codes of findings to report.

        Raises:
            ConfigError: If a code or name is that of no rule.
        """
        chosen = _codes(self.select, "select") if self.select else frozenset(_names())
        return chosen - _codes(self.ignore, "ignore")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """
        The rules to ask.
        """
        codes = self.codes
        return tuple(rule for rule in RULES if rule.code in codes)


def _names() -> dict[str, str]:
    return _ALWAYS | {rule.code: rule.name for rule in RULES}


def _codes(wanted: tuple[str, ...], option: str) -> frozenset[str]:
    return frozenset(code for each in wanted for code in _matching(each, option))


def _matching(wanted: str, option: str) -> list[str]:
    names = _names()
    found = [
        code
        for code, name in names.items()
        if name == wanted or (wanted and code.startswith(wanted.upper()))
    ]
    if not found:
        close = get_close_matches(wanted, [*names, *names.values()], n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise ConfigError(f"{option} {wanted!r} is no rule; {hint}")
    return found


def find_rule(wanted: str) -> Rule:
    """
    Return the rule of a code or name.

    Raises:
        ConfigError: If there is none.
    """
    codes = _matching(wanted, "rule")
    found = [rule for rule in RULES if rule.code in codes]
    if len(found) != 1:
        raise ConfigError(f"{wanted!r} is not one rule; there are {', '.join(sorted(codes))}")
    return found[0]


def _table(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        document: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    table = document.get("tool", {}).get("supaopt", {}).get("audit", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: [tool.supaopt.audit] must be a table")
    known = [field.name for field in fields(Settings)]
    for name, value in table.items():
        if name not in known:
            raise ConfigError(f"{path}: {name!r} is no setting; there are {', '.join(known)}")
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ConfigError(f"{path}: {name} must be a list of texts")
    return {name: tuple(value) for name, value in table.items()}
