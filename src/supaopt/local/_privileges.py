"""
How to run Postgres, which refuses root, when we are root.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from supaopt.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PR_SET_PDEATHSIG = 1
_UNSHARE = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
_ACCOUNTS = ("postgres", "nobody")


def unprivileged_prefix() -> list[str]:
    """
    Return what to put before a command so that it does not appear to run as root.

    In a user namespace of its own, root's files stay its own and no account is needed. Empty for
    an ordinary user, and where namespaces are not allowed: see `Account`.
    """
    if os.geteuid() != 0 or os.environ.get("SUPAOPT_POSTGRES_ACCOUNT"):
        return []
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    command = [unshare, *_UNSHARE[1:]]
    allowed = subprocess.run([*command, "true"], capture_output=True, check=False)  # noqa: S603
    return command if allowed.returncode == 0 else []


@dataclass(frozen=True, slots=True)
class Account:
    """
    An account without privileges that Postgres runs as.

    Attributes:
        name: Its name in the password database.
        uid: Its user id.
        gid: Its group id.
    """

    name: str
    uid: int
    gid: int

    @classmethod
    def needed(cls) -> Account | None:
        """
        Return the account to drop to, or None when this process may run Postgres as it is.

        Raises:
            StackError: We are root, and the machine has no such account.
        """
        if os.geteuid() != 0:
            return None
        wanted = os.environ.get("SUPAOPT_POSTGRES_ACCOUNT")
        for name in [wanted] if wanted else _ACCOUNTS:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(name, entry.pw_uid, entry.pw_gid)
        raise StackError(
            f"Postgres refuses to run as root and there is no account {wanted or _ACCOUNTS}: "
            "run as an ordinary user, or name one in SUPAOPT_POSTGRES_ACCOUNT",
            part="postgres",
        )

    def give(self, path: Path) -> None:
        """
        Make *path* belong to the account, which may then pass through its folder.
        """
        os.chown(path, self.uid, self.gid)
        path.parent.chmod(0o711)

    def options(self) -> dict[str, Any]:
        """
        Return what `subprocess.Popen` takes to run as the account.
        """
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def die_with_parent() -> Callable[[], None] | None:
    """
    Return a ``preexec_fn`` that has the kernel stop the child when its parent is gone.

    Only Linux can. Call it from a program's main thread: the kernel watches that thread.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    return partial(libc.prctl, _PR_SET_PDEATHSIG, signal.SIGINT)
