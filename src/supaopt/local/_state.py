"""
Who runs the stack of a state folder: one lock, and one file that says where it is.
"""

from __future__ import annotations

import fcntl
import json
import time
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

from supaopt.errors import StackError
from supaopt.local._project import write_private

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = "lock"
_RUNNING = "running.json"
_START_SECONDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """
    Where a running stack is, and the keys to it.

    Attributes:
        pid: Process that guards the stack: stopping it stops everything.
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
        Return what the last guard of *state_dir* wrote, or None.
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


def lock(state_dir: Path) -> IO[str] | None:
    """
    Take the folder for this process until it ends, however it ends.

    Returns:
        The lock, to be kept open; None when another process holds it.
    """
    file = (state_dir / _LOCK).open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    # Whoever held it before is gone; what it wrote is no longer true.
    (state_dir / _RUNNING).unlink(missing_ok=True)
    return file


def is_locked(state_dir: Path) -> bool:
    """
    Say whether a stack runs, starts or stops there.
    """
    try:
        file = (state_dir / _LOCK).open()
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def find_running(state_dir: Path) -> Running | None:
    """
    Return the stack that runs in *state_dir*, waiting for one that is about to.

    Raises:
        StackError: One has been starting for longer than any stack takes.
    """
    deadline = time.monotonic() + _START_SECONDS
    while is_locked(state_dir):
        if running := Running.read(state_dir):
            return running
        if time.monotonic() > deadline:
            raise StackError(f"a stack in {state_dir} neither starts nor stops", part="state")
        time.sleep(0.05)
    return None
