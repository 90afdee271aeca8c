"""
The rules of the house, each as a test.
"""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import supaopt

ROOT = Path(__file__).parents[1]
SOURCE = Path(supaopt.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if path.parent.name != "typing")
FEATURES = ["auth", "selectors", "rpc", "cache"]


def _name(path: Path) -> str:
    return path.relative_to(SOURCE.parent).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> set[str]:
    """Return every module that *path* names in an import statement, at any depth."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("module", ["supaopt", *(f"supaopt.{name}" for name in FEATURES)])
def test_importing_a_feature_loads_no_client_library(module: str) -> None:
    """A fresh interpreter that imports the package has not loaded supabase, postgrest or httpx."""
    script = (
        f"import sys, {module}; "
        "print(*sorted({'supabase', 'postgrest', 'httpx', 'redis'} & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_module_is_a_drawer_for_leftovers(path: Path) -> None:
    """No file has a name that says nothing of its purpose."""
    assert path.stem not in {"utils", "util", "helpers", "common", "base", "misc"}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_module_tells_its_purpose(path: Path) -> None:
    """Every module begins with a docstring, so a folder can be read from its files' first lines."""
    assert ast.get_docstring(_tree(path))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_examples_are_shown_as_code(path: Path) -> None:
    """The section is `Examples:`; the reference shows one called `Example:` as quoted prose."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert "Example:" not in {line.strip() for line in lines}


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    """No source file has more than 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", [p for p in MODULES if p.stem != "lms"], ids=_name)
def test_only_an_init_and_the_demo_know_the_example_application(path: Path) -> None:
    """No generic module imports an `lms` module, save an `__init__` that re-exports its names."""
    if path.name in {"__init__.py", "_example.py"} or path.is_relative_to(SOURCE / "demo"):
        return
    assert [name for name in _imports(path) if "lms" in name.split(".")] == []


@pytest.mark.parametrize("feature", ["", *FEATURES, "audit", "doctor", "local", "testing", "sql"])
def test_exports_are_sorted_and_exist(feature: str) -> None:
    """`__all__` of every public package is sorted - CONSTANTS, Classes, the rest - and complete."""
    module = importlib.import_module(f"supaopt.{feature}".rstrip("."))
    exported = module.__all__
    assert list(exported) == sorted(
        exported, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert [name for name in exported if not hasattr(module, name)] == []


def test_the_changelog_tells_of_this_version() -> None:
    """The newest heading in CHANGELOG.md is the package's version."""
    newest = re.search(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == supaopt.__version__


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_test_states_its_behaviour_in_a_sentence(path: Path) -> None:
    """Every test function has a docstring that ends in a full stop."""
    tests = [
        node
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]
    silent = [
        node.name for node in tests if not (ast.get_docstring(node) or "").rstrip().endswith(".")
    ]
    assert silent == []


def test_every_package_imports() -> None:
    """Every module of the library imports where the dev extra is installed."""
    names = [
        module.name
        for module in pkgutil.walk_packages(supaopt.__path__, "supaopt.")
        if not module.name.endswith("__main__")
    ]
    for name in names:
        importlib.import_module(name)
    assert "supaopt.errors" in names
