"""
Tests of `supaopt.local._state`.
"""

from __future__ import annotations

import fcntl
from typing import IO, TYPE_CHECKING

from supaopt.local import _state

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RUNNING = _state.Running(
    pid=1,
    detached=False,
    url="http://127.0.0.1:1",
    db_url="postgresql://postgres:hidden@127.0.0.1:2/postgres",
    publishable_key="hidden",
    secret_key="hidden",
    anon_key="hidden",
    service_role_key="hidden",
    jwt_secret="hidden",
    signing_jwk={"d": "hidden"},
    state_dir="/s",
)


def test_a_folder_has_one_guard(tmp_path: Path) -> None:
    """
    While one guards the folder, nobody else can.
    """
    lock = _state.hold(tmp_path)

    assert lock is not None
    with lock:
        assert (None, True) == (_state.hold(tmp_path), _state.is_held(tmp_path))
    assert not _state.is_held(tmp_path)


def test_what_a_dead_guard_wrote_is_not_believed(tmp_path: Path) -> None:
    """
    A file that says where a stack runs counts only while its guard lives.
    """
    RUNNING.write(tmp_path)

    assert None is _state.await_running(tmp_path)
    lock = _state.hold(tmp_path)
    assert lock is not None
    with lock:
        assert None is _state.Running.read(tmp_path)
        RUNNING.write(tmp_path)
        assert RUNNING == _state.await_running(tmp_path)


def test_users_are_seen_until_the_last_has_left(tmp_path: Path) -> None:
    """
    Any number of users share a stack, and newcomers are not users while it stops.
    """
    first, second = _state.join(tmp_path), _state.join(tmp_path)
    assert first
    assert second
    first.close()
    while_used = _state.has_users(tmp_path)
    second.close()
    with _state.await_unused(tmp_path):
        while_stopping = _state.has_users(tmp_path)

    assert (True, False, False) == (while_used, while_stopping, _state.has_users(tmp_path))


def test_a_folder_that_goes_while_one_waits_is_not_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whoever waited for a stack that took its folder along has to begin anew.
    """
    flock = fcntl.flock

    def stop_meanwhile(file: IO[str], kind: int) -> None:
        (tmp_path / "users").unlink()
        flock(file, kind)

    monkeypatch.setattr(fcntl, "flock", stop_meanwhile)

    assert None is _state.join(tmp_path)
    assert None is _state.join(tmp_path / "nowhere")


def test_a_folder_that_is_not_there_has_no_stack(tmp_path: Path) -> None:
    """
    Asking about an unknown folder is no error.
    """
    assert None is _state.await_running(tmp_path / "nowhere")


def test_the_repr_shows_no_secret() -> None:
    """
    Nothing secret of a running stack can slip into a log.
    """
    assert "hidden" not in repr(RUNNING)
