"""
Who runs the stack of a state folder, who uses it, and where it is.

Two lock files tell, which the kernel releases whenever their holder ends: ``lock`` is held by the
one process that guards the stack, ``users`` is shared by all that use it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

from supaopt.errors import StackError
from supaopt.local._project import write_private

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = "lock"
_USERS = "users"
_RUNNING = "running.json"
_PATIENCE_SECONDS = 90
_LOOK_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """
    Where a running stack is, and the keys to it.

    Attributes:
        pid: Process that guards the stack: stopping it stops everything.
        detached: Whether the stack lives on while nobody uses it.
        url: The project's URL, as ``create_client`` takes it.
        db_url: Postgres as the owner of the database.
        publishable_key: API key of anonymous callers.
        secret_key: API key of the server side.
        anon_key: The legacy form of *publishable_key*.
        service_role_key: The legacy form of *secret_key*.
        jwt_secret: Shared secret of HS256 tokens.
        signing_jwk: Private ES256 key that signs the tokens of users.
        state_dir: Folder with the data and the logs.
    """

    pid: int
    detached: bool
    url: str
    db_url: str = field(repr=False)
    publishable_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    anon_key: str = field(repr=False)
    service_role_key: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    signing_jwk: dict[str, Any] = field(repr=False)
    state_dir: str

    @classmethod
    def read(cls, state_dir: Path) -> Self | None:
        """
        Return what the guard of *state_dir* wrote once everything ran, or None.
        """
        try:
            return cls(**json.loads((state_dir / _RUNNING).read_text()))
        except FileNotFoundError:
            return None

    def write(self, state_dir: Path) -> None:
        """
        Tell other processes; the file is readable by its owner alone.
        """
        write_private(state_dir / _RUNNING, json.dumps(asdict(self)))


def hold(state_dir: Path) -> IO[str] | None:
    """
    Become the guard of the folder until the returned file is closed.

    Returns:
        The lock; None when another process guards the folder.
    """
    lock = (state_dir / _LOCK).open("a")
    if not _try(lock, fcntl.LOCK_EX):
        lock.close()
        return None
    # Whoever held it before is gone; what it wrote is no longer true.
    (state_dir / _RUNNING).unlink(missing_ok=True)
    return lock


def is_held(state_dir: Path) -> bool:
    """
    Say whether a stack runs, starts or stops there.
    """
    return _is_refused(state_dir / _LOCK, fcntl.LOCK_SH)


def join(state_dir: Path) -> IO[str] | None:
    """
    Become a user of the folder's stack until the returned file is closed.

    Waits while a stack that nobody uses is being stopped.

    Returns:
        The lock; None when the folder was removed together with the stack that stopped.
    """
    path = state_dir / _USERS
    try:
        users = path.open("a")
    except FileNotFoundError:
        return None
    fcntl.flock(users, fcntl.LOCK_SH)
    # An unlinked file has no name left: its folder went while we waited.
    if os.fstat(users.fileno()).st_nlink:
        return users
    users.close()
    return None


def has_users(state_dir: Path) -> bool:
    """
    Say whether any process uses the folder's stack; false while it is being stopped.
    """
    users = state_dir / _USERS
    return _is_refused(users, fcntl.LOCK_EX) and not _is_refused(users, fcntl.LOCK_SH)


def await_unused(state_dir: Path) -> IO[str]:
    """
    Wait until nobody uses the stack, and keep newcomers waiting while the result is open.
    """
    users = (state_dir / _USERS).open("a")
    fcntl.flock(users, fcntl.LOCK_EX)
    return users


def await_running(state_dir: Path) -> Running | None:
    """
    Return the stack that runs in *state_dir*, waiting for one that starts.

    Raises:
        StackError: One has been starting for longer than any stack takes.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while is_held(state_dir):
        if running := Running.read(state_dir):
            return running
        _look_again(state_dir, deadline)
    return None


def await_stopped(state_dir: Path, *, unless_used: bool) -> None:
    """
    Wait until no stack runs in *state_dir*.

    Args:
        state_dir: Folder of the stack.
        unless_used: Whether to return at once when another process uses the stack.

    Raises:
        StackError: It has been stopping for longer than any stack takes.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while is_held(state_dir) and not (unless_used and has_users(state_dir)):
        _look_again(state_dir, deadline)


def _look_again(state_dir: Path, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise StackError(f"the stack in {state_dir} neither starts nor stops", part="state")
    time.sleep(_LOOK_SECONDS)


def _is_refused(path: Path, kind: int) -> bool:
    try:
        file = path.open()
    except (FileNotFoundError, NotADirectoryError):
        return False
    with file:
        return not _try(file, kind)


def _try(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
