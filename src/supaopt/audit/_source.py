"""
One file under audit, with all that rules ask about it.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from supaopt.audit._handlers import find_handlers
from supaopt.audit._queries import find_queries
from supaopt.audit._resolve import Resolver
from supaopt.audit._scopes import FunctionNode, Scopes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.audit._handlers import Handler
    from supaopt.audit._project import Project
    from supaopt.audit._queries import Query
    from supaopt.audit._values import Client

_TEST_FILE = re.compile(r"test_.*|.*_tests?|tests?|conftest")
_TEST_FOLDERS = frozenset({"test", "testing", "tests"})
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_WEB = ("fastapi", "flask", "django", "starlette", "quart", "sanic", "litestar", "aiohttp")


class Source:
    """
    A file's text and syntax tree, and what is known about its expressions.

    Attributes:
        path: The file.
        text: What it holds.
        tree: Its syntax tree.
        project: The files it may import from.
    """

    def __init__(self, path: str, text: str, tree: ast.Module, project: Project) -> None:
        self.path = path
        self.text = text
        self.tree = tree
        self.project = project

    @cached_property
    def scopes(self) -> Scopes:
        """
        The names, and who binds them.
        """
        return Scopes(self.tree)

    @cached_property
    def resolver(self) -> Resolver:
        """
        What its expressions are.
        """
        return Resolver(self.scopes, self.path, self.project)

    @cached_property
    def lines(self) -> list[str]:
        """
        The lines, as Python counts them.
        """
        return _LINE_ENDS.split(self.text)

    @cached_property
    def queries(self) -> list[Query]:
        """
        The queries that supabase-py clients run.
        """
        return list(find_queries(self.resolver))

    @cached_property
    def handlers(self) -> dict[ast.AST, Handler]:
        """
        The functions that answer requests.
        """
        return find_handlers(self.resolver)

    @cached_property
    def is_test(self) -> bool:
        """
        True for tests, where speed is nobody's concern.
        """
        path = PurePath(self.path)
        below = path.relative_to(self.project.root) if self.project.root else path
        in_folder = not _TEST_FOLDERS.isdisjoint(below.parts[:-1])
        return in_folder or _TEST_FILE.fullmatch(path.stem) is not None

    @cached_property
    def serves(self) -> bool:
        """
        True when the file works for a web framework.
        """
        return bool(self.handlers) or any(
            module.partition(".")[0] in _WEB for module in self._imported()
        )

    def _imported(self) -> Iterator[str]:
        for node in self.scopes.nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""

    def calls(self) -> Iterator[ast.Call]:
        """
        Yield every call.
        """
        return (node for node in self.scopes.nodes if isinstance(node, ast.Call))

    def auth_calls(self) -> Iterator[tuple[str, ast.Call, Client]]:
        """
        Yield calls such as ``client.auth.sign_up(...)``: the method, the call, the client.
        """
        for node in self.calls():
            match node.func:
                case ast.Attribute(attr=method, value=ast.Attribute(attr="auth", value=owner)):
                    if client := self.resolver.client(owner):
                        yield method, node, client
                case _:
                    pass

    def function_of(self, node: ast.AST) -> FunctionNode | ast.Lambda | None:
        """
        Return the function that runs *node*.
        """
        for around in self.scopes.around(node):
            if isinstance(around, FunctionNode | ast.Lambda):
                return around
        return None

    def handler_of(self, node: ast.AST) -> Handler | None:
        """
        Return the handler whose body *node* stands in.
        """
        for around in self.scopes.around(node):
            if around in self.handlers:
                return self.handlers[around]
        return None
