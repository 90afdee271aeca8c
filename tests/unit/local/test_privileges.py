"""
Tests of `supaopt.local._privileges`.
"""

from __future__ import annotations

import os
import pwd
import select
import shutil
import stat
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from supaopt.errors import StackError
from supaopt.local import _privileges
from supaopt.local._privileges import Account, unprivileged_prefix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCOUNTS = {"nobody": SimpleNamespace(pw_uid=65534, pw_gid=65534)}


@pytest.fixture(name="run_as")
def _run_as(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def run_as(uid: int, *, accounts: dict[str, Any] = ACCOUNTS, unshare: int | None = 0) -> None:
        monkeypatch.delenv("SUPAOPT_POSTGRES_ACCOUNT", raising=False)
        monkeypatch.setattr(os, "geteuid", lambda: uid)
        monkeypatch.setattr(pwd, "getpwnam", lambda name: accounts[name])
        found = None if unshare is None else "/usr/bin/unshare"
        monkeypatch.setattr(shutil, "which", lambda _: found)
        result = SimpleNamespace(returncode=unshare)
        monkeypatch.setattr(_privileges.subprocess, "run", lambda *_, **__: result)

    return run_as


def test_an_ordinary_user_needs_nothing(run_as: Any) -> None:
    """
    Postgres runs as whoever is not root.
    """
    run_as(1000)

    assert ([], None) == (unprivileged_prefix(), Account.needed())


def test_root_gets_a_user_namespace(run_as: Any) -> None:
    """
    Where namespaces are allowed, root needs no account.
    """
    run_as(0)

    assert ["/usr/bin/unshare", "--user"] == unprivileged_prefix()[:2]


@pytest.mark.parametrize("unshare", [1, None], ids=["forbidden", "not installed"])
def test_without_namespaces_root_drops_to_an_account(run_as: Any, unshare: int | None) -> None:
    """
    The first account that exists is taken.
    """
    run_as(0, unshare=unshare)

    assert ([], Account("nobody", 65534, 65534)) == (unprivileged_prefix(), Account.needed())


def test_an_account_can_be_named(run_as: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A named account is preferred to a namespace and to the others.
    """
    ada = SimpleNamespace(pw_uid=7, pw_gid=8)
    run_as(0, accounts={**ACCOUNTS, "ada": ada})
    monkeypatch.setenv("SUPAOPT_POSTGRES_ACCOUNT", "ada")

    assert ([], Account("ada", 7, 8)) == (unprivileged_prefix(), Account.needed())


def test_no_account_at_all_is_told(run_as: Any) -> None:
    """
    Without any way to drop root's rights the message says what to do.
    """
    run_as(0, accounts={})

    with pytest.raises(StackError, match="run as an ordinary user") as failure:
        Account.needed()

    assert "postgres" == failure.value.part


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_is_given_can_be_reached(tmp_path: Path) -> None:
    """
    The account owns what it is given and may pass through the folder, not read it.
    """
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    (folder / "data").mkdir(mode=0o700)

    Account("nobody", 65534, 65534).give(folder / "data")

    assert 65534 == (folder / "data").stat().st_uid
    assert 0o711 == stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux can")
def test_a_child_dies_with_its_parent() -> None:
    """
    The kernel interrupts a prepared child when its parent is killed.
    """
    program = (
        "import subprocess, sys; from supaopt.local._privileges import die_with_parent;"
        "child = subprocess.Popen(['sleep', '60'], preexec_fn=die_with_parent());"
        "print(child.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()

    ended, _, _ = select.select([child], [], [], 30)
    os.close(child)
    assert [child] == ended
