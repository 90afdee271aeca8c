"""
The files under audit as modules that import each other.
"""

from __future__ import annotations

import os
import re
import sys
from collections import OrderedDict, defaultdict
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from supaopt.audit._parse import Unreadable, parse, read
from supaopt.audit._resolve import Resolver
from supaopt.audit._scopes import Scopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supaopt.audit._values import Value

# Syntax trees take a hundred times the room of their text.
_KEPT = 32
# Files of these names stand beside the libraries, and absolute imports mean the libraries.
_FOREIGN = sys.stdlib_module_names | {
    *("django", "fastapi", "flask", "httpx", "jose", "jwt", "postgrest", "redis"),
    *("starlette", "streamlit", "supabase"),
}
_GUARDS = re.compile(
    r"before_request|middleware\(\s*['\"]http|\w*Auth\w*Middleware|BaseHTTPMiddleware"
    r"|dependencies\s*=|DEFAULT_PERMISSION_CLASSES"
)


class Project:
    """
    Finds what a file imports from another; reads a file only when one asks for its names.

    Attributes:
        root: The folder that holds all of them, empty where there is none.
    """

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self.root = _common_folder(paths)
        self._by_name: defaultdict[str, list[PurePath]] = defaultdict(list)
        self._found: dict[tuple[str, PurePath], PurePath | None] = {}
        self._resolvers: OrderedDict[PurePath, Resolver | None] = OrderedDict()
        for path in map(PurePath, paths):
            self._by_name[_module_parts(path)[-1]].append(path)

    def holds(self, module: str, importer: str) -> bool:
        """
        Say whether a module that *importer* names is a file of the project.
        """
        return self._find(module, PurePath(importer)) is not None

    def export(self, module: str, name: str, importer: str) -> Value | None:
        """
        Return what *name* is in a module that *importer* imports.
        """
        path = self._find(module, PurePath(importer))
        resolver = self._resolver(path) if path is not None else None
        if resolver is None:
            return None
        return resolver.named(name, resolver.scopes.module)

    @cached_property
    def guards_routes(self) -> bool:
        """
        True when some file checks callers before any route runs.
        """
        return any(
            _GUARDS.search(_text(path)) for paths in self._by_name.values() for path in paths
        )

    def _find(self, module: str, importer: PurePath) -> PurePath | None:
        key = (module, importer.parent)
        if key not in self._found:
            self._found[key] = self._search(module, importer)
        return self._found[key]

    def _search(self, module: str, importer: PurePath) -> PurePath | None:
        level = len(module) - len(module.lstrip("."))
        wanted = tuple(part for part in module.split(".") if part)
        if level:
            package = importer.parts[: len(importer.parts) - level]
            wanted = (*package, *wanted)
            return _only([path for path in self._named(wanted) if _module_parts(path) == wanted])
        if not wanted or wanted[0] in _FOREIGN:
            return None
        found = [path for path in self._named(wanted) if _ends_with(path, wanted)]
        near = [path for path in found if _root(path, wanted) in importer.parents]
        return _only([path for path in near if path != importer]) or _only(found)

    def _named(self, wanted: tuple[str, ...]) -> list[PurePath]:
        return self._by_name[wanted[-1]] if wanted else []

    def _resolver(self, path: PurePath) -> Resolver | None:
        if path in self._resolvers:
            self._resolvers.move_to_end(path)
            return self._resolvers[path]
        # First, so that files which import each other in a ring end here.
        self._resolvers[path] = None
        self._resolvers[path] = self._open(path)
        while len(self._resolvers) > _KEPT:
            self._resolvers.popitem(last=False)
        return self._resolvers.get(path)

    def _open(self, path: PurePath) -> Resolver | None:
        try:
            text = read(path)
            if "supabase" not in text.casefold():
                return None
            return Resolver(Scopes(parse(text)), str(path), self)
        except Unreadable:
            return None


def _common_folder(paths: Sequence[str]) -> str:
    try:
        return os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120 - texts
    except ValueError:  # of none, or of relative and absolute ones
        return ""


def _text(path: PurePath) -> str:
    try:
        return read(path)
    except Unreadable:
        return ""


def _module_parts(path: PurePath) -> tuple[str, ...]:
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts


def _ends_with(path: PurePath, wanted: tuple[str, ...]) -> bool:
    return _module_parts(path)[-len(wanted) :] == wanted


def _root(path: PurePath, wanted: tuple[str, ...]) -> PurePath:
    return PurePath(*_module_parts(path)[: -len(wanted)])


def _only(candidates: list[PurePath]) -> PurePath | None:
    return candidates[0] if len(candidates) == 1 else None
